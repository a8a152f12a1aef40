"""What is on the screen before there is a session: the examples, and the mistakes of a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.tui.front_door import ExamplePicker, MistakesApp, describe_example, examples_folder
from debugger.tui.options import ScreenOptions
from tests.machines import ROOT
from ttvm.errors import SourceError, UnreadableError
from ttvm.vm import make_loader

from .screens import SMALL, WIDE, press, screen_text, type_text


def test_every_example_says_what_it_is() -> None:
    folder = examples_folder()
    assert folder == ROOT / "examples"
    assert all(len(describe_example(file)) > 20 for file in folder.glob("*.ttvm"))


@pytest.mark.parametrize("plain", [False, True])
async def test_an_example_is_chosen(plain: bool) -> None:
    app = ExamplePicker(ScreenOptions(ascii=plain))
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "")
        text = screen_text(app)
        assert text.index("coffee_shop_demo") < text.index("01_process")
        assert "The coffee shop:" in text
        assert not plain or text.isascii()
        await type_text(pilot, "ring")
        await press(pilot, "enter")
    assert app.return_value == str(ROOT / "examples" / "ring.ttvm")


async def test_nothing_is_chosen() -> None:
    app = ExamplePicker(ScreenOptions())
    async with app.run_test(size=SMALL) as pilot:
        await type_text(pilot, "there is no such thing")
        await press(pilot, "enter escape")
    assert app.return_value == ""


WRONG = "    PUSH_INT nine\n\tBOGUS [red] \x1b[31m\nloop:\n    JMP nowhere\n"


def load_error(path: Path) -> SourceError:
    """Why a program cannot be loaded."""
    with pytest.raises(SourceError) as caught:
        make_loader().load(str(path))
    return caught.value


async def test_mistakes_are_shown_in_the_code_until_there_are_none(tmp_path: Path) -> None:
    path = tmp_path / "wrong.ttvm"
    path.write_text(WRONG, encoding="utf-8")
    app = MistakesApp(ScreenOptions(), load_error(path), lambda: make_loader().load(str(path)))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "")
        rows = screen_text(app).split("\n")
        assert "3 errors in" in rows[0]
        place = next(index for index, row in enumerate(rows) if "PUSH_INT nine" in row)
        assert rows[place + 1].index("^^^^") == rows[place].index("nine")
        assert rows[place].startswith("┃●     1")
        place = next(index for index, row in enumerate(rows) if "BOGUS [red]" in row)
        assert rows[place + 1].index("^^^^^") == rows[place].index("BOGUS")
        path.write_text("    PUSH_INT ten\n", encoding="utf-8")
        await press(pilot, "R")
        assert "1 error in" in screen_text(app)
        path.unlink()
        await press(pilot, "R")
        assert "No such file" in screen_text(app) or "wrong.ttvm" in screen_text(app)
        path.write_text("    HALT\n", encoding="utf-8")
        await press(pilot, "R")
    assert app.return_value == "loaded"


async def test_one_can_leave_the_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "wrong.ttvm"
    path.write_text("    JMP nowhere\n", encoding="utf-8")

    def fail() -> None:
        raise UnreadableError("no")

    app = MistakesApp(ScreenOptions(ascii=True), load_error(path), fail)
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "R q")
    assert app.return_value == ""
