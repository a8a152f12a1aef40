"""The chronicle: what the processes of a run did to each other, as far back as it is remembered.

It is a keeper of the timeline: going back and forth, it is always that of the present moment. What happens is noted as
tuples; sends, receives and waits by the system itself, as nothing is done more often. Entries are made of the notes
when somebody looks, and their words by those who write the traces of ``ttvm trace``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from debugger.views import HappeningView
from ttvm import events
from ttvm.events import Note
from ttvm.forms import brief
from ttvm.observers.exporters.sentences import sentence
from ttvm.observers.history import Entry as HistoryEntry
from ttvm.observers.history import Plain, brief_value, plain_wait
from ttvm.process.state import Process, Wait
from ttvm.values import Bytes, List, Object, Pid, Value
from ttvm.vm import Vm

MOST_ENTRIES = 5_000
"""Entries that are kept; older ones are forgotten."""
KEPT_ENTRIES = 200
"""Entries before a moment of the past that are there when the session goes back to it: more than a screen shows."""
_LARGE = 1_000
"""Characters or elements from which on a value is not kept, but only how it begins."""

_SIZED = frozenset({str, List, Object, Bytes})
_LOOK_BACK = 2_000
"""Entries among which the one before of the same process is looked for."""

SPAWN, SEND, RECEIVE, DROP = "spawn", "send", "receive", "drop"
BLOCK, WAKE, TIMEOUT = "block", "wake", "timeout"
EXIT, CRASH, REGISTER, UNREGISTER, KILL, LINK = "exit", "crash", "register", "unregister", "kill", "link"

_EVENTS = {
    SPAWN: "ProcessSpawned",
    SEND: "MessageSent",
    RECEIVE: "MessageTaken",
    DROP: "MessageDropped",
    BLOCK: "ProcessBlocked",
    WAKE: "ProcessWoke",
    TIMEOUT: "ProcessWoke",
    EXIT: "ProcessExited",
    CRASH: "ProcessExited",
    REGISTER: "NameRegistered",
    UNREGISTER: "NameFreed",
    KILL: "SignalArrived",
    LINK: "Linked",
}
"""Which event of the machine each kind is: the sentences of traces are written for those."""


class Excerpt(NamedTuple):
    """In place of a large value: how it begins."""

    text: str


class Entry(NamedTuple):
    """Something that happened to process ``pid``, in step ``step`` or right behind it.

    ``other`` is the process at the other end: of a spawn the spawner, of a send the receiver, of a receive the
    sender, of a kill who sends the signal. ``number`` is that of the message; of an exit, how many messages were left
    unread. ``detail`` is the message, the reason, the name or the wait. ``local`` are the steps of the process since
    its entry before.
    """

    step: int
    tick: int
    kind: str
    pid: Pid
    other: Pid
    number: int
    detail: Any
    local: int


class ChronicleState(NamedTuple):
    """The last notes at one moment, and how many there were in all."""

    notes: tuple[Note, ...]
    total: int
    is_told: bool = True
    """Whether it took note before this moment; if not, nothing is known of what was just before."""


class Chronicle:
    """Notes what happens in one machine, and makes entries of the notes when somebody wants them."""

    def __init__(self, vm: Vm) -> None:
        self._vm = vm
        self._notes: list[Note] = []
        self._forgotten = 0
        for process in vm.system.processes.values():
            self._note(SPAWN, process, process.spawner, 0, process.target)
        self._listeners: tuple[tuple[type, Any], ...] = (
            (events.ProcessSpawned, self._spawned),
            (events.MessageDropped, self._dropped),
            (events.ProcessExited, self._exited),
            (events.NameRegistered, self._registered),
            (events.NameFreed, self._unregistered),
            (events.SignalArrived, self._signalled),
            (events.Linked, self._linked),
        )
        self.listens = False
        """Whether it takes note; while it does not, a run costs less."""
        self._begin()

    def _begin(self) -> None:
        self.listens = True
        self._vm.observers.take_notes(self._notes)  # sends, receives and waits come from there
        for event_type, listener in self._listeners:
            self._vm.observe(event_type, listener)

    def rest(self) -> None:
        """Take no note from now on, and forget what there was: what happens meanwhile would be missing behind it."""
        if self.listens:
            self.listens = False
            self._vm.observers.take_notes(None)
            for event_type, listener in self._listeners:
                self._vm.observers.unsubscribe(event_type, listener)

    def listen(self) -> None:
        """Take note again."""
        if not self.listens:
            self._forgotten += len(self._notes)
            self._notes.clear()
            self._begin()

    @property
    def count(self) -> int:
        """Entries so far, the forgotten ones included."""
        return self._forgotten + len(self._notes)

    @property
    def forgotten(self) -> int:
        """How many of the first entries are not known any more."""
        return self._forgotten

    def entries(self, start: int = 0, end: int | None = None) -> Sequence[Entry]:
        """The entries from number ``start`` on, as far as they are still known; ``end`` is the first that is not asked
        for. Negative numbers count from the end."""
        first, last, _ = slice(start, end).indices(self.count)
        first, last = (max(0, number - self._forgotten) for number in (first, last))
        found: list[Entry] = []
        own_steps: dict[Pid, int] = {}
        for index in range(max(0, first - _LOOK_BACK), last):
            step, tick, executed_before, kind, pid, other, number, detail = self._notes[index]
            local = 0
            if executed_before is not None:
                own = executed_before + step
                local = own - own_steps.get(pid, own)
                own_steps[pid] = own
            if index >= first:
                found.append(Entry(step, tick, kind, pid, other, number, detail, local))
        return found

    # -- as a keeper

    def save(self, whole: bool = False) -> ChronicleState:
        """The state now; unless it is the ``whole``, with the last entries only."""
        if not self.listens:
            return ChronicleState((), self.count, is_told=False)
        notes = self._notes
        if len(notes) > 2 * MOST_ENTRIES:  # rarely, and then the most of them
            self._forgotten += len(notes) - MOST_ENTRIES
            del notes[:-MOST_ENTRIES]
            self._lighten(0)
        if not whole:
            self._lighten(max(0, len(notes) - KEPT_ENTRIES))
        return ChronicleState(tuple(notes if whole else notes[-KEPT_ENTRIES:]), self.count)

    def _lighten(self, start: int) -> None:
        """Let go of large messages: they would stay in memory as long as the note."""
        notes = self._notes
        for index in range(start, len(notes)):
            value = notes[index][-1]
            if type(value) in _SIZED and len(value) > _LARGE:
                notes[index] = (*notes[index][:-1], _light(value))

    def load(self, state: ChronicleState) -> None:
        """Go back, or forward, to a state."""
        self._notes[:] = state.notes
        self._forgotten = state.total - len(state.notes)
        if not self.listens:
            self._begin()

    # -- what the machine tells

    def _note(self, kind: str, process: Process | None, other: Pid, number: int, detail: Any) -> None:
        """Note something about a process, which is None when it has ended and something happens in its name."""
        vm, pid = self._vm, 0
        executed_before = None
        if process is not None:
            pid, executed_before = process.pid, vm.system.executed_before
            if executed_before is None or process is not vm.current:
                executed_before = process.reductions - vm.steps
        self._notes.append((vm.steps, vm.system.turn, executed_before, kind, pid, other, number, detail))

    def _spawned(self, event: events.ProcessSpawned) -> None:
        self._note(SPAWN, event.process, event.spawner, 0, event.target)

    def _dropped(self, event: events.MessageDropped) -> None:
        message, to = event.message, event.to
        detail = (_light(message.value), to)
        self._note(DROP, event.sender, to if isinstance(to, int) else 0, message.number, detail)

    def _exited(self, event: events.ProcessExited) -> None:
        process = event.process
        detail = (_light(event.reason), event.kind, event.trace)
        self._note(CRASH if event.kind else EXIT, process, 0, len(process.mailbox), detail)

    def _registered(self, event: events.NameRegistered) -> None:
        self._note(REGISTER, event.process, 0, 0, event.name)

    def _unregistered(self, event: events.NameFreed) -> None:
        if event.process.pid in self._vm.system.processes:  # else its end tells as much
            self._note(UNREGISTER, event.process, 0, 0, event.name)

    def _signalled(self, event: events.SignalArrived) -> None:
        self._note(KILL, event.process, event.sender, 0, _light(event.reason))

    def _linked(self, event: events.Linked) -> None:
        self._note(LINK, event.process, event.other, 0, None)


def _light(value: Value) -> Value | Excerpt:
    """A value as it is kept: of a large one only how it begins."""
    if type(value) in _SIZED and len(value) > _LARGE:  # type: ignore[arg-type]
        return Excerpt(brief_value(value))
    return value


def shown(detail: Any) -> str:
    """A value of an entry in words."""
    return detail.text if isinstance(detail, Excerpt) else brief(detail)


def view_of(entry: Entry, titles: Mapping[Pid, str]) -> HappeningView:
    """An entry as front ends see it."""
    text = sentence(as_history(entry), titles)
    return HappeningView(entry.step, entry.tick, entry.kind, entry.pid, entry.other, entry.number, text, entry.local)


def as_history(entry: Entry) -> HistoryEntry:
    """An entry as the traces of ``ttvm trace`` know it."""
    return HistoryEntry(entry.step, entry.tick, entry.pid, _EVENTS[entry.kind], _fields(entry))


def _fields(entry: Entry) -> dict[str, Plain]:
    kind, other, detail = entry.kind, entry.other, entry.detail
    if kind in (SEND, RECEIVE):
        place = "receiver" if kind == SEND else "sender"
        return {"message": entry.number, "value": shown(detail), place: other}
    if kind == DROP:
        return {"message": entry.number, "value": shown(detail[0]), "to": detail[1]}
    if kind == BLOCK:
        pattern, deadline, asleep, what = detail
        return plain_wait(Wait(pattern, deadline, None, asleep, what))
    if kind in (EXIT, CRASH):
        reason = detail[0] if isinstance(detail[0], str) else shown(detail[0])
        return {"reason": reason, "kind": detail[1]}
    if kind == KILL:
        return {"sender": other, "reason": detail if isinstance(detail, str) else shown(detail)}
    return {
        SPAWN: {"spawner": other, "target": detail},
        WAKE: {"timeout": False},
        TIMEOUT: {"timeout": True},
        REGISTER: {"name": detail},
        UNREGISTER: {"name": detail},
        LINK: {"other": other},
    }[kind]
