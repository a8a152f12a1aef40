"""What the six panes have in common: a number, a title, and a part of the view to show."""

from __future__ import annotations

from typing import ClassVar

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Piece
from debugger.tui.widgets.line_pane import LinePane
from debugger.views import SystemView


class Pane(LinePane):
    """A numbered pane that shows a part of a ``SystemView``."""

    NUMBER: ClassVar[int]
    """The key that focuses the pane."""
    TITLE: ClassVar[str]
    ABOUT: ClassVar[str]
    """What the pane shows, for the help."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.changed = False
        """Whether the last ``show`` brought something new; the tabs mark it when nobody saw it."""
        self._subject: object = None

    def show(self, view: SystemView) -> None:
        """Take over the part of ``view`` that this pane draws."""
        raise NotImplementedError

    def entitle(self, *subject: Piece, note: str = "") -> None:
        """Write the title into the border: ``3 Stack of 2 worker``, with ``note`` at the bottom."""
        self.border_title = self.content((Piece(f"{self.NUMBER} {self.TITLE}"), *subject))
        self.border_subtitle = self.content((Piece(note),))

    def turn_to(self, subject: object) -> None:
        """The pane is about ``subject`` now; when that is another one than before, begin at its top."""
        if subject != self._subject:
            self._subject = subject
            self.scroll_to(0, 0, animate=False, force=True)
