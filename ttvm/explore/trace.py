"""One execution as it grows: its events, what happened before what, and the races in it.

What happened before an event is a set of positions, kept as the bits of one number: Python joins and compares such
sets of any size in a few instructions.
"""

from __future__ import annotations

from collections.abc import Iterator

from ttvm.explore.events import APPEND, COMMUTING, Event, Thing, conflicts
from ttvm.record import Record
from ttvm.values import Pid


class Race(Record):
    """Two events, by their positions, that could have happened the other way round."""

    first: int
    second: int


class Trace:
    """The events of one execution in their order.

    ``commuting`` are the uses of one object that commute. With ``COMMUTING_UNSEEN`` the order in which messages came
    into a mailbox is left out of what happened before what, and of the races: see ``ttvm.explore.observers``.
    """

    def __init__(self, commuting: int = COMMUTING) -> None:
        self.commuting = commuting
        self.takes: list[int] = []
        """The positions of the events that took a message."""
        self.events: list[Event] = []
        self.before: list[int] = []
        """For each event the set of those that happened before it."""
        self.races: list[list[int]] = []
        """For each event the earlier ones that raced with it, latest first."""
        self._uses: dict[Thing, list[int]] = {}
        """The positions of the events that touched a thing."""
        self._of_process: dict[Pid, list[int]] = {}
        self._started: dict[Pid, int] = {}
        """Where each process was made."""
        self._messages: dict[int, int] = {}
        """Where each message was sent."""

    def __len__(self) -> int:
        return len(self.events)

    def steps_of(self, pid: Pid) -> int:
        """How many steps a process has taken."""
        return len(self._of_process.get(pid, ()))

    def append(self, event: Event) -> None:
        """One event more."""
        position = len(self.events)
        before, racing = self._look_back(event)
        self.events.append(event)
        self.before.append(before)
        self.races.append(racing)
        for thing in event.footprint:
            self._uses.setdefault(thing, []).append(position)
        self._of_process.setdefault(event.pid, []).append(position)
        for pid in event.started:
            self._started[pid] = position
        for each in event.appends:
            if each.number:
                self._messages[each.number] = position
        if event.taken:
            self.takes.append(position)

    def pop(self) -> Event:
        """Take the last event away again."""
        event = self.events.pop()
        self.before.pop()
        self.races.pop()
        for thing in event.footprint:
            self._uses[thing].pop()
        self._of_process[event.pid].pop()
        for pid in event.started:
            del self._started[pid]
        for each in event.appends:
            if each.number:
                del self._messages[each.number]
        if event.taken:
            self.takes.pop()
        return event

    def _look_back(self, event: Event) -> tuple[int, list[int]]:
        """What happened before an event that comes next, and what of it raced with it."""
        fixed = self._cause(event)
        if event.taken and event.taken in self._messages:
            assert event.look is not None
            if self.commuting & APPEND or not event.look.polls:  # else it could have been over before the message
                fixed |= 1 << self._messages[event.taken]
        candidates = fixed | self._conflicting(event)
        before, racing = 0, []
        while candidates:
            position = candidates.bit_length() - 1
            bit = 1 << position
            past = self.before[position] | bit
            before |= past
            candidates &= ~past
            if not fixed & bit and self.events[position].pid != event.pid:
                racing.append(position)
        return before, racing

    def _cause(self, event: Event) -> int:
        """The step of its process before this one, or the one that made the process, as a set."""
        own = self._of_process.get(event.pid)
        if own:
            return 1 << own[-1]
        started = self._started.get(event.pid) if event.number == 1 else None
        return 1 << started if started is not None else 0

    def _conflicting(self, event: Event) -> int:
        """Earlier events in conflict with one that comes next; those that happened before another may be left out."""
        if event.stops:
            return (1 << len(self.events)) - 1
        found = covered = 0
        for thing, how in event.footprint.items():
            positions = self._uses.get(thing)
            if not positions:
                continue
            for position in reversed(positions):
                if covered >> position & 1:
                    continue
                earlier = self.events[position]
                other = earlier.footprint[thing]
                if how & other & self.commuting or not conflicts(thing, how, other, earlier, event):
                    continue
                found |= 1 << position
                covered |= self.before[position] | 1 << position
        return found

    def independent_of(self, position: int) -> list[Event]:
        """The later events that would also have happened without the one at ``position``."""
        events, before = self.events, self.before
        return [events[other] for other in range(position + 1, len(events)) if not before[other] >> position & 1]

    def sender_of(self, number: int) -> int | None:
        """Where a message was sent; None when it was there at the start."""
        return self._messages.get(number)

    def users_of(self, thing: Thing) -> list[int]:
        """The positions of the events that touched a thing."""
        return self._uses.get(thing, [])

    def cause_of(self, position: int) -> int:
        """The step of the same process before the one at ``position``, or the one that made it; -1 for none."""
        event = self.events[position]
        earlier = [each for each in self._of_process[event.pid] if each < position]
        return earlier[-1] if earlier else self._started.get(event.pid, -1)

    def behind(self, position: int) -> int:
        """All that happened after an event, and that one, as a set."""
        found = 1 << position
        for later in range(position + 1, len(self.events)):
            if self.before[later] >> position & 1:
                found |= 1 << later
        return found

    def all_races(self) -> Iterator[Race]:
        """Every race, in the order of the later events."""
        for second, racing in enumerate(self.races):
            for first in racing:
                yield Race(first, second)
