"""The list of all processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Piece, mark, process_role
from debugger.tui.widgets.cursor_pane import CursorPane
from debugger.views import ProcessRow, SystemView

MARKS_WIDTH = 2
PID_WIDTH = 5
WIDEST_NAME = 16


class Column(NamedTuple):
    """A column: heading, width, what it shows, the field whose change it marks, and whether it shows numbers."""

    heading: str
    width: int
    text: Callable[[ProcessRow], str]
    field: str
    number: bool = True

    @property
    def cells(self) -> int:
        """All its cells, with the space and the star before the value."""
        return self.width + 2


def _unless_exited(count: Callable[[ProcessRow], int]) -> Callable[[ProcessRow], str]:
    return lambda row: "" if row.state == "exited" else str(count(row))


STATE = Column("state", 7, lambda row: row.state, "state", number=False)
LINE = Column("line", 5, _unless_exited(lambda row: row.line), "line")
DEPTH = Column("stk", 3, _unless_exited(lambda row: row.depth), "depth")
MAILBOX = Column("mbx", 3, _unless_exited(lambda row: row.mailbox), "mailbox")
REDUCTIONS = Column("reds", 6, lambda row: str(row.reductions), "reductions")
RECENT = Column("ran", 4, lambda row: str(row.recent) if row.recent else "", "")
LAST = Column("last", 10, lambda row: row.last, "", number=False)

COLUMNS = (STATE, LINE, DEPTH, MAILBOX, REDUCTIONS, RECENT, LAST)
DROPPED_FIRST = (RECENT, LAST, REDUCTIONS, DEPTH, LINE)
"""What a narrow pane does without, in this order."""


STATES = ("running", "ready", "waiting", "exited")
ORDERS: tuple[tuple[str, Callable[[ProcessRow], tuple[object, ...]]], ...] = (
    ("pid", lambda row: (row.pid,)),
    ("name", lambda row: (row.name or row.target, row.pid)),
    ("state", lambda row: (STATES.index(row.state) if row.state in STATES else 9, row.pid)),
    ("mailbox", lambda row: (-row.mailbox, row.pid)),
    ("reductions", lambda row: (-row.reductions, row.pid)),
    ("stack", lambda row: (-row.depth, row.pid)),
)
"""What the rows can be sorted by; the largest numbers come first."""


class ProcessPane(CursorPane):
    """One row per process, with the numbers that tell whether it is busy, stuck or done."""

    NUMBER: ClassVar[int] = 2
    TITLE: ClassVar[str] = "Processes"
    HEAD: ClassVar[int] = 1
    ABOUT: ClassVar[str] = (
        "all processes. stk is how many values lie on the stack, mbx how many messages wait in the mailbox, "
        "reds how many instructions it has run, ran how many since the last stop. The arrow runs next. Enter keeps "
        "the other panes on the process under the cursor; Escape lets them follow again. A comma sorts by the next "
        "column, / shows only rows with a text. i, l and z decide who runs."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Select", show=False),
        Binding("comma", "sort", "Sort", show=False),
    ]

    class Chosen(Message):
        """The user wants to look at a process."""

        def __init__(self, pid: int) -> None:
            super().__init__()
            self.pid = pid

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.pinned = 0
        """The process the user has chosen to keep in sight; 0: none."""
        self._rows: tuple[ProcessRow, ...] = ()
        self._all: tuple[ProcessRow, ...] = ()
        self._look: object = None
        """What all rows depend on, as they were drawn last."""
        self._order = 0
        self._wanted = ""
        self._frozen: frozenset[int] = frozenset()
        self._queues = ""
        self._current = 0
        self._selected = 0
        self._name_width = 4

    @property
    def pid(self) -> int:
        """The process under the cursor; 0 when there is none."""
        return self._rows[self.cursor].pid if self.cursor < len(self._rows) else 0

    def filter(self, text: str) -> int:
        """Show only rows with ``text`` in their name or state; all again without a text.

        Gives how many are left.
        """
        self._wanted = text.casefold()
        self._choose_rows()
        return len(self._rows)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._order = (self._order + 1) % len(ORDERS)
        self._choose_rows()

    def _choose_rows(self) -> None:
        pid = self.pid
        rows = list(self._all)
        if self._wanted:
            rows = [row for row in rows if self._wanted in f"{self._called(row)} {row.state}".casefold()]
        if self._order:  # they come by pid
            rows.sort(key=ORDERS[self._order][1])
        before, self._rows = self._rows, tuple(rows)
        look = (self._current, self.pinned, self._frozen, self._name_width, self.row_width)
        if look == self._look and len(before) == len(self._rows) == self.count:
            for index, (old, new) in enumerate(zip(before, self._rows, strict=True)):
                if old is not new:
                    self.redraw_line(index)
        else:
            self._look = look
            self.show_lines(len(self._rows), 0)
        self.go_to(pid)
        self._entitle()

    def go_to(self, pid: int) -> None:
        """Put the cursor on a process, if it is in the list."""
        place = next((index for index, row in enumerate(self._rows) if row.pid == pid), None)
        if place is not None:
            self.move_cursor(place)

    def _entitle(self) -> None:
        alive = sum(row.state != "exited" for row in self._all)
        order = f", by {ORDERS[self._order][0]}" if self._order else ""
        wanted = f", /{self._wanted}" if self._wanted else ""
        self.entitle(Piece(f" ({alive} of {len(self._all)} alive{order}{wanted})"), note=self._queues)

    def show(self, view: SystemView) -> None:
        """Show the rows; the cursor goes to the selected process when that is another one now."""
        self._all = view.processes
        self._frozen = view.frozen
        queues = " | ".join(" ".join(map(str, queue[:8])) or "-" for queue in view.queues)
        self._queues = f"run queue: {queues}" if len(view.queues) == 1 else f"run queues: {queues}"
        self._current = view.current
        selected = view.selected.row.pid if view.selected else 0
        names = max((cell_len(self._called(row)) for row in self._all), default=0)
        self._name_width = max(4, min(WIDEST_NAME, names))
        self._choose_rows()
        if selected != self._selected:
            self._selected = selected
            self.go_to(selected)

    def head(self) -> Line:
        """The headings."""
        cells = [" " * MARKS_WIDTH, "pid".rjust(PID_WIDTH), " ", "name".ljust(self._name_width)]
        for column in self._columns():
            heading = column.heading.rjust(column.width) if column.number else column.heading.ljust(column.width)
            cells.append(f"  {heading}")
        return Line((Piece("".join(cells)),))

    def build(self, index: int) -> Line:
        """A row: marks, pid, name, and the columns there is room for."""
        row = self._rows[index]
        pieces = [
            Piece(self.glyphs.pinned if row.pid == self.pinned else " ", "strong"),
            Piece(self.glyphs.current if row.pid == self._current else " ", "strong"),
            Piece(f"{row.pid:>{PID_WIDTH}} {self.fit(self._called(row), self._name_width)}", process_role(row.pid)),
        ]
        for column in self._columns():
            pieces += self._cell(row, column)
        return Line(tuple(pieces), role=self.cursor_role(index))

    def _cell(self, row: ProcessRow, column: Column) -> tuple[Piece, ...]:
        """A field, with its star directly before it. The last column takes what is left of the row."""
        text = "frozen" if column is STATE and row.pid in self._frozen else column.text(row)
        changed = column.field in row.changed and text != ""
        role = "changed" if changed else "muted" if row.state == "exited" else ""
        if column.number:
            return Piece(" " * (1 + column.width - len(text))), mark(changed), Piece(text, role)
        return Piece(" "), mark(changed), Piece(text if column is LAST else self.fit(text, column.width), role)

    def _columns(self) -> tuple[Column, ...]:
        """The columns that fit into the pane, left to right."""
        columns = list(COLUMNS)
        room = self.row_width - MARKS_WIDTH - PID_WIDTH - 1 - self._name_width
        for column in DROPPED_FIRST:
            if sum(each.cells for each in columns) <= room:
                break
            columns.remove(column)
        return tuple(columns)

    @staticmethod
    def _called(row: ProcessRow) -> str:
        """The registered name; without one, what the process runs, in brackets."""
        return row.name or (f"({row.target})" if row.target else "-")

    def action_choose(self) -> None:
        """Keep the process under the cursor in sight."""
        if self.cursor < len(self._rows):
            self.post_message(self.Chosen(self._rows[self.cursor].pid))

    def clicked(self, x: int, times: int) -> None:
        self.action_choose()

    def head_clicked(self) -> None:
        self.action_sort()
