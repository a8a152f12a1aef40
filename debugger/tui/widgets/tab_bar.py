"""The row of tabs of a small screen, where some panes share one place."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Painted, Piece
from debugger.tui.widgets.pane import Pane


class TabBar(Painted):
    """Names of panes; a star behind one that changed while it was hidden."""

    class Chosen(Message):
        """The user clicked a tab."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, glyphs: Glyphs, panes: Sequence[Pane]) -> None:
        super().__init__(glyphs)
        self._panes = panes
        self._active = panes[0].NUMBER
        self._unseen: Collection[int] = ()

    def show(self, active: int, unseen: Collection[int]) -> None:
        """Mark the active tab and the ones with something new."""
        self._active, self._unseen = active, unseen
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The only row."""
        return self.paint_row(Line(tuple(self._tab(pane) for pane in self._panes)), self.size.width)

    def _tab(self, pane: Pane) -> Piece:
        active, unseen = self._active == pane.NUMBER, pane.NUMBER in self._unseen
        # The brackets say which tab is open where there is no colour.
        left, right = "[]" if active else "  "
        roles = "tab-active" if active else "changed" if unseen else "muted"
        return Piece(f" {left}{pane.NUMBER} {pane.TITLE}{'*' if unseen else ' '}{right}", roles)

    def on_click(self, event: events.Click) -> None:
        x = event.x
        for pane in self._panes:
            x -= len(self._tab(pane).text)
            if x < 0:
                self.post_message(self.Chosen(pane.NUMBER))
                return
