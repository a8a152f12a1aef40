"""Explore a program, or what can still happen from where a machine is: the one door to this package.

exploration = Exploration(machine, Options())
for progress in exploration:      # a short piece of work each; stop whenever you like
    ...
report = exploration.report()
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Protocol

from ttvm.asm.loader import Loader
from ttvm.errors import TtvmError
from ttvm.explore.collecting import Collection, Ended, Key
from ttvm.explore.endless import bound_hit
from ttvm.explore.execution import follow
from ttvm.explore.exhaustive import visit_all
from ttvm.explore.frontier import open_search, write_unit
from ttvm.explore.machine import ExploredSystem
from ttvm.explore.noting import Trouble
from ttvm.explore.observing import LateModule
from ttvm.explore.options import Options
from ttvm.explore.pieces import Pieces, result_of
from ttvm.explore.report import Finding, Report, Schedule
from ttvm.explore.sampling import Sampler
from ttvm.explore.saved import read_collection, read_unit_data, write_collection, write_unit_data
from ttvm.explore.search import Execution, Search
from ttvm.explore.shrinking import Shrinker
from ttvm.explore.starting import Beginning, begin
from ttvm.explore.wording import tell_race, tell_trace, tell_waiting
from ttvm.program import Module
from ttvm.record import Record
from ttvm.vm import Vm

MOST_BLOCKED = 100
"""Executions that are given up one after the other before the caller has a look at the clock again."""
MOST_EXPLAINED = 20
"""Findings that are shrunk and explained; of more, only what and where."""


class Progress(Record):
    """How far an exploration is."""

    executions: int
    blocked: int
    outcomes: int
    findings: int
    share: float
    """How much of what is known now has been explored, from 0 to 1. More may become known."""


class Recorder(Protocol):
    """Somebody who wants to hear of every execution."""

    def add(self, ended: Ended) -> None:
        """An execution is over."""
        ...


class Exploration:
    """One exploration: iterate over it to let it work, and ask for its report at any time."""

    def __init__(self, start: Module | Vm, options: Options, loader: Loader | None = None) -> None:
        self.options = options
        self._origin = (start, loader)
        self._start()
        self.recorder: Recorder | None = None
        """Is told of every execution."""

    def _start(self) -> None:
        """Go to the first state, with nothing found."""
        start, loader = self._origin
        try:
            self.beginning: Beginning = begin(start, self.options, loader)
        except LateModule:
            self.options = self.options.replace(cautious=True)
            self.beginning = begin(start, self.options, loader)
        self.options = self.beginning.options
        self.collection = Collection()
        self.executions = 0
        self.bound: str | None = "it was stopped"
        self.search = self._make_search()
        self._truncated = 0
        self._is_broken = False

    @property
    def system(self) -> ExploredSystem:
        """The machine that runs the executions."""
        return self.beginning.system

    def _make_search(self) -> Search:
        return Search(self.beginning.system, self.beginning.state, self.options.strategy, self.options.max_steps)

    @property
    def blocked(self) -> int:
        """Executions that were given up because all that could follow was known."""
        return self.search.blocked

    def __iter__(self) -> Generator[Progress, None, None]:
        try:
            yield from self._work()
        except LateModule:
            self.options = self.options.replace(cautious=True)
            self._start()
            yield from self._work()

    def _work(self) -> Generator[Progress, None, None]:
        options = self.options
        if options.random or options.pct:
            yield from self._sample()
        elif options.preemptions is not None:
            yield from self._visit(options.preemptions)
        else:
            yield from self._search()

    def progress(self) -> Progress:
        """How far it is."""
        collection = self.collection
        return Progress(
            self.executions, self.blocked, len(collection.outcomes), len(collection.found), share_of(self.search)
        )

    def add(self, ended: Ended) -> None:
        """One execution is over."""
        self.executions += 1
        self._truncated += ended.truncated
        self.collection.add(ended)
        if self.recorder is not None:
            self.recorder.add(ended)

    def _search(self) -> Generator[Progress, None, None]:
        while True:
            if self.executions >= self.options.max_executions and not self.search.is_over:
                self.bound = f"it was stopped after {self.executions:,} executions (--max-executions)"
                return
            execution = self.search.advance(MOST_BLOCKED)
            if execution is not None:
                self.add(ended_of(execution))
            elif self.search.has_ended:
                self.bound = self._cut()
                return
            yield self.progress()

    def _cut(self) -> str | None:
        if self._truncated:
            were = "execution was" if self._truncated == 1 else "executions were"
            return f"{self._truncated:,} {were} cut off after {self.options.max_steps:,} steps (--max-steps)"
        kinds = {key.kind for key in self.collection.found}
        if "not recorded" in kinds:
            return "a process was given up because it asked what was not recorded (--recorded)"
        if "process loops" in kinds:
            return f"a process was given up after {self.options.loop_bound:,} instructions (--max-loop)"
        return None

    def _visit(self, preemptions: int) -> Generator[Progress, None, None]:
        self.bound = "it was stopped"
        for visit in visit_all(self.system, self.beginning.state, preemptions, self.options.max_steps):
            if visit is not None:
                run = follow(self.system, self.beginning.state, visit.schedule, len(visit.schedule))
                self.add(run.ended())
                if self.executions >= self.options.max_executions:
                    self.bound = f"it was stopped after {self.executions:,} executions (--max-executions)"
                    return
            yield self.progress()
        self.bound = f"schedules with more than {preemptions} preemptions were left out (--preemptions)"

    def _sample(self) -> Generator[Progress, None, None]:
        options = self.options
        count = options.random or options.samples
        sampler = Sampler(self.system, self.beginning.state, options.seed, options.pct, options.max_steps)
        self.bound = f"{count:,} schedules were chosen at random (seed {options.seed})"
        for _ in range(count):
            self.add(sampler.run().ended())
            yield self.progress()

    def break_off(self, why: str) -> None:
        """The search ended in the middle of a step: what was found stays, but nobody can go on from there."""
        self.bound = why
        self._is_broken = True

    # -- to go on another time

    def save(self) -> dict[str, Any]:
        """Where the search stands and what it has found, as what ``json`` writes.

        Raises TtvmError when it was broken off in the middle of a step.
        """
        if self._is_broken:
            raise TtvmError(
                "this search ended in the middle of a step, so it cannot be kept; what was kept before stays"
            )
        unit = None if self.search.is_over else write_unit_data(write_unit(self.search))
        return {
            "options": self._fixed(),
            "executions": self.executions,
            "blocked": self.search.blocked,
            "truncated": self._truncated,
            "search": unit,
            "collection": write_collection(self.collection),
        }

    def load(self, data: dict[str, Any]) -> None:
        """Go on where another exploration of the same program stood. Raises TtvmError when it had other options."""
        if data["options"] != self._fixed():
            raise TtvmError("this search was begun with other options; they must be the same to go on with it")
        self.collection = read_collection(data["collection"])
        self.executions = int(data["executions"])
        self._truncated = int(data["truncated"])
        unit = data["search"]
        if unit is None:
            self.search.nodes.clear()
        else:
            beginning, options = self.beginning, self.options
            self.search = open_search(
                beginning.system, beginning.state, read_unit_data(unit), options.strategy, options.max_steps
            )
        self.search.blocked = int(data["blocked"])

    def _fixed(self) -> list[Any]:
        """The options that a search cannot change on its way."""
        options = self.options
        return [
            str(options.strategy),
            self.beginning.pids.partition(":")[0],
            options.ordered_output,
            options.max_steps,
            options.loop_bound,
            options.seed,
            list(options.arguments),
            options.input,
            *([self.beginning.fingerprint] if options.recorded else []),
        ]

    # -- the report

    def report(self, explained: int = MOST_EXPLAINED) -> Report:
        """What was found out so far; ``explained`` findings are shrunk and told in detail."""
        return result_of(self.reporting(explained))

    def reporting(self, explained: int = MOST_EXPLAINED) -> Pieces[Report]:
        """The same in pieces. The exploration must not go on before all of them are done."""
        findings: list[Finding] = []
        for number, finding in enumerate(self.collection.findings(self.options.expected)):
            findings.append((yield from self._explain(finding)) if number < explained else finding)
        findings.sort(key=lambda each: (each.schedule.preemptions, len(each.schedule.steps)))
        outcomes = sorted(self.collection.outcomes.values(), key=lambda each: each.schedule.rank)
        beginning = self.beginning
        return Report(
            beginning.program,
            self.bound is None,
            self.executions,
            self.blocked,
            self.options.method,
            beginning.pids,
            tuple(outcomes),
            tuple(findings),
            self.bound,
            (*beginning.notes, *refusals(self.system)),
        )

    def _explain(self, finding: Finding) -> Pieces[Finding]:
        """A finding with the simplest schedule, the deciding race, and the steps in words."""
        shrinker = Shrinker(self.system, self.beginning.state, self.options.max_steps)
        key = Key(finding.kind, finding.process, finding.place, finding.text)
        try:
            run = yield from shrinker.shrink(finding.schedule.steps, key)
            pair = yield from shrinker.decisive(run, key)
        except LateModule:  # a simpler schedule leads where the search has not been
            return finding
        return finding.replace(
            schedule=run.schedule,
            race=tell_race(*pair, run) if pair is not None else "",
            details=tell_waiting(run) if finding.kind in ("deadlock", "orphan") else (),
            trace=tell_trace(run),
        )


def explore(start: Module | Vm, options: Options | None = None, loader: Loader | None = None) -> Report:
    """Everything that a program can do; a ``loader`` is needed with a module, and is where it came from."""
    exploration = Exploration(start, options or Options(), loader)
    for _ in exploration:
        pass
    return exploration.report()


def ended_of(execution: Execution) -> Ended:
    """A complete execution of a search as the collections want it."""
    nodes = execution.nodes
    steps = execution.schedule
    preemptions = 0
    troubles: list[Trouble] = list(nodes[0].troubles)
    for position in range(len(steps)):
        if position and steps[position] != steps[position - 1] and steps[position - 1] in nodes[position].enabled:
            preemptions += 1
        troubles += nodes[position + 1].troubles
    if execution.truncated:
        troubles.append(bound_hit(execution.trace.events))
    return Ended(execution.state, Schedule(steps, preemptions), tuple(troubles), execution.truncated)


def share_of(search: Search) -> float:
    """How much of what a search knows it has explored: of each state on its way, the share of the branches done."""
    share, weight = 0.0, 1.0
    for node in search.nodes:
        done = node.explored
        known = done + len(node.branches)
        if known > 1:
            share += weight * done / known
            weight /= known
    return min(1.0, share) if not search.is_over else 1.0


def refusals(system: ExploredSystem) -> tuple[str, ...]:
    """What to say about questions to the world outside."""
    if not system.refused:
        return ()
    where = ", ".join(sorted(system.refused)[:5])
    more = f" and {len(system.refused) - 5} more" if len(system.refused) > 5 else ""
    return (f"the world outside was not asked: every question was refused with PermissionDenied: {where}{more}",)
