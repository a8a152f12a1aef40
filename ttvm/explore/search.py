"""The search: all executions of a program that differ in more than the order of independent steps.

Five strategies over one depth-first search. ``observers`` runs each class of equivalent executions exactly once, where
the order of two messages counts only when some RECEIVE has seen it (``ttvm.explore.observers``). ``optimal`` does so
where it counts whenever some RECEIVE of the program may take either (optimal dynamic partial-order reduction: Abdulla,
Aronis, Jonsson, Sagonas, POPL 2014). ``observers-source`` and ``source`` are the same two without wakeup trees: they
may begin executions that they give up as already known. ``sleep`` uses sleep sets alone, and is the plain method that
the tests compare the others with.
"""

from __future__ import annotations

import enum

from ttvm.explore.events import COMMUTING, COMMUTING_UNSEEN, Event
from ttvm.explore.machine import ExploredSystem
from ttvm.explore.noting import Trouble
from ttvm.explore.observers import alternatives
from ttvm.explore.sleeping import Sleeper, behind, fast_asleep, sleeps_through
from ttvm.explore.state import State
from ttvm.explore.trace import Trace
from ttvm.explore.wakeup_trees import Branch, initials, insert
from ttvm.values import Pid


class Strategy(enum.StrEnum):
    """How the search decides what has to be run."""

    OBSERVERS = "observers"
    OPTIMAL = "optimal"
    OBSERVERS_SOURCE = "observers-source"
    SOURCE = "source"
    SLEEP = "sleep"

    @property
    def observes(self) -> bool:
        """Whether the order of two messages counts only when some RECEIVE has seen it."""
        return self in (Strategy.OBSERVERS, Strategy.OBSERVERS_SOURCE)

    @property
    def has_trees(self) -> bool:
        """Whether races ask for sequences of steps, and not for first steps only."""
        return self in (Strategy.OBSERVERS, Strategy.OPTIMAL)

    @property
    def without_trees(self) -> Strategy:
        """The strategy for searches of which parts are explored at the same time."""
        return Strategy.OBSERVERS_SOURCE if self.observes else Strategy.SOURCE


