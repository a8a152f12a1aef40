"""Wakeup trees, and when an event can begin a sequence of others."""

from __future__ import annotations

from ttvm.explore.events import Event, causes, depends
from ttvm.values import Pid


class Branch:
    """A step that is to be explored, and what is to be explored behind it. ``event`` is known once it was run."""

    __slots__ = ("event", "following", "pid")

    def __init__(self, pid: Pid, event: Event | None = None) -> None:
        self.pid = pid
        self.event = event
        self.following: list[Branch] = []


def without_initial(first: Event, sequence: list[Event]) -> list[Event] | None:
    """The rest of a sequence when ``first`` can begin it, or commutes with all of it; None when neither."""
    pid = first.pid
    for index, event in enumerate(sequence):
        if event.pid == pid:
            return sequence[:index] + sequence[index + 1 :]
        if depends(event, first) or causes(event, first):
            return None
    return sequence


def insert(branches: list[Branch], sequence: list[Event]) -> None:
    """Make sure that the sequence, or one that is equivalent, will be explored."""
    while sequence:
        for branch in branches:
            if branch.event is None:
                continue
            rest = without_initial(branch.event, sequence)
            if rest is not None:
                if not branch.following:
                    return  # what is behind it is explored freely
                branches, sequence = branch.following, rest
                break
        else:
            for event in sequence:
                branch = Branch(event.pid, event)
                branches.append(branch)
                branches = branch.following
            return


def initials(sequence: list[Event]) -> list[Event]:
    """The events that could come first in an equivalent sequence, at most one of each process."""
    found: list[Event] = []
    seen: set[Pid] = set()
    for index, event in enumerate(sequence):
        if event.pid not in seen:
            seen.add(event.pid)
            if not any(depends(earlier, event) or causes(earlier, event) for earlier in sequence[:index]):
                found.append(event)
    return found
