"""Schedules chosen at random: for programs that have too many to run them all."""

from __future__ import annotations

from ttvm.chance import SplitMix64
from ttvm.explore.execution import Followed, complete
from ttvm.explore.machine import ExploredSystem
from ttvm.explore.state import State
from ttvm.values import Pid

_FIRST_LENGTH = 50
"""How long executions are thought to be before the first one was run."""


class Sampler:
    """Runs executions with random schedules, one after the other, the same ones for the same seed.

    With ``depth`` it is PCT (Burckhardt et al., ASPLOS 2010): every process has a random priority, the highest runs,
    and at ``depth`` - 1 random steps the running one gets the lowest. A bug that needs d ordering constraints is
    found with a known probability in every single execution when ``depth`` is at least d.
    """

    def __init__(self, system: ExploredSystem, start: State, seed: int, depth: int, max_steps: int) -> None:
        self._system = system
        self._start = start
        self._chance = SplitMix64(seed)
        self._depth = depth
        self._max_steps = max_steps
        self._length = _FIRST_LENGTH

    def run(self) -> Followed:
        """The next execution."""
        run = Followed(self._system, self._start)
        if not self._depth:
            return complete(run, lambda able, _: able[self._chance.below(len(able))], self._max_steps)
        priorities: dict[Pid, int] = {}
        changes = sorted(self._chance.below(max(1, self._length)) for _ in range(self._depth - 1))
        lowest = 0

        def choose(able: list[Pid], _: Pid) -> Pid:
            nonlocal lowest
            for pid in able:
                if pid not in priorities:
                    priorities[pid] = 1 + self._chance.below(1 << 30)
            while changes and len(run.trace) >= changes[0]:
                changes.pop(0)
                lowest -= 1
                priorities[max(able, key=priorities.__getitem__)] = lowest
            return max(able, key=priorities.__getitem__)

        complete(run, choose, self._max_steps)
        self._length = max(self._length if self._length != _FIRST_LENGTH else 0, len(run.trace))
        return run
