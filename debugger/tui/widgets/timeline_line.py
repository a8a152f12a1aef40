"""The line of the run at the bottom: where the moment is that one sees, and what is before and behind it."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.message import Message
from textual.strip import Strip

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Painted, Piece
from debugger.views import BookmarkView, HappeningView, SystemView

MARKS = {"spawn": "s", "exit": "x", "crash": "!"}
"""Signs of happenings. A bookmark is ``k``, a stop of a breakpoint ``b``."""
RANKS = "k!bxs"
"""Which sign is seen when several share a cell, the first of these."""
ROLES = {"k": "strong", "!": "crash", "b": "breakpoint", "x": "muted", "s": "muted"}
MOST_MARKS = 20_000
STOPS = frozenset({"breakpoint", "break", "watch", "deadlock"})


class TimelineLine(Painted):
    """All steps of the run on one line, the last one at its right end. A click travels."""

    class Clicked(Message):
        """The user wants to go to a step."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._marks: dict[int, str] = {}
        self._bookmarks: frozenset[int] = frozenset()
        self._branch = 1
        self._step = self._latest = 0
        self._note = ""

    def forget(self) -> None:
        """The run begins anew."""
        self._marks.clear()

    def show(
        self, view: SystemView, happenings: Iterable[HappeningView], bookmarks: Iterable[BookmarkView], note: str
    ) -> None:
        """Show a moment. ``happenings`` are those that are not marked yet; ``note`` stands behind the steps."""
        if view.branch != self._branch:
            self._branch = view.branch
            self._marks.clear()
        for each in happenings:
            if each.kind in MARKS:
                self._mark(each.step, MARKS[each.kind])
        if view.stop.reason in STOPS:
            self._mark(view.step, "b")
        self._bookmarks = frozenset(each.step for each in bookmarks if each.branch == view.branch)
        self._step, self._latest = view.step, max(view.latest, view.step)
        branch = f"  branch {view.branch}" if view.branch > 1 else ""
        self._note = f" step {self._step:,} of {self._latest:,}{branch}{f'  {note}' if note else ''} "
        self.refresh()

    def _mark(self, step: int, sign: str) -> None:
        known = self._marks.get(step, sign)
        if len(self._marks) < MOST_MARKS:
            self._marks[step] = min(known, sign, key=RANKS.index)

    @property
    def _cells(self) -> int:
        """Cells of the line between its ends."""
        return max(1, self.size.width - len(self._note) - 3)

    def _cell_of(self, step: int) -> int:
        return round(step * (self._cells - 1) / self._latest) if self._latest else 0

    def render_line(self, y: int) -> Strip:
        """The only row."""
        glyphs, cells, now = self.glyphs, self._cells, self._cell_of(self._step)
        signs: dict[int, str] = {}
        for step, sign in (*self._marks.items(), *((step, "k") for step in self._bookmarks)):
            if step <= self._latest:
                cell = self._cell_of(step)
                signs[cell] = min(signs.get(cell, sign), sign, key=RANKS.index)
        past = "changed" if self._step < self._latest else "strong"
        pieces = [Piece(f" {glyphs.line_start}", "muted")]
        at = 0
        for cell in sorted({*signs, now}):
            pieces.append(Piece((glyphs.lived if cell <= now else glyphs.ahead) * (cell - at), "muted"))
            pieces.append(Piece(glyphs.now, past) if cell == now else Piece(signs[cell], ROLES[signs[cell]]))
            at = cell + 1
        pieces.append(Piece((glyphs.ahead if at > now + 1 or now < cells - 1 else "") * (cells - at), "muted"))
        pieces += [Piece(glyphs.line_end, "muted"), Piece(self._note, "muted")]
        return self.paint_row(Line(tuple(pieces)), self.size.width)

    def on_click(self, event: events.Click) -> None:
        cell = event.x - 2
        if 0 <= cell < self._cells and self._latest:
            self.post_message(self.Clicked(round(cell * self._latest / max(1, self._cells - 1))))
