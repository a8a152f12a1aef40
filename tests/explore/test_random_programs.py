"""Random programs: the reducing strategies find exactly the outcomes that a visit of all states finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.explore.classes import all_classes, class_of
from tests.explore.generated import random_program
from tests.explore.generated_messages import message_program
from tests.explore.helpers import all_outcomes, exploration_of
from ttvm.explore.search import Strategy
from ttvm.process.state import Limits

MOST_STATES, MOST_EXECUTIONS, MOST_INTERLEAVINGS = 600, 1_500, 300


def check(text: str, seed: int, **options: Any) -> bool:
    """Compare the strategies with each other and with all states; False for a program that has too many."""
    outcomes = all_outcomes(text, MOST_STATES, **options)
    if outcomes is None:
        return False
    counts: dict[Strategy, int] = {}
    for strategy in (Strategy.OPTIMAL, Strategy.SOURCE, Strategy.SLEEP, Strategy.OBSERVERS, Strategy.OBSERVERS_SOURCE):
        exploration = exploration_of(text, strategy=strategy, max_executions=MOST_EXECUTIONS, **options)
        search = exploration.search
        classes = set()
        for _ in exploration:
            if strategy is Strategy.OBSERVERS:
                classes.add(class_of(search.trace))
            if search.executions + search.blocked >= MOST_EXECUTIONS:
                return False
        assert set(exploration.collection.outcomes) == outcomes, (seed, strategy)
        counts[strategy] = search.executions
        assert strategy is not Strategy.OBSERVERS or len(classes) == search.executions, seed
        assert not strategy.has_trees or search.blocked == 0, (seed, strategy)
    assert counts[Strategy.OPTIMAL] == counts[Strategy.SOURCE] == counts[Strategy.SLEEP], (seed, counts)
    assert counts[Strategy.OBSERVERS] == counts[Strategy.OBSERVERS_SOURCE] <= counts[Strategy.OPTIMAL], (seed, counts)
    return True


def share_checked(seeds: range, make: Callable[[int], str] = random_program, **options: Any) -> float:
    """How many of these programs were small enough to be compared."""
    return sum(check(make(seed), seed, **options) for seed in seeds) / len(seeds)


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_all_strategies_find_the_outcomes_of_all_states(first: int) -> None:
    assert share_checked(range(first, first + 20)) > 0.5


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_with_many_messages(first: int) -> None:
    assert share_checked(range(first, first + 20), message_program) > 0.5


@pytest.mark.parametrize("options", [{"ordered_output": True}, {"pids": "counter"}, {"pids": "stable"}], ids=str)
def test_with_other_kinds_of_pids_and_output(options: dict[str, Any]) -> None:
    assert share_checked(range(300, 320), **options) > 0.5


@pytest.mark.parametrize(("make", "seed"), [(random_program, 31_582), (message_program, 502), (message_program, 1_432)])
def test_programs_that_have_found_mistakes(make: Callable[[int], str], seed: int) -> None:
    assert check(make(seed), seed)


@pytest.mark.parametrize("make", [random_program, message_program])
def test_with_mailboxes_that_fill(make: Callable[[int], str]) -> None:
    assert share_checked(range(400, 415), make, limits=Limits(mailbox=1)) > 0.5


@pytest.mark.parametrize("make", [random_program, message_program])
def test_exactly_the_classes_of_all_interleavings_are_run(make: Callable[[int], str]) -> None:
    compared = 0
    for seed in range(20):
        text = make(seed)
        classes = all_classes(text, MOST_INTERLEAVINGS)
        if classes is not None:
            exploration = exploration_of(text)
            assert {class_of(exploration.search.trace) for _ in exploration} == classes, seed
            compared += 1
    assert compared > 5


@pytest.mark.slow
@pytest.mark.parametrize("make", [random_program, message_program])
@pytest.mark.parametrize("first", range(1_000, 3_000, 200))
def test_many_more(first: int, make: Callable[[int], str]) -> None:
    assert share_checked(range(first, first + 200), make) > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"ordered_output": True}, {"pids": "counter"}, {"pids": "stable"}], ids=str)
def test_many_more_with_other_options(options: dict[str, Any]) -> None:
    assert share_checked(range(3_000, 3_200), **options) > 0.5
