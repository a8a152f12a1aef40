"""A schedule written down: the pids to run, one a turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ttvm.errors import ReplayError
from ttvm.process.state import Process
from ttvm.schedulers.base import choose_often
from ttvm.values import Pid


class Scripted:
    """Runs the pids of a list in order; behind its end, first in, first out."""

    name = "scripted"
    scheduler = 0
    run_queues = None

    def __init__(self, schedule: tuple[Pid, ...]) -> None:
        self._schedule = schedule
        self._position = 0
        self._ready: list[Pid] = []

    def add(self, process: Process) -> None:
        self._ready.append(process.pid)

    def choose(self) -> Pid | None:
        """The next pid of the list. Raises ReplayError when that process cannot run now."""
        if not self._ready:
            return None
        if self._position >= len(self._schedule):
            return self._ready.pop(0)
        pid = self._schedule[self._position]
        if pid not in self._ready:
            ready = ", ".join(map(str, self._ready))
            raise ReplayError(
                f"turn {self._position + 1} of the schedule wants process {pid}, which cannot run now; ready: {ready}"
            )
        self._position += 1
        self._ready.remove(pid)
        return pid

    def choices(self, processes: dict[Pid, Process]) -> Iterator[Pid]:
        return choose_often(self, processes)

    def withdraw(self, pid: Pid) -> bool:
        if pid not in self._ready:
            return False
        self._ready.remove(pid)
        return True

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        return (tuple(self._ready),)

    def save(self) -> Any:
        return self._position, tuple(self._ready)

    def load(self, state: Any) -> None:
        self._position, ready = state
        self._ready = list(ready)
