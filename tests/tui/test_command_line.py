"""The command line on the screen, the palette, and the keys that are short ways to a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from debugger.session import Session
from debugger.tui.app import DebuggerApp
from debugger.tui.widgets.prompt import Prompt

from .screens import SMALL, WIDE, Gate, header, press, screen_text, settle, type_line, type_text
from .test_screen import GREETER

Debug = Callable[..., Session]


async def test_a_command_of_the_table_does_what_it_says(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "colon")
        await type_line(pilot, "step 3")
        assert "step 3 " in header(app)
        await press(pilot, "colon")
        await type_line(pilot, "goto 1")
        assert "step 1/3" in header(app)


async def test_nothing_that_is_typed_fast_is_lost(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for character in ":step 3":
            app.post_message(events.Key("colon" if character == ":" else character, character))
        app.post_message(events.Key("enter", None))
        await settle(pilot)
        await settle(pilot)
        assert "step 3 " in header(app)


async def test_a_short_answer_takes_the_place_of_the_sentences_until_the_next_key(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "colon")
        await type_line(pilot, "break greeter")
        assert "1: greeter" in screen_text(app)
        assert "NEXT" not in screen_text(app)
        await press(pilot, "down")
        assert "NEXT" in screen_text(app)


async def test_a_long_answer_gets_a_window(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "colon")
        await type_line(pilot, "help")
        assert "Escape closes" in screen_text(app)
        await press(pilot, "escape")
        assert "Escape closes" not in screen_text(app)


async def test_an_error_points_at_its_column(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "colon")
        await type_line(pilot, "break 3 if ((")
        rows = screen_text(app).split("\n")
        place = next(index for index, row in enumerate(rows) if "3 if ((" in row)
        assert rows[place + 1].index("^") == rows[place].index("((") + 1
        await press(pilot, "colon")
        await type_line(pilot, "stpe")
        assert "did you mean step?" in screen_text(app)


async def test_tab_completes_words_and_goes_through_candidates(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "colon b r tab")
        prompt = app.screen
        assert isinstance(prompt, Prompt)
        seen = []
        for _ in range(3):
            await press(pilot, "tab")
            seen.append(prompt._input.value)
        assert seen[0] != seen[1]
        assert all(value.startswith("br") for value in seen)
        await press(pilot, "escape colon")
        await type_text(pilot, "break gr")
        await press(pilot, "tab enter")
        assert "greeter" in screen_text(app).split("DID")[-1]
        assert [each.label for each in app._session.breakpoints()] == ["greeter"]


async def test_up_and_down_recall_what_was_typed(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        for line in ("step", "step 2"):
            await press(pilot, "colon")
            await type_line(pilot, line)
        await press(pilot, "colon x up")
        prompt = app.screen
        assert isinstance(prompt, Prompt)
        assert prompt._input.value == "step 2"
        await press(pilot, "up up")
        assert prompt._input.value == "step"
        await press(pilot, "down down")
        assert prompt._input.value == "x"
        await press(pilot, "up up enter")
        assert "step 4 " in header(app)


async def test_a_long_verb_keeps_the_screen_alive(debug: Debug) -> None:
    gate = Gate()
    app = DebuggerApp(debug("loop:\n    JMP loop\n"), clock=gate.clock, sleep=gate.sleep)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "colon")
        await type_line(pilot, "continue")
        assert " RUNNING " in header(app)
        await press(pilot, "colon")
        assert "the program is running" in header(app)
        await press(pilot, "space")
        assert " PAUSED " in header(app)


async def test_restart_by_name_begins_anew(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "c colon")
        await type_line(pilot, "restart")
        assert "step 0 of 0" in screen_text(app)
        assert "Hello Ada" not in screen_text(app).partition("7 Output")[2]


async def test_process_pins_and_quit_leaves(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "t colon")
        await type_line(pilot, "process 2")
        await press(pilot, "escape")
        assert "3 Stack of 2 greeter" in screen_text(app)
        await press(pilot, "colon")
        await type_line(pilot, "quit")
        assert not app.is_running


async def test_the_palette_knows_actions_and_commands(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "ctrl+backslash")
        assert "Actions and commands" in screen_text(app)
        await type_line(pilot, "run one instruction")
        assert "step 1 " in header(app)
        await press(pilot, "ctrl+backslash")
        await type_line(pilot, ":turn-back")
        assert isinstance(app.screen, Prompt)
        await press(pilot, "enter")
        assert "step 0/1" in header(app)
        await press(pilot, "ctrl+backslash")
        await type_line(pilot, "undo the last instruction of")
        await press(pilot, "enter")
        assert "nothing is before it" in header(app) or "step 0/1" in header(app)


async def test_watch_and_unwatch(debug: Debug) -> None:
    app = DebuggerApp(debug("    PUSH_INT 1\n    STORE x\n    PUSH_INT 2\n    STORE x\n    HALT\n"))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "W")
        assert "nothing is watched" in header(app)
        await press(pilot, "s s w")
        await type_line(pilot, "x")
        await press(pilot, "c")
        await settle(pilot)
        assert "x of 1 main changed from Int 1 to Int 2" in header(app)
        await press(pilot, "W")
        assert "no longer watched: x" in header(app)
        assert app._session.breakpoints() == ()


async def test_the_last_change_and_the_reason(debug: Debug) -> None:
    app = DebuggerApp(debug("    PUSH_INT 1\n    STORE x\n    PUSH_INT 2\n    POP\n    RECEIVE\n"))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "c")
        assert " DEADLOCK " in header(app)
        await press(pilot, "y")
        assert "NEXT" not in screen_text(app) or "Escape closes" in screen_text(app)
        await press(pilot, "escape x")
        await type_line(pilot, "x")
        await settle(pilot)
        assert "step 2/" in header(app)


async def test_a_breakpoint_is_edited_in_place(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "b B")
        await type_line(pilot, "if depth > 1")
        (only,) = app._session.breakpoints()
        assert only.text == "2 if depth > 1"
        await press(pilot, "B")
        await type_line(pilot, "nonsense")
        assert app._session.breakpoints() == (only,)


async def test_the_list_of_breakpoints_removes_the_chosen_one(debug: Debug) -> None:
    session = debug(GREETER)
    app = DebuggerApp(session)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "v")
        assert "there are no breakpoints" in header(app)
        await press(pilot, "b colon")
        await type_line(pilot, "break send to greeter")
        await press(pilot, "v")
        assert "2: send to greeter" in screen_text(app)
        await press(pilot, "down enter")
        assert [each.text for each in session.breakpoints()] == ["2"]


async def test_exports_never_overwrite(debug: Debug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "s e enter e enter")
        for place in range(1, 5):
            await press(pilot, f"e {'down ' * place} enter")
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == [
            "program-step-1-2.svg",
            "program-step-1.diagram.svg",
            "program-step-1.mmd",
            "program-step-1.svg",
            "program-step-1.ttvmrun",
            "program-step-1.txt",
            "program.ttvm",
        ]
        svg = (tmp_path / "program-step-1.svg").read_text(encoding="utf-8")
        assert "<svg" in svg
        assert "@font-face" not in svg
        assert "1 Code" in (tmp_path / "program-step-1.txt").read_text(encoding="utf-8")


async def test_an_export_that_cannot_be_written_says_so(
    debug: Debug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = DebuggerApp(debug(GREETER))
    monkeypatch.setattr(Path, "write_text", _no_space)
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "e enter")
        assert "program-step-0.svg cannot be written: No space left on device" in screen_text(app)


def _no_space(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


async def test_ctrl_c_closes_the_line_before_it_ends_the_debugger(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        for opens in ("colon", "ctrl+backslash", "question_mark"):
            await press(pilot, opens)
            assert len(app.screen_stack) == 2
            await press(pilot, "ctrl+c")
            assert len(app.screen_stack) == 1
            assert app.is_running
        await press(pilot, "ctrl+c")
        assert not app.is_running
