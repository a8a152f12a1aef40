"""What the screen tests share: looking at a screen, pressing keys, and time that stands still."""

from __future__ import annotations

import asyncio
from typing import Any

from textual import events
from textual.app import App
from textual.pilot import Pilot

WIDE = (120, 40)
SMALL = (80, 24)
TINY = (50, 14)


def screen_text(app: App[Any]) -> str:
    """What the compositor shows, as text."""
    return "\n".join(row.text.rstrip() for row in app.screen._compositor.render_strips())


def header(app: App[Any]) -> str:
    """The first row of the screen."""
    return screen_text(app).partition("\n")[0]


HOPS = 7
"""Rounds of messages until a key has had all its consequences: application, pane, screen, redraw, and a footer that is
composed anew when keys become dim."""


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until the screen is drawn. ``pilot.pause()`` would watch the CPU clock, which is slow and flaky."""
    for _ in range(HOPS):
        await pilot.pause(0)


async def press(pilot: Pilot[Any], keys: str) -> None:
    """Press keys, written with spaces between them, and wait until the screen is drawn."""
    await settle(pilot)
    for key in keys.split():
        pilot.app.simulate_key(key)
        await settle(pilot)


async def type_line(pilot: Pilot[Any], text: str) -> None:
    """Type a text into a prompt, and Enter."""
    await type_text(pilot, text)
    await press(pilot, "enter")


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type a text into a prompt."""
    for character in text:
        pilot.app.post_message(events.Key("space" if character == " " else character, character))
        await pilot.pause(0)


class Gate:
    """A ``sleep`` that lasts until the test opens the gate, and a clock that the test moves."""

    def __init__(self) -> None:
        self.time = 0.0
        self.asked: list[float] = []
        """How long each sleep was meant to be, in seconds."""
        self._passes = asyncio.Semaphore(0)

    def clock(self) -> float:
        """The time the test has set."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Wait for the next ``open``."""
        self.asked.append(seconds)
        await self._passes.acquire()

    def open(self) -> None:
        """Let one sleep end."""
        self._passes.release()
