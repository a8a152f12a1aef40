"""The source of the selected process: where it is, where it was, and where it stops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.message import Message

from debugger.tui.glyphs import Glyphs
from debugger.tui.highlight import highlight, shown
from debugger.tui.painting import Line, Piece, row_piece
from debugger.tui.widgets.cursor_pane import CursorPane
from debugger.tui.widgets.line_pane import text_width
from debugger.views import CodeView, SystemView

MARKS_WIDTH = 2
"""Cells for the breakpoint and for the arrow."""


class CodePane(CursorPane):
    """Source lines with a gutter. The cursor line is where ``b`` toggles a breakpoint."""

    NUMBER: ClassVar[int] = 1
    TITLE: ClassVar[str] = "Code"
    ABOUT: ClassVar[str] = (
        "the program text of the selected process. The arrow is at the instruction it runs next, the small "
        "dot at the one it ran last, the big dot is a breakpoint. A click on the left edge, or a double click on "
        "the text, sets one. x12 behind a line: it ran so often in the last step or turn."
    )

    class GutterClicked(Message):
        """The user clicked beside the line of the cursor."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.code: CodeView | None = None
        self.chosen: CodeView | None = None
        """A source that the user wants to see whatever the process runs."""
        self._next_line = 0
        self._previous_line = 0
        self._hits: Mapping[int, int] = {}
        self._breakpoints: frozenset[int] = frozenset()
        self._drawn_marks: set[tuple[int, object]] = set()
        self._text_width = 0
        self._number_width = 1

    @property
    def cursor_line(self) -> int:
        """The number of the cursor's line in the file, from 1."""
        return self.cursor + 1

    def show(self, view: SystemView) -> None:
        """Show the code of the selected process; the cursor goes along when the process has moved."""
        process = view.selected
        if process is None:
            # Nobody is left. The text stays: one wants to read it, and to set breakpoints for the next run.
            self._next_line = self._previous_line = 0
            self._hits = {}
            self._show_code(self.code, view)
            self.entitle()
            return
        if self.chosen is not None and self.chosen is not process.code:
            self._next_line = self._previous_line = 0
            self._hits = {}
            self._show_code(self.chosen, view)
            self.entitle(Piece(f"  {self.chosen.name}"), note="Esc: back to the process")
            return
        moved = process.code is not self.code or process.line != self._next_line
        self._next_line, self._previous_line = process.line, process.previous_line
        self._hits = process.hits
        self._show_code(process.code, view)
        if moved and process.line:
            self.move_cursor(process.line - 1)
        place = f"{process.code.name}:{process.line}"
        self.entitle(Piece("  "), row_piece(process.row), note=place)

    def _show_code(self, code: CodeView | None, view: SystemView) -> None:
        if code is None:
            self.show_lines(0, 0)
            return
        same_code = code is self.code
        if not same_code:
            self.code = code
            self._text_width = max((text_width(shown(text)) for text in code.lines), default=0)
            self._number_width = max(4, len(str(len(code.lines))))
        self._breakpoints = frozenset(stop.line for stop in view.breakpoints if stop.identity == code.identity)
        marked = self._marked()
        if same_code and self.count == len(code.lines):
            # Most steps change a few lines: where the marks were, and where they are now.
            for number in {number for number, _ in marked ^ self._drawn_marks}:
                self.redraw_line(number - 1)
        else:
            self.show_lines(len(code.lines), MARKS_WIDTH + self._number_width + 2 + self._text_width)
        self._drawn_marks = marked

    def _marked(self) -> set[tuple[int, object]]:
        """The lines that have something besides their text, each with what it has."""
        lines: set[tuple[int, object]] = {(number, "breakpoint") for number in self._breakpoints}
        lines |= {(self._next_line, "next"), (self._previous_line, "previous")}
        return lines | set(self._hits.items())

    def build(self, index: int) -> Line:
        """A source line behind its marks and its number."""
        assert self.code is not None
        number = index + 1
        glyphs = self.glyphs
        if number == self._next_line:
            arrow = Piece(glyphs.current, "strong")
        elif number == self._previous_line:
            arrow = Piece(glyphs.previous, "strong")
        else:
            arrow = Piece(" ")
        return Line(
            (
                Piece(glyphs.breakpoint, "breakpoint") if number in self._breakpoints else Piece(" "),
                arrow,
                Piece(f"{number:>{self._number_width}}  ", "muted"),
                *highlight(self.code.lines[index]),
                *((Piece(f"  x{self._hits[number]}", "muted"),) if self._hits.get(number, 0) > 1 else ()),
            ),
            role=self.cursor_role(index) or ("current-line" if number == self._next_line else ""),
        )

    def text_of(self, index: int) -> str:
        return self.code.lines[index] if self.code is not None else ""

    def clicked(self, x: int, times: int) -> None:
        if x + round(self.scroll_x) < MARKS_WIDTH + self._number_width or times == 2:
            self.post_message(self.GutterClicked())
