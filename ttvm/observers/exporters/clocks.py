"""Vector clocks: which event can have known of which.

A clock counts, for each process, how many of its events one can know of. It grows by one with each event of the
process itself, and learns from the clock of

- the spawner, when the process begins;
- the sender at the moment of the send, when it takes a message. The send of a SEND_AFTER is the setting of its timer;
- the sender of the exit signal, when a signal ends it;
- the end of a process, when it takes the DOWN or EXIT message that tells of it, or dies of it, or when, as its
  supervisor, it answers it in the same step.

Everything that is not ordered by this happened at the same time as far as the processes can tell. Names and the
output are shared by all, but nobody learns from them here: they would order everything and hide the races.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TypeAlias

from ttvm.observers.history import Entry
from ttvm.values import Pid

Clock: TypeAlias = dict[Pid, int]
"""Events known, by process; a process nobody heard of is not in it. Never changed once made."""

_NO_EVENT_OF_A_PROCESS = ("TurnStarted", "ProcessWoke", "MonitorFired")
"""What the schedule does to a process, and what reaches it as a message anyway."""


class Moment:
    """An event of process ``pid``, with its clock. Spawns and exit signals are told of the other one: see ``entry``."""

    __slots__ = ("clock", "entry", "pid")

    def __init__(self, pid: Pid, entry: Entry, clock: Clock) -> None:
        self.pid = pid
        self.entry = entry
        self.clock = clock


def moments_of(entries: Iterable[Entry]) -> Iterator[Moment]:
    """The events of processes, in their order, each with its clock."""
    causality = _Causality()
    for entry in entries:
        yield from causality.moments_of(entry)


def happened_before(first: Clock, second: Clock) -> bool:
    """Whether the event with clock ``first`` can have influenced the one with clock ``second``."""
    return first != second and all(count <= second.get(pid, 0) for pid, count in first.items())


class _Causality:
    """What each process knows, and the clocks that are on their way to somebody."""

    def __init__(self) -> None:
        self._clocks: dict[Pid, Clock] = {}
        """The clock of the last event of each process, dead ones included: they are the cause of noproc."""
        self._ended: set[Pid] = set()
        self._last_end: Moment | None = None
        self._messages: dict[int, Clock] = {}
        self._timers: dict[int, Clock] = {}
        self._signals: dict[Pid, Clock] = {}
        self._fired: Clock | None = None
        """The clock of the timer that fired just now: its message is the next event."""

    def moments_of(self, entry: Entry) -> Iterator[Moment]:
        """The events of processes that an entry tells of: none, one, or two when one does it to another."""
        fired, self._fired = self._fired, None
        kind, fields, pid = entry.kind, entry.fields, entry.pid
        if kind == "TimerFired":
            self._fired = self._timers.pop(int(fields["number"]), {})
        elif kind == "ProcessSpawned":
            cause = yield from self._act(int(fields["spawner"]), entry)
            yield self._event(pid, entry, cause)
        elif kind == "SignalArrived":
            self._signals[pid] = yield from self._act(int(fields["sender"]), entry)
        elif kind == "MessageSent":
            # The message of a timer is sent by the machine. What matters is when the timer was set.
            number = int(fields["message"])
            self._messages[number] = (yield from self._act(pid, entry)) if fired is None else fired
        elif kind == "MessageTaken":
            yield self._event(pid, entry, self._messages.pop(int(fields["message"]), {}))
        elif kind == "ProcessExited":
            self._last_end = self._event(pid, entry, self._signals.pop(pid, {}))
            self._ended.add(pid)
            yield self._last_end
        elif kind not in _NO_EVENT_OF_A_PROCESS and pid and pid not in self._ended and fired is None:
            moment = self._event(pid, entry, {})
            if kind == "TimerStarted":
                self._timers[int(fields["number"])] = moment.clock
            yield moment

    def _act(self, pid: Pid, entry: Entry) -> Generator[Moment, None, Clock]:
        """Something a process does to another. In the name of a dead one the machine does it: its end is the cause."""
        if pid in self._ended or pid not in self._clocks:
            return self._clocks.get(pid, {})
        moment = self._event(pid, entry, {})
        yield moment
        return moment.clock

    def _event(self, pid: Pid, entry: Entry, cause: Clock) -> Moment:
        clock = self._clocks.get(pid, {}).copy()
        _learn(clock, cause)
        end = self._last_end
        if end is not None and end.entry.step == entry.step and end.pid != pid:
            # Nobody but a supervisor can do anything in the step in which another process ends.
            _learn(clock, end.clock)
        clock[pid] = clock.get(pid, 0) + 1
        self._clocks[pid] = clock
        return Moment(pid, entry, clock)


def _learn(clock: Clock, other: Clock) -> None:
    for pid, count in other.items():
        if count > clock.get(pid, 0):
            clock[pid] = count
