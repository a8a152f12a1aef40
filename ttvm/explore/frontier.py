"""Where a search stands, as plain data: to go on later, or to let others do parts of it.

Only pids are written down. Events are found again by executing the steps: the machine is deterministic, so they are
the same events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.errors import TtvmError
from ttvm.explore.events import Event
from ttvm.explore.noting import Trouble
from ttvm.explore.search import Search, Strategy
from ttvm.explore.sleeping import Sleeper, behind
from ttvm.explore.state import State
from ttvm.explore.wakeup_trees import Branch
from ttvm.record import Record
from ttvm.values import Pid

if TYPE_CHECKING:
    from ttvm.explore.machine import ExploredSystem

Tree = list[list[int]]
"""Branches as pairs of depth and pid, each before what follows it."""
Asleep = tuple[Pid, int]
"""A step that sleeps: whose it is, and how many steps had been taken where it went to sleep."""


class OpenNode(Record):
    """A state from which something is still to be explored, or was found out to be: who sleeps, and which branches."""

    sleep: tuple[Asleep, ...]
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
    """Branches as plain data. It is flat, because a tree may be as deep as an execution is long."""
    flat: Tree = []
    todo = [(0, branch) for branch in reversed(branches)]
    while todo:
        depth, branch = todo.pop()
        flat.append([depth, branch.pid])
        todo += ((depth + 1, following) for following in reversed(branch.following))
    return flat


def write_sleep(sleep: list[Sleeper]) -> tuple[Asleep, ...]:
    """Sleeping steps as plain data."""
    return tuple((each.event.pid, each.depth) for each in sleep)


def write_unit(search: Search) -> Unit:
    """Where a search stands. The branch that is being explored is told by the path."""
    path = tuple(event.pid for event in search.trace.events)
    nodes = []
    for depth, node in enumerate(search.nodes):
        left = node.branches[1:] if depth < len(path) else node.branches
        sleep = write_sleep(node.sleep)
        if depth < len(path) and (path[depth], depth) not in sleep:
            sleep = (*sleep, (path[depth], depth))
        nodes.append(OpenNode(sleep, write_tree(left), node.fresh))
    return Unit(path, tuple(nodes), search.root)


def open_search(system: ExploredSystem, start: State, unit: Unit, strategy: Strategy, max_steps: int) -> Search:
    """A search that goes on where another one stood. Raises TtvmError when the unit is of another program."""
    search = Search(system, start, strategy, max_steps)
    search.nodes.clear()
    search.forget_backtracking()
    state, last, troubles = start, 0, system.first_troubles
    inherited: list[Sleeper] = []
    if len(unit.nodes) != len(unit.path) + 1:
        raise TtvmError("the saved search is damaged")
    for depth, saved in enumerate(unit.nodes):
        node = search.push(state, [], [], last)
        node.fresh, node.troubles = saved.fresh, troubles
        node.sleep += (each for each in inherited if (each.event.pid, each.depth) in saved.sleep)
        for pid, since in saved.sleep:
            if since == depth and (depth == len(unit.path) or pid != unit.path[depth]):
                node.sleep.append(Sleeper(_step(search, state, pid)[1], depth))
        read_tree(search, state, saved.branches, node.branches)
        if depth < len(unit.path):
            pid = last = unit.path[depth]
            state, event, troubles = _step_noting(search, state, pid)
            branch = Branch(pid, event)
            node.branches.insert(0, branch)
            search.note_branches(node)
            search.trace.append(event)
            inherited = behind(node.sleep, event, search.commuting)
    search.note_branches(search.nodes[-1])
    search.root = unit.root
    return search


def _step(search: Search, state: State, pid: Pid) -> tuple[State, Event]:
    return _step_noting(search, state, pid)[:2]


def _step_noting(search: Search, state: State, pid: Pid) -> tuple[State, Event, tuple[Trouble, ...]]:
    """Take a step again; what went wrong in it belongs to every execution that goes on from there."""
    system = search.system
    if pid not in system.enabled(state):
        raise TtvmError("the saved search does not fit this program: a process cannot do what it did then")
    state, event = system.step(state, pid, search.trace.steps_of(pid) + 1)
    troubles = tuple(system.troubles)
    system.troubles.clear()
    return state, event, troubles


def read_tree(search: Search, state: State, tree: Tree, branches: list[Branch]) -> None:
    """Branches from plain data, with their events; ``state`` is where they begin, behind the trace of the search."""
    trace = search.trace
    way = [(state, branches)]
    for depth, pid in tree:
        while len(way) > depth + 1:
            way.pop()
            trace.pop()
        before, siblings = way[-1]
        after, event = _step(search, before, pid)
        branch = Branch(pid, event)
        siblings.append(branch)
        trace.append(event)
        way.append((after, branch.following))
    for _ in way[1:]:
        trace.pop()
