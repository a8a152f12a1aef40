"""Checkpoints of a run: when one is made, what is in it, and which are kept.

They are dense near the last step and sparse far back, so their number stays bounded. Many processes are dear to copy:
then the next checkpoint comes later, so that all of them together take a bounded part of the time of the run.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Protocol

from debugger.branches import Branch, Checkpoint
from debugger.chronicle import ChronicleState
from debugger.world import DebugWorld
from ttvm.vm import Vm

SPACING = 50_000
"""Fewest steps between two checkpoints: what is executed again in some milliseconds."""
DENSITY = 80
"""Checkpoints between the last step and half of the way back from there, roughly; the same number in each half of
the half that is left. So a jump executes at most one part in so many of the way back again."""
_COPY, _COMPARISON, _TURN, _MESSAGE = 200, 18, 15, 22
"""What it costs to copy a process, to see that one has not changed, to begin a turn, and to send and receive a message,
each in instructions of compiled code (measured on a ring of processes)."""
_MOST_OF_THE_TIME = 10
"""Checkpoints take at most one part in so many of the time of a run."""
_THINNED_AFTER = 16
"""How many are added before it is looked which can go."""
NEAR = 500
"""Steps before the moment that one goes back to, at which a checkpoint makes the next steps back quick."""
_MOST_NEAR = 20
"""How many of those are kept."""


class Keeper(Protocol):
    """Something that remembers what happened in the run."""

    def save(self, whole: bool = False) -> Any:
        """Its state now, as a value that nothing changes any more.

        A checkpoint keeps what must be there to go on; with the ``whole`` nothing is missing afterwards.
        """
        ...

    def load(self, state: Any) -> None:
        """Go back, or forward, to a state."""
        ...


class Checkpoints:
    """Makes the checkpoints of all branches of one machine, at least ``spacing`` steps apart."""

    def __init__(self, vm: Vm, world: DebugWorld, keepers: Sequence[Keeper], spacing: int) -> None:
        self._vm = vm
        self._world = world
        self._keepers = keepers
        self._spacing = spacing
        self._new = 0
        """How many were added since it was last looked which can go."""
        self._near: list[tuple[Branch, Checkpoint]] = []
        """Those that were added in the past, the oldest first, with their branches."""
        self.due = vm.steps + spacing
        """The step at which the next one is wanted."""

    def begin_from(self, step: int) -> None:
        """Want the next one at the usual distance from a step."""
        self.due = step + self._spacing

    def make(self, before: Checkpoint | None, whole: bool = False) -> Checkpoint:
        """One of the present moment; it shares with ``before`` what has not changed."""
        snapshot = self._vm.snapshot(before.snapshot if before is not None else None)
        kept = tuple(each.save(whole) for each in self._keepers)
        return Checkpoint(self._vm.steps, snapshot, self._world.save(), kept)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Bring the machine, its world and the keepers to the moment of a checkpoint."""
        self._vm.restore(checkpoint.snapshot)
        self._world.load(checkpoint.world)
        for keeper, state in zip(self._keepers, checkpoint.kept, strict=True):
            keeper.load(state)

    def is_told(self, checkpoint: Checkpoint) -> bool:
        """Whether the last keeper, the chronicle, knows what was just before a checkpoint."""
        told: ChronicleState = checkpoint.kept[-1]
        return told.is_told

    def add(self, branch: Branch) -> None:
        """Add one at the present, which is new, and let go of those that have become too dense."""
        before = branch.checkpoints[-1]
        checkpoint = self.make(before)
        branch.checkpoints.append(checkpoint)
        self.due = self._vm.steps + self._spacing_behind(before, checkpoint)
        self._new += 1
        if self._new >= _THINNED_AFTER:
            self._new = 0
            self._thin_out(branch)

    def _spacing_behind(self, before: Checkpoint, checkpoint: Checkpoint) -> int:
        """How many steps later the next one is due, if the run goes on as it did between these two."""
        processes = checkpoint.snapshot.processes
        if len(processes) == 1:
            return self._spacing
        known = set(map(id, before.snapshot.processes))
        copied = sum(id(each) not in known for each in processes)
        cost = _COPY * copied + _COMPARISON * len(processes)
        steps, _, messages, *_ = checkpoint.snapshot.counters
        steps_before, _, messages_before, *_ = before.snapshot.counters
        turns = checkpoint.snapshot.ticks - before.snapshot.ticks
        steps -= steps_before
        work = steps + _TURN * turns + _MESSAGE * (messages - messages_before)
        return max(self._spacing, _MOST_OF_THE_TIME * cost * steps // max(1, work))

    def add_near(self, branch: Branch) -> None:
        """Add one at a moment of the past, shortly before the one that is wanted."""
        checkpoints = branch.checkpoints
        index = bisect_right(checkpoints, self._vm.steps, key=lambda each: each.step)
        before = checkpoints[index - 1]
        if before.step == self._vm.steps or self._vm.steps >= branch.latest:
            return
        added = self.make(before)
        checkpoints.insert(index, added)
        self._near.append((branch, added))
        if len(self._near) > _MOST_NEAR:
            of, oldest = self._near.pop(0)
            of.checkpoints = [each for each in of.checkpoints if each is not oldest]

    def _thin_out(self, branch: Branch) -> None:
        """Drop every one whose neighbours are near enough to each other for their distance from the present."""
        known = branch.checkpoints
        kept = [known[0]]
        for index in range(1, len(known) - 1):
            following = known[index + 1].step
            distance = self._vm.steps - following
            if following - kept[-1].step > max(self._spacing, distance // DENSITY):
                kept.append(known[index])
        kept.append(known[-1])
        branch.checkpoints = kept
