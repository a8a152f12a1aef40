"""Draw the pictures of the documentation from the real program: ``python docs/pictures.py``.

``tutorial.md`` says itself what its pictures show: a comment ``picture NAME: keys`` stands before each.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from textual import events

from debugger.session import Session
from debugger.tui.app import DebuggerApp
from ttvm.setup import MachineOptions

DOCS = Path(__file__).resolve().parent
OPTIONS = MachineOptions(policy="round-robin")
COFFEE_SHOP = DOCS.parent / "examples" / "coffee_shop_demo.ttvm"
_PICTURE = re.compile(r"^<!-- picture (?P<name>[\w-]+):(?P<keys>.*?)-->$", re.M)


class Picture(NamedTuple):
    """A picture: its file, and the keys to press before it is drawn."""

    file: Path
    keys: tuple[str, ...]


def tutorial_pictures() -> Iterator[Picture]:
    """The pictures of the tutorial. A text between stars is typed letter by letter, ``_`` for a space."""
    for found in _PICTURE.finditer((DOCS / "tutorial.md").read_text(encoding="utf-8")):
        keys: list[str] = []
        for word in found["keys"].split():
            keys += word[1:-1].replace("_", " ") if word.startswith("*") and len(word) > 1 else [word]
        yield Picture(DOCS / "tutorial" / f"{found['name']}.svg", tuple(keys))


def all_pictures() -> Iterator[Picture]:
    """Every picture of the documentation that this draws."""
    yield Picture(DOCS / "coffee_shop.svg", (*"tttttttt", "left_square_bracket"))
    yield from tutorial_pictures()


async def draw(keys: tuple[str, ...]) -> str:
    """The screen on the coffee shop at 120x40 after ``keys``, as SVG that asks nobody for a font."""
    app = DebuggerApp(Session(str(COFFEE_SHOP), OPTIONS))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for key in keys:
            app.post_message(events.Key("space" if key == " " else key, key if len(key) == 1 else None))
            await pilot.pause()
        return app.screen_svg()


def main() -> None:
    """Draw them all."""
    for picture in all_pictures():
        picture.file.parent.mkdir(exist_ok=True)
        picture.file.write_text(asyncio.run(draw(picture.keys)), encoding="utf-8")


if __name__ == "__main__":
    main()
