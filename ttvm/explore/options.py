"""The choices of an exploration as one value."""

from __future__ import annotations

from ttvm.explore.search import Strategy
from ttvm.process.state import Limits
from ttvm.record import Record


class Options(Record):
    """All that decides how a program is explored, besides its text."""

    strategy: Strategy = Strategy.OBSERVERS
    pids: str = "auto"
    """``stable``: the same in all schedules; ``counter``: 1, 2, 3 in the order of spawning; ``auto``: see starting."""
    ordered_output: bool = False
    """Whether the order in which different processes print counts."""
    max_executions: int = 100_000
    max_steps: int = 1_000
    """Visible steps of one execution."""
    loop_bound: int = 200_000
    """Invisible instructions of one step."""
    random: int = 0
    """So many schedules, chosen at random, instead of all."""
    pct: int = 0
    """Random priorities with so many change points, instead of all schedules."""
    samples: int = 1_000
    """How many schedules ``pct`` tries."""
    preemptions: int | None = None
    """Only schedules with at most so many preemptions."""
    seed: int = 0
    arguments: tuple[str, ...] = ()
    input: str = ""
    limits: Limits = Limits()
    recorded: str = ""
    """A recorded run whose answers the world outside gives; without one it refuses everything. Its seed, arguments and
    input take the place of those above."""
    cautious: bool = False
    """Whether modules may come in late, so that the text of those that are known says nothing about who notices what.
    An exploration finds it out by itself."""
    expected: tuple[tuple[str, ...], ...] | None = None
    """The only outputs that are right: the lines of all processes, in the order of their pids. None: all are."""

    @property
    def method(self) -> str:
        """How schedules are chosen, in a word."""
        if self.pct:
            return "pct"
        if self.random:
            return "random"
        return "preemption-bounded" if self.preemptions is not None else str(self.strategy)
