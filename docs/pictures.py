"""Draw the pictures of the documentation from the real program: ``python docs/pictures.py``."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from debugger.session import Session
from debugger.tui.app import DebuggerApp

DOCS = Path(__file__).resolve().parent
PICTURES = {"coffee_shop.svg": ("examples/coffee_shop_demo.ttvm", (*"tttt30s", "right_square_bracket"))}
"""Name of each picture, the program, and the keys to press before it is drawn."""


async def draw(program: str, keys: tuple[str, ...]) -> str:
    """The screen at 120x40 after ``keys``, as SVG that asks nobody for a font."""
    app = DebuggerApp(Session(program))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        svg = app.export_screenshot(title="ttvm-debug", simplify=True)
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    return re.sub(r"[ \t]+$", "", svg, flags=re.M)


def main() -> None:
    """Draw them all."""
    for name, (program, keys) in PICTURES.items():
        (DOCS / name).write_text(asyncio.run(draw(str(DOCS.parent / program), keys)), encoding="utf-8")


if __name__ == "__main__":
    main()
