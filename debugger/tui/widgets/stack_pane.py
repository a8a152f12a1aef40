"""The stack, the calls with their variables, and the exception handlers of the selected process."""

from __future__ import annotations

from typing import ClassVar

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Piece, line, mark, row_piece
from debugger.tui.widgets.line_pane import text_width
from debugger.tui.widgets.pane import Pane
from debugger.views import FrameView, ProcessView, SystemView, ValueView, VariableView


class StackPane(Pane):
    """The stack with its top first, then the calls, innermost first."""

    NUMBER: ClassVar[int] = 3
    TITLE: ClassVar[str] = "Stack"
    ABOUT: ClassVar[str] = (
        "what the selected process works with. [0] is the top of its stack: instructions take their values "
        "from there and put results there. Below: the calls it is in, with their variables, and its TRY "
        "handlers."
    )

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._stack: tuple[ValueView, ...] = ()
        self._below: list[Line] = []

    def show(self, view: SystemView) -> None:
        """Show what the selected process has."""
        process = view.selected
        self.turn_to(process and process.row.pid)
        if process is None:
            self._stack, self._below = (), [line(Piece(" no process", "muted"))]
            self.changed = False
            self.entitle()
        else:
            self._stack, self._below = process.stack, self._describe(process)
            self.changed = _has_changed(process)
            self.entitle(Piece(" of "), row_piece(process.row), note=f"{len(process.stack)} on the stack")
        widest = max((text_width(value.text) for value in self._stack), default=0) + 24
        self.show_lines(len(self._stack) + len(self._below), widest)

    def build(self, index: int) -> Line:
        """A value of the stack, or a line of what is below."""
        if index >= len(self._stack):
            return self._below[index - len(self._stack)]
        value = self._stack[index]
        top = Piece("  <- top", "muted") if index == 0 else ""
        return line(mark(value.changed), Piece(f"[{index}] ", "muted"), _value(value), top)

    def _describe(self, process: ProcessView) -> list[Line]:
        """Everything below the stack."""
        lines = [] if process.stack else [line(Piece(" the stack is empty", "muted"))]
        for frame in process.frames:
            lines += self._frame(frame)
        if process.hidden_frames:
            lines.append(line(Piece(f" {self.glyphs.ellipsis} {process.hidden_frames:,} more calls", "muted")))
        for handler in process.handlers:
            lines.append(line(Piece(" handler ", "strong"), handler))
        return lines

    def _frame(self, frame: FrameView) -> list[Line]:
        back = f"  returns to line {frame.call_line}" if frame.call_line else ""
        call = line(Piece(f" call {frame.label}", "strong"), Piece(back, "muted"))
        return [call, *map(self._variable, frame.variables)]

    @staticmethod
    def _variable(variable: VariableView) -> Line:
        name = Piece(f"  {variable.name} ", "token-name")
        return line(mark(variable.value.changed), name, "= ", _value(variable.value))


def _has_changed(process: ProcessView) -> bool:
    variables = (variable.value.changed for frame in process.frames for variable in frame.variables)
    return "depth" in process.row.changed or any(value.changed for value in process.stack) or any(variables)


def _value(value: ValueView) -> Piece:
    return Piece(value.text, "changed" if value.changed else "")
