"""Random programs: the reducing strategies find exactly the outcomes that a visit of all states finds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.explore.generated import random_program
from tests.explore.helpers import all_outcomes, exploration_of
from ttvm.explore.search import Strategy

MOST_STATES, MOST_EXECUTIONS = 600, 1_500


def check(seed: int, **options: Any) -> bool:
    """Compare the strategies with each other and with all states; False for a program that has too many."""
    text = random_program(seed)
    outcomes = all_outcomes(text, MOST_STATES, **options)
    if outcomes is None:
        return False
    counts = {}
    for strategy in Strategy:
        exploration = exploration_of(text, strategy=strategy, max_executions=MOST_EXECUTIONS, **options)
        search = exploration.search
        for _ in exploration:
            if search.executions + search.blocked >= MOST_EXECUTIONS:
                return False
        assert set(exploration.collection.outcomes) == outcomes, (seed, strategy)
        counts[strategy] = search.executions
        assert strategy is not Strategy.OPTIMAL or search.blocked == 0, seed
    assert len(set(counts.values())) == 1, (seed, counts)
    return True


def share_checked(seeds: range, **options: Any) -> float:
    """How many of these programs were small enough to be compared."""
    return sum(check(seed, **options) for seed in seeds) / len(seeds)


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_all_strategies_find_the_outcomes_of_all_states(first: int) -> None:
    assert share_checked(range(first, first + 20)) > 0.5


@pytest.mark.parametrize("options", [{"ordered_output": True}, {"pids": "counter"}, {"pids": "stable"}], ids=str)
def test_with_other_kinds_of_pids_and_output(options: dict[str, Any]) -> None:
    assert share_checked(range(300, 320), **options) > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1_000, 3_000, 200))
def test_many_more(first: int) -> None:
    assert share_checked(range(first, first + 200)) > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"ordered_output": True}, {"pids": "counter"}, {"pids": "stable"}], ids=str)
def test_many_more_with_other_options(options: dict[str, Any]) -> None:
    assert share_checked(range(3_000, 3_200), **options) > 0.5
