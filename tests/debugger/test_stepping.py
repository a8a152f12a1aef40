"""Over a call and out of it, in both directions, while others have their turns."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger import stepping
from debugger.session import Session
from ttvm.setup import MachineOptions

CALLS = """\
    PUSH_INT 3
    CALL down n
    PUSH_STR "end"
    PRINT
    HALT
down:
    LOAD n
    JZ bottom
    LOAD n
    PUSH_INT 1
    SUB
    CALL down n
bottom:
    RET
"""
BUSY = """\
    MAKE_FUNCTION other
    SPAWN
    POP
    CALL work
    NOP
    HALT
work:
    YIELD
    NOP
    YIELD
    RET
other:
    NOP
    YIELD
    NOP
    YIELD
    NOP
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return session_of(tmp_path, CALLS)


def session_of(tmp_path: Path, text: str) -> Session:
    path = tmp_path / "program.ttvm"
    path.write_text(text, encoding="utf-8")
    return Session(str(path), MachineOptions("round-robin"), checkpoint_spacing=7)


def line_of(session: Session, pid: int = 1) -> tuple[int, int]:
    """The next line of a process, and how many calls it is in."""
    selected = session.view(pid).selected
    assert selected is not None
    return selected.line, len(selected.frames)


def test_over_a_call_with_all_that_is_in_it(session: Session) -> None:
    session.step_over()
    assert line_of(session) == (2, 1)
    stop = session.step_over()
    assert (stop.reason, stop.text, stop.pid) == ("step", "after a step over an instruction", 1)
    assert line_of(session) == (3, 1)
    session.step_over_back()
    assert line_of(session) == (2, 1)
    session.step_over_back()
    assert (line_of(session), session.view().step) == ((1, 1), 0)
    assert session.step_over_back().reason == "start"


def test_into_a_call_and_out_of_it(session: Session) -> None:
    session.step(8)
    assert line_of(session) == (7, 3)
    session.step_over(outward=True)
    assert line_of(session) == (14, 2)
    session.step_over_back(outward=True)
    assert line_of(session) == (2, 1), "the CALL that led to where it was"
    session.step(3)
    session.step_over(outward=True)
    assert line_of(session) == (3, 1)
    session.step_over_back()
    assert line_of(session) == (2, 1)


def test_out_of_the_outermost_call_is_to_the_end(session: Session) -> None:
    session.step()
    assert session.step_over(outward=True).reason in ("step", "end")
    session.continue_()
    assert session.view().ended
    session.step_over_back()
    assert line_of(session) == (5, 1)


def test_the_others_have_their_turns_meanwhile(tmp_path: Path) -> None:
    session = session_of(tmp_path, BUSY)
    for _ in range(3):
        session.step_over()
    assert line_of(session) == (4, 1)
    session.step_over()
    assert line_of(session) == (5, 1)
    assert next(row.reductions for row in session.view().processes if row.pid == 2) > 0
    session.step_over_back()
    assert line_of(session) == (4, 1)


def test_a_breakpoint_on_the_way_stops_it(session: Session) -> None:
    session.step()
    session.break_at_label("bottom")
    assert session.step_over().reason == "breakpoint"
    assert line_of(session) == (14, 5)


def test_what_takes_too_long_gives_control_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "LONGEST_STEP", 100)
    session = session_of(tmp_path, "CALL work\nHALT\nwork:\nJMP work\n")
    stop = session.step_over()
    assert (stop.reason, stop.text) == ("pause", "paused after 100 instructions: the call is not over")


def test_a_deadlock_on_the_way_is_told(tmp_path: Path) -> None:
    session = session_of(tmp_path, "CALL work\nHALT\nwork:\nRECEIVE\nRET\n")
    assert session.step_over().reason == "deadlock"
    session.step_over_back()
    assert session.view().step == 1
