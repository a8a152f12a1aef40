"""Errors are shown on the screen: never a traceback, never silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from debugger.session import Session
from debugger.tui import app as app_module
from debugger.tui.app import DebuggerApp
from ttvm.errors import InternalError, TtvmError

from .fake_session import FakeSession
from .screens import SMALL, WIDE, Gate, press, screen_text


async def test_restart_shows_every_mistake_of_the_file(debug: Callable[..., Session]) -> None:
    session = debug("    PUSH_INT 1\n    PRINT\n")
    app = DebuggerApp(session)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "s")
        Path(session.program).write_text(
            "    PUSH_INT nine\n    BOGUS [red]\n    JMP nowhere \x1b[31m\n", encoding="utf-8"
        )
        await press(pilot, "R")
        text = screen_text(app)
        assert "4 errors in the program" in text
        for part in (
            "PUSH_INT nine",
            "unknown instruction BOGUS",
            "[red]",
            "unknown label nowhere",
            "^^^^^^^",
            "hint: ",
        ):
            assert part in text
        await press(pilot, "escape")
        assert "step 1 " in screen_text(app)  # the run is as it was


async def test_a_file_that_is_gone(debug: Callable[..., Session]) -> None:
    session = debug("    HALT\n")
    app = DebuggerApp(session)
    async with app.run_test(size=SMALL) as pilot:
        Path(session.program).unlink()
        await press(pilot, "R")
        assert "program.ttvm" in screen_text(app)
        assert "Escape closes" in screen_text(app)


@pytest.mark.parametrize("keys", ["s", "t", "b", "R", "9 0 0 0 0 0 s"])
async def test_an_error_of_a_verb_opens_a_window(keys: str) -> None:
    session, gate = FakeSession(), Gate()

    def fail() -> None:
        raise TtvmError("the [bold]reason\nin two lines")

    session.on_verb = fail
    app = DebuggerApp(session.as_session(), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, keys)
        assert "the [bold]reason" in screen_text(app)
        assert "in two lines" in screen_text(app)
        await press(pilot, "escape")
        assert " PAUSED " in screen_text(app)


def test_a_bug_of_ours_becomes_an_internal_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = FakeSession()

    def fail() -> None:
        raise ZeroDivisionError("oops")

    session.on_verb = fail

    class Headless(DebuggerApp):
        """The application without a terminal, and with one key pressed."""

        def run(self) -> None:  # type: ignore[override]
            async def step(pilot: Pilot[Any]) -> None:
                await press(pilot, "s")

            super().run(headless=True, auto_pilot=step)

    monkeypatch.setattr(app_module, "DebuggerApp", Headless)
    with pytest.raises(InternalError, match="ZeroDivisionError: oops"):
        app_module.run(session.as_session())
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
