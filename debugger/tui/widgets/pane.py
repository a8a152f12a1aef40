"""What the panes have in common: a number, a title, and a part of the view to show."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Piece
from debugger.tui.widgets.line_pane import LinePane
from debugger.views import SystemView


class Pane(LinePane, inherit_bindings=False):
    """A numbered pane that shows a part of a ``SystemView``.

    Left, Right, Home and End belong to the debugger, so a pane scrolls sideways with Shift, and to its ends
    with Ctrl.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Scroll up", show=False),
        Binding("down", "scroll_down", "Scroll down", show=False),
        Binding("shift+left", "scroll_left", "Scroll left", show=False),
        Binding("shift+right", "scroll_right", "Scroll right", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("ctrl+pageup", "page_left", "Page left", show=False),
        Binding("ctrl+pagedown", "page_right", "Page right", show=False),
        Binding("ctrl+home", "scroll_home", "Top", show=False),
        Binding("ctrl+end", "scroll_end", "Bottom", show=False),
    ]

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
        self._entitled: object = None
        self._found: int = -1

    def show(self, view: SystemView) -> None:
        """Take over the part of ``view`` that this pane draws."""
        raise NotImplementedError

    def entitle(self, *subject: Piece, note: str = "") -> None:
        """Write the title into the border: ``3 Stack of 2 worker``, with ``note`` at the bottom."""
        title = (subject, note, self.app.theme)
        if title != self._entitled:  # a border that is set is painted anew, and all of the pane with it
            self._entitled = title
            self.border_title = self.content((Piece(f"{self.NUMBER} {self.TITLE}"), *subject))
            self.border_subtitle = self.content((Piece(note),))

    def turn_to(self, subject: object) -> None:
        """The pane is about ``subject`` now; when that is another one than before, begin at its top."""
        if subject != self._subject:
            self._subject = subject
            self.scroll_to(0, 0, animate=False, force=True)

    def find(self, text: str) -> int | None:
        """Go to the next line below the present one that has ``text``, from the top again after the last.

        Upper and lower case are the same. Gives its index, None when no line has it.
        """
        wanted = text.casefold()
        start = self.found_from
        for distance in range(self.count):
            index = (start + 1 + distance) % self.count
            if wanted in self.text_of(index).casefold():
                self.show_found(index)
                return index
        return None

    @property
    def found_from(self) -> int:
        """The line behind which ``find`` begins."""
        return self._found

    def text_of(self, index: int) -> str:
        """The text of line ``index``."""
        return "".join(piece.text for piece in self.build(index).pieces)

    def show_found(self, index: int) -> None:
        """Bring line ``index`` into sight."""
        self._found = index
        self.reveal(index)
