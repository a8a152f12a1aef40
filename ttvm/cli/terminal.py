"""Words for people on standard error, in colour where that is wanted."""

from __future__ import annotations

import os
import sys

from ttvm.source import visible

_COLOURS = {"error": "31;1", "warning": "33;1", "note": "36;1", "deadlock": "31;1"}


def colours_wanted() -> bool:
    """Whether standard error is a terminal that may be coloured (NO_COLOR, TERM=dumb)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def harmless(text: str) -> str:
    """``text`` without characters that could disturb a terminal; line ends stay."""
    return text if text.isprintable() else "\n".join(map(visible, text.split("\n")))


def say(text: str) -> None:
    """Write lines on standard error, behind everything that is already on standard output."""
    text = harmless(text)
    try:
        sys.stdout.flush()
        word, colon, rest = text.partition(":")
        if colon and word in _COLOURS and colours_wanted():
            text = f"\x1b[{_COLOURS[word]}m{word}:\x1b[0m{rest}"
        print(text, file=sys.stderr, flush=True)
    except UnicodeEncodeError:
        print(text.encode("ascii", "backslashreplace").decode(), file=sys.stderr, flush=True)
