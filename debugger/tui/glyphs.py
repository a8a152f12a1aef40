"""The few signs the screen draws besides text, each with an ASCII form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs.

    ``more`` stands at the edge of a pane whose line goes on to the right, ``unknown`` where a text has a
    character that a terminal cannot show.
    """

    breakpoint: str
    current: str
    previous: str
    pinned: str
    ellipsis: str
    more: str
    unknown: str
    only_ascii: bool


UNICODE = Glyphs("●", "▶", "·", "◆", "…", "…", "\N{REPLACEMENT CHARACTER}", only_ascii=False)
ASCII = Glyphs("*", ">", ".", "@", "...", ">", "?", only_ascii=True)
