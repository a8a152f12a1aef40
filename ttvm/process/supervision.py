"""What a supervisor knows of its children, as plain data that a snapshot can copy."""

from __future__ import annotations

import enum
from collections import deque
from typing import TYPE_CHECKING

from ttvm.process.start import Start
from ttvm.record import Record

if TYPE_CHECKING:
    from ttvm.process.state import Process
    from ttvm.values import Pid, Value

SHUTDOWN = "shutdown"
"""The reason with which a supervisor ends its children, and ends itself when it gives up."""
_FINE = ("normal", SHUTDOWN)


class Strategy(enum.StrEnum):
    """Who is started again when a child has failed."""

    ONE_FOR_ONE = "one_for_one"
    """That child alone."""
    ONE_FOR_ALL = "one_for_all"
    """All children: the others are ended first."""
    REST_FOR_ONE = "rest_for_one"
    """That child and those that were started after it."""


class Restart(enum.StrEnum):
    """When a child that has ended is started again."""

    TRANSIENT = "transient"
    """After an abnormal end: for any reason but normal and shutdown."""
    PERMANENT = "permanent"
    """Always."""
    TEMPORARY = "temporary"
    """Never; when it ends, the supervisor forgets it."""

    def wanted_after(self, reason: Value) -> bool:
        """Whether a child that ended for this reason is to be started again."""
        return self is Restart.PERMANENT or (self is Restart.TRANSIENT and reason not in _FINE)


class Child(Record):
    """One child of a supervisor. ``pid`` is 0 while it does not run; ``before`` and ``reason`` tell of its last end."""

    start: Start
    restart: Restart
    pid: Pid = 0
    before: Pid = 0
    reason: Value = None


class Work:
    """What is being done to the children of a supervisor: first end some, one after the other, then start some.

    ``stopping`` is in start order, and children are ended from its end: the last one has been told to end, and
    the next is told when it really has. ``asked`` marks the work of RESTART_CHILD and STOP_CHILD.
    """

    __slots__ = ("asked", "starting", "stopping")

    def __init__(self, stopping: dict[str, None], starting: tuple[str, ...], asked: bool = False) -> None:
        self.stopping = stopping
        """A set that keeps its order: names of children that have not ended yet."""
        self.starting = starting
        self.asked = asked

    @property
    def told(self) -> str:
        """The child whose end is awaited now."""
        return next(reversed(self.stopping))

    def copy(self) -> Work:
        """Equal work, independent of this one."""
        return Work(self.stopping.copy(), self.starting, self.asked)


class Supervisor:
    """What makes a process a supervisor: its rules, its children in start order, and what it is about to do.

    Invariants: ``children`` are called after what they run, and ``process.target`` of a child's process is that
    name; a child in ``work.stopping`` runs; without ``work`` nothing is open in ``ended``, unless the process is
    about to end; ``waits`` is set while an instruction of the supervisor waits for the end of the work.
    """

    __slots__ = (
        "answer",
        "children",
        "crash",
        "ended",
        "ending",
        "most_restarts",
        "period",
        "restarts",
        "strategy",
        "waits",
        "work",
    )

    def __init__(self, strategy: Strategy, most_restarts: int, period: int) -> None:
        self.strategy = strategy
        self.most_restarts = most_restarts
        self.period = period
        """Milliseconds in which there may be ``most_restarts`` restarts; one more, and the supervisor gives up."""
        self.children: dict[str, Child] = {}
        self.restarts: deque[int] = deque()
        """When the restarts of the last period were, in milliseconds of the host's clock."""
        self.work: Work | None = None
        self.ended: deque[str] = deque()
        """Children that ended while there was other work, in that order: what becomes of them is open."""
        self.waits = False
        self.answer: Pid | None = None
        """The result of RESTART_CHILD (a pid) or STOP_CHILD (0): the instruction runs once more and takes it."""
        self.ending = False
        """The process itself ends, as soon as all children have."""
        self.crash = ""
        """The kind of the fault by which it ends, if it is one."""

    def child_of(self, process: Process) -> Child | None:
        """The child that this process is now; None for a process that is not supervised here."""
        child = self.children.get(process.target)
        return child if child is not None and child.pid == process.pid else None

    def running(self) -> dict[str, None]:
        """The names of the children that run, in start order."""
        return {name: None for name, child in self.children.items() if child.pid}

    def group_of(self, name: str) -> list[str]:
        """The children that the strategy starts again when this one has failed, in start order."""
        if self.strategy is Strategy.ONE_FOR_ONE:
            return [name]
        names = list(self.children)
        return names if self.strategy is Strategy.ONE_FOR_ALL else names[names.index(name) :]

    def may_restart(self, now: int) -> bool:
        """Count one more restart; False when that is more than the rules allow."""
        self.restarts.append(now)
        while self.restarts[0] < now - self.period:
            self.restarts.popleft()
        return len(self.restarts) <= self.most_restarts

    def copy(self) -> Supervisor:
        """A supervisor with equal state, independent of this one."""
        twin = Supervisor(self.strategy, self.most_restarts, self.period)
        twin.children = self.children.copy()
        twin.restarts = self.restarts.copy()
        twin.work = self.work.copy() if self.work is not None else None
        twin.ended = self.ended.copy()
        twin.waits = self.waits
        twin.answer = self.answer
        twin.ending = self.ending
        twin.crash = self.crash
        return twin
