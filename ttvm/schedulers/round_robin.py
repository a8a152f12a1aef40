"""Round robin: one queue, first in, first out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from ttvm.process.state import Process
from ttvm.values import Pid


class RoundRobin:
    """One FIFO run queue; woken and preempted processes go to its back."""

    name = "round-robin"
    scheduler = 0

    def __init__(self) -> None:
        self._queue: deque[Pid] = deque()

    @property
    def run_queues(self) -> tuple[deque[Pid], ...]:
        return (self._queue,)

    def add(self, process: Process) -> None:
        self._queue.append(process.pid)

    def choose(self) -> Pid | None:
        return self._queue.popleft() if self._queue else None

    def choices(self, processes: dict[Pid, Process]) -> Iterator[Pid]:
        queue = self._queue
        while queue:
            yield queue.popleft()

    def withdraw(self, pid: Pid) -> bool:
        if pid not in self._queue:
            return False
        self._queue.remove(pid)
        return True

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        return (tuple(self._queue),)

    def save(self) -> Any:
        return tuple(self._queue)

    def load(self, state: Any) -> None:
        self._queue = deque(state)
