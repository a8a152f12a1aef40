"""Branches: the lines of history of one program, which part where the user changed what had already happened."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

from debugger.choices import Choice
from debugger.world import Entry, WorldState
from ttvm.vm import Snapshot


class Checkpoint(NamedTuple):
    """The machine, its world, and the states of the keepers, after a step."""

    step: int
    snapshot: Snapshot
    world: WorldState
    kept: tuple[Any, ...]


class Branch:
    """One line of history: the choices of the user on it, and what is needed to execute it again.

    What came before it parted from another branch, the two have in common.
    """

    def __init__(self, number: int, parent: int, start: int) -> None:
        self.number = number
        """From 1; a number is never used twice."""
        self.parent = parent
        """The branch that it parted from; 0 for the first."""
        self.start = start
        """The step at which it parted."""
        self.latest = start
        """The last step that was ever executed on it."""
        self.position = start
        """The step at which the user was last on it."""
        self.reason = ""
        """What the user did there, in words."""
        self.checkpoints: list[Checkpoint] = []
        self.journal: list[Entry] = []
        self._choices: dict[int, Choice] = {}
        self._steps: list[int] = []

    @property
    def choices(self) -> Iterable[tuple[int, Choice]]:
        """All choices, by the step that each follows on."""
        return ((step, self._choices[step]) for step in self._steps)

    def choice(self, step: int) -> Choice | None:
        """What the user chose right after a step."""
        return self._choices.get(step)

    def next_choice(self, step: int) -> int | None:
        """The first step from ``step`` on that a choice follows on."""
        index = bisect_left(self._steps, step)
        return self._steps[index] if index < len(self._steps) else None

    def add(self, step: int, choice: Choice) -> None:
        """Note a choice. What was known of the future is not true any more."""
        self._steps = self._steps[: bisect_left(self._steps, step)]
        self._choices = {each: self._choices[each] for each in self._steps}
        self._steps.append(step)
        self._choices[step] = choice
        self.latest = step

    def forget(self, step: int) -> None:
        """Forget everything behind a step, and the choice right after it."""
        self._steps = self._steps[: bisect_left(self._steps, step)]
        self._choices = {each: self._choices[each] for each in self._steps}
        self.checkpoints = [each for each in self.checkpoints if each.step <= step]
        self.latest = step

    def checkpoint(self, step: int) -> Checkpoint:
        """The last one at or before a step."""
        return self.checkpoints[bisect_right(self.checkpoints, step, key=lambda each: each.step) - 1]

    def part(self, number: int, step: int) -> Branch:
        """A branch that is as this one up to a step."""
        branch = Branch(number, self.number, step)
        branch.checkpoints = [each for each in self.checkpoints if each.step <= step]
        for each in self._steps:
            if each < step:
                branch.add(each, self._choices[each])
        branch.latest = step
        return branch
