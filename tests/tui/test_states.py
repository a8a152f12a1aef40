"""Telling states of real programs, at both sizes, as text that a reviewer can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App

from debugger.session import Session
from debugger.tui.app import DebuggerApp
from debugger.tui.options import ScreenOptions
from tests.machines import ROOT
from ttvm.setup import MachineOptions

from .screens import SMALL, WIDE, Gate, press, settle, type_text

CRASH = """\
; the worker divides by what it gets, and main sends it a zero
    MAKE_FUNCTION worker
    SPAWN_MONITOR
    POP
    STORE worker
    PUSH_INT 0
    LOAD worker
    SEND
    RECEIVE {type: "DOWN"}
    PRINT
    HALT
worker:
    PUSH_INT 100
    RECEIVE int
    DIV
    PRINT
"""
ROUND_ROBIN = MachineOptions(policy="round-robin")
SMP = MachineOptions(policy="smp", schedulers=2, quantum=5)
STATES: dict[str, tuple[str, MachineOptions, str]] = {
    "start": ("coffee_shop_demo", ROUND_ROBIN, ""),
    "send": ("coffee_shop_demo", ROUND_ROBIN, "t t t 2 6 s 6"),
    "blocked": ("coffee_shop_demo", ROUND_ROBIN, "t t t t escape 4"),
    "deadlock": ("dining_philosophers_deadlock", ROUND_ROBIN, "c"),
    "why": ("dining_philosophers_deadlock", ROUND_ROBIN, "c y"),
    "crash": ("crash", ROUND_ROBIN, "c escape 7"),
    "past": ("coffee_shop_demo", ROUND_ROBIN, "t t t t S S S"),
    "breakpoints": ("coffee_shop_demo", ROUND_ROBIN, "b down down down b colon *break send to 2 if msg != 1* enter v"),
    "smp": ("ring", SMP, "t t t t t t t t"),
    "supervisors": ("supervised_workers", ROUND_ROBIN, "t t t t t t escape 5 escape 0"),
    "palette": ("ring", ROUND_ROBIN, "ctrl+backslash *bre*"),
    "diagram": ("ping_pong", ROUND_ROBIN, "c escape 6 escape 0"),
    "command": ("ring", ROUND_ROBIN, "colon *c* tab tab"),
    "welcome": ("ring", ROUND_ROBIN, "f1"),
    "locked": ("coffee_shop_demo", ROUND_ROBIN, "t t t t 2 l z"),
}
"""Name, program, its machine, and the keys; a text between stars is typed."""


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
@pytest.mark.parametrize("name", STATES)
async def test_a_telling_state(
    name: str,
    size: tuple[int, int],
    debug: Callable[..., Session],
    screen_matches: Callable[[App[Any]], None],
) -> None:
    program, options, keys = STATES[name]
    session = debug(CRASH, "crash.ttvm") if program == "crash" else None
    session = session or Session(str(ROOT / "examples" / f"{program}.ttvm"), options)
    app = DebuggerApp(session, ScreenOptions(), clock=Gate().clock)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for number, part in enumerate(keys.split("*")):
            if number % 2:
                await type_text(pilot, part)
                await settle(pilot)
            else:
                await press(pilot, part)
        screen_matches(app)
