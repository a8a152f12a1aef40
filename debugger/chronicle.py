"""The chronicle: what the processes of a run did to each other, as far back as it is remembered.

It is a keeper of the timeline: going back and forth, it is always that of the present moment. An entry is a tuple of
numbers and references; its words are made when somebody looks, by those who write the traces of ``ttvm trace``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from debugger.views import HappeningView
from ttvm import events
from ttvm.forms import brief
from ttvm.observers.exporters.sentences import sentence
from ttvm.observers.history import Entry as HistoryEntry
from ttvm.observers.history import Plain, brief_value, plain_wait
from ttvm.process.state import Process
from ttvm.values import Bytes, List, Object, Pid, Value
from ttvm.vm import Vm

MOST_ENTRIES = 5_000
"""Entries that are kept; older ones are forgotten."""
KEPT_ENTRIES = 200
"""Entries before a moment of the past that are there when the session goes back to it: more than a screen shows."""
_LARGE = 1_000
"""Characters or elements from which on a value is not kept, but only how it begins."""

_SIZED = frozenset({str, List, Object, Bytes})
_new = tuple.__new__

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
    """The last entries at one moment, how many there were in all, and the own steps of processes at their last ones."""

    entries: tuple[Entry, ...]
    total: int
    own_steps: dict[Pid, int]


class Chronicle:
    """Notes what happens in one machine."""

    def __init__(self, vm: Vm) -> None:
        self._vm = vm
        self._entries: list[Entry] = []
        self._forgotten = 0
        self._own_steps: dict[Pid, int] = {}
        for process in vm.system.processes.values():
            self._note(SPAWN, process.pid, process, process.spawner, 0, process.target)
        vm.observe(events.ProcessSpawned, self._spawned)
        vm.observe(events.MessageSent, self._sent)
        vm.observe(events.MessageTaken, self._taken)
        vm.observe(events.MessageDropped, self._dropped)
        vm.observe(events.ProcessBlocked, self._blocked)
        vm.observe(events.ProcessWoke, self._woke)
        vm.observe(events.ProcessExited, self._exited)
        vm.observe(events.NameRegistered, self._registered)
        vm.observe(events.NameFreed, self._unregistered)
        vm.observe(events.SignalArrived, self._signalled)
        vm.observe(events.Linked, self._linked)

    @property
    def count(self) -> int:
        """Entries so far, the forgotten ones included."""
        return self._forgotten + len(self._entries)

    @property
    def forgotten(self) -> int:
        """How many of the first entries are not known any more."""
        return self._forgotten

    def entries(self, start: int = 0, end: int | None = None) -> Sequence[Entry]:
        """The entries from number ``start`` on, as far as they are still known; ``end`` is the first that is not asked
        for. Negative numbers count from the end."""
        first, last, _ = slice(start, end).indices(self.count)
        return self._entries[max(0, first - self._forgotten) : max(0, last - self._forgotten)]

    # -- as a keeper

    def save(self, whole: bool = False) -> ChronicleState:
        """The state now; unless it is the ``whole``, with the last entries only."""
        entries = self._entries if whole else self._entries[-KEPT_ENTRIES:]
        return ChronicleState(tuple(entries), self.count, self._own_steps.copy())

    def load(self, state: ChronicleState) -> None:
        """Go back, or forward, to a state."""
        self._entries = list(state.entries)
        self._forgotten = state.total - len(state.entries)
        self._own_steps = state.own_steps.copy()

    # -- what the machine tells

    def _note(self, kind: str, pid: Pid, process: Process | None, other: Pid, number: int, detail: Any) -> None:
        """Add an entry about a process, which is None when it has ended and something happens in its name."""
        vm = self._vm
        local = 0
        if process is not None:
            own = vm.own_steps(process)
            local = own - self._own_steps.get(pid, 0)
            self._own_steps[pid] = own
        entries = self._entries
        # Half the time of a NamedTuple's own constructor, in what every message of every run goes through.
        entries.append(_new(Entry, (vm.system.steps, vm.ticks, kind, pid, other, number, detail, local)))
        if len(entries) > 2 * MOST_ENTRIES:  # cut rarely, and then by half, so that adding stays cheap
            del entries[:MOST_ENTRIES]
            self._forgotten += MOST_ENTRIES

    def _spawned(self, event: events.ProcessSpawned) -> None:
        self._note(SPAWN, event.process.pid, event.process, event.spawner, 0, event.target)

    def _sent(self, event: events.MessageSent) -> None:
        message = event.message
        sender = self._vm.system.processes.get(message.sender)
        self._note(SEND, message.sender, sender, event.receiver.pid, message.number, _light(message.value))

    def _taken(self, event: events.MessageTaken) -> None:
        message, receiver = event.message, event.receiver
        self._note(RECEIVE, receiver.pid, receiver, message.sender, message.number, _light(message.value))

    def _dropped(self, event: events.MessageDropped) -> None:
        message, to = event.message, event.to
        other = to if isinstance(to, int) else 0
        self._note(DROP, message.sender, event.sender, other, message.number, (_light(message.value), to))

    def _blocked(self, event: events.ProcessBlocked) -> None:
        self._note(BLOCK, event.process.pid, event.process, 0, 0, event.wait)

    def _woke(self, event: events.ProcessWoke) -> None:
        process = event.process
        last = self._entries[-1] if self._entries else None
        if event.timeout:
            self._note(TIMEOUT, process.pid, process, 0, 0, None)
        elif last is None or last.kind != SEND or last.other != process.pid:
            # Whoever wakes for a message is told of by the message.
            self._note(WAKE, process.pid, process, 0, 0, None)

    def _exited(self, event: events.ProcessExited) -> None:
        process = event.process
        detail = (_light(event.reason), event.kind, event.trace)
        self._note(CRASH if event.kind else EXIT, process.pid, process, 0, len(process.mailbox), detail)
        del self._own_steps[process.pid]

    def _registered(self, event: events.NameRegistered) -> None:
        self._note(REGISTER, event.process.pid, event.process, 0, 0, event.name)

    def _unregistered(self, event: events.NameFreed) -> None:
        if event.process.pid in self._vm.system.processes:  # else its end tells as much
            self._note(UNREGISTER, event.process.pid, event.process, 0, 0, event.name)

    def _signalled(self, event: events.SignalArrived) -> None:
        self._note(KILL, event.process.pid, event.process, event.sender, 0, _light(event.reason))

    def _linked(self, event: events.Linked) -> None:
        self._note(LINK, event.process.pid, event.process, event.other, 0, None)


def _light(value: Value) -> Value | Excerpt:
    """A value as it is kept: a large one would stay in memory as long as the entry."""
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
        return plain_wait(detail)
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
