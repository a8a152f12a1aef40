"""Where a search stands, as plain data: to go on later, or to let others do parts of it.

Only pids are written down. Events are found again by executing the steps: the machine is deterministic, so they are
the same events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ttvm.errors import TtvmError
from ttvm.explore.search import Search, Strategy
from ttvm.explore.state import State
from ttvm.explore.strategies import Branch
from ttvm.explore.trace import Trace
from ttvm.record import Record
from ttvm.values import Pid

if TYPE_CHECKING:
    from ttvm.explore.machine import ExploredSystem

Tree = list[Any]
"""Branches as lists of ``[pid, tree of what follows]``."""


class OpenNode(Record):
    """A state from which something is still to be explored, or was found out to be: who sleeps, and which branches."""

    sleep: tuple[Pid, ...]
    branches: Tree
    fresh: bool = False
    """Whether nothing was explored from there yet, so that without branches everything is to be explored."""


class Unit(Record):
    """A part of a search: the way to a state, the open nodes on it, and how many of them belong to somebody else."""

    path: tuple[Pid, ...]
    nodes: tuple[OpenNode, ...]
    """One for each state on the way, the first one for the start."""
    root: int = 0
    """Nodes before this one belong to others; what is found out about them is only told."""


def write_tree(branches: list[Branch]) -> Tree:
    """Branches as plain data."""
    return [[branch.pid, write_tree(branch.following)] for branch in branches]


def write_unit(search: Search) -> Unit:
    """Where a search stands. The branch that is being explored is told by the path."""
    path = tuple(event.pid for event in search.trace.events)
    nodes = []
    for depth, node in enumerate(search.nodes):
        left = node.branches[1:] if depth < len(path) else node.branches
        sleep = (*node.sleep, *([path[depth]] if depth < len(path) and path[depth] not in node.sleep else []))
        nodes.append(OpenNode(sleep, write_tree(left), node.fresh))
    return Unit(path, tuple(nodes), search.root)


def open_search(system: ExploredSystem, start: State, unit: Unit, strategy: Strategy, max_steps: int) -> Search:
    """A search that goes on where another one stood. Raises TtvmError when the unit is of another program."""
    search = Search(system, start, strategy, max_steps)
    search.nodes.clear()
    search.forget_backtracking()
    state, last = start, 0
    if len(unit.nodes) != len(unit.path) + 1:
        raise TtvmError("the saved search is damaged")
    for depth, saved in enumerate(unit.nodes):
        node = search.push(state, {}, [], last)
        node.fresh = saved.fresh
        for pid in saved.sleep:
            if depth < len(unit.path) and pid == unit.path[depth]:
                continue
            node.sleep[pid] = _step(search, state, pid)[1]
        read_tree(search, state, saved.branches, node.branches, search.trace)
        if depth < len(unit.path):
            pid = last = unit.path[depth]
            state, event = _step(search, state, pid)
            branch = Branch(pid, event)
            node.branches.insert(0, branch)
            search.note_branches(node)
            search.trace.append(event)
    search.note_branches(search.nodes[-1])
    search.root = unit.root
    return search


def _step(search: Search, state: State, pid: Pid, trace: Trace | None = None) -> tuple[State, Any]:
    system = search.system
    if pid not in system.enabled(state):
        raise TtvmError("the saved search does not fit this program: a process cannot do what it did then")
    trace = search.trace if trace is None else trace
    result = system.step(state, pid, trace.steps_of(pid) + 1)
    system.troubles.clear()
    return result


def read_tree(search: Search, state: State, tree: Tree, branches: list[Branch], trace: Trace) -> None:
    """Branches from plain data, with their events; ``state`` is where they begin, behind the events of ``trace``."""
    for pid, following in tree:
        after, event = _step(search, state, pid, trace)
        branch = Branch(pid, event)
        branches.append(branch)
        if following:
            trace.append(event)
            read_tree(search, after, following, branch.following, trace)
            trace.pop()
