"""The tutorial on a real terminal: the real program gets the keys of the pictures, and each screen is compared."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from types import ModuleType

from textual import events

from tests.machines import ROOT

from .screens import screen_text, settle
from .test_terminal import debugger

SENT = {"left_square_bracket": "[", "colon": ":", "enter": "\r", "escape": "\x1b"}
"""What a terminal sends for keys that have names."""


def load_pictures() -> ModuleType:
    """The script that draws the pictures."""
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pictures"] = module
    spec.loader.exec_module(module)
    return module


pictures = load_pictures()
PICTURES = list(pictures.tutorial_pictures())
WHOLE = PICTURES[-1].keys
"""The keys of the last picture: the whole session."""


async def screens_of(keys: tuple[str, ...]) -> list[list[str]]:
    """The rows of the screen at first and after each key, without a terminal."""
    app = pictures.DebuggerApp(pictures.Session(str(pictures.COFFEE_SHOP), pictures.OPTIONS))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        screens = [screen_text(app).split("\n")]
        for key in keys:
            app.post_message(events.Key("space" if key == " " else key, key if len(key) == 1 else None))
            await settle(pilot)
            await settle(pilot)
            screens.append(screen_text(app).split("\n"))
    return screens


def test_each_picture_goes_on_where_the_one_before_ended() -> None:
    assert len(PICTURES) >= 6
    assert all(picture.keys == WHOLE[: len(picture.keys)] for picture in PICTURES)
    assert all(picture.file.exists() for picture in PICTURES), "python docs/pictures.py"


def test_the_terminal_shows_what_the_tutorial_promises() -> None:
    first, *others = asyncio.run(screens_of(WHOLE))
    name = "examples/coffee_shop_demo.ttvm"
    with debugger("--policy", "round-robin", program=name, COLORTERM="truecolor") as terminal:
        terminal.until_screen(first)
        for key, screen in zip(WHOLE, others, strict=True):
            terminal.child.send(SENT.get(key, key))
            terminal.until_screen(screen)
