"""One search, many workers: the tree of executions is cut into parts that are explored at the same time.

The keeper of the search knows the open nodes: states from which something is left to explore. A worker gets one branch
of one node, explores it for so many executions, and gives back what it found, the nodes that are still open in its
part, and what its races ask of nodes above. A branch that was handed out counts as explored for its siblings, as in the
search of one worker, so no execution is explored twice; and a worker that dies takes nothing with it, because its part
is handed out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from ttvm.explore.collecting import Collection
from ttvm.explore.events import Event, depends
from ttvm.explore.exploring import Exploration, Progress, ended_of
from ttvm.explore.frontier import OpenNode, Unit, open_search, write_unit
from ttvm.explore.options import Options
from ttvm.explore.search import Strategy
from ttvm.explore.state import State
from ttvm.record import Record
from ttvm.values import Pid
from ttvm.vm import make_loader

UNIT_SIZE = 400
"""Executions of one part, before its worker reports back."""
_FIRST = 20
"""Executions that the keeper runs by itself: a small search is over before a worker has started."""


class Task(Record):
    """What a worker is told: the program by its file, the options, and the part."""

    file: str
    options: Options
    unit: Unit
    size: int


class Result(Record):
    """What a worker gives back."""

    collection: Collection
    executions: int
    blocked: int
    truncated: int
    unit: Unit
    """Where its search stands."""
    refused: tuple[str, ...]


_explorations: dict[tuple[str, str], Exploration] = {}
"""The programs that this worker has loaded: it gets many parts of the same search."""


def run_task(task: Task) -> Result:
    """Explore a part. Runs in a worker."""
    key = (task.file, repr(task.options.__dict__))
    exploration = _explorations.get(key)
    if exploration is None:
        loader = make_loader()
        _explorations.clear()
        exploration = _explorations[key] = Exploration(loader.load(task.file), task.options, loader)
    options, beginning = task.options, exploration.beginning
    search = open_search(beginning.system, beginning.state, task.unit, options.strategy, options.max_steps)
    collection = Collection()
    while search.executions + search.blocked < task.size:
        execution = search.advance()
        if execution is None:
            break
        collection.add(ended_of(execution))
    refused = tuple(sorted(beginning.system.refused))
    return Result(collection, search.executions, search.blocked, search.cut, write_unit(search), refused)


class Pool(Protocol):
    """Workers: tasks go in, results come out in any order."""

    size: int
    """How many tasks are worked on at the same time."""

    def submit(self, task: Task) -> None:
        """Let a worker do a task."""
        ...

    def wait(self) -> list[tuple[Task, Result | None]]:
        """Wait a moment for results; a task whose worker died comes back with None."""
        ...

    def close(self) -> None:
        """Stop all workers."""
        ...


class _Open:
    """An open node at the keeper's."""

    __slots__ = ("pending", "sleep", "state", "trace")

    def __init__(self, state: State, trace: tuple[Event, ...], sleep: dict[Pid, Event], pending: list[Pid]) -> None:
        self.state = state
        self.trace = trace
        """The events that led here."""
        self.sleep = sleep
        """The steps that are explored, or being explored."""
        self.pending = pending
        """Whose steps are still to be explored."""


class ParallelExploration(Exploration):
    """An exploration whose search is done by workers. The program must be a file that they can read."""

    def __init__(self, file: str, options: Options, make_pool: Callable[[], Pool]) -> None:
        # A wakeup tree tells a branch what to do for its elder siblings, so they cannot be explored at the same time.
        # Source sets only tell which branches there are.
        loader = make_loader()
        super().__init__(loader.load(file), options.replace(strategy=Strategy.SOURCE), loader)
        self._file = file
        self._make_pool = make_pool
        self._open: dict[tuple[Pid, ...], _Open] = {}
        self._blocked = 0
        self._waiting: list[Task] = []
        self._under_way = 0
        self.lost_workers = 0
        """How often a worker died."""

    @property
    def blocked(self) -> int:
        return self._blocked + self.search.blocked

    def _search(self) -> Iterator[Progress]:
        for progress in super()._search():
            yield progress
            if self.executions >= _FIRST:
                break
        if self.bound != "it was stopped":
            return
        self._take(write_unit(self.search), 0)
        pool = self._make_pool()
        try:
            yield from self._share_out(pool)
        finally:
            pool.close()

    def _share_out(self, pool: Pool) -> Iterator[Progress]:
        while True:
            while self._under_way < pool.size * 2 and (task := self._next_task()) is not None:
                pool.submit(task)
                self._under_way += 1
            if not self._under_way:
                self.bound = self._cut()
                return
            for task, result in pool.wait():
                self._under_way -= 1
                if result is None:
                    self.lost_workers += 1
                    self._waiting.append(task)
                else:
                    self._add_result(task, result)
            yield self.progress()
            if self.executions >= self.options.max_executions:
                self.bound = f"it was stopped after {self.executions:,} executions (--max-executions)"
                return

    def progress(self) -> Progress:
        collection = self.collection
        left = sum(len(node.pending) for node in self._open.values()) + self._under_way
        done = sum(len(node.sleep) for node in self._open.values())
        share = done / (left + done) if left else super().progress().share
        return Progress(self.executions, self.blocked, len(collection.outcomes), len(collection.found), share)

    def _next_task(self) -> Task | None:
        if self._waiting:
            return self._waiting.pop()
        for path in reversed(self._open):
            node = self._open[path]
            while node.pending:
                pid = node.pending.pop(0)
                if pid in node.sleep:
                    continue
                event = self._step(node, pid)
                asleep = tuple(other for other, known in node.sleep.items() if not depends(event, known))
                node.sleep[pid] = event
                nodes = [self._written(path[:depth]) for depth in range(len(path) + 1)]
                nodes.append(OpenNode(asleep, [], True))
                return Task(self._file, self.options, Unit((*path, pid), tuple(nodes), len(path) + 1), UNIT_SIZE)
        return None

    def _step(self, node: _Open, pid: Pid) -> Event:
        number = 1 + sum(event.pid == pid for event in node.trace)
        _, event = self.system.step(node.state, pid, number)
        self.system.troubles.clear()
        return event

    def _written(self, path: tuple[Pid, ...]) -> OpenNode:
        node = self._open[path]
        return OpenNode(tuple(node.sleep), [[pid, []] for pid in node.pending])

    def _add_result(self, task: Task, result: Result) -> None:
        self.collection.merge(result.collection)
        self.executions += result.executions
        self._blocked += result.blocked
        self._truncated += result.truncated
        self.system.refused.update(result.refused)
        unit = result.unit
        for depth in range(task.unit.root):
            node = self._open[task.unit.path[:depth]]
            for pid, _ in unit.nodes[depth].branches:
                if pid not in node.sleep and pid not in node.pending:
                    node.pending.append(pid)
        if len(unit.nodes) > task.unit.root:
            self._take(unit, task.unit.root)

    def _take(self, unit: Unit, root: int) -> None:
        """Keep the open nodes of a search from ``root`` on."""
        search = open_search(self.system, self.beginning.state, unit, self.options.strategy, self.options.max_steps)
        events = tuple(search.trace.events)
        for depth in range(root, len(search.nodes)):
            node = search.nodes[depth]
            pending = [branch.pid for branch in node.branches]
            if depth < len(events):
                del pending[0]
                node.sleep[events[depth].pid] = events[depth]
            self._open[unit.path[:depth]] = _Open(node.state, events[:depth], node.sleep, pending)
