"""A search that was stopped goes on where it stood."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.explore.generated import random_program
from tests.explore.generated_messages import message_program
from tests.explore.helpers import exploration_of, explored, finish
from tests.explore.programs import REFERENCE
from ttvm.errors import TtvmError
from ttvm.explore import exploring
from ttvm.explore.search import Strategy


def in_pieces(text: str, size: int, strategy: Strategy = Strategy.OBSERVERS) -> tuple[int, int, set[object]]:
    """Explore so many executions at a time, and go through JSON in between."""
    saved = None
    for number in range(1, 2_000):
        exploration = exploration_of(text, max_executions=size * number, strategy=strategy)
        if saved is not None:
            exploration.load(json.loads(saved))
        finish(exploration)
        if exploration.bound is None:
            return exploration.executions, exploration.blocked, set(exploration.collection.outcomes)
        saved = json.dumps(exploration.save())
    raise AssertionError("it never ends")


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("name", ["any3", "calls3", "philosophers2", "poll3", "kill"])
def test_pieces_are_the_whole(name: str, strategy: Strategy) -> None:
    text, *_ = REFERENCE[name]
    whole = explored(text, strategy=strategy)
    assert in_pieces(text, 2, strategy) == (whole.executions, whole.blocked, set(whole.collection.outcomes))


@pytest.mark.parametrize("make", [random_program, message_program])
@pytest.mark.parametrize("strategy", [Strategy.OBSERVERS, Strategy.OBSERVERS_SOURCE, Strategy.OPTIMAL])
def test_random_programs_in_pieces(make: Callable[[int], str], strategy: Strategy) -> None:
    for seed in range(30):
        text = make(seed)
        whole = explored(text, max_executions=200, strategy=strategy)
        if whole.bound is None:
            result = (whole.executions, whole.blocked, set(whole.collection.outcomes))
            assert in_pieces(text, 3, strategy) == result, seed


def test_other_options_are_refused() -> None:
    text, *_ = REFERENCE["any3"]
    saved = explored(text, max_executions=2).save()
    with pytest.raises(TtvmError, match="other options"):
        exploration_of(text, ordered_output=True).load(saved)


def test_a_finished_search_stays_finished() -> None:
    text, executions, _ = REFERENCE["any3"]
    exploration = exploration_of(text)
    exploration.load(json.loads(json.dumps(explored(text).save())))
    finish(exploration)
    assert (exploration.executions, exploration.bound) == (executions, None)


def test_who_gives_up_many_executions_still_lets_others_look_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """And may be stopped and saved there."""
    monkeypatch.setattr(exploring, "MOST_BLOCKED", 3)
    text, *_ = REFERENCE["philosophers3"]
    whole = explored(text, strategy=Strategy.SLEEP)
    exploration = exploration_of(text, strategy=Strategy.SLEEP)
    pauses, before = 0, 0
    for progress in exploration:
        if progress.executions == before:
            pauses += 1
            if pauses == 5:
                break
        before = progress.executions
    assert pauses == 5
    again = exploration_of(text, strategy=Strategy.SLEEP)
    again.load(json.loads(json.dumps(exploration.save())))
    finish(again)
    assert (again.executions, again.blocked) == (whole.executions, whole.blocked)
    assert again.collection.outcomes == whole.collection.outcomes
