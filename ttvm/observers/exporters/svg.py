"""A message diagram as a picture: time goes down, each process has a lane.

A message is a slanted arrow from where it was sent to where it was taken; one that nobody took ends in the air, one
that was dropped in a cross. No fonts and no scripts are loaded, so the file can stand alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from ttvm.observers.exporters.lanes import END, LOST, MESSAGE, SIGNAL, SPAWN, TAKEN, Row, lanes_of, rows_of
from ttvm.observers.exporters.sentences import Titles, titles_of
from ttvm.observers.history import History, cut
from ttvm.values import Pid

MOST_ROWS = 2_000
"""Rows of a picture: some forty pages."""
MOST_LANES = 40
"""Lanes of a picture; rows of other processes are left out."""
_LANE, _ROW, _LEFT, _TOP = 150, 22, 110, 60
_LONGEST_TITLE, _LONGEST_TEXT = 20, 22
_COLOURS = {MESSAGE: "#1f5fa8", LOST: "#b3261e", SPAWN: "#3d7a3d", SIGNAL: "#b3261e", END: "#b3261e"}
_STYLE = "text { font: 12px sans-serif; fill: #222 } .step { fill: #777 } .value { fill: #1f5fa8 }"


def export(history: History, note: Callable[[str], None]) -> Iterator[str]:
    """The history as SVG."""
    titles = titles_of(history.entries)
    rows = list(rows_of(history.entries, titles))
    lanes = lanes_of(rows, MOST_LANES)
    drawn = [row for row in rows if row.start in lanes or row.end in lanes][:MOST_ROWS]
    hidden = len(rows) - len(drawn) + history.left_out
    if hidden:
        note(f"the diagram has room for {MOST_LANES} processes and {MOST_ROWS:,} events; {hidden:,} are left out")
    yield from _Picture(drawn, lanes, titles).pieces()


class _Picture:
    """One diagram."""

    def __init__(self, rows: Sequence[Row], lanes: Sequence[Pid], titles: Titles) -> None:
        self._rows = rows
        self._titles = titles
        self._x = {pid: _LEFT + index * _LANE for index, pid in enumerate(lanes)}
        self._taken = {row.number: _TOP + index * _ROW for index, row in enumerate(rows) if row.kind == TAKEN}
        self._width = _LEFT + _LANE * len(lanes)
        self._height = _TOP + _ROW * (len(rows) + 1)

    def pieces(self) -> Iterator[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self._width}" height="{self._height}" '
            f'viewBox="0 0 {self._width} {self._height}">\n<style>{_STYLE}</style>\n'
            '<rect width="100%" height="100%" fill="white"/>\n'
        )
        yield from self._lifelines()
        for index, row in enumerate(self._rows):
            y = _TOP + index * _ROW
            yield _text(8, y + 4, f"{row.step:,}", "step")
            yield from self._arrow(row, y) if row.start != row.end else self._mark(row, y)
        yield "</svg>\n"

    def _lifelines(self) -> Iterator[str]:
        """The names of the processes, and how long each lives."""
        first = {
            row.end: _TOP + index * _ROW for index, row in reversed(list(enumerate(self._rows))) if row.kind == SPAWN
        }
        last = {row.start: _TOP + index * _ROW for index, row in enumerate(self._rows) if row.kind == END}
        for pid, x in self._x.items():
            yield _text(x - 20, 24, cut(self._titles.get(pid, str(pid)), _LONGEST_TITLE))
            yield _line(x, first.get(pid, 34), x, last.get(pid, self._height - 10), "#bbb")

    def _arrow(self, row: Row, y: int) -> Iterator[str]:
        start, end = self._x.get(row.start), self._x.get(row.end)
        if end is None:
            return
        colour = _COLOURS[row.kind]
        down = self._taken.get(row.number, y) if row.kind == MESSAGE else y
        if start is None:  # a process without a lane, or long dead
            start = end - _LANE // 3
        dashed = row.kind != MESSAGE or row.number not in self._taken
        yield _line(start, y, end, down, colour, dashed)
        back = -7 if start < end else 7
        yield f'<path d="M{end} {down} l{back} -4 v8 z" fill="{colour}"/>\n'
        label = {SPAWN: "spawns", SIGNAL: "kills"}.get(row.kind, f"#{row.number} {row.text}")
        yield _text(min(start, end) + 10, y - 4, cut(label, _LONGEST_TEXT), "value")

    def _mark(self, row: Row, y: int) -> Iterator[str]:
        x = self._x.get(row.start)
        if x is None:
            return
        if row.kind == LOST:
            yield _line(x, y, x + 40, y, _COLOURS[LOST], True)
            yield _cross(x + 40, y)
            yield _text(x + 50, y + 4, cut(row.text.removeprefix("sends "), _LONGEST_TEXT))
        elif row.kind == END:
            yield _cross(x, y)
            yield _text(x + 10, y + 4, cut(row.text, _LONGEST_TEXT))
        else:
            yield f'<circle cx="{x}" cy="{y}" r="3" fill="{"#1f5fa8" if row.kind == TAKEN else "#999"}"/>\n'
            if row.kind == MESSAGE:
                yield _text(x + 8, y + 4, cut(f"#{row.number} to itself: {row.text}", _LONGEST_TEXT))
            elif row.kind != TAKEN:
                yield _text(x + 8, y + 4, cut(row.text, _LONGEST_TEXT))


def _text(x: int, y: int, text: str, kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{style}>{escape(text)}</text>\n'


def _line(x: int, y: int, to_x: int, to_y: int, colour: str, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<line x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}" stroke="{colour}"{dashes}/>\n'


def _cross(x: int, y: int) -> str:
    return f'<path d="M{x - 5} {y - 5} l10 10 m0 -10 l-10 10" stroke="{_COLOURS[END]}" stroke-width="2"/>\n'
