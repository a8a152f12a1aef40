"""Key maps: presets, the user's file, and what is wrong with it, with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.binding import Binding

from debugger.tui.app import DebuggerApp
from debugger.tui.keymap import PRESETS, keys_of, load_keymap, read_keymap
from debugger.tui.keys import BINDINGS
from debugger.tui.options import ScreenOptions
from ttvm.errors import TtvmError

from .fake_session import FakeSession
from .screens import WIDE, press, screen_text

BY_ID = {each.id: each for each in BINDINGS if isinstance(each, Binding)}


def test_every_action_has_an_id_of_its_own() -> None:
    ids = [each.id for each in BINDINGS if isinstance(each, Binding) and each.key != "ctrl+c"]
    assert None not in ids
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_name_actions_and_give_no_key_twice(name: str) -> None:
    keymap = PRESETS[name]
    assert set(keymap) <= set(BY_ID)
    keys = [key for binding in BY_ID.values() for key in keys_of(binding, keymap)]
    assert len(set(keys)) == len(keys)


async def test_the_keys_of_another_debugger_work() -> None:
    session = FakeSession()
    app = DebuggerApp(session.as_session(), ScreenOptions(keymap=load_keymap("thonny", Path("/nowhere/keys.toml"))))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "f7 f6 ctrl+b s")
        assert session.calls == [("step", 1), ("step_over", False), ("back", 1), ("step", 1)]


async def test_the_users_file_changes_keys_and_the_help_knows(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('preset = "gdb"\n[keys]\nstep = "f8, n"\n', encoding="utf-8")
    session = FakeSession()
    app = DebuggerApp(session.as_session(), ScreenOptions(keymap=load_keymap("", file)))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "f8 n s f10 r")
        assert session.calls == [("step", 1), ("step", 1), ("step_over", False), ("restart",)]
        await press(pilot, "question_mark")
        assert re.search("f8 n +run one instruction", screen_text(app))
        assert re.search("f10 +one instruction of one process", screen_text(app))


def test_a_preset_on_the_command_line_replaces_that_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('preset = "gdb"\n', encoding="utf-8")
    assert load_keymap("vscode", file) == PRESETS["vscode"]
    assert load_keymap("", file) == PRESETS["gdb"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[keys\n", "keys.toml: Expected ']' at the end of a table declaration (at line 1, column 6)"),
        ('[keys]\nstep = "s"\nstpe = "x"\n', 'keys.toml:3: there is no action stpe; did you mean "step"?'),
        ('[keys]\nstep = "splat"\n', "keys.toml:2: splat is not a key: s, f5, shift+f11, ctrl+b, space"),
        ('[keys]\nstep = "s,"\n', "keys.toml:2: nothing is not a key"),
        ("[keys]\nstep = 5\n", 'keys.toml:2: keys are a text: step = "s,f8"'),
        ('[keys]\nstep = "x"\nturn = "x"\n', "keys.toml:3: x is already the key of step"),
        ('preset = "emacs"\n', "keys.toml:1: the presets are gdb, vscode, thonny"),
        ('\nkeys = "s"\n', "keys.toml:2: [keys] is a table"),
        ('[colours]\nred = "blue"\n', "keys.toml:1: there is nothing called colours in a key map"),
    ],
)
def test_a_mistake_has_a_place(text: str, message: str) -> None:
    with pytest.raises(TtvmError) as caught:
        read_keymap(text, "keys.toml")
    assert str(caught.value).startswith(message)


def test_a_preset_that_does_not_exist() -> None:
    with pytest.raises(TtvmError, match='there is no preset vscod; did you mean "vscode"'):
        load_keymap("vscod", Path("/nowhere/keys.toml"))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TtvmError, match="cannot be read"):
        load_keymap("", tmp_path)
    (tmp_path / "keys.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(TtvmError, match="cannot be read"):
        load_keymap("", tmp_path / "keys.toml")
