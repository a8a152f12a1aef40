"""What the program printed, and who printed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import LONGEST, Line, Piece, line, process_role
from debugger.tui.widgets.line_pane import text_width
from debugger.tui.widgets.pane import Pane
from debugger.views import OutputLine, SystemView

Read = Callable[[int], Sequence[OutputLine]]
"""Gives all lines of output from an index on."""

MOST_ROWS = 100_000
"""Lines that are kept; a program can print for hours."""

KIND_ROLES = {"warning": "warning", "crash": "crash", "log": "muted"}


class OutputPane(Pane):
    """The output, newest at the bottom; it stays at the bottom unless the user scrolled up."""

    NUMBER: ClassVar[int] = 7
    TITLE: ClassVar[str] = "Output"
    ABOUT: ClassVar[str] = (
        "what the program printed. The number in brackets is the process that printed it, [-] is the "
        "machine. Warnings and crash reports say so."
    )

    def __init__(self, glyphs: Glyphs, read: Read) -> None:
        super().__init__(glyphs)
        self._read = read
        self._taken = 0
        self._rows: list[OutputLine] = []
        self._widest = 0
        self._at_end = True

    def clear(self) -> None:
        """Forget everything: the program begins anew."""
        self._rows = []
        self._taken = self._widest = 0
        self._at_end = True
        self.show_lines(0, 0)

    def show(self, view: SystemView) -> None:
        """Take over what was printed since the last time."""
        count = view.output_count
        self.entitle(note=f"{count:,} line{'s' if count != 1 else ''}" if count else "")
        if view.output_count < self._taken:
            self.clear()
        fresh = self._read(self._taken) if view.output_count > self._taken else ()
        self.changed = bool(fresh)
        if not fresh:
            return
        self._taken = view.output_count
        self._rows += fresh
        if len(self._rows) > 2 * MOST_ROWS:  # cut rarely, and then by half, so that adding stays cheap
            del self._rows[:-MOST_ROWS]
        self._widest = max(self._widest, *(text_width(printed.text[:LONGEST]) for printed in fresh))
        self.show_lines(len(self._rows), self._widest + 16)
        self._keep_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._at_end = new_value >= self.max_scroll_y

    def on_resize(self) -> None:
        self._keep_end()

    def _keep_end(self) -> None:
        if self._at_end:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def build(self, index: int) -> Line:
        """A printed line behind its process."""
        printed = self._rows[index]
        role = KIND_ROLES.get(printed.kind, "")
        word = Piece(f"{printed.kind}: ", role) if role else ""
        return line(
            Piece(f" [{printed.pid or '-'}] ", process_role(printed.pid)),
            word,
            Piece(printed.text, role or process_role(printed.pid)),
        )
