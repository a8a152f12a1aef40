"""Playing: how many steps are due is a matter of the clock, which the tests turn."""

from __future__ import annotations

from pathlib import Path

from debugger.playing import FASTEST, MOST_AT_ONCE, Player
from debugger.session import Session
from tests.debugger.programs import COUNTING, session_of


class Hand:
    """A clock that somebody turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def playing(tmp_path: Path, text: str = COUNTING, **options: float) -> tuple[Session, Hand, Player]:
    session, hand = session_of(tmp_path, text), Hand()
    return session, hand, Player(session, hand, **options)  # type: ignore[arg-type]


def test_as_many_steps_as_are_due(tmp_path: Path) -> None:
    session, hand, player = playing(tmp_path, speed=4)
    steps = []
    for _ in range(5):
        hand.now += 0.375
        assert player.tick() is None
        steps.append(session.steps)
    assert steps == [1, 3, 4, 6, 7]


def test_the_speed_changes_from_now_on(tmp_path: Path) -> None:
    session, hand, player = playing(tmp_path, speed=4)
    hand.now += 1
    player.tick()
    player.change_speed(2)
    hand.now += 1
    player.tick()
    assert (session.steps, player.speed) == (12, 8)
    player.change_speed(1e9)
    assert player.speed == FASTEST


def test_backward_to_the_start(tmp_path: Path) -> None:
    session, hand, player = playing(tmp_path, speed=4)
    hand.now += 1
    player.tick()
    player.turn_round()
    hand.now += 0.5
    assert player.tick() is None
    assert session.steps == 2
    hand.now += 10
    stop = player.tick()
    assert stop is not None
    assert (stop.reason, session.steps) == ("start", 0)


def test_a_breakpoint_and_the_end_stop_it(tmp_path: Path) -> None:
    session, hand, player = playing(tmp_path, "    PUSH_INT 1\n    PRINT\n    HALT\n", speed=100)
    session.break_at_line(2)
    hand.now += 10
    stop = player.tick()
    assert stop is not None
    assert (stop.reason, session.steps) == ("breakpoint", 1)
    hand.now += 10
    stop = player.tick()
    assert stop is not None
    assert stop.reason == "end"


def test_a_clock_that_runs_ahead_is_not_chased(tmp_path: Path) -> None:
    session, hand, player = playing(tmp_path, speed=1000)
    hand.now += 3600
    player.tick()
    assert session.steps == MOST_AT_ONCE
    player.tick()
    assert session.steps == MOST_AT_ONCE
    hand.now += 0.5
    player.tick()
    assert session.steps == MOST_AT_ONCE + 500
