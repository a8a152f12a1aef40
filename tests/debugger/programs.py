"""Programs that the tests of breakpoints share."""

from __future__ import annotations

from pathlib import Path

from debugger.breakpoint_text import parse_breakpoint
from debugger.session import Session
from debugger.views import StopView
from ttvm.setup import MachineOptions

SHOP = """\
    MAKE_FUNCTION barista
    SPAWN
    STORE who
    PUSH_INT 3
    LOAD who
    SEND
    PUSH_STR "tea"
    SENDNAMED nobody
    PUSH_INT 100
    SLEEP
    TRUE
    SEND_AFTER 50 1
    RECEIVE
    RECEIVE
barista:
    REGISTER "barista"
    PUSH_INT 0
    STORE total
loop:
    RECEIVE
    LOAD total
    ADD
    STORE total
    LOAD total
    PRINT
    JMP loop
"""
"""Main sends to a barista, to nobody, and to itself by a timer, and then waits for ever."""
COUNTING = """\
    PUSH_INT 0
    STORE i
loop:
    LOAD i
    PUSH_INT 1
    ADD
    STORE i
    JMP loop
"""
"""Counts for ever: ``i`` is changed by the instructions 2, 6, 11, 16, ..."""


def session_of(
    tmp_path: Path, text: str, *breakpoints: str, options: MachineOptions | None = None, spacing: int = 1000
) -> Session:
    """A session of a program given as a text, with breakpoints given as texts."""
    path = tmp_path / "shop.ttvm"
    path.write_text(text, encoding="utf-8")
    session = Session(str(path), options, checkpoint_spacing=spacing)
    for each in breakpoints:
        session.add_breakpoint(parse_breakpoint(each))
    return session


def run_on(session: Session, most: int = 200) -> list[tuple[int, StopView]]:
    """All stops of a continue from here up to step ``most``, each with its step."""
    stops: list[tuple[int, StopView]] = []
    while session.view().step < most:
        session.start_continue()
        stop = None
        while stop is None and session.view().step < most:
            stop = session.advance(most - session.view().step)
        if stop is None:
            session.pause()
            break
        if stop.reason in ("end", "deadlock"):
            break
        stops.append((session.view().step, stop))
    return stops


def run_back(session: Session) -> list[tuple[int, StopView]]:
    """All stops of a continue back from here to the start."""
    stops: list[tuple[int, StopView]] = []
    while (stop := session.continue_back()).reason != "start":
        stops.append((session.view().step, stop))
    return stops
