"""Programs with a known number of executions: the strategies run each class of them exactly once."""

from __future__ import annotations

import pytest

from tests.explore.helpers import explored
from tests.explore.programs import REFERENCE, philosophers, take_any
from ttvm.explore.search import Strategy


@pytest.mark.parametrize("strategy", [Strategy.OBSERVERS, Strategy.OPTIMAL])
@pytest.mark.parametrize("name", REFERENCE)
def test_every_class_is_run_once(name: str, strategy: Strategy) -> None:
    text, *counts = REFERENCE[name]
    exploration = explored(text, strategy=strategy)
    executions = counts[not strategy.observes]
    assert (exploration.executions, exploration.blocked, exploration.bound) == (executions, 0, None)


@pytest.mark.parametrize("name", REFERENCE)
def test_all_strategies_find_the_same_outcomes(name: str) -> None:
    text, *counts = REFERENCE[name]
    outcomes = explored(text).collection.outcomes
    for strategy in (Strategy.OPTIMAL, Strategy.OBSERVERS_SOURCE, Strategy.SOURCE):
        exploration = explored(text, strategy=strategy)
        assert exploration.executions == counts[not strategy.observes]
        assert set(exploration.collection.outcomes) == set(outcomes)


@pytest.mark.parametrize("name", ["any3", "calls3", "philosophers2", "poll1", "link", "monitor", "is-alive", "kill"])
def test_sleep_sets_complete_as_many_as_optimal(name: str) -> None:
    text, _, executions = REFERENCE[name]
    assert explored(text, strategy=Strategy.SLEEP).executions == executions


def test_five_philosophers() -> None:
    assert explored(philosophers(5)).executions == 31


@pytest.mark.slow
def test_seven_senders() -> None:
    assert explored(take_any(7, 7)).executions == 5040
