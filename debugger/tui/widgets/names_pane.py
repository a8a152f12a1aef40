"""Who has which name, who is linked, who watches whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Item, Line, Piece, flow, line, mark, process_piece, process_role
from debugger.tui.widgets.pane import Pane
from debugger.views import RelationsView, SupervisorView, SystemView


class NamesPane(Pane):
    """Names, links and monitors, as many on a line as fit."""

    NUMBER: ClassVar[int] = 5
    TITLE: ClassVar[str] = "Names"
    ABOUT: ClassVar[str] = (
        "the registered names (worker=2: process 2 has the name worker), links (2--3: when one of them "
        "crashes the other gets an exit signal) and monitors (1->3: process 1 is told when 3 ends). Below them, the "
        "supervisors with their children, and when a child that has ended is started again."
    )

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._relations = RelationsView((), (), ())
        self._lines: list[Line] = []

    def show(self, view: SystemView) -> None:
        """Show all relations of the system."""
        self.changed = view.relations != self._relations
        self._relations = view.relations
        if self.changed or not self._lines:
            self._reflow()
        self.entitle(Piece(", links, monitors"))

    def _reflow(self) -> None:
        """Break the items into lines of the pane's width."""
        width = self.row_width
        self._lines = flow(self._items(), width) or [line(Piece(" no names, no links, no monitors", "muted"))]
        self._lines += self._tree()
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

    def _tree(self) -> Iterator[Line]:
        """Each supervisor that has none above it, and all below it."""
        known = {each.pid: each for each in self._relations.supervisors}
        below = {child.pid for each in known.values() for child in each.children if child.pid}
        for pid in known:
            if pid not in below:
                yield line(Piece(" supervisor ", "strong"), process_piece(pid), f" {known[pid].strategy}")
                yield from self._children(known[pid], known, " ")

    def _children(self, parent: SupervisorView, known: Mapping[int, SupervisorView], before: str) -> Iterator[Line]:
        glyphs = self.glyphs
        for number, child in enumerate(parent.children, 1):
            last = number == len(parent.children)
            joint = f"{before}{glyphs.last_child if last else glyphs.leave_right}{glyphs.shaft} "
            who = process_piece(child.pid, child.name) if child.pid else Piece(f"{child.name} (not running)", "warning")
            own = known.get(child.pid)
            words = f" {child.restart}" + (f", supervisor {own.strategy}" if own is not None else "")
            yield line(Piece(joint, "muted"), who, Piece(words, "muted"))
            if own is not None:
                yield from self._children(own, known, f"{before}{' ' if last else glyphs.lifeline}  ")

    @staticmethod
    def _pairs(heading: str, pairs: tuple[tuple[int, int], ...], joint: str) -> Iterator[Item]:
        if pairs:
            yield (Piece(heading, "strong"),)
        for one, other in pairs:
            yield Piece(" "), process_piece(one), Piece(joint), process_piece(other)
