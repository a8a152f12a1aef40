"""Make the schedule of a finding simpler, and find the two steps that decide about it."""

from __future__ import annotations

from ttvm.explore.collecting import Collection, Key, printed_lines, unexpected_key
from ttvm.explore.events import Event
from ttvm.explore.execution import Followed, follow, reversals
from ttvm.explore.machine import ExploredSystem
from ttvm.explore.pieces import Pieces
from ttvm.explore.report import ENDLESS
from ttvm.explore.state import State
from ttvm.explore.trace import Trace
from ttvm.values import Pid

MOST_TRIES = 150
"""Executions that may be spent on one finding."""
MOST_ENDLESS_TRIES = 10
"""The same for a finding whose executions have no end: each is as long as the bound lets it be."""


class Shrinker:
    """Tries simpler schedules from one state."""

    def __init__(self, system: ExploredSystem, start: State, max_steps: int) -> None:
        self._system = system
        self._start = start
        self._max_steps = max_steps

    def run(self, steps: list[Pid]) -> Followed:
        """Follow a schedule as far as it can be followed."""
        return follow(self._system, self._start, steps, self._max_steps)

    def shows(self, run: Followed, key: Key) -> bool:
        """Whether an execution shows the finding."""
        collection = Collection()
        collection.add(run.ended())
        if key.kind == "unexpected output":
            return any(unexpected_key(printed_lines(outcome)) == key for outcome in collection.outcomes)
        if key.kind == "orphan":
            return any(key.process in outcome.blocked and 1 not in outcome.blocked for outcome in collection.outcomes)
        return any(_alike(key, other) for other in collection.found)

    def shrink(self, steps: tuple[Pid, ...], key: Key) -> Pieces[Followed]:
        """The simplest execution that was found with the same finding as the one of ``steps``; a try is a piece."""
        best = self.run(list(steps))
        best = self._better(best, straighten(best.trace), key)
        tries, most = 0, _most_tries(key)
        improved = True
        while improved and tries < most:
            improved = False
            for candidate in self._simpler(best):
                yield
                tries += 1
                better = self._better(best, candidate, key)
                if better is not best:
                    best, improved = better, True
                    break
                if tries >= most:
                    break
        return best

    def _better(self, best: Followed, steps: list[Pid], key: Key) -> Followed:
        run = self.run(steps)
        return run if run.schedule.rank < best.schedule.rank and self.shows(run, key) else best

    def _simpler(self, run: Followed) -> list[list[Pid]]:
        """Schedules to try: cut off behind a step, or with one turn moved to where its process went before."""
        steps = list(run.schedule.steps)
        cuts = [steps[:length] for length in range(len(steps)) if length and steps[length] != steps[length - 1]]
        dropped = [
            [*steps[:position], *steps[position + 1 :]]
            for position in range(1, len(steps))
            if steps[position] != steps[position - 1]
        ]
        return cuts + dropped

    def decisive(self, run: Followed, key: Key) -> Pieces[tuple[Event, Event] | None]:
        """Two steps such that the finding is gone when the second comes first; the last such pair. A try is a piece."""
        # A step changed near the bound needs some more steps to come to an end.
        most_steps = self._max_steps * 2 if run.truncated else self._max_steps
        for first, second, steps in reversals(run)[: _most_tries(key)]:
            yield
            if not self.shows(follow(self._system, self._start, steps, most_steps), key):
                return first, second
        return None


def _most_tries(key: Key) -> int:
    return MOST_ENDLESS_TRIES if key.kind in ENDLESS else MOST_TRIES


def straighten(trace: Trace) -> list[Pid]:
    """An equivalent order of the steps in which each process goes on as long as it can."""
    before, events = trace.before, trace.events
    done = 0
    left = list(range(len(events)))
    order: list[Pid] = []
    last = 0
    while left:
        able = [position for position in left if not before[position] & ~done]
        position = next((each for each in able if events[each].pid == last), able[0])
        left.remove(position)
        done |= 1 << position
        last = events[position].pid
        order.append(last)
    return order


def _alike(key: Key, other: Key) -> bool:
    """Whether two findings are of the same class: the details of their texts may differ."""
    if key.kind != other.kind or key.process != other.process or key.place != other.place:
        return False
    return key.kind == "deadlock" or key.text == other.text
