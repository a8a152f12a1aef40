"""The whole screen, in every size, as text that a reviewer can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App

from debugger.session import Session
from debugger.tui.app import DebuggerApp
from debugger.tui.options import ScreenOptions
from debugger.views import OutputLine, StopView

from .fake_session import FakeSession, system_view
from .screens import SMALL, TINY, WIDE, press, screen_text, settle

Check = Callable[[App[Any]], None]
Debug = Callable[..., Session]

GREETER = """\
; two processes: main sends a name, the greeter answers
    PUSH_STR "greeter"
    SPAWN
    STORE greeter
    PUSH_STR "Ada"
    LOAD greeter
    SEND
    RECEIVE
    PRINT
    HALT
greeter:
    REGISTER "greeter"
    PUSH_STR "Hello "
    RECEIVE str
    CONCAT
    SPAWNER
    SEND
"""

OUTPUT = (
    OutputLine(1, 3, "started [red]3[/red] workers"),
    OutputLine(3, 40, "got 42"),
    OutputLine(2, 51, "message #8 to 7 lost: there is no process 7", "warning"),
    OutputLine(4, 52, "process 4 crashed", "crash"),
)


@pytest.mark.parametrize("plain", [False, True], ids=["unicode", "ascii"])
@pytest.mark.parametrize("size", [WIDE, SMALL, TINY, (100, 30)], ids=str)
async def test_everything_at_once(size: tuple[int, int], plain: bool, screen_matches: Check) -> None:
    app = DebuggerApp(FakeSession(printed=OUTPUT).as_session(), ScreenOptions(ascii=plain))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen_matches(app)
        if plain:
            assert screen_text(app).isascii()


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize(
    "keys",
    ["", "s", "s s s s s s", "t t", "8 s t", "s s s s s s 4 t", "c", "c s", "5 s b"],
    ids=["start", "step", "sent", "turns", "received", "mailbox", "end", "refused", "breakpoint"],
)
async def test_a_real_program(size: tuple[int, int], keys: str, debug: Debug, screen_matches: Check) -> None:
    app = DebuggerApp(debug(GREETER, "greeter.ttvm"))
    async with app.run_test(size=size) as pilot:
        await press(pilot, keys)
        screen_matches(app)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
async def test_help(size: tuple[int, int], screen_matches: Check) -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=size) as pilot:
        await press(pilot, "question_mark")
        screen_matches(app)


async def test_the_size_can_change_at_any_time(screen_matches: Check) -> None:
    app = DebuggerApp(FakeSession(printed=OUTPUT).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        before = screen_text(app)
        await press(pilot, "4")
        for size in (SMALL, TINY, (1, 1), SMALL):
            await pilot.resize_terminal(*size)
            await settle(pilot)
        screen_matches(app)  # the pane that had the focus is the open tab
        await pilot.resize_terminal(*WIDE)
        await press(pilot, "escape 1")
        assert screen_text(app) == before


async def test_next_begins_a_row_of_its_own() -> None:
    words = " ".join(["word"] * 30)
    app = DebuggerApp(FakeSession(system_view(did=f"ADD: {words}.", next="HALT: ends.")).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        rows = screen_text(app).split("\n")[-5:-2]
        assert rows[0].startswith(" DID ADD: word")
        assert rows[1].endswith("word.")
        assert rows[2] == " NEXT HALT: ends."
        app = DebuggerApp(FakeSession(system_view(did=words, next=words)).as_session())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        rows = screen_text(app).split("\n")[-5:-2]
        assert rows[1].endswith("…")
        assert rows[2].startswith(" NEXT word")


async def test_a_long_reason_gives_way_to_the_step_count() -> None:
    stop = StopView("deadlock", "2 worker waits for a message only 3 can send; " * 5)
    app = DebuggerApp(FakeSession(system_view(stop=stop, ended=True)).as_session())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        first = screen_text(app).split("\n")[0]
        assert first.startswith(" ring.ttvm  DEADLOCK  2 worker waits")
        assert first.endswith("…  step 53")
