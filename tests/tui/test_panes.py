"""The panes one by one: scrolling, cursor, what is marked, and that only visible lines are ever built."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual import events

from debugger.tui.app import DebuggerApp
from debugger.tui.widgets.code_pane import CodePane
from debugger.tui.widgets.line_pane import LinePane
from debugger.tui.widgets.mailbox_pane import MailboxPane
from debugger.tui.widgets.output_pane import OutputPane
from debugger.tui.widgets.process_pane import ProcessPane
from debugger.tui.widgets.stack_pane import StackPane
from debugger.tui.widgets.tab_bar import TabBar
from debugger.views import (
    BreakpointView,
    MessageView,
    NameView,
    OutputLine,
    RelationsView,
    StopView,
    ValueView,
)

from .fake_session import CODE, FakeSession, code_view, near, row, system_view
from .screens import SMALL, TINY, WIDE, press, screen_text, settle

MANY = 100_000


def rows_of(app: DebuggerApp, pane: type[LinePane]) -> list[str]:
    """The rows inside the border of a pane."""
    region = app.query_one(pane).content_region
    lines = screen_text(app).split("\n")[region.y : region.bottom]
    return [text[region.x : region.right] for text in lines]


async def test_only_visible_lines_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """100,000 lines of code, values and output, 10,000 messages, 1,000 processes: as quick as ten."""
    built = 0
    draw_line = LinePane._draw_line

    def count(pane: LinePane, index: int) -> object:
        nonlocal built
        built += 1
        return draw_line(pane, index)

    monkeypatch.setattr(LinePane, "_draw_line", count)
    processes = tuple(row(pid, f"p{pid}", line=pid) for pid in range(1, 1_001))
    process = near(
        processes[999],
        code=code_view("\n".join(f"    PUSH_INT {number}" for number in range(MANY))),
        line=MANY // 2,
        stack=tuple(ValueView(f"Int {number}") for number in range(MANY)),
        mailbox=tuple(MessageView(number, 1, "p1", number, "Null", False, False) for number in range(10_000)),
    )
    session = FakeSession(
        system_view(process, processes=processes), [OutputLine(1, 1, f"line {n}") for n in range(MANY)]
    )
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert any(f" ▶{MANY // 2:>6}  " in text for text in rows_of(app, CodePane))
        assert rows_of(app, ProcessPane)[-1].strip("│█ ").startswith("1000 p1000")
        assert f"line {MANY - 1}" in rows_of(app, OutputPane)[-1]
        built = 0
        await press(pilot, "s")
        assert built <= 3 * WIDE[1]
        await press(pilot, "3 ctrl+end 4 ctrl+end 1 ctrl+home")
        assert rows_of(app, MailboxPane)[-1].strip().startswith("#9999")
        assert built <= 20 * WIDE[1]


async def test_the_code_follows_the_process_until_the_cursor_is_moved() -> None:
    code = code_view("\n".join(f"    PUSH_INT {number}" for number in range(1, 201)))
    worker = row(2, "worker", "running", line=10)
    session = FakeSession(system_view(near(worker, code=code)))
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        pane = app.query_one(CodePane)
        for number in (11, 12, 100, 101, 3, 200):
            session.current = replace(session.current, selected=near(worker, code=code, line=number))
            await press(pilot, "s")
            assert pane.cursor_line == number
            assert any("▶" in text and f"PUSH_INT {number}" in text for text in rows_of(app, CodePane))
        await press(pilot, "ctrl+home t")
        assert pane.cursor_line == 1  # the process has not moved, so neither does the cursor
        await press(pilot, "pagedown pageup down down up")
        assert pane.cursor_line == 2


async def test_the_gutter_shows_and_takes_breakpoints() -> None:
    session = FakeSession()
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert rows_of(app, CodePane)[12].startswith("●   13 ")
        await pilot.click(CodePane, offset=(2, 7))
        await settle(pilot)
        assert session.calls == [("toggle_breakpoint", CODE.identity, 7)]
        assert rows_of(app, CodePane)[6].startswith("●    7 ")
        assert "breakpoint on line 7" in screen_text(app)
        await pilot.click(CodePane, offset=(20, 8))  # in the text: only the cursor goes there
        assert not rows_of(app, CodePane)[7].startswith("●")
        await press(pilot, "up b")
        assert not rows_of(app, CodePane)[6].startswith("●")
        assert "breakpoint removed" in screen_text(app)


async def test_a_double_click_on_the_text_sets_a_breakpoint() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.double_click(CodePane, offset=(20, 8))
        await settle(pilot)
        assert rows_of(app, CodePane)[7].startswith("●    8 ")


async def test_a_small_screen_says_that_one_is_in_the_past_or_stuck() -> None:
    stuck = StopView("deadlock", "nobody can run")
    for view, word in ((system_view(latest=99), "PAST"), (system_view(stop=stuck, ended=True), "DEADLOCK")):
        app = DebuggerApp(FakeSession(view).as_session())
        async with app.run_test(size=TINY) as pilot:
            await settle(pilot)
            await press(pilot, "down")
            assert word in screen_text(app)


async def test_a_breakpoint_where_no_code_follows_says_so() -> None:
    session = FakeSession()
    session.toggle_breakpoint = lambda *_: None  # type: ignore[method-assign]
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "ctrl+end b")
        assert "no instruction follows line 19" in screen_text(app)


async def test_the_code_stays_when_the_program_has_ended() -> None:
    session = FakeSession()
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        over = StopView("end", "all processes have ended")
        session.current = replace(session.current, selected=None, ended=True, stop=over, processes=(), current=0)
        await press(pilot, "s")
        rows = rows_of(app, CodePane)
        assert "SENDNAMED" in rows[17]
        assert not any("▶" in text or "·" in text for text in rows)
        assert "no process" in rows_of(app, StackPane)[0]
        assert "no process" in rows_of(app, MailboxPane)[0]
        await press(pilot, "b")
        assert session.calls[-1] == ("toggle_breakpoint", CODE.identity, 18)


async def test_an_empty_screen() -> None:
    relations = RelationsView((), (), ())
    view = replace(system_view(relations=relations, processes=(), current=0, did="", next=""), selected=None)
    app = DebuggerApp(FakeSession(view).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "b 2 enter ctrl+end down ctrl+home 1 ctrl+end down pageup")
        assert "no names, no links, no monitors" in screen_text(app)
        assert "DID nothing yet" in screen_text(app)


async def test_what_has_changed_has_a_star() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        text = screen_text(app)
        for part in (
            "*2   *3     *64",
            "*[0] Int 42",
            " [1] Str",
            "*  msg = Int 41",
            "   w = Int 2",
            "*#9 NEW",
            "*worker=2",
        ):
            assert part in text


async def test_a_narrow_process_list_drops_columns_that_matter_least() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        headings = []
        for width in (120, 100, 90, 80, 60):
            await pilot.resize_terminal(width, 40)
            await settle(pilot)
            headings.append(" ".join(rows_of(app, ProcessPane)[0].split()))
        assert headings[0] == "pid name state line stk mbx reds ran last"
        assert headings[-1] == "pid name state mbx"
        assert sorted(headings, key=len, reverse=True) == headings


async def test_the_output_stays_at_its_end_unless_one_looks_at_something_older() -> None:
    session = FakeSession(printed=[OutputLine(1, 1, f"line {number}") for number in range(100)])
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "line 99" in rows_of(app, OutputPane)[-1]
        session.printed.append(OutputLine(2, 2, "line 100"))
        await press(pilot, "s")
        assert "[2] line 100" in rows_of(app, OutputPane)[-1]
        await press(pilot, "7 up up")
        session.printed.append(OutputLine(2, 2, "line 101"))
        await press(pilot, "s")
        assert "line 98" in rows_of(app, OutputPane)[-1]
        await press(pilot, "ctrl+end")
        session.printed.append(OutputLine(2, 2, "line 102"))
        await press(pilot, "s")
        assert "line 102" in rows_of(app, OutputPane)[-1]
        await press(pilot, "R")
        assert not "".join(rows_of(app, OutputPane)).strip()


async def test_another_process_is_shown_from_its_top() -> None:
    deep = tuple(ValueView(f"Int {number}") for number in range(100))
    session = FakeSession(system_view(near(row(2, "worker", "running"), stack=deep)))
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "3 ctrl+end s")
        assert "[0]" not in "".join(rows_of(app, StackPane))
        await press(pilot, "right_square_bracket")
        assert "[0]" in rows_of(app, StackPane)[0]


async def test_the_mouse_wheel_scrolls() -> None:
    deep = tuple(ValueView(f"Int {number}") for number in range(100))
    session = FakeSession(system_view(near(row(2, "worker", "running"), stack=deep)))
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        pane = app.query_one(StackPane)
        x, y = pane.content_region.offset
        wheel = {"x": 1, "y": 1, "delta_x": 0, "delta_y": 1, "button": 0, "shift": False, "meta": False, "ctrl": False}
        pane.post_message(events.MouseScrollDown(pane, **wheel, screen_x=x + 1, screen_y=y + 1))  # type: ignore[arg-type]
        await settle(pilot)
        assert "[0]" not in rows_of(app, StackPane)[0]


async def test_tabs_mark_what_changed_unseen() -> None:
    session = FakeSession()
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "[3 Stack ]  4 Mailbox    5 Names    6 Space-time    7 Output" in screen_text(app)
        names = RelationsView((NameView("main", 1, changed=True),), (), ())
        session.current = replace(session.current, step=54, relations=names)
        session.printed.append(OutputLine(1, 54, "hello"))
        await press(pilot, "s")
        assert "[3 Stack ]  4 Mailbox    5 Names*   6 Space-time    7 Output*" in screen_text(app)
        await press(pilot, "4")
        assert "  3 Stack   [4 Mailbox ]  5 Names*   6 Space-time    7 Output*" in screen_text(app)
        await pilot.click(TabBar, offset=(56, 0))
        await settle(pilot)
        assert "  3 Stack    4 Mailbox    5 Names*   6 Space-time   [7 Output ]" in screen_text(app)
        assert "[1] hello" in screen_text(app)
        await press(pilot, "b")  # not a step: nothing new
        assert "  3 Stack    4 Mailbox    5 Names*   6 Space-time   [7 Output ]" in screen_text(app)


async def test_more_than_the_view_holds_is_said() -> None:
    process = near(row(2, "worker", "running", mailbox=1_003), hidden_frames=99_998, hidden_messages=1_000)
    app = DebuggerApp(FakeSession(system_view(process, breakpoints=(BreakpointView("/other.ttvm", 3),))).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "… 99,998 more calls" in screen_text(app)
        assert "… 1,000 more messages" in screen_text(app)
        assert not any("●" in text for text in rows_of(app, CodePane))


async def test_long_lines_scroll_sideways() -> None:
    code = code_view("    NOP ; " + "0123456789" * 20)
    app = DebuggerApp(FakeSession(system_view(near(row(2, "w", "running", line=1), code=code))).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert rows_of(app, CodePane)[0].endswith("…")
        before = rows_of(app, CodePane)[0]
        await press(pilot, "shift+right shift+right")
        assert rows_of(app, CodePane)[0] != before
        await press(pilot, "ctrl+pagedown ctrl+pagedown ctrl+pagedown ctrl+pagedown ctrl+pagedown ctrl+pagedown")
        assert rows_of(app, CodePane)[0].rstrip().endswith("789")
