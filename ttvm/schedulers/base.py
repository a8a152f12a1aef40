"""The seam through which "who runs next" is decided."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol

from ttvm.process.state import Process
from ttvm.values import Pid


class Scheduler(Protocol):
    """A policy with its run queues. It sees a process when it becomes ready and gives out a pid a turn.

    A policy must be deterministic: the same calls give the same answers, random ones by their seed.
    """

    @property
    def name(self) -> str:
        """What the policy is called on the command line."""
        ...

    @property
    def scheduler(self) -> int:
        """The number, from 0, of the simulated scheduler that chose last; 0 without SMP.

        The chosen process belongs to its queue from then on.
        """
        ...

    @property
    def run_queues(self) -> tuple[deque[Pid], ...] | None:
        """The run queues themselves, while adding a process is nothing but an append to that of its number; else None.

        Compiled code then does that by itself. ``load`` may put others in their place.
        """
        ...

    def add(self, process: Process) -> None:
        """A process became ready (new, woken, or its slice ended): it goes to the back of ``process.queue``."""
        ...

    def choose(self) -> Pid | None:
        """Take the process that runs now out of its queue; None when nobody is ready."""
        ...

    def choices(self, processes: dict[Pid, Process]) -> Iterator[Pid]:
        """Choose again and again until nobody is ready, and write down in each process whose queue it belongs to.

        Nothing is chosen before it is asked for, so whoever asks may stop at any time.
        """
        ...

    def withdraw(self, pid: Pid) -> bool:
        """Take a process out of its queue without giving it a turn; False when it is in none."""
        ...

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        """The run queues, front first: one per simulated scheduler."""
        ...

    def save(self) -> Any:
        """The whole state as a value that nothing changes any more."""
        ...

    def load(self, state: Any) -> None:
        """Go back to a saved state."""
        ...


def choose_often(scheduler: Scheduler, processes: dict[Pid, Process]) -> Iterator[Pid]:
    """What ``choices`` does, for policies that have no quicker way."""
    while (pid := scheduler.choose()) is not None:
        processes[pid].queue = scheduler.scheduler
        yield pid
