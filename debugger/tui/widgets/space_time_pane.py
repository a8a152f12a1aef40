"""The space-time diagram: time goes down, every process has a lane, and messages go from lane to lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Piece, process_role
from debugger.tui.widgets.cursor_pane import CursorPane
from debugger.views import HappeningView, SystemView

Read = Callable[[int, int], Sequence[HappeningView]]
"""Gives the happenings from a number on and before another one."""

STEP_WIDTH = 8
NARROWEST_LANE, WIDEST_LANE = 9, 26
CHUNK = 64
"""Happenings that are read at a time."""
MOST_CHUNKS = 100

FLIGHTS = frozenset({"send", "spawn", "kill", "link"})
"""Kinds that go from one lane to another."""


class SpaceTimePane(CursorPane):
    """One row for each happening; what a process does for itself in between is counted beside it."""

    NUMBER: ClassVar[int] = 6
    TITLE: ClassVar[str] = "Space-time"
    HEAD: ClassVar[int] = 1
    ABOUT: ClassVar[str] = (
        "what the processes did to each other: time goes down, each process has a lane, and an arrow is a message "
        "on its way. x14 beside something: so many instructions of the process led there. Enter or a click on a row "
        "goes to that moment."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Go there", show=False)]

    class Chosen(Message):
        """The user wants to go to the moment of a happening."""

        def __init__(self, happening: HappeningView) -> None:
            super().__init__()
            self.happening = happening

    def __init__(self, glyphs: Glyphs, count: Callable[[], int], read: Read) -> None:
        super().__init__(glyphs)
        self._count_all = count
        self._read = read
        self._chunks: dict[int, Sequence[HappeningView]] = {}
        self._total = 0
        self._moment = (1, 0)
        self._names: dict[int, str] = {}
        self._alive: frozenset[int] = frozenset()
        self._ends: dict[int, int] = {}
        """By pid, the number of the happening that ended it; and in ``_births`` that began it."""
        self._births: dict[int, int] = {}
        self._seen = 0
        self._selected = 0
        self._lanes: tuple[int, ...] = ()
        self._lane_width = NARROWEST_LANE

    def forget(self) -> None:
        """The run begins anew, or another branch of it is seen."""
        self._chunks.clear()
        self._ends.clear()
        self._births.clear()
        self._seen = 0

    def show(self, view: SystemView) -> None:
        """Show what happened up to a moment."""
        before, self._total = self._total, self._count_all()
        if view.branch != self._moment[0]:
            self.forget()
        elif self._total != before:
            self._chunks.pop(min(before, self._total) // CHUNK, None)
        last = self._at(self._total - 1) if self._total else None
        selected = view.selected.row.pid if view.selected else 0
        marked = last is not None and last.step in (self._moment[1], view.step)
        same = (self._total, view.branch, selected) == (before, self._moment[0], self._selected)
        self._moment, self._selected = (view.branch, view.step), selected
        self.changed = self._total != before
        if same and not marked and self.count == self._total:
            return
        self._names = {row.pid: row.name or row.target for row in view.processes}
        self._alive = frozenset(row.pid for row in view.processes if row.state != "exited")
        self._notice_lives()
        follows = self.cursor >= self.count - 1 or self._total != before
        self._arrange(self._total)
        self.show_lines(self._total, 0)
        if follows:
            self.move_cursor(self.count - 1)
        self._tell()

    def move_cursor(self, index: int) -> None:
        super().move_cursor(index)
        self._tell()

    def _tell(self) -> None:
        """Tell the happening under the cursor in full, where the lane has no room for it."""
        each = self._at(self.cursor) if self.cursor < self._total else None
        self.entitle(note=f"{self._names.get(each.pid, '')} {each.text}".strip() if each is not None else "")

    def _notice_lives(self) -> None:
        """Note who began and who ended in what has happened since the last time."""
        start = max(self._seen, self._total - 20 * CHUNK)
        for number in range(start, self._total):
            each = self._at(number)
            if each is not None and each.kind == "spawn":
                self._births[each.pid] = number
            elif each is not None and each.kind in ("exit", "crash"):
                self._ends[each.pid] = number
        self._seen = max(self._seen, self._total)

    def _at(self, number: int) -> HappeningView | None:
        """Happening ``number``; None when it is forgotten."""
        chunk = number // CHUNK
        if chunk not in self._chunks:
            if len(self._chunks) >= MOST_CHUNKS:
                self._chunks.clear()
            self._chunks[chunk] = self._read(chunk * CHUNK, min((chunk + 1) * CHUNK, self._total))
        known = self._chunks[chunk]
        place = number - min((chunk + 1) * CHUNK, self._total) + len(known)
        return known[place] if 0 <= place < len(known) else None

    # Lanes

    def _arrange(self, total: int) -> None:
        """Choose the lanes: whoever has to do with the rows in sight, the latest first when there is no room."""
        width = self.row_width - STEP_WIDTH
        most = max(1, width // NARROWEST_LANE)
        bottom = min(total, round(self.scroll_y) + max(1, self.page)) if self.cursor < self.count - 1 else total
        wanted = [self._selected] if self._selected else []
        for number in range(bottom - 1, max(-1, bottom - 1 - max(1, self.page)), -1):
            each = self._at(number)
            if each is not None:
                wanted += [pid for pid in (each.pid, each.other) if pid]
        wanted += sorted(self._alive)
        lanes = tuple(sorted(list(dict.fromkeys(wanted))[:most]))
        lane_width = max(NARROWEST_LANE, min(WIDEST_LANE, width // max(1, len(lanes))))
        if (lanes, lane_width) != (self._lanes, self._lane_width):
            self._lanes, self._lane_width = lanes, lane_width
            self._drawn.clear()
            self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.is_mounted:
            self._arrange(self._total)

    def on_resize(self) -> None:
        self._arrange(self._total)
        super().on_resize()

    def head(self) -> Line:
        """The names of the lanes."""
        pieces = [Piece(f"{'step':>{STEP_WIDTH - 2}}  ", "muted")]
        for pid in self._lanes:
            name = self._names.get(pid, "")
            pieces.append(Piece(self.fit(f"{pid} {name}", self._lane_width - 1) + " ", process_role(pid)))
        return Line(tuple(pieces))

    # Rows

    def build(self, index: int) -> Line:
        """A happening in its lane, or between two."""
        each = self._at(index)
        role = self.cursor_role(index)
        if each is None:
            return Line((Piece(f"{self.glyphs.ellipsis:>{STEP_WIDTH - 2}}  forgotten", "muted"),), role)
        sign = self.glyphs.current if each.step == self._moment[1] else " "
        pieces = [Piece(f"{sign}{each.step:>{STEP_WIDTH - 3}}  ", "muted")]
        source, target = (each.other, each.pid) if each.kind in ("spawn", "kill") else (each.pid, each.other)
        if each.kind in FLIGHTS and source in self._lanes and target in self._lanes and source != target:
            pieces += self._flight(index, each, self._lanes.index(source), self._lanes.index(target))
        elif each.pid in self._lanes:
            pieces += self._moment_of(index, each)
        else:
            told = f"{each.pid} {self._names.get(each.pid, '')} {self._word(each)}"
            pieces.append(Piece(self.fit(told, self._lane_width * len(self._lanes)), process_role(each.pid)))
        return Line(tuple(pieces), role)

    def _lifeline(self, index: int, pid: int) -> str:
        lives = self._births.get(pid, -1) <= index and index <= self._ends.get(pid, self._total)
        return self.glyphs.lifeline if lives else " "

    def _empty(self, index: int, pid: int, sign: str = "") -> list[Piece]:
        return [
            Piece(sign or self._lifeline(index, pid), process_role(pid)),
            Piece(" " * (self._lane_width - 1)),
        ]

    def _moment_of(self, index: int, each: HappeningView) -> list[Piece]:
        """A row in which something happens in one lane."""
        pieces: list[Piece] = []
        sign, word = self._sign(each), self._word(each)
        for pid in self._lanes:
            if pid != each.pid:
                pieces += self._empty(index, pid)
                continue
            shown = self.fit(f" {word}", min(cell_len(f" {word}"), self._lane_width - 2))
            count = f" x{each.local}" if each.local > 1 else ""
            if cell_len(shown) + len(count) > self._lane_width - 2:
                count = ""
            rest = self._lane_width - 1 - cell_len(shown) - len(count)
            role = process_role(pid)
            pieces += [Piece(sign, role), Piece(shown, self._word_role(each) or role), Piece(count, "muted")]
            pieces.append(Piece(" " * rest))
        return pieces

    def _flight(self, index: int, each: HappeningView, source: int, target: int) -> list[Piece]:
        """A row in which something goes from lane to lane."""
        glyphs, width = self.glyphs, self._lane_width
        left, right = min(source, target), max(source, target)
        span = (right - left) * width - 1
        role = process_role(self._lanes[source])
        word, inner = self._flight_word(each), span - 1
        if len(word) + 5 <= inner:
            word = f" {word} "
        word = self.fit(word, min(len(word), inner - 1))
        first = 2 if len(word) + 3 <= inner else 1
        begins, goes_on = glyphs.shaft * first, glyphs.shaft * (inner - first - len(word))
        if target > source:
            shaft = [Piece(begins + word + goes_on + glyphs.arrow_right, role)]
        else:
            shaft = [Piece(glyphs.arrow_left + goes_on + word + begins, role)]
        pieces: list[Piece] = []
        for place, pid in enumerate(self._lanes):
            if place < left or place > right:
                pieces += self._empty(index, pid)
            elif place == left:
                sign = glyphs.leave_right if target > source else glyphs.arrive_left
                pieces += [Piece(sign, process_role(pid)), *shaft]
            elif place == right:
                sign = glyphs.arrive_right if target > source else glyphs.leave_left
                pieces += self._empty(index, pid, sign)
        return pieces

    def _flight_word(self, each: HappeningView) -> str:
        if each.kind == "send":
            return f"#{each.number}"
        return {"spawn": "spawn", "kill": "exit signal", "link": "link"}[each.kind]

    def _sign(self, each: HappeningView) -> str:
        glyphs = self.glyphs
        if each.kind in ("exit", "crash"):
            return glyphs.end
        return glyphs.waits if each.kind == "block" else glyphs.does

    @staticmethod
    def _word_role(each: HappeningView) -> str:
        return {"crash": "crash", "drop": "warning", "block": "muted"}.get(each.kind, "")

    @staticmethod
    def _word(each: HappeningView) -> str:
        words = {
            "receive": f"got #{each.number}",
            "drop": f"#{each.number} lost",
            "send": f"#{each.number} to {each.other or 'itself'}",
            "block": "waits",
            "wake": "wakes",
            "timeout": "time is over",
            "exit": "ended",
            "crash": "crashed",
            "spawn": "begins",
            "register": each.text,
            "unregister": each.text,
        }
        return words.get(each.kind, each.text)

    def action_choose(self) -> None:
        """Go to the moment of the row under the cursor."""
        each = self._at(self.cursor) if self.cursor < self.count else None
        if each is not None:
            self.post_message(self.Chosen(each))

    def clicked(self, x: int, times: int) -> None:
        self.action_choose()
