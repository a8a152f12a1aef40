"""Classes of equivalent executions, where the order of two messages counts only when some RECEIVE has seen it."""

from __future__ import annotations

from collections.abc import Hashable

from tests.explore.helpers import exploration_of
from ttvm.explore.events import COMMUTING_UNSEEN
from ttvm.explore.observers import observations
from ttvm.explore.state import State
from ttvm.explore.trace import Trace
from ttvm.values import Pid


def class_of(trace: Trace) -> Hashable:
    """A value that is equal for executions that differ only in the order of independent steps."""
    names = [(event.pid, event.number) for event in trace.events]
    facts: set[Hashable] = {
        (names[position], event.taken, frozenset(names[other] for other in range(position) if before >> other & 1))
        for position, (event, before) in enumerate(zip(trace.events, trace.before, strict=True))
    }
    for seen in observations(trace):
        facts.update((names[seen.sender], names[rival]) for rival in seen.rivals)
    return frozenset(facts)


def all_classes(text: str, most_executions: int) -> set[Hashable] | None:
    """The classes of all interleavings of a program, run without any reduction; None when there are too many."""
    beginning = exploration_of(text).beginning
    system = beginning.system
    trace = Trace(COMMUTING_UNSEEN)
    classes: set[Hashable] = set()
    executions = 0
    way: list[tuple[State, list[Pid]]] = [(beginning.state, system.enabled(beginning.state))]
    while way:
        state, left = way[-1]
        if not left:
            way.pop()
            if way:
                trace.pop()
            continue
        pid = left.pop()
        state, event = system.step(state, pid, trace.steps_of(pid) + 1)
        trace.append(event)
        enabled = system.enabled(state)
        if not enabled:
            classes.add(class_of(trace))
            executions += 1
            if executions > most_executions:
                return None
        way.append((state, enabled))
    return classes