class Node:
    """A state on the way from the start to where the search is, and what is still to be explored from it."""

    __slots__ = ("asked", "branches", "enabled", "explored", "fresh", "last", "sleep", "state", "troubles")

    def __init__(
        self, state: State, enabled: list[Pid], sleep: list[Sleeper], branches: list[Branch], last: Pid
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
        self.asked: set[tuple[Pid, ...]] = set()
        """Whose steps races have asked for here already, in which order."""
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
        strategy: Strategy = Strategy.OBSERVERS,
        max_steps: int = 1000,
    ) -> None:
        self.system = system
        self.strategy = strategy
        self.max_steps = max_steps
        self.commuting = COMMUTING_UNSEEN if strategy.observes else COMMUTING
        self.trace = Trace(self.commuting)
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
        self.push(start, [], [], 0).troubles = system.first_troubles

    def push(self, state: State, sleep: list[Sleeper], branches: list[Branch], last: Pid) -> Node:
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
        depth = len(self.nodes) - 1
        done = {each.event.pid for each in node.sleep if each.depth == depth}
        self._backtrack[-1] = {branch.pid for branch in node.branches} | done

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
                if truncated or not (node.enabled or any(each.executed for each in node.sleep)):
                    self.executions += 1
                    self.cut += truncated
                    self._plan()
                    if truncated:
                        self._plan_behind_bound(node)
                    return Execution(self.trace, nodes, truncated)
                if self._choose(node):
                    continue
                self.blocked += 1
                if not self.strategy.has_trees:
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
        asleep = fast_asleep(node.sleep)
        awake = [pid for pid in node.enabled if pid not in asleep]
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
        if any(each.event.pid == branch.pid and each.is_fast for each in node.sleep):
            node.branches.pop(0)
            return
        pid = branch.pid
        state, event = self.system.step(node.state, pid, self.trace.steps_of(pid) + 1)
        self.steps += 1
        branch.event = event
        self.trace.append(event)
        child = self.push(state, behind(node.sleep, event, self.commuting), branch.following, pid)
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
            parent.sleep.append(Sleeper(event, len(self.trace)))
            parent.explored += 1

    # -- races

    def _plan(self) -> None:
        """Find out which other executions the races of this one ask for."""
        if self.strategy is Strategy.SLEEP:
            return
        events = self.trace.events
        for second in range(len(events)):
            self._plan_races(second)
        self._plan_alternatives()
        if events and events[-1].stops:
            self._plan_before_stop(len(events) - 1)

    def _plan_races(self, second: int) -> None:
        """An event is to come before each of those that it raced with."""
        event = self.trace.events[second]
        for first in self.trace.races[second]:
            self._ask_for(first, [*self.trace.independent_of(first), event], event.volatile)

    def _plan_alternatives(self) -> None:
        """The RECEIVEs are to take other messages."""
        if self.strategy.observes:
            for position, sequence in alternatives(self.trace, self._begins_known):
                self._ask_for(position, sequence, False)

    def _plan_behind_bound(self, node: Node) -> None:
        """The next steps of all who could go on, where an execution was cut off, race as if they had been taken.

        Otherwise one that asks again and again would keep from view whatever makes it stop.
        """
        if self.strategy is Strategy.SLEEP:
            return
        asleep = fast_asleep(node.sleep)
        for pid in node.enabled:
            if pid not in asleep:
                _, event = self.system.step(node.state, pid, self.trace.steps_of(pid) + 1)
                self.system.troubles.clear()
                self.trace.append(event)
                self._plan_races(len(self.trace) - 1)
                self._plan_alternatives()
                self.trace.pop()

    def _plan_before_stop(self, position: int) -> None:
        """An EXIT keeps the others from going on, so their next steps race with it although they were never taken."""
        node = self.nodes[position]
        for pid in node.enabled:
            if pid != self.trace.events[position].pid:
                number = 1 + sum(event.pid == pid for event in self.trace.events[:position])
                _, event = self.system.step(node.state, pid, number)
                self.system.troubles.clear()
                self._ask_for(position, [event], False)

    def _ask_for(self, position: int, sequence: list[Event], changes: bool) -> None:
        """A sequence is to be explored from a node, unless that is known already.

        ``changes`` says that its last event may be another one there.
        """
        node = self.nodes[position]
        steps = tuple([event.pid for event in sequence])
        if steps in node.asked:
            return
        node.asked.add(steps)
        if changes or any(not each.number for event in sequence for each in event.appends):
            # A message without a number was for a process that had ended, and may not have ended there.
            played = self._play(node.state, sequence)
            if played is None:
                return
            sequence = played
        if self.strategy.has_trees:
            if not any(sleeps_through(each, sequence, self.commuting) for each in node.sleep):
                insert(node.branches, sequence, node.sleep, self.commuting)
            return
        able = [event.pid for event in initials(sequence, self.commuting)]
        known = self._backtrack[position]
        if any(pid in known for pid in able):
            return
        if self.strategy.observes:
            # A sleeping step may wake when a RECEIVE comes that is not in the sequence, so it does not stand for all.
            asleep = fast_asleep(node.sleep)
            able = [pid for pid in able if pid not in asleep]
        if able:
            known.add(able[0])
            node.branches.append(Branch(able[0]))

    def _begins_known(self, position: int, event: Event) -> bool:
        """Whether all executions in which an event comes next are known, or will be explored."""
        if self.strategy.has_trees:
            return any(each.event.pid == event.pid and each.is_fast for each in self.nodes[position].sleep)
        return event.pid in self._backtrack[position]

    def _play(self, state: State, sequence: list[Event]) -> list[Event] | None:
        """The events of a sequence as they are behind that state; None when one of them cannot happen there."""
        system = self.system
        played = []
        for event in sequence:
            if event.pid not in system.enabled(state):
                return None
            state, again = system.step(state, event.pid, event.number)
            played.append(again)
        system.troubles.clear()
        return played
