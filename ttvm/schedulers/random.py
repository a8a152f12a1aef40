"""Random choice among all ready processes, by a seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ttvm.chance import SplitMix64
from ttvm.process.state import Process
from ttvm.schedulers.base import choose_often
from ttvm.values import Pid


class RandomChoice:
    """Every ready process is equally likely to run next."""

    name = "random"
    scheduler = 0
    run_queues = None

    def __init__(self, seed: int) -> None:
        self._ready: list[Pid] = []
        self._chance = SplitMix64(seed)

    def add(self, process: Process) -> None:
        self._ready.append(process.pid)

    def choose(self) -> Pid | None:
        ready = self._ready
        if not ready:
            return None
        index = self._chance.below(len(ready))
        ready[index], ready[-1] = ready[-1], ready[index]
        return ready.pop()

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
        return tuple(self._ready), self._chance.state

    def load(self, state: Any) -> None:
        ready, self._chance.state = state
        self._ready = list(ready)
