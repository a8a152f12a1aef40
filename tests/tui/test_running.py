"""A continue goes on in pieces, with the keyboard alive in between and few redraws. No real time passes."""

from __future__ import annotations

from collections.abc import Callable

from debugger.session import Session
from debugger.tui.app import DebuggerApp
from debugger.tui.running import BUDGET
from debugger.tui.verbs import STEPS_AT_ONCE
from debugger.tui.widgets.output_pane import MOST_ROWS, OutputPane

from .fake_session import FakeSession
from .screens import SMALL, TINY, WIDE, Gate, header, press, settle

ENDLESS = "loop:\n    PUSH_INT 1\n    POP\n    JMP loop\n"


async def test_the_header_counts_while_it_runs() -> None:
    session, gate = FakeSession(), Gate()
    app = DebuggerApp(session.as_session(), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "c")
        assert " RUNNING " in header(app)
        assert "step 53 " in header(app)  # less than a tenth of a second: not drawn again
        gate.time = 0.1
        gate.open()
        await settle(pilot)
        assert f"step {53 + (1 + 2) * BUDGET:,} " in header(app)
        gate.open()
        await settle(pilot)
        assert " PAUSED " in header(app)
        assert session.calls.count(("advance",)) == 3


async def test_space_and_c_pause_at_once() -> None:
    for key in ("space", "c"):
        session, gate = FakeSession(), Gate()
        session.pieces = 1_000
        app = DebuggerApp(session.as_session(), clock=gate.clock, sleep=gate.sleep)
        async with app.run_test(size=WIDE) as pilot:
            await press(pilot, "c")
            await press(pilot, key)
            assert session.calls == [("start_continue",), ("advance",), ("pause",)]
            assert " PAUSED  paused " in header(app)


async def test_keys_that_must_wait_say_so_while_it_runs() -> None:
    session, gate = FakeSession(), Gate()
    session.pieces = 1_000
    app = DebuggerApp(session.as_session(), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "c")
        for key in ("s", "t", "R"):
            await press(pilot, key)
            assert "the program is running: space pauses it" in header(app)
        assert session.calls == [("start_continue",), ("advance",)]
        await press(pilot, "q")
        assert not app.is_running


async def test_a_large_number_of_steps_runs_in_pieces() -> None:
    session, gate = FakeSession(), Gate()
    app = DebuggerApp(session.as_session(), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "9 0 0 0 0 0 s")
        assert " RUNNING " in header(app)
        for _ in range(8):
            gate.open()
            await settle(pilot)
        assert " PAUSED " in header(app)
        assert session.calls == [*[("step", STEPS_AT_ONCE)] * 8, ("step", 900_000 - 8 * STEPS_AT_ONCE)]


async def test_an_endless_program_can_be_paused_and_stepped(debug: Callable[..., Session]) -> None:
    gate = Gate()
    app = DebuggerApp(debug(ENDLESS), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "c")
        for _ in range(3):
            gate.open()
            await settle(pilot)
        assert " RUNNING " in header(app)
        await press(pilot, "space")
        assert " PAUSED  paused in 1 " in header(app)
        gate.open()
        await press(pilot, "b c")
        assert "breakpoint 1 at program.ttvm:" in header(app)


async def test_the_size_may_change_while_it_plays(debug: Callable[..., Session]) -> None:
    gate = Gate()
    app = DebuggerApp(debug(ENDLESS), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space")
        for number, size in enumerate([SMALL, TINY, (1, 1), (300, 90), WIDE], 1):
            await pilot.resize_terminal(*size)
            gate.time = float(number)
            gate.open()
            await settle(pilot)
        assert "step 20 " in header(app)


async def test_what_a_program_prints_is_kept_within_bounds(debug: Callable[..., Session]) -> None:
    gate = Gate()
    app = DebuggerApp(debug('loop:\n    PUSH_STR "x"\n    PRINT\n    JMP loop\n'), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "9 9 9 9 9 s")
        pane = app.query_one(OutputPane)
        assert pane.count == 33_333
        for _ in range(9):
            await press(pilot, "full_stop")
        assert app._session.view().output_count == 333_330
        assert pane.count <= 2 * MOST_ROWS
