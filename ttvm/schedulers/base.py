"""The seam through which "who runs next" is decided."""

from __future__ import annotations

from collections import deque
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
    def fifo(self) -> deque[Pid] | None:
        """The run queue itself, as long as adding and choosing are nothing but its append and popleft, else None.

        Whoever runs turns may use it instead of ``add`` and ``choose``. ``load`` may put another one in its place.
        """
        ...

    def add(self, process: Process) -> None:
        """A process became ready (new, woken, or its slice ended): it goes to the back of ``process.queue``."""
        ...

    def choose(self) -> Pid | None:
        """Take the process that runs now out of its queue; None when nobody is ready."""
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
