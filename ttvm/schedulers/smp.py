"""A simulation of several schedulers, each with a run queue of its own, on one thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from ttvm.process.state import Process
from ttvm.values import Pid


class Smp:
    """N schedulers take turns in the order of their numbers; one turn runs one slice.

    A ready process joins the queue it belongs to (``process.queue``; a new one its spawner's). A scheduler
    whose queue is empty steals the oldest process of the longest queue, the lowest number among equals. It
    shows how a BEAM spreads work over cores; it is not parallel, so that every run can be repeated.
    """

    name = "smp"

    def __init__(self, count: int) -> None:
        self._queues: tuple[deque[Pid], ...] = tuple(deque() for _ in range(count))
        self._next = 0
        self.scheduler = 0

    def add(self, process: Process) -> None:
        self._queues[process.queue].append(process.pid)

    @property
    def run_queues(self) -> tuple[deque[Pid], ...]:
        return self._queues

    def choose(self) -> Pid | None:
        number = self._next
        queue = self._queues[number] or longest(self._queues)
        if not queue:
            return None
        pid = queue.popleft()
        self.scheduler = number
        self._next = (number + 1) % len(self._queues)
        return pid

    def choices(self, processes: dict[Pid, Process]) -> Iterator[Pid]:
        queues = self._queues
        count = len(queues)
        while True:
            number = self._next
            queue = queues[number]
            if not queue:
                queue = longest(queues)
                if not queue:
                    return
                processes[queue[0]].queue = number
            self.scheduler = number
            self._next = number + 1 if number + 1 < count else 0
            yield queue.popleft()

    def withdraw(self, pid: Pid) -> bool:
        for queue in self._queues:
            if pid in queue:
                queue.remove(pid)
                return True
        return False

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        return tuple(map(tuple, self._queues))

    def save(self) -> Any:
        return self.queues(), self._next, self.scheduler

    def load(self, state: Any) -> None:
        queues, self._next, self.scheduler = state
        self._queues = tuple(map(deque, queues))


def longest(queues: tuple[deque[Pid], ...]) -> deque[Pid]:
    """The longest queue, the first of equals."""
    found, most = queues[0], len(queues[0])
    for queue in queues:
        if queue and len(queue) > most:  # most are empty, and seen to be so in no time
            found, most = queue, len(queue)
    return found
