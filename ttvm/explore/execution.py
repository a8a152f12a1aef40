"""Executions that follow a schedule: to look at one again, to change it a little, and to find what decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ttvm.errors import ReplayError
from ttvm.explore.collecting import Ended
from ttvm.explore.endless import bound_hit
from ttvm.explore.events import Event
from ttvm.explore.machine import ExploredSystem
from ttvm.explore.noting import Trouble
from ttvm.explore.report import Schedule
from ttvm.explore.state import State
from ttvm.explore.trace import Race, Trace
from ttvm.values import Pid


class Followed:
    """One execution, step by step: states (one more than steps), events, and what went wrong in each step."""

    def __init__(self, system: ExploredSystem, start: State) -> None:
        self._system = system
        self.states = [start]
        self.trace = Trace()
        self.troubles: list[tuple[Trouble, ...]] = []
        self.preemptions = 0
        self.truncated = False

    def step(self, pid: Pid) -> None:
        """Let one process take its next step."""
        state = self.states[-1]
        events = self.trace.events
        if events and events[-1].pid != pid and events[-1].pid in self._system.enabled(state):
            self.preemptions += 1
        state, event = self._system.step(state, pid, self.trace.steps_of(pid) + 1)
        self.trace.append(event)
        self.states.append(state)
        self.troubles.append(tuple(self._system.troubles))
        self._system.troubles.clear()

    def next_events(self) -> list[Event]:
        """What each of those who can go on would do."""
        system, state = self._system, self.states[-1]
        events = [system.step(state, pid, self.trace.steps_of(pid) + 1)[1] for pid in self.enabled]
        system.troubles.clear()
        return events

    @property
    def enabled(self) -> list[Pid]:
        """Who can go on."""
        return self._system.enabled(self.states[-1])

    @property
    def schedule(self) -> Schedule:
        """Who took which step."""
        return Schedule(tuple(event.pid for event in self.trace.events), self.preemptions)

    def ended(self) -> Ended:
        """The execution as the collections want it."""
        troubles = [*self._system.first_troubles, *(each for step in self.troubles for each in step)]
        if self.truncated:
            troubles.append(bound_hit(self.trace.events))
        return Ended(self.states[-1], self.schedule, tuple(troubles), self.truncated)


def follow(
    system: ExploredSystem, start: State, steps: Sequence[Pid], max_steps: int = 1000, strict: bool = False
) -> Followed:
    """Execute the steps of a schedule, and go on without preemptions to the end.

    A step of somebody who cannot take it is left out, or with ``strict`` a ReplayError.
    """
    run = Followed(system, start)
    for position, pid in enumerate(steps, 1):
        enabled = run.enabled
        if pid in enabled:
            run.step(pid)
        elif strict:
            able = ", ".join(map(str, enabled)) or "nobody"
            raise ReplayError(f"step {position} of the schedule wants {pid}, which cannot go on now; who can: {able}")
    return complete(run, lambda able, last: last if last in able else able[0], max_steps)


def complete(run: Followed, choose: Callable[[list[Pid], Pid], Pid], max_steps: int) -> Followed:
    """Go on to the end; ``choose`` picks one of those who can, and is told who went last."""
    while able := run.enabled:
        if len(run.trace) >= max_steps:
            run.truncated = True
            break
        events = run.trace.events
        run.step(choose(able, events[-1].pid if events else 0))
    return run


def reversals(run: Followed) -> list[tuple[Event, Event, list[Pid]]]:
    """For each race, the last one first: the two events, and the steps of an execution with the second one first.

    Where an execution was cut off, the next steps of all who could go on are looked at as well.
    """
    found = [_reversal(run.trace, race) for race in run.trace.all_races()]
    for event in run.next_events() if run.truncated else ():
        run.trace.append(event)
        second = len(run.trace) - 1
        found += (_reversal(run.trace, Race(first, second)) for first in run.trace.races[second])
        run.trace.pop()
    found.reverse()
    return found


def _reversal(trace: Trace, race: Race) -> tuple[Event, Event, list[Pid]]:
    events, happened_before = trace.events, trace.before
    between = range(race.first + 1, race.second)
    free = [position for position in between if not happened_before[position] >> race.first & 1]
    steps = [events[position].pid for position in (*range(race.first), *free, race.second)]
    return events[race.first], events[race.second], steps
