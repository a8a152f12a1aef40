"""Who has which name, who is linked, who watches whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Item, Line, Piece, flow, line, mark, process_piece, process_role
from debugger.tui.widgets.pane import Pane
from debugger.views import RelationsView, SystemView


class NamesPane(Pane):
    """Names, links and monitors, as many on a line as fit."""

    NUMBER: ClassVar[int] = 5
    TITLE: ClassVar[str] = "Names"
    ABOUT: ClassVar[str] = (
        "the registered names (worker=2: process 2 has the name worker), links (2--3: when one of them "
        "crashes the other gets an exit signal) and monitors (1->3: process 1 is told when 3 ends)."
    )

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._relations = RelationsView((), (), ())
        self._lines: list[Line] = []

    def show(self, view: SystemView) -> None:
        """Show all relations of the system."""
        self.changed = view.relations != self._relations
        self._relations = view.relations
        self._reflow()
        self.entitle(Piece(", links, monitors"))

    def _reflow(self) -> None:
        """Break the items into lines of the pane's width."""
        width = self.row_width
        self._lines = flow(self._items(), width) or [line(Piece(" no names, no links, no monitors", "muted"))]
        self.show_lines(len(self._lines), width)

    def build(self, index: int) -> Line:
        """A line of items."""
        return self._lines[index]

    def on_resize(self) -> None:
        self._reflow()

    def _items(self) -> Iterator[Item]:
        relations = self._relations
        if relations.names:
            yield (Piece(" names", "strong"),)
        for name in relations.names:
            role = process_role(name.pid)
            yield (
                mark(name.changed),
                Piece(name.name, "changed" if name.changed else ""),
                Piece("="),
                Piece(str(name.pid), role),
            )
        yield from self._pairs(" links", relations.links, "--")
        yield from self._pairs(" monitors", relations.monitors, "->")

    @staticmethod
    def _pairs(heading: str, pairs: tuple[tuple[int, int], ...], joint: str) -> Iterator[Item]:
        if pairs:
            yield (Piece(heading, "strong"),)
        for one, other in pairs:
            yield Piece(" "), process_piece(one), Piece(joint), process_piece(other)
