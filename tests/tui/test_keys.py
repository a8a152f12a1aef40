"""Keys: which verb each one calls, numbers before a key, and what a dim key says."""

from __future__ import annotations

import pytest

from debugger.tui.app import DebuggerApp
from debugger.tui.keys import Count
from debugger.views import StopView

from .fake_session import CODE, FakeSession, near, row, system_view
from .screens import SMALL, WIDE, Gate, header, press, screen_text, settle

ENDED = system_view(ended=True, stop=StopView("end", "all processes have ended"))


async def calls_of(keys: str, session: FakeSession | None = None) -> list[tuple[object, ...]]:
    """What the session was asked to do by these keys."""
    session = session or FakeSession()
    app = DebuggerApp(session.as_session(), clock=Gate().clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, keys)
    return session.calls


@pytest.mark.parametrize(
    ("keys", "call"),
    [
        ("s", ("step", 1)),
        ("f10", ("step_over", False)),
        ("n", ("step_over", False)),
        ("f", ("step_over", True)),
        ("N", ("step_over_back", False)),
        ("F", ("step_over_back", True)),
        ("f11", ("step", 1)),
        ("t", ("tick", 1)),
        ("R", ("restart",)),
        ("S", ("back", 1)),
        ("T", ("tick_back", 1)),
        ("1 0 S", ("back", 10)),
        ("2 0 T", ("tick_back", 20)),
        ("home", ("first",)),
        ("b", ("toggle_breakpoint", CODE.identity, 18)),
        ("f9", ("toggle_breakpoint", CODE.identity, 18)),
        ("up up b", ("toggle_breakpoint", CODE.identity, 16)),
        ("ctrl+home down b", ("toggle_breakpoint", CODE.identity, 2)),
        ("ctrl+end b", ("toggle_breakpoint", CODE.identity, 19)),
        ("1 0 s", ("step", 10)),
        ("2 0 t", ("tick", 10)),
        ("0 3 s", ("step", 3)),
        ("1 2 s", ("step", 12)),
        ("8 s", ("step", 8)),
        ("3 s", ("step", 1)),
        ("right", ("step", 1)),
        ("left", ("back", 1)),
    ],
)
async def test_a_key_calls_its_verb(keys: str, call: tuple[object, ...]) -> None:
    assert call in await calls_of(keys)


@pytest.mark.parametrize("key", ["c", "f5"])
async def test_continue_runs_in_pieces_until_it_stops(key: str) -> None:
    assert await calls_of(key) == [("start_continue",), ("advance",), ("advance",), ("advance",)]


async def test_continue_back_searches_in_pieces_until_it_has_found() -> None:
    assert await calls_of("C") == [("start_continue_back",), ("advance_back",), ("advance_back",), ("advance_back",)]


async def test_the_latest_step_is_for_those_in_the_past() -> None:
    assert await calls_of("end") == []
    assert await calls_of("end", FakeSession(system_view(latest=142))) == [("latest",)]


async def test_nothing_is_before_the_first_instruction() -> None:
    assert await calls_of("S T C home", FakeSession(system_view(step=0))) == []


async def test_being_in_the_past_is_shown() -> None:
    app = DebuggerApp(FakeSession(system_view(latest=142)).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "PAST" in header(app)
        assert "step 53/142" in header(app)


async def test_a_breakpoint_is_at_the_cursor_whichever_pane_has_the_focus() -> None:
    assert await calls_of("up 3 b") == [("toggle_breakpoint", CODE.identity, 17)]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quit(key: str) -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, key)
        assert not app.is_running


@pytest.mark.parametrize(
    ("keys", "reason"),
    [("s", "has ended"), ("t", "has ended"), ("c", "has ended"), ("space", "has ended")],
)
async def test_a_dim_key_says_why(keys: str, reason: str) -> None:
    session = FakeSession(ENDED)
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        assert reason not in header(app)
        await press(pilot, keys)
        assert reason in header(app)
        assert not session.calls
        await press(pilot, "down")
        assert reason not in header(app)


async def test_a_lone_process_has_no_neighbour() -> None:
    lone = row(1, "main", "running")
    session = FakeSession(system_view(near(lone), processes=(lone, row(2, state="exited"))))
    app = DebuggerApp(session.as_session())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "right_square_bracket")
        assert "there is no other process" in header(app)


async def test_dim_keys_are_shown() -> None:
    app = DebuggerApp(FakeSession(ENDED).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        footer = screen_text(app).split("\n")[-1]
        assert " s Step" in footer
        for part in ("c Continue", "[] Process", ": Command", "? Help", "q Quit"):
            assert part in footer
        print(footer)
        dim = {key.description for key in app.query("FooterKey.-disabled").results() if hasattr(key, "description")}
        assert dim == {"Step", "Turn", "Continue"}


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
async def test_tab_and_digits_go_through_the_panes(size: tuple[int, int]) -> None:
    gate = Gate()
    app = DebuggerApp(FakeSession().as_session(), clock=gate.clock)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        names = ["CodePane", "ProcessPane", "StackPane", "MailboxPane", "NamesPane", "SpaceTimePane", "OutputPane"]
        for name in [*names[1:], names[0]]:
            await press(pilot, "tab")
            assert type(app.focused).__name__ == name
        for name in reversed(names):
            await press(pilot, "shift+tab")
            assert type(app.focused).__name__ == name
        for number, name in enumerate(names, 1):
            gate.time += 1.0
            await press(pilot, str(number))
            assert type(app.focused).__name__ == name


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
async def test_a_number_gives_the_focus_back(size: tuple[int, int]) -> None:
    session, gate = FakeSession(), Gate()
    app = DebuggerApp(session.as_session(), clock=gate.clock)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "4")
        gate.time = 1.0
        await press(pilot, "5")
        assert type(app.focused).__name__ == "NamesPane"
        gate.time = 2.0
        await press(pilot, "3 0")
        assert type(app.focused).__name__ == "NamesPane"
        assert "count 30" in header(app)
        await press(pilot, "s")
        assert session.calls == [("step", 30)]
        assert "count" not in header(app)


async def test_escape_forgets_a_number() -> None:
    assert await calls_of("9 9 escape s") == [("step", 1)]


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        *(("", 0), ("3", 0), ("34", 34), ("10", 10), ("8", 8), ("105", 105), ("03", 3), ("0", 0), ("00", 0)),
        *(("99999999", 999_999), ("3 4", 0), ("3 40", 40), ("12 34", 34)),
    ],
)
def test_what_counts_as_a_number(digits: str, number: int) -> None:
    """A space in ``digits`` is a second of looking."""
    count, now = Count(), 0.0
    for digit in digits:
        if digit == " ":
            now += Count.TOGETHER
        else:
            count.type(digit, now)
    assert count.number == number
    assert count.take() == max(1, number)
    assert count.number == 0


async def test_help_opens_and_closes() -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        for close in ("escape", "enter", "q", "question_mark"):
            await press(pilot, "question_mark")
            assert "run one instruction" in screen_text(app)
            await press(pilot, f"tab down {close}")
            assert "run one instruction" not in screen_text(app)
            assert app.is_running
