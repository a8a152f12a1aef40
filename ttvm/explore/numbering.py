"""Numbers that are the same in every schedule.

A process is told by its spawner and how many that one had made before, never by when it was made. Its pid is the one
that the default schedule gives it; one that the default schedule never makes gets a number from its spawner's.
"""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind
from ttvm.values import Pid

BITS_OF_A_COUNT = 20
"""The numbers of refs and messages leave so many bits for counting what one process makes."""
_MOST = 1 << 62
"""A pid is an Int of the program."""
_HIDDEN_BASE = 1 << 40
"""More than any pid of a run, and than any process makes."""


class PidTable:
    """The pids of all processes that there can be, from those of one run."""

    def __init__(self, known: dict[tuple[Pid, int], Pid], highest: Pid = 0) -> None:
        self.known = known
        """Pid of the n-th process that a process made."""
        base = 1000
        while base <= max(len(known) + 1, highest):
            base *= 10
        self._base = base
        self._most: int | None = _MOST

    def hide(self) -> None:
        """The program sees other pids than these, so they may be of any size, and nobody can make too many."""
        self._base, self._most = _HIDDEN_BASE, None

    def child(self, spawner: Pid, number: int) -> Pid:
        """The pid of the ``number``-th process (from 1) that ``spawner`` makes. Raises Fault when it is too large."""
        pid = self.known.get((spawner, number))
        if pid is not None:
            return pid
        pid = spawner * self._base + number
        if self._most is not None and (number >= self._base or pid >= self._most):
            raise Fault(FaultKind.LIMIT_EXCEEDED, "would make more processes than an exploration can tell apart")
        return pid
