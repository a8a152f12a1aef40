"""What the engine needs of the system. Only read by the type checker, so it costs no run any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from ttvm.engine.guards import Guard
from ttvm.errors import Fault
from ttvm.events import Observers
from ttvm.ops.protocol import Actors
from ttvm.process.state import Outcome, Process
from ttvm.values import Pid


class RunQueue(Protocol):
    """As much of a queue as is needed to put somebody behind all others."""

    def append(self, pid: Pid, /) -> None:
        """Add a process that is ready."""
        ...


class RunQueues(Protocol):
    """Run queues by their numbers."""

    def __getitem__(self, number: int, /) -> RunQueue: ...


Breakpoints: TypeAlias = Mapping[tuple[str, int], Guard | None]
"""Where a slice stops before it executes: identity of the module and address, and the guard; None: always. Whoever
changes them makes a new mapping."""


class Machine(Actors, Protocol):
    """What a slice needs of the system besides what its instructions need."""

    steps: int
    """Instructions executed so far in the whole run, blocked and failed attempts included."""
    observers: Observers
    breakpoints: Breakpoints
    traced: bool
    """Whether processes keep track of their last instruction."""
    fast: bool
    """Whether hot code is compiled."""
    slice_end: int
    """Of the slice that runs compiled code: the number of steps at which that must be left."""
    slice_last: int
    """The number of steps at which that slice ends."""
    alone_until: int
    """Of a process that was alone when its slice began: the number of steps until which it may go on while it is."""
    left_by: Outcome | None
    """Of a process that has just left the generator of a region: what comes next."""
    queues: RunQueues
    """For compiled code: the run queues, by their numbers."""
    interrupted: bool
    """Whether an observer wants the run to end after the instruction that is under way."""

    def is_quiet(self) -> bool:
        """Whether nobody waits in a run queue, no timer runs and nothing is owed from outside."""
        ...

    def fail(self, process: Process, fault: Fault) -> Outcome:
        """Let a handler have the fault (CONTINUE), or make it the reason of the process's end (EXIT)."""
        ...
