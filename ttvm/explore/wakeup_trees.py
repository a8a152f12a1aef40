"""Wakeup trees, and when an event can begin a sequence of others."""

from __future__ import annotations

from ttvm.explore.events import COMMUTING, Event, causes, depends
from ttvm.explore.sleeping import Sleeper, behind, sleeps_through
from ttvm.values import Pid


class Branch:
    """A step that is to be explored, and what is to be explored behind it. ``event`` is known once it was run."""

    __slots__ = ("event", "following", "pid")

    def __init__(self, pid: Pid, event: Event | None = None) -> None:
        self.pid = pid
        self.event = event
        self.following: list[Branch] = []


def without_initial(first: Event, sequence: list[Event], commuting: int = COMMUTING) -> list[Event] | None:
    """The rest of a sequence when ``first`` can begin it, or commutes with all of it; None when neither."""
    if not sleeps_through(Sleeper(first), sequence, commuting):
        return None
    for index, event in enumerate(sequence):
        if event.pid == first.pid:
            return sequence[:index] + sequence[index + 1 :]
    return sequence


def insert(branches: list[Branch], sequence: list[Event], sleep: list[Sleeper], commuting: int = COMMUTING) -> None:
    """Make sure that the sequence, or one that is equivalent, will be explored.

    ``sleep`` are the steps that sleep where the branches begin. Only so much of the sequence is laid down as wakes all
    of them: then whatever follows is new, and may be explored freely.
    """
    while sequence:
        for branch in branches:
            if branch.event is None:
                continue
            rest = without_initial(branch.event, sequence, commuting)
            if rest is not None:
                if not branch.following:
                    return  # what is behind it is explored freely
                branches, sequence = branch.following, rest
                sleep = behind(sleep, branch.event, commuting)
                break
            sleep = [*sleep, Sleeper(branch.event)]
        else:
            for event in sequence:
                branch = Branch(event.pid, event)
                branches.append(branch)
                branches = branch.following
                sleep = behind(sleep, event, commuting)
                if not sleep:
                    return
            return


def initials(sequence: list[Event], commuting: int = COMMUTING) -> list[Event]:
    """The events that could come first in an equivalent sequence, at most one of each process."""
    found: list[Event] = []
    seen: set[Pid] = set()
    for index, event in enumerate(sequence):
        if event.pid not in seen:
            seen.add(event.pid)
            before = sequence[:index]
            if any(depends(earlier, event, commuting) or causes(earlier, event) for earlier in before):
                continue
            if sleeps_through(Sleeper(event), sequence, commuting):
                found.append(event)
    return found
