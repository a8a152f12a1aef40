"""The search: all executions of a program that differ in more than the order of independent steps.

Three strategies over one depth-first search. ``optimal`` runs each class of equivalent executions exactly once
(optimal dynamic partial-order reduction: Abdulla, Aronis, Jonsson, Sagonas, POPL 2014). ``source`` needs no wakeup
trees and may begin executions that it gives up as already known. ``sleep`` uses sleep sets alone, and is the plain
method that the tests compare the other two with.
"""

from __future__ import annotations

import enum

from ttvm.explore.events import Event, depends
from ttvm.explore.machine import ExploredSystem
from ttvm.explore.noting import Trouble
from ttvm.explore.state import State
from ttvm.explore.trace import Trace
from ttvm.explore.wakeup_trees import Branch, initials, insert, without_initial
from ttvm.values import Pid


class Strategy(enum.StrEnum):
    """How the search decides what has to be run."""

    OPTIMAL = "optimal"
    SOURCE = "source"
    SLEEP = "sleep"


class Node:
    """A state on the way from the start to where the search is, and what is still to be explored from it."""

    __slots__ = ("branches", "enabled", "explored", "fresh", "last", "sleep", "state", "troubles")

    def __init__(
        self, state: State, enabled: list[Pid], sleep: dict[Pid, Event], branches: list[Branch], last: Pid
    ) -> None:
        self.state = state
        self.enabled = enabled
        self.sleep = sleep
        """Steps whose executions are explored already, or by somebody else."""
        self.branches = branches
        """What is to be explored; the first is being explored now."""
        self.last = last
        """Who took the step that led here."""
        self.explored = 0
        """How many branches are done."""
        self.fresh = True
        """Whether nothing was explored from here yet."""
        self.troubles: tuple[Trouble, ...] = ()
        """What went wrong in the step that led here."""


class Execution:
    """A complete execution, as the search hands it out. Only good until the search goes on."""

    __slots__ = ("nodes", "state", "trace", "truncated")

    def __init__(self, trace: Trace, nodes: list[Node], truncated: bool) -> None:
        self.trace = trace
        self.nodes = nodes
        self.state = nodes[-1].state
        self.truncated = truncated
        """Whether it was cut off because it is too long."""

    @property
    def schedule(self) -> tuple[Pid, ...]:
        """Who took each step."""
        return tuple(event.pid for event in self.trace.events)


