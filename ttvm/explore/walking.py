"""A schedule as somebody follows it with a machine in hand: the instructions of each visible step, one by one."""

from __future__ import annotations

from collections.abc import Sequence

from ttvm.explore.collecting import Key
from ttvm.explore.execution import Followed
from ttvm.explore.exploring import Exploration
from ttvm.explore.outcomes import Outcome, outcome_of
from ttvm.explore.pieces import Pieces, result_of
from ttvm.explore.report import Finding
from ttvm.explore.shrinking import Shrinker
from ttvm.explore.wording import Names, tell_step
from ttvm.record import Record
from ttvm.values import Pid


class Stride(Record):
    """One visible step of a schedule; the first of a walk is nobody's, and is what comes before all of them."""

    pid: Pid
    """Whose step it is; minus the number of a timer that fires; 0 for the first."""
    timer: int
    """Which timer fires, counted from 1 among those that have not, in the order in which they were set; 0: none."""
    turns: tuple[Pid, ...]
    """Who executes an instruction, one entry for each. A process that waits for time has its turn at once."""
    words: str
    """What the step does."""
    place: str
    """``file:line``; empty without one."""


class Walk(Record):
    """A schedule, and where it leads."""

    strides: tuple[Stride, ...]
    outcome: Outcome
    is_whole: bool
    """Whether it comes to an end: nobody can go on then."""
    decisive: int
    """The number of the stride that decides: what went wrong would not have, had another one come first; 0: none."""


def walk(exploration: Exploration, steps: Sequence[Pid], finding: Finding | None = None) -> Walk:
    """Follow a schedule from where an exploration began, to its end.

    A step of somebody who cannot take it is left out. Raises LateModule.
    """
    return result_of(walking(exploration, steps, finding))


def walking(exploration: Exploration, steps: Sequence[Pid], finding: Finding | None = None) -> Pieces[Walk]:
    """The same in pieces: to find out what decides about a finding takes many executions."""
    system, start = exploration.system, exploration.beginning.state
    run = Followed(system, start)
    turns: list[Pid] = []
    ends: list[int] = []
    timers: list[int] = []
    system.turns = turns
    try:
        left = list(steps)
        while able := run.enabled:
            if len(run.trace) >= exploration.options.max_steps:
                run.truncated = True
                break
            pid = left.pop(0) if left else _next(run, able)
            if pid not in able:
                continue  # a step that a simpler schedule has no place for
            timers.append(_rank(run, pid))
            run.step(pid)
            ends.append(len(turns))
    finally:
        system.turns = None
    decisive = (yield from _decisive(exploration, run, finding)) if finding is not None else 0
    strides = _strides(exploration, run, turns, ends, timers)
    return Walk(strides, outcome_of(run.states[-1]), not run.truncated, decisive)


def _next(run: Followed, able: list[Pid]) -> Pid:
    """Who goes on behind the end of a schedule: whoever went last, if that one can."""
    last = run.trace.events[-1].pid if run.trace.events else 0
    return last if last in able else able[0]


def _rank(run: Followed, pid: Pid) -> int:
    """The place of a timer among those that will still send something."""
    timers = run.states[-1].timers
    if pid > 0 or timers.get(-pid) is None:
        return 0
    return 1 + [number for number, timer in timers.items() if timer is not None].index(-pid)


def _strides(
    exploration: Exploration, run: Followed, turns: list[Pid], ends: list[int], timers: list[int]
) -> tuple[Stride, ...]:
    names = Names(run)
    strides = [Stride(0, 0, exploration.beginning.turns, "", "")]
    begins = [0, *ends]
    for position, event in enumerate(run.trace.events):
        words = f"{names.title(event.pid)} {tell_step(event, run, position, names)}"
        done = tuple(turns[begins[position] : ends[position]])
        strides.append(Stride(event.pid, timers[position], done, words, event.place))
    return tuple(strides)


def _decisive(exploration: Exploration, run: Followed, finding: Finding) -> Pieces[int]:
    shrinker = Shrinker(exploration.system, exploration.beginning.state, exploration.options.max_steps)
    pair = yield from shrinker.decisive(run, Key(finding.kind, finding.process, finding.place, finding.text))
    if pair is None:
        return 0
    return 1 + next(number for number, event in enumerate(run.trace.events) if event is pair[0])
