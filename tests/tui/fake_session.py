"""A session that shows whatever views a test builds by hand: screens no real program makes quickly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from debugger.views import (
    BookmarkView,
    BreakpointView,
    CodeView,
    FrameView,
    HappeningView,
    MessageView,
    NameView,
    OutputLine,
    ProcessRow,
    ProcessView,
    RelationsView,
    StopView,
    SystemView,
    ValueView,
    VariableView,
)

if TYPE_CHECKING:
    from debugger.session import Session

RING = """\
; a ring of workers
    PUSH_STR "worker"
    SPAWN
    STORE w
main:
    PUSH_INT 42
    LOAD w
    SEND
    HALT
worker:
    REGISTER "worker"
loop:
    RECEIVE               ; wait for work
    STORE msg
    LOAD msg
    PUSH_INT 1
    ADD
    SENDNAMED "collector"
    JMP loop"""


def code_view(text: str = RING, name: str = "ring.ttvm") -> CodeView:
    """Source text as a view; every indented line has an instruction."""
    lines = tuple(text.split("\n"))
    addresses = iter(range(len(lines)))
    return CodeView("/" + name, name, lines, tuple(next(addresses) if each.startswith(" ") else None for each in lines))


CODE = code_view()


def row(pid: int, name: str = "", state: str = "ready", **fields: object) -> ProcessRow:
    """A row of the process list."""
    values: dict[str, object] = {
        "target": "worker",
        "line": 13,
        "depth": 0,
        "mailbox": 0,
        "reductions": 7,
        "last": "RECEIVE",
        "changed": frozenset(),
    }
    return ProcessRow(pid=pid, name=name, state=state, **(values | fields))  # type: ignore[arg-type]


MAIN = row(1, "main", "ready", line=8, depth=1, reductions=118, last="SEND")
WORKER = row(
    2,
    "worker",
    "running",
    line=18,
    depth=2,
    mailbox=3,
    reductions=64,
    last="ADD",
    changed=frozenset({"depth", "mailbox", "reductions"}),
)
COLLECTOR = row(3, "collector", "waiting", reductions=22)
GONE = row(5, "", "exited", line=0, reductions=41, last="normal")


def near(shown: ProcessRow, **fields: object) -> ProcessView:
    """A process from near, with one of everything."""
    values: dict[str, object] = {
        "code": CODE,
        "line": shown.line,
        "previous_line": 17,
        "stack": (ValueView("Int 42", changed=True), ValueView('Str "job-2"')),
        "frames": (
            FrameView(
                "work",
                18,
                (
                    VariableView("msg", ValueView("Int 41", changed=True)),
                    VariableView("w", ValueView("Int 2")),
                ),
            ),
            FrameView("worker", 0, ()),
        ),
        "hidden_frames": 0,
        "handlers": ("goes to line 18",),
        "mailbox": (
            MessageView(7, 1, "main", 46, 'Str "job-2"', new=False, skipped=True),
            MessageView(8, 1, "main", 50, 'Str "job-3"', new=False, skipped=False),
            MessageView(9, 4, "logger", 52, 'Str "stop"', new=True, skipped=False),
        ),
        "hidden_messages": 0,
        "waits_for": "",
    }
    return ProcessView(row=shown, **(values | fields))  # type: ignore[arg-type]


def system_view(selected: ProcessView | None = None, **fields: object) -> SystemView:
    """The whole system in the middle of a run."""
    values: dict[str, object] = {
        "program": "examples/ring.ttvm",
        "step": 53,
        "tick": 17,
        "policy": "round-robin",
        "stop": StopView("step", "after a step", 2),
        "current": 2,
        "selected": selected or near(WORKER),
        "processes": (MAIN, WORKER, COLLECTOR, GONE),
        "queues": ((2, 1),),
        "relations": RelationsView(
            (NameView("main", 1), NameView("worker", 2, changed=True), NameView("collector", 3)),
            ((1, 2),),
            ((1, 3),),
        ),
        "output_count": 0,
        "breakpoints": (BreakpointView(CODE.identity, 13, "loop"),),
        "did": "ADD: took 1 and 41 off the stack, put 42.",
        "next": "SENDNAMED: puts 42 in the mailbox of 3 collector, which then wakes.",
        "ended": False,
        "running": False,
    }
    return SystemView(**(values | fields))  # type: ignore[arg-type]


HAPPENINGS = (
    HappeningView(3, 1, "spawn", 2, 1, 0, "starts as worker", 0),
    HappeningView(4, 1, "spawn", 3, 1, 0, "starts as collector", 0),
    HappeningView(30, 9, "send", 1, 2, 7, 'sends "job-2" to 2 worker', 6),
    HappeningView(41, 12, "block", 3, 0, 0, "waits for any message", 22),
    HappeningView(50, 15, "exit", 5, 0, 0, "ends: normal", 41),
    HappeningView(52, 16, "receive", 2, 1, 7, 'takes "job-2" from 1 main', 14),
)


class FakeSession:
    """Answers with ``current`` and notes what was asked of it in ``calls``."""

    def __init__(self, current: SystemView | None = None, printed: Sequence[OutputLine] = ()) -> None:
        self.current = current or system_view()
        self.printed = list(printed)
        self.program = self.current.program
        self.calls: list[tuple[object, ...]] = []
        self.pieces = 3
        self.happenings: list[HappeningView] = list(HAPPENINGS)
        self.marks: list[BookmarkView] = []
        self.on_verb: Callable[[], None] = lambda: None

    def as_session(self) -> Session:
        """This session as the application takes it."""
        return cast("Session", self)

    def view(self, selected: int) -> SystemView:
        view = replace(self.current, output_count=len(self.printed))
        shown = next((each for each in view.processes if each.pid == selected and each.state != "exited"), None)
        if shown is not None and (view.selected is None or view.selected.row.pid != selected):
            view = replace(view, selected=near(shown))
        return view

    def output(self, start: int = 0) -> Sequence[OutputLine]:
        return self.printed[start:]

    @property
    def chronicle_count(self) -> int:
        return len(self.happenings)

    def chronicle(self, start: int = 0, end: int | None = None) -> Sequence[HappeningView]:
        return self.happenings[start:end]

    def bookmarks(self) -> Sequence[BookmarkView]:
        return self.marks

    def goto(self, step: int) -> StopView:
        return self._verb("goto", step)

    def step(self, count: int = 1) -> StopView:
        return self._verb("step", count)

    def tick(self, count: int = 1) -> StopView:
        return self._verb("tick", count)

    def back(self, count: int = 1) -> StopView:
        return self._verb("back", count)

    def tick_back(self, count: int = 1) -> StopView:
        return self._verb("tick_back", count)

    def step_over(self, outward: bool = False) -> StopView:
        return self._verb("step_over", outward)

    def step_over_back(self, outward: bool = False) -> StopView:
        return self._verb("step_over_back", outward)

    def first(self) -> StopView:
        return self._verb("first")

    def latest(self) -> StopView:
        return self._verb("latest")

    def start_continue_back(self) -> None:
        self.calls.append(("start_continue_back",))

    def advance_back(self) -> StopView | None:
        self.calls.append(("advance_back",))
        self.pieces -= 1
        return self.current.stop if self.pieces <= 0 else None

    def start_continue(self) -> None:
        self.calls.append(("start_continue",))

    def advance(self, budget: int) -> StopView | None:
        self.calls.append(("advance",))
        self.pieces -= 1
        self.current = replace(self.current, step=self.current.step + budget)
        return self.current.stop if self.pieces <= 0 else None

    def pause(self) -> StopView:
        self.current = replace(self.current, stop=StopView("pause", "paused", 2))
        return self._verb("pause")

    def restart(self) -> StopView:
        self.printed.clear()
        return self._verb("restart")

    def toggle_breakpoint(self, identity: str, line: int) -> BreakpointView | None:
        self._verb("toggle_breakpoint", identity, line)
        stop = BreakpointView(identity, line)
        known = [each for each in self.current.breakpoints if each.line != line]
        if len(known) == len(self.current.breakpoints):
            self.current = replace(self.current, breakpoints=(*known, stop))
            return stop
        self.current = replace(self.current, breakpoints=tuple(known))
        return None

    def _verb(self, *call: object) -> StopView:
        self.calls.append(call)
        self.on_verb()
        return self.current.stop
