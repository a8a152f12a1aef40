"""Whose panes are shown: the process that ran, or the one the user pinned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from debugger.session import Session
from debugger.tui.app import DebuggerApp
from debugger.tui.widgets.process_pane import ProcessPane
from debugger.views import StopView

from .fake_session import COLLECTOR, MAIN, WORKER, FakeSession, near
from .screens import WIDE, header, press, screen_text, settle

TWO = "    PUSH_STR other\n    SPAWN\n    POP\nloop:\n    YIELD\n    JMP loop\nother:\n    YIELD\n    JMP other\n"


async def test_the_panes_follow_the_process_that_ran() -> None:
    session = FakeSession()
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "3 Stack of 2 worker" in screen_text(app)
        session.current = replace(session.current, selected=near(MAIN), stop=StopView("step", "after a step", 1))
        await press(pilot, "s")
        assert "3 Stack of 1 main" in screen_text(app)


async def test_stepping_keeps_a_pinned_process_and_names_the_other() -> None:
    session = FakeSession()
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "right_square_bracket")
        assert "3 Stack of 3 collector" in screen_text(app)
        assert "stopped in 2 worker" in header(app)
        session.current = replace(session.current, selected=near(MAIN), stop=StopView("step", "after a step", 1))
        await press(pilot, "s")
        assert "3 Stack of 3 collector" in screen_text(app)
        assert "stopped in 1 main" in header(app)
        await press(pilot, "escape")
        assert "3 Stack of 1 main" in screen_text(app)
        assert "stopped in" not in header(app)


async def test_brackets_go_round_and_skip_the_dead() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        for key, title in [
            ("left_square_bracket", MAIN.name),
            ("left_square_bracket", COLLECTOR.name),
            ("right_square_bracket", MAIN.name),
            ("right_square_bracket", WORKER.name),
        ]:
            await press(pilot, key)
            assert f"4 Mailbox of {title}" in screen_text(app).replace("of 1 ", "of ").replace("of 2 ", "of ").replace(
                "of 3 ", "of "
            )


async def test_enter_and_a_click_pin_the_row() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2 up enter")
        assert "3 Stack of 1 main" in screen_text(app)
        assert "◆     1 main" in screen_text(app)
        await pilot.click(ProcessPane, offset=(20, 4))
        await settle(pilot)
        assert "3 Stack of 3 collector" in screen_text(app)
        await pilot.click(ProcessPane, offset=(20, 1))  # the headings
        await pilot.click(ProcessPane, offset=(20, 7))  # below the last row
        await settle(pilot)
        assert "3 Stack of 3 collector" in screen_text(app)


async def test_an_ended_process_cannot_be_pinned() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2 ctrl+end enter")
        assert "process 5 has ended, so the panes follow again" in header(app)
        assert "3 Stack of 2 worker" in screen_text(app)


async def test_the_cursor_stays_within_a_list_that_shrinks() -> None:
    session = FakeSession(replace(FakeSession().current, selected=near(MAIN)))
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2 ctrl+end")
        session.current = replace(session.current, processes=(MAIN,))
        await press(pilot, "s enter")
        assert "◆▶    1 main" in screen_text(app).replace("◆     1", "◆▶    1")


async def test_restart_follows_again() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "right_square_bracket R")
        assert "3 Stack of 2 worker" in screen_text(app)


async def test_with_a_real_program(debug: Callable[..., Session]) -> None:
    app = DebuggerApp(debug(TWO))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "t")
        assert "1 Code  1 main" in screen_text(app)
        await press(pilot, "t")
        assert "1 Code  2 other" in screen_text(app)
        await press(pilot, "left_square_bracket t t")
        assert "1 Code  1 main" in screen_text(app)
        assert "stopped in 2 other" in header(app)
