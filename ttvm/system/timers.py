"""Timers, earliest first; of two with the same deadline, the older first."""

from __future__ import annotations

import heapq

from ttvm.record import Record
from ttvm.values import Pid, Value


class Timer(Record):
    """What happens when a deadline comes: ``wakes`` ends its wait, or ``message`` goes from ``sender`` to ``to``."""

    wakes: Pid = 0
    sender: Pid = 0
    to: Pid = 0
    message: Value = None


class Timers:
    """The timers that have not fired. Deadlines are milliseconds of the host's clock."""

    __slots__ = ("_timers", "queue")

    def __init__(self, queue: list[tuple[int, int]] | None = None, timers: dict[int, Timer] | None = None) -> None:
        self.queue = queue or []
        """Deadlines and numbers as a heap, those of stopped timers still in it; when it is empty there is no timer."""
        self._timers = timers or {}

    def add(self, number: int, deadline: int, timer: Timer) -> None:
        """Start a timer; ``number`` is unique in the run."""
        self._timers[number] = timer
        heapq.heappush(self.queue, (deadline, number))

    def cancel(self, number: int) -> bool:
        """Stop a timer; False when there is none with this number any more."""
        return self._timers.pop(number, None) is not None

    def next_deadline(self) -> int | None:
        """When the next timer fires; None when there is none."""
        queue, timers = self.queue, self._timers
        while queue and queue[0][1] not in timers:
            heapq.heappop(queue)
        return queue[0][0] if queue else None

    def take_due(self, now: int) -> tuple[int, Timer] | None:
        """Remove and return the number and the timer that fires next, if its deadline has come."""
        deadline = self.next_deadline()
        if deadline is None or deadline > now:
            return None
        number = heapq.heappop(self.queue)[1]
        return number, self._timers.pop(number)

    def messages(self) -> dict[int, Timer]:
        """The timers that send a message, by their numbers, in the order in which they were started."""
        return {number: self._timers[number] for number in sorted(self._timers) if not self._timers[number].wakes}

    def take(self, number: int) -> Timer | None:
        """Remove and return a timer, due or not; None when there is none with this number any more."""
        return self._timers.pop(number, None)

    def copy(self) -> Timers:
        """The same timers, independent of these."""
        return Timers(self.queue.copy(), self._timers.copy())