class Search:
    """A search from one state. ``advance`` runs to the end of the next execution.

    With a ``root`` above 0 it is a part of a larger search: nodes before that are not its own, and what races ask of
    them is only kept in their branches. See ``ttvm.explore.frontier``.
    """

    def __init__(
        self,
        system: ExploredSystem,
        start: State,
        strategy: Strategy = Strategy.OPTIMAL,
        max_steps: int = 1000,
    ) -> None:
        self.system = system
        self.strategy = strategy
        self.max_steps = max_steps
        self.trace = Trace()
        self.nodes: list[Node] = []
        self.root = 0
        """How many steps led to where this search begins."""
        self.executions = 0
        self.blocked = 0
        """Executions given up because all they could do was known already."""
        self.steps = 0
        self.cut = 0
        """Executions that were cut off because they were too long."""
        self._backtrack: list[set[Pid]] = []
        """For the source strategy: whom each node has explored or will explore."""
        self.push(start, {}, [], 0).troubles = system.first_troubles

    def push(self, state: State, sleep: dict[Pid, Event], branches: list[Branch], last: Pid) -> Node:
        """Go to a state."""
        node = Node(state, self.system.enabled(state), sleep, branches, last)
        self.nodes.append(node)
        self._backtrack.append({branch.pid for branch in branches})
        return node

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to explore."""
        return not any(node.branches[1:] or (node is self.nodes[-1] and node.fresh) for node in self.nodes[self.root :])

    def forget_backtracking(self) -> None:
        """Forget whom the nodes explore, when they are taken away."""
        self._backtrack.clear()

    def note_branches(self, node: Node) -> None:
        """The branches of the last node were changed from outside."""
        self._backtrack[-1] = {branch.pid for branch in node.branches} | set(node.sleep)

    def advance(self, most_blocked: int = 1 << 62) -> Execution | None:
        """Run to the end of the next execution; None when there are no more (``has_ended``).

        None is also returned when so many executions were given up on the way, to go on later.
        """
        nodes, blocked = self.nodes, self.blocked
        while len(nodes) > self.root:
            node = nodes[-1]
            if node.branches:
                self._descend(node)
                continue
            if node.fresh:
                node.fresh = False
                truncated = len(self.trace) >= self.max_steps and bool(node.enabled)
                if truncated or not node.enabled:
                    self.executions += 1
                    self.cut += truncated
                    self._plan()
                    if truncated:
                        self._plan_behind_bound(node)
                    return Execution(self.trace, nodes, truncated)
                if self._choose(node):
                    continue
                self.blocked += 1
                if self.strategy is Strategy.SOURCE:
                    self._plan()
            self._ascend()
            if self.blocked - blocked >= most_blocked:
                break
        return None

    @property
    def has_ended(self) -> bool:
        """Whether ``advance`` has left the last state."""
        return len(self.nodes) <= self.root

    def _choose(self, node: Node) -> bool:
        """Decide freely who goes first; False when everything is known already."""
        awake = [pid for pid in node.enabled if pid not in node.sleep]
        if not awake:
            return False
        first = node.last if node.last in awake else awake[0]
        if self.strategy is Strategy.SLEEP:
            node.branches = [Branch(first), *(Branch(pid) for pid in awake if pid != first)]
        else:
            node.branches = [Branch(first)]
        self._backtrack[-1].add(first)
        return True

    def _descend(self, node: Node) -> None:
        """Take the step of the first branch."""
        node.fresh = False
        branch = node.branches[0]
        if branch.pid in node.sleep:
            node.branches.pop(0)
            return
        pid = branch.pid
        state, event = self.system.step(node.state, pid, self.trace.steps_of(pid) + 1)
        self.steps += 1
        branch.event = event
        self.trace.append(event)
        sleep = {other: known for other, known in node.sleep.items() if not depends(event, known)}
        child = self.push(state, sleep, branch.following, pid)
        if self.system.troubles:
            child.troubles = tuple(self.system.troubles)
            self.system.troubles.clear()

    def _ascend(self) -> None:
        """Leave a state from which everything is explored."""
        self.nodes.pop()
        self._backtrack.pop()
        if len(self.nodes) > self.root:
            parent = self.nodes[-1]
            event = self.trace.pop()
            parent.branches.pop(0)
            parent.sleep[event.pid] = event
            parent.explored += 1

    # -- races

    def _plan(self) -> None:
        """Find out which other executions the races of this one ask for."""
        if self.strategy is Strategy.SLEEP:
            return
        events = self.trace.events
        for second, racing in enumerate(self.trace.races):
            for first in racing:
                sequence = self.trace.independent_of(first)
                if self.strategy is Strategy.SOURCE:
                    self._plan_source(first, sequence, events[second])
                else:
                    self._plan_optimal(first, sequence, events[second])
        if events and events[-1].stops:
            self._plan_before_stop(len(events) - 1)

    def _plan_behind_bound(self, node: Node) -> None:
        """The next steps of all who could go on, where an execution was cut off, race as if they had been taken.

        Otherwise one that asks again and again would keep from view whatever makes it stop.
        """
        if self.strategy is Strategy.SLEEP:
            return
        for pid in node.enabled:
            if pid not in node.sleep:
                _, event = self.system.step(node.state, pid, self.trace.steps_of(pid) + 1)
                self.system.troubles.clear()
                self.trace.append(event)
                for first in self.trace.races[-1]:
                    sequence = self.trace.independent_of(first)
                    if self.strategy is Strategy.SOURCE:
                        self._plan_source(first, sequence, event)
                    else:
                        self._plan_optimal(first, sequence, event)
                self.trace.pop()

    def _plan_before_stop(self, position: int) -> None:
        """An EXIT keeps the others from going on, so their next steps race with it although they were never taken."""
        node = self.nodes[position]
        for pid in node.enabled:
            if pid != self.trace.events[position].pid and pid not in node.sleep:
                number = 1 + sum(event.pid == pid for event in self.trace.events[:position])
                _, event = self.system.step(node.state, pid, number)
                self.system.troubles.clear()
                if self.strategy is Strategy.OPTIMAL:
                    if not any(without_initial(known, [event]) is not None for known in node.sleep.values()):
                        insert(node.branches, [event])
                elif pid not in self._backtrack[position]:
                    self._backtrack[position].add(pid)
                    node.branches.append(Branch(pid))

    def _plan_optimal(self, first: int, sequence: list[Event], second: Event) -> None:
        node = self.nodes[first]
        for known in node.sleep.values():
            if any(event.pid == known.pid for event in sequence) and without_initial(known, sequence) is not None:
                return
        if second.volatile:
            again = self._reversed(node.state, first, sequence, second)
            if again is None:
                return
            second = again
        sequence.append(second)
        if any(without_initial(known, sequence) is not None for known in node.sleep.values()):
            return
        insert(node.branches, sequence)

    def _plan_source(self, first: int, sequence: list[Event], second: Event) -> None:
        node = self.nodes[first]
        if second.volatile:
            again = self._reversed(node.state, first, sequence, second)
            if again is None:
                return
            second = again
        able = [event.pid for event in initials([*sequence, second])]
        if not any(pid in self._backtrack[first] for pid in able):
            self._backtrack[first].add(able[0])
            node.branches.append(Branch(able[0]))

    def _reversed(self, state: State, first: int, sequence: list[Event], second: Event) -> Event | None:
        """The second event of a race as it is without the first one; None when it then cannot happen."""
        system = self.system
        for event in sequence:
            state, _ = system.step(state, event.pid, event.number)
        system_troubles = system.troubles
        system_troubles.clear()
        if second.pid not in system.enabled(state):
            return None
        _, again = system.step(state, second.pid, second.number)
        system_troubles.clear()
        return again
