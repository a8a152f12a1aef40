"""Programs with a known number of executions: the strategies run each class of them exactly once."""

from __future__ import annotations

import pytest

from tests.explore.helpers import explored
from tests.explore.programs import REFERENCE, take_any
from ttvm.explore.search import Strategy


@pytest.mark.parametrize("name", REFERENCE)
def test_optimal_runs_every_class_once(name: str) -> None:
    text, executions = REFERENCE[name]
    exploration = explored(text)
    assert (exploration.executions, exploration.blocked, exploration.bound) == (executions, 0, None)


@pytest.mark.parametrize("name", REFERENCE)
def test_source_sets_complete_as_many(name: str) -> None:
    text, executions = REFERENCE[name]
    optimal, source = explored(text), explored(text, strategy=Strategy.SOURCE)
    assert source.executions == executions
    assert set(source.collection.outcomes) == set(optimal.collection.outcomes)


@pytest.mark.parametrize("name", ["any3", "calls3", "philosophers2", "poll1", "link", "monitor", "is-alive", "kill"])
def test_sleep_sets_complete_as_many(name: str) -> None:
    text, executions = REFERENCE[name]
    assert explored(text, strategy=Strategy.SLEEP).executions == executions


@pytest.mark.slow
def test_seven_senders() -> None:
    assert explored(take_any(7, 7)).executions == 5040
