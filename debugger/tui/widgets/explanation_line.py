"""DID and NEXT: what the last instruction did and what the next one will do, in words."""

from __future__ import annotations

from textual.strip import Strip

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Item, Line, Painted, Piece, flow, words
from debugger.views import SystemView
from ttvm.source import visible


class ExplanationLine(Painted):
    """Both sentences in the rows there are.

    Each begins a row of its own, so that the eye finds it at the same place after every step. DID may have two;
    what is still too long ends in an ellipsis.
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._did = ""
        self._next = ""
        self._said: tuple[str, ...] = ()

    def show(self, view: SystemView) -> None:
        """Show the sentences of ``view``."""
        self._did = view.did or ("still running" if view.running else "nothing yet")
        self._next = view.next
        self.refresh()

    def say(self, text: str) -> bool:
        """Show a text in place of the sentences until the next key; False when it has more lines than there are.

        The empty text brings the sentences back.
        """
        lines = tuple(text.split("\n")) if text else ()
        if len(lines) > self.size.height or any(len(each) >= self.size.width for each in lines):
            return False
        if lines != self._said:
            self._said = lines
            self.refresh()
        return True

    def render_line(self, y: int) -> Strip:
        """Row ``y``."""
        rows = self._rows(self.size.width, self.size.height)
        return self.paint_row(rows[y] if y < len(rows) else Line(()), self.size.width)

    def _rows(self, width: int, height: int) -> list[Line]:
        if self._said:
            return [Line((Piece(f" {visible(text)}", "said"),)) for text in self._said]
        did, following = _sentence("DID", self._did, width), _sentence("NEXT", self._next, width)
        apart = flow(did, width) + flow(following, width)
        if len(apart) <= height:
            return apart
        # NEXT keeps the last row; DID gives way.
        rows = flow(did, width)[: max(1, height - 1)]
        last = "".join(piece.text for piece in rows[-1].pieces)
        rows[-1] = Line((Piece(self.fit(f"{last} {self.glyphs.ellipsis}", width)),))
        return [*rows, *flow(following, width)[:1]][:height]


def _sentence(heading: str, text: str, width: int) -> list[Item]:
    return [(Piece(f" {heading}", "strong"),), *words(text, longest=width)]
