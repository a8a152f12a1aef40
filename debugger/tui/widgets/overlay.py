"""A window over the screen, for the help and for errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Item, Line, Piece, flow, line_width, words
from debugger.tui.widgets.line_pane import LinePane


class Paragraph(NamedTuple):
    """Items that flow into lines; ``indent`` is for all lines but the first.

    A paragraph of one item is one line, however long.
    """

    items: tuple[Item, ...]
    indent: int = 0


def message(text: str) -> list[Paragraph]:
    """The text of an error. Its lines flow, but for indented ones: a caret stays below what it points at."""
    return [
        Paragraph(((Piece(f" {row}"),),) if row.startswith(" ") or not row else tuple(words(row)), indent=3)
        for row in text.split("\n")
    ]


def report(text: str) -> list[Paragraph]:
    """What a command says. All lines flow; what is indented stays so."""
    paragraphs: list[Paragraph] = []
    for row in text.split("\n"):
        first, *others = words(row.lstrip()) if row.strip() else [(Piece(" "),)]
        indent = len(row) - len(row.lstrip())
        paragraphs.append(Paragraph(((Piece(" " * indent), *first), *others), indent + 3))
    return paragraphs


class TextPane(LinePane):
    """Paragraphs to read and to scroll."""

    def __init__(self, glyphs: Glyphs, paragraphs: Sequence[Paragraph]) -> None:
        super().__init__(glyphs)
        self._paragraphs = paragraphs
        self._lines: list[Line] = []

    def build(self, index: int) -> Line:
        """A line of the text."""
        return self._lines[index]

    def on_resize(self) -> None:
        width = self.row_width
        self._lines = [row for each in self._paragraphs for row in flow(each.items, width, each.indent)]
        self.show_lines(len(self._lines), max(map(line_width, self._lines), default=0))


class Overlay(ModalScreen[None]):
    """A titled text over everything, closed by Escape, Enter or q."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,question_mark", "dismiss", "Close")]

    def __init__(self, glyphs: Glyphs, title: str, paragraphs: Sequence[Paragraph]) -> None:
        super().__init__()
        self._pane = TextPane(glyphs, paragraphs)
        self._title = title

    def compose(self) -> ComposeResult:
        yield self._pane

    def on_mount(self) -> None:
        self._pane.border_title = Content(self._title)
        self._pane.border_subtitle = Content("arrows scroll, Escape closes")
        self._pane.focus()
