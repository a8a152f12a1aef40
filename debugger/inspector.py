"""The only reader of live machine state: it makes the frozen views that front ends show."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from debugger.explanation import title
from debugger.views import (
    ChildView,
    CodeView,
    FrameView,
    MessageView,
    NameView,
    ProcessRow,
    ProcessView,
    RelationsView,
    SupervisorView,
    ValueView,
    VariableView,
)
from ttvm.events import ProcessExited
from ttvm.forms import debug, display
from ttvm.process.state import Process, ProcessState
from ttvm.program import Module
from ttvm.source import Source, visible
from ttvm.system.system import REMEMBERED_EXITS
from ttvm.values import Pid, Value
from ttvm.vm import Vm

MOST_VALUES = 1000
"""Stack entries and messages that a view holds; a screen shows far fewer."""
MOST_FRAMES = 50
"""Open calls that a view holds, from the innermost."""


class Remembered(NamedTuple):
    """What a process looked like at a stop, to mark later what has changed since.

    Values are compared by identity: they never change, so a new value is a new object.
    """

    key: tuple[int, int, ProcessState, int]
    state: str
    line: int
    depth: int
    mailbox: int
    reductions: int
    stack: tuple[Value, ...]
    variables: tuple[dict[str, Value], ...]
    last_message: int


class Inspector:
    """Looks at one machine. ``remember`` at each stop; the views then mark what changed since the stop before."""

    def __init__(self, vm: Vm) -> None:
        self._vm = vm
        self._before: dict[int, Remembered] = {}
        self._now: dict[int, Remembered] = {}
        self._names_before: dict[str, int] = {}
        self._names_now: dict[str, int] = {}
        self._exited: dict[int, ProcessRow] = {}
        self._exiting: list[Process] = []
        """Those whose end was the last that was heard: what they have used up is counted when the turn is over."""
        self._exited_since: set[int] = set()
        self._exited_now: set[int] = set()
        self._rows: dict[int, tuple[tuple[object, ...], ProcessRow]] = {}
        """The last row of each process, with what it was made of."""
        self._messages: dict[int, MessageView] = {}
        self._messages_of = 0
        """The messages that were shown last, by number, and whose mailbox they are in: most of them stay."""
        self._codes: dict[str, tuple[Source, CodeView]] = {}
        vm.observe(ProcessExited, self._process_exited)

    def save(self, whole: bool = False) -> tuple[dict[int, ProcessRow], frozenset[int]]:
        """What is kept of processes that have ended; nothing else here belongs to a moment of the run."""
        self._count_exited()
        return dict(self._exited), frozenset(self._exited_since)

    def load(self, kept: tuple[dict[int, ProcessRow], frozenset[int]]) -> None:
        """Go back, or forward, to what ``save`` gave."""
        self._exiting.clear()
        exited, since = kept
        self._exited, self._exited_since = dict(exited), set(since)

    def remember(self) -> None:
        """Take note of a stop."""
        vm = self._vm
        self._before, before = self._now, self._now
        self._exited_now, self._exited_since = self._exited_since, set()
        self._names_before, self._names_now = self._names_now, dict(vm.system.names)
        now: dict[int, Remembered] = {}
        for pid, process in vm.system.processes.items():
            messages = process.mailbox.messages
            last_message = messages[-1][2] if messages else 0
            key = (process.reductions, last_message, process.state, process.pc)
            old = before.get(pid)
            if old is not None and old.key == key and old.state == self._state(process):
                now[pid] = old
            else:
                now[pid] = self._remembered(process, key, last_message)
        self._now = now

    def _remembered(self, process: Process, key: tuple[int, int, ProcessState, int], last: int) -> Remembered:
        return Remembered(
            key,
            self._state(process),
            process.frame.module.line(process.pc),
            len(process.stack),
            len(process.mailbox),
            process.reductions,
            tuple(process.stack[-MOST_VALUES:]),
            tuple(dict(frame.variables) for frame in process.frames[-MOST_FRAMES:]),
            last,
        )

    def _process_exited(self, event: ProcessExited) -> None:
        process = event.process
        self._exited[process.pid] = ProcessRow(
            pid=process.pid,
            name=process.name,
            target=process.target,
            state="exited",
            line=process.frame.module.line(process.pc),
            depth=0,
            mailbox=0,
            reductions=process.reductions,
            last=visible(display(event.reason))[:200],
            changed=frozenset({"state"}),
        )
        self._exiting.append(process)
        self._exited_since.add(process.pid)
        if len(self._exiting) > REMEMBERED_EXITS:
            self._count_exited()
        if len(self._exited) > REMEMBERED_EXITS:
            del self._exited[next(iter(self._exited))]

    def _count_exited(self) -> None:
        for process in self._exiting:
            if process.pid in self._exited:
                self._exited[process.pid] = replace(self._exited[process.pid], reductions=process.reductions)
        self._exiting.clear()

    def _state(self, process: Process) -> str:
        if process.state is ProcessState.READY:
            return "running" if process is self._vm.current else "ready"
        return str(process.state.value)

    def rows(self) -> tuple[ProcessRow, ...]:
        """All processes, the ended ones too, by pid."""
        self._count_exited()
        rows = [self._known_row(process) for process in self._vm.system.processes.values()]
        for pid, row in self._exited.items():
            rows.append(row if pid in self._exited_now else replace(row, changed=frozenset()))
        return tuple(sorted(rows, key=lambda row: row.pid))

    def titles(self) -> dict[Pid, str]:
        """What people call each process, the ended ones too: pid and name, or what it runs."""
        ended = {pid: f"{pid} {row.name or row.target}" for pid, row in self._exited.items()}
        return {**ended, **{pid: title(process) for pid, process in self._vm.system.processes.items()}}

    def _known_row(self, process: Process) -> ProcessRow:
        """The row of a process; the one of the last time when it can not have changed, as with most of a thousand."""
        pid = process.pid
        now, before = self._now.get(pid), self._before.get(pid)
        current = process is self._vm.current
        fingerprint = (process.reductions, process.state, len(process.mailbox), current, process.name, now, before)
        known = self._rows.get(pid)
        if known is None or any(one is not other for one, other in zip(known[0], fingerprint, strict=True)):
            known = self._rows[pid] = (fingerprint, self._row(process))
        return known[1]

    def _row(self, process: Process) -> ProcessRow:
        now = self._now.get(process.pid)
        before = self._before.get(process.pid)
        changed: frozenset[str] = frozenset()
        if before is None:
            changed = frozenset({"state"}) if self._before else frozenset()
        elif now is not None and now is not before:
            fields = ("state", "line", "depth", "mailbox", "reductions")
            changed = frozenset(field for field in fields if getattr(now, field) != getattr(before, field))
        return ProcessRow(
            pid=process.pid,
            name=process.name,
            target=process.target,
            state=self._state(process),
            line=process.frame.module.line(process.pc),
            depth=len(process.stack),
            mailbox=len(process.mailbox),
            reductions=process.reductions,
            last=self._last(process),
            changed=changed,
            recent=max(0, process.reductions - (before.reductions if before is not None else 0)),
        )

    def _last(self, process: Process) -> str:
        address, module = process.previous_pc, process.frame.module
        return module.ops[address].row.mnemonic if 0 <= address < len(module.ops) else ""

    def process(self, pid: int) -> ProcessView | None:
        """One process from near; None when there is no such live process."""
        process = self._vm.system.processes.get(pid)
        if process is None:
            return None
        module = process.frame.module
        before = self._before.get(pid)
        previous = process.previous_pc
        return ProcessView(
            row=self._row(process),
            code=self.code(module),
            line=module.line(process.pc),
            previous_line=module.line(previous) if 0 <= previous < len(module.ops) else 0,
            stack=self._stack(process, before),
            frames=self._frames(process, before),
            hidden_frames=max(0, len(process.frames) - MOST_FRAMES),
            handlers=tuple(
                f"{handler.state.value} -> {self._label(process, handler.target)}"
                for handler in reversed(process.handlers[-MOST_FRAMES:])
            ),
            mailbox=self._mailbox(process, before),
            hidden_messages=max(0, len(process.mailbox) - MOST_VALUES),
            waits_for=waiting_words(process),
        )

    def _label(self, process: Process, address: int) -> str:
        module = process.frame.module
        return module.label_at(address) or f"line {module.line(address)}"

    def _stack(self, process: Process, before: Remembered | None) -> tuple[ValueView, ...]:
        """The top first. A slot changed when the stack did not hold this very value there before."""
        shown = process.stack[-MOST_VALUES:]
        offset = len(process.stack) - len(shown)
        views: list[ValueView] = []
        for index, value in enumerate(shown):
            changed = False
            if before is not None:
                position = index + offset - (before.depth - len(before.stack))
                same = 0 <= position < len(before.stack) and before.stack[position] is value
                changed = not same
            views.append(ValueView(debug(value), changed))
        return tuple(reversed(views))

    def _frames(self, process: Process, before: Remembered | None) -> tuple[FrameView, ...]:
        """The innermost first."""
        views: list[FrameView] = []
        shown = process.frames[-MOST_FRAMES:]
        for index, frame in enumerate(shown):
            known = before.variables[index] if before is not None and index < len(before.variables) else None
            variables = tuple(
                VariableView(
                    visible(name),
                    ValueView(debug(value), known is not None and (name not in known or known[name] is not value)),
                )
                for name, value in frame.variables.items()
            )
            outermost = index == 0 and len(shown) == len(process.frames)
            caller = None if outermost else process.frames[len(process.frames) - len(shown) + index - 1]
            line = caller.module.line(max(0, frame.return_address - 1)) if caller is not None else 0
            views.append(FrameView(frame.label or ("main" if process.pid == 1 else process.target), line, variables))
        return tuple(reversed(views))

    def _mailbox(self, process: Process, before: Remembered | None) -> tuple[MessageView, ...]:
        known = self._messages if self._messages_of == process.pid else {}
        self._messages_of, self._messages = process.pid, {}
        processes = self._vm.system.processes
        for index, message in enumerate(process.mailbox):
            if index >= MOST_VALUES:
                break
            sender = processes.get(message.sender)
            name = sender.name if sender else ""
            new = before is not None and message.number > before.last_message
            skipped = process.waiting is not None and index < process.mailbox.skipped
            view = known.get(message.number)
            if view is None or (view.sender_name, view.new, view.skipped) != (name, new, skipped):
                text = debug(message.value)
                view = MessageView(message.number, message.sender, name, message.step, text, new, skipped)
            self._messages[message.number] = view
        return tuple(self._messages.values())

    def relations(self) -> RelationsView:
        """Names, links, monitors and supervisors."""
        system = self._vm.system
        names = tuple(
            NameView(visible(name), pid, self._names_before.get(name) != pid) for name, pid in system.names.items()
        )
        links: set[tuple[int, int]] = set()
        monitors: list[tuple[int, int]] = []
        for pid, process in system.processes.items():
            links.update((min(pid, other), max(pid, other)) for other in process.links or ())
            monitors += ((pid, watched) for watched in (process.monitors or {}).values())
        supervisors = tuple(
            SupervisorView(
                pid,
                process.supervisor.strategy.value,
                tuple(
                    ChildView(visible(name), child.pid, child.restart.value)
                    for name, child in process.supervisor.children.items()
                ),
            )
            for pid, process in system.processes.items()
            if process.supervisor is not None
        )
        return RelationsView(names, tuple(sorted(links)), tuple(sorted(monitors)), supervisors)

    def code(self, module: Module) -> CodeView:
        """The source of a module; the same object every time."""
        source, view = self._codes.get(module.identity, (None, None))
        if view is None or source is not module.source:
            addresses: list[int | None] = [None] * len(module.source.lines)
            for address, op in enumerate(module.ops):
                addresses[op.line - 1] = address
            view = CodeView(module.identity, module.name, tuple(module.source.lines), tuple(addresses))
            self._codes[module.identity] = (module.source, view)
        return view


def waiting_words(process: Process) -> str:
    """What a process waits for; empty when it does not wait."""
    wait = process.waiting
    if wait is None:
        return ""
    until = f" until {wait.deadline} ms" if wait.deadline is not None else ""
    if wait.what:
        return visible(f"{wait.what}{until}")
    if wait.asleep:
        return f"sleeps{until}"
    return visible(f"{wait.pattern if wait.pattern is not None else 'any message'}{until}")
