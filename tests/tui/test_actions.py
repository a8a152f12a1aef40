"""Actions of the keyboard and the mouse on real programs: play, who runs, bookmarks, finding, travelling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from debugger import foresight
from debugger.session import Session
from debugger.tui import memories
from debugger.tui.app import DebuggerApp
from debugger.tui.options import ScreenOptions
from debugger.tui.widgets.code_pane import CodePane
from debugger.tui.widgets.mailbox_pane import MailboxPane
from debugger.tui.widgets.process_pane import ProcessPane
from debugger.tui.widgets.space_time_pane import SpaceTimePane
from debugger.tui.widgets.timeline_line import TimelineLine
from ttvm.setup import MachineOptions

from .fake_session import FakeSession, row, system_view
from .screens import SMALL, TINY, WIDE, Gate, header, press, screen_text, settle, type_line
from .test_panes import rows_of
from .test_screen import GREETER
from .test_selection import TWO

Debug = Callable[..., Session]
LOOP = "loop:\n    PUSH_INT 1\n    POP\n    JMP loop\n"


async def test_play_makes_the_steps_that_are_due(debug: Debug) -> None:
    gate = Gate()
    app = DebuggerApp(debug(LOOP), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space")
        assert " RUNNING " in header(app)
        assert "4 steps/s" in screen_text(app)
        gate.time = 1.0  # four steps are due
        gate.open()
        await settle(pilot)
        assert "step 4 " in header(app)
        await press(pilot, "plus")
        assert "8 steps/s" in screen_text(app)
        gate.time = 2.0
        gate.open()
        await settle(pilot)
        assert "step 12 " in header(app)
        await press(pilot, "less_than_sign")
        gate.time = 2.5
        gate.open()
        await settle(pilot)
        assert "step 8/12" in header(app)
        await press(pilot, "minus space")
        assert " PAST " in header(app)
        assert "4 steps/s" not in screen_text(app)
        assert set(gate.asked) == {0.1}


async def test_play_backward_ends_at_the_start(debug: Debug) -> None:
    gate = Gate()
    app = DebuggerApp(debug(LOOP), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "less_than_sign")
        assert "nothing is before it" in header(app)
        await press(pilot, "s s less_than_sign")
        gate.time = 5.0
        gate.open()
        await settle(pilot)
        assert "step 0/2" in header(app)
        assert " RUNNING " not in header(app)


async def test_a_full_stop_repeats_the_last_verb(debug: Debug) -> None:
    app = DebuggerApp(debug(LOOP), clock=Gate().clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "full_stop")
        assert "no verb to repeat" in header(app)
        await press(pilot, "1 2 s full_stop")
        assert "step 24 " in header(app)
        await press(pilot, "S full_stop")
        assert "step 22/24" in header(app)


async def test_to_the_cursor_and_back(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "ctrl+end up g")
        await settle(pilot)
        assert app.query_one(CodePane).cursor_line == 16
        assert "arrived" in header(app)
        step = app._session.view().step
        await press(pilot, "s ctrl+home down down down G")
        await settle(pilot)
        assert app._session.view().step < step
        assert app._session.breakpoints() == ()


async def test_who_runs_is_the_users_choice(debug: Debug) -> None:
    app = DebuggerApp(debug(TWO))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "t t 2 ctrl+end i")
        assert app._session.view().current == 2
        await press(pilot, "l")
        assert "lock 2" in header(app)
        await press(pilot, "t t")
        assert app._session.view().stop.pid == 2
        await press(pilot, "l")
        assert "lock" not in header(app)
        await press(pilot, "z")
        assert "frozen" in screen_text(app)
        await press(pilot, "z")
        assert "frozen" not in screen_text(app)
        await press(pilot, "p")
        assert "Who decides who runs next" in screen_text(app)
        await type_line(pilot, "random 2")
        assert "random, seed 2" in header(app)


async def test_bookmarks(debug: Debug) -> None:
    app = DebuggerApp(debug(LOOP))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "apostrophe")
        assert "there are no bookmarks" in header(app)
        await press(pilot, "s s k s s apostrophe")
        assert "step 2 of branch 1" in screen_text(app)
        await press(pilot, "enter")
        assert "step 2/4" in header(app)
        await press(pilot, "k")
        assert "bookmark step 2 removed" in header(app)


async def test_maximise_and_tiny_screens_show_the_focused_pane() -> None:
    gate = Gate()
    app = DebuggerApp(FakeSession().as_session(), clock=gate.clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "3")
        gate.time = 1.0
        await press(pilot, "0")
        assert "3 Stack of" in screen_text(app)
        assert "1 Code" not in screen_text(app)
        await press(pilot, "tab")
        assert "4 Mailbox of" in screen_text(app)
        await press(pilot, "escape")
        assert "1 Code" in screen_text(app)
        await pilot.resize_terminal(*TINY)
        await settle(pilot)
        assert "4 Mailbox of" in screen_text(app)
        gate.time = 2.0
        await press(pilot, "1")
        assert "1 Code" in screen_text(app)


async def test_find_goes_from_line_to_line(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        places = []
        for text in ("send", "", ""):
            await press(pilot, "slash")
            await type_line(pilot, text)
            places.append(app.query_one(CodePane).cursor_line)
        assert places == [7, 17, 1]
        await press(pilot, "slash")
        await type_line(pilot, "nowhere")
        assert "nowhere is not in this pane" in header(app)


async def test_the_processes_can_be_filtered_and_sorted() -> None:
    rows = tuple(row(pid, name, mailbox=boxes) for pid, name, boxes in [(1, "b", 0), (2, "a", 5), (3, "c", 9)])
    app = DebuggerApp(FakeSession(system_view(processes=rows)).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2 comma")
        pids = [text.strip("◆▶ ").split()[0] for text in rows_of(app, ProcessPane)[1:4]]
        assert pids == ["2", "1", "3"]
        await press(pilot, "comma comma")
        pids = [text.strip("◆▶ ").split()[0] for text in rows_of(app, ProcessPane)[1:4]]
        assert pids == ["3", "2", "1"]
        await pilot.click(ProcessPane, offset=(20, 1))
        await settle(pilot)
        assert "by reductions" in screen_text(app)
        await press(pilot, "slash")
        await type_line(pilot, "c")
        assert "1 processes" in header(app)
        await press(pilot, "slash enter")
        assert "3 processes: all" in header(app)


async def test_a_click_on_the_line_of_the_run_travels(debug: Debug) -> None:
    app = DebuggerApp(debug(LOOP), clock=Gate().clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "1 0 0 s")
        await pilot.click(TimelineLine, offset=(2, 0))
        await settle(pilot)
        assert "step 0/100" in header(app)
        await pilot.click(TimelineLine, offset=(50, 0))
        await settle(pilot)
        assert 40 < app._session.view().step < 60


async def test_the_diagram_tells_what_happened_and_leads_there(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "c 6")
        text = "\n".join(rows_of(app, SpaceTimePane))
        for part in ("spawn", "#1", "got #1", "waits", "ended"):
            assert part in text
        await press(pilot, "ctrl+home down enter")
        assert " PAST " in header(app)


async def test_a_message_leads_to_where_it_was_sent(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "t s 4 enter")
        sent = app._session.view().step
        assert sent < 8
        assert "SEND" in app._session.view().did
        await press(pilot, "end")
        await pilot.click(MailboxPane, offset=(5, 1))
        await settle(pilot)
        assert app._session.view().step == sent


async def test_other_sources_can_be_looked_at(debug: Debug, tmp_path: Path) -> None:
    (tmp_path / "helper.ttvm").write_text("    PUSH_INT 1\n    STORE f\n    EXPORT f\n", encoding="utf-8")
    app = DebuggerApp(debug('    IMPORT "helper"\n    LOAD f\n    HALT\n'))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "s m")
        await type_line(pilot, "program")
        assert "IMPORT" in rows_of(app, CodePane)[0]
        await press(pilot, "ctrl+end b")
        assert [each.line for each in app._session.breakpoints()] == [3]
        await press(pilot, "escape")
        assert "EXPORT f" in rows_of(app, CodePane)[2]


async def test_a_file_that_changes_is_noticed(debug: Debug) -> None:
    session = debug(LOOP)
    app = DebuggerApp(session)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "s")
        assert "has changed" not in header(app)
        monkeyed = Path(session.program)
        monkeyed.write_text(f"{LOOP}    HALT\n", encoding="utf-8")
        app._read_stamp -= 1  # a file system may not tell two writes in the same moment apart
        await press(pilot, "s")
        assert "the file has changed: R reads it" in header(app)
        await press(pilot, "R")
        assert "has changed" not in header(app)


async def test_the_welcome_is_shown_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "state_folder", lambda: tmp_path)
    for expected in (True, False):
        app = DebuggerApp(FakeSession().as_session(), ScreenOptions(welcome=True))
        async with app.run_test(size=WIDE) as pilot:
            await settle(pilot)
            assert ("Welcome to ttvm-debug" in screen_text(app)) is expected
            await press(pilot, "escape f1")
            assert "Lower case goes forward" in screen_text(app)


async def test_help_begins_with_the_pane_and_the_instruction(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "s question_mark")
        text = screen_text(app)
        assert "1 Code" in text
        assert "SPAWN" in text
        assert text.index("the program text") < text.index("( ")


async def test_the_mouse_chooses_a_pane_by_its_tab() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "o")
        assert "[7 Output ]" in screen_text(app)


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast"])
async def test_themes(theme: str) -> None:
    app = DebuggerApp(FakeSession(system_view(latest=99)).as_session(), ScreenOptions(theme=theme))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "PAST" in header(app)
        colours = {app.get_component_styles(f"process-{number}").rich_style.color for number in range(1, 9)}
        assert len(colours) == 8


async def test_exploring_lists_what_can_happen_and_enter_goes_there() -> None:
    program = Path(__file__).parents[2] / "examples" / "dining_philosophers_deadlock.ttvm"
    gate = Gate()
    app = DebuggerApp(Session(str(program), MachineOptions()), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "E")
        assert "exploring: 10 executions, 1 outcome, 0 findings" in header(app)
        steps = set()
        while "What can still happen" not in screen_text(app):
            steps.add(header(app).partition("RUNNING")[2].split()[0])
            gate.open()
            await settle(pilot)
        assert steps == {"exploring:", "simplifying,"}
        shown = screen_text(app)
        assert "What can still happen (all, 37 executions)" in shown
        assert "1 deadlock" in shown
        assert "3 outcome" in shown
        await press(pilot, "escape")
        assert "step 0 " in header(app)
        await press(pilot, "E space")  # what is known so far
        assert "What can still happen (not all, 10 executions)" in screen_text(app)
        await press(pilot, "enter")
        assert "opening: the way to outcome 1: 200 of 283; Escape gives up" in header(app)
        gate.open()
        await settle(pilot)
        assert "step 305" in header(app)
        await press(pilot, "E")
        assert "nothing can happen any more" in screen_text(app)


async def test_a_way_that_is_given_up_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "_TURNS_AT_ONCE", 10)
    program = Path(__file__).parents[2] / "examples" / "dining_philosophers_deadlock.ttvm"
    gate = Gate()
    session = Session(str(program), MachineOptions())
    app = DebuggerApp(session, clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        session.goto(60)
        session.goto(40)
        before = list(session.save())
        session.explore()
        await press(pilot, "colon")
        await type_line(pilot, "outcome 1")
        while "the way to" not in header(app):  # what decides is found out first
            assert "opening: what decides about 1; Escape gives up" in header(app)
            gate.open()
            await settle(pilot)
        gate.open()
        await settle(pilot)
        assert "opening: the way to deadlock 1: 20 of " in header(app)
        await press(pilot, "escape")
        assert "step 40/60 " in header(app)
        assert "gave up the way there" in screen_text(app)
        assert list(session.save()) == before
        await press(pilot, "colon")
        await type_line(pilot, "outcome 9")
        assert "there is no outcome 9; there are 1 to 3" in screen_text(app)
        await press(pilot, "escape E")
        assert "exploring: 10 executions" in header(app)
        await press(pilot, "escape")
        assert "What can still happen (not all, 10 executions)" in screen_text(app)
