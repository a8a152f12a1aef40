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
    # Of the space-time diagram:
    lifeline: str = "│"
    shaft: str = "─"
    arrow_right: str = ">"
    arrow_left: str = "<"
    leave_right: str = "├"
    leave_left: str = "┤"
    arrive_right: str = "┤"
    arrive_left: str = "├"
    does: str = "●"
    last_child: str = "└"
    waits: str = "◇"
    end: str = "╳"
    # Of the line of the run:
    line_start: str = "├"
    line_end: str = "┤"
    lived: str = "─"
    ahead: str = "·"
    now: str = "█"


UNICODE = Glyphs("●", "▶", "·", "◆", "…", "…", "\N{REPLACEMENT CHARACTER}", only_ascii=False)
ASCII = Glyphs(
    "*",
    ">",
    ".",
    "@",
    "...",
    ">",
    "?",
    only_ascii=True,
    lifeline="|",
    shaft="-",
    leave_right="|",
    leave_left="|",
    arrive_right="|",
    arrive_left="|",
    last_child="`",
    does="*",
    waits="o",
    end="X",
    line_start="[",
    line_end="]",
    lived="-",
    ahead=".",
    now="#",
)
