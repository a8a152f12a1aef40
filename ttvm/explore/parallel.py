"""One search, many workers: the tree of executions is cut into parts that are explored at the same time.

The keeper of the search knows the open nodes: states from which something is left to explore. A worker gets one branch
of one node, explores it for so many executions, and gives back what it found, the nodes that are still open in its
part, and what its races ask of nodes above. A branch that was handed out counts as explored for its siblings, as in the
search of one worker, so no execution is explored twice; and a worker that dies takes nothing with it, because its part
is handed out again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Protocol

from ttvm.errors import OutOfMemory, TtvmError
from ttvm.explore.collecting import Collection
from ttvm.explore.events import Event
from ttvm.explore.exploring import Exploration, Progress, ended_of
from ttvm.explore.frontier import OpenNode, Unit, open_search, write_sleep, write_unit
from ttvm.explore.options import Options
from ttvm.explore.search import Search
from ttvm.explore.sleeping import Sleeper, behind, fast_asleep
from ttvm.explore.state import State
from ttvm.record import Record
from ttvm.values import Pid
from ttvm.vm import make_loader

UNIT_SIZE = 400
"""Executions of one part, before its worker reports back."""
_FIRST_SIZE = 50
"""The same at the beginning of a search."""
_FIRST = 20
"""Executions that the keeper runs by itself: a small search is over before a worker has started."""


class Task(Record):
    """What a worker is told: the program by its file, the options, and the part."""

    file: str
    text_hash: str
    """Of the program: a worker elsewhere must read the same one."""
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
    trouble: str = ""
    """Why the worker could not go on: it has no memory left. The search ends with what is known then."""


class _Loaded(threading.local):
    """The program that a worker has loaded: it gets many parts of the same search. Each thread is a worker."""

    key: tuple[str, ...] = ()
    exploration: Exploration


_loaded = _Loaded()


def run_task(task: Task) -> Result:
    """Explore a part. Runs in a worker. Raises TtvmError when its file is not the program of the task."""
    collection = Collection()
    search: Search | None = None
    trouble = ""
    refused: tuple[str, ...] = ()
    try:
        beginning = _load(task).beginning
        options = task.options
        search = open_search(beginning.system, beginning.state, task.unit, options.strategy, options.max_steps)
        while search.executions + search.blocked < task.size:
            execution = search.advance()
            if execution is None:
                break
            collection.add(ended_of(execution))
        refused = tuple(sorted(beginning.system.refused))
    except (OutOfMemory, MemoryError) as error:
        trouble = str(error) or "no memory is left"
    if search is None:
        return Result(collection, 0, 0, 0, task.unit, (), trouble)
    return Result(collection, search.executions, search.blocked, search.cut, write_unit(search), refused, trouble)


def _load(task: Task) -> Exploration:
    """The exploration that the parts of one search share."""
    key = (task.file, task.text_hash, repr(task.options.__dict__))
    if _loaded.key != key:
        loader = make_loader()
        module = loader.load(task.file)
        if module.source.text_hash != task.text_hash:
            raise TtvmError(f"{task.file}: a worker reads another text in this file")
        _loaded.exploration, _loaded.key = Exploration(module, task.options, loader), key
    return _loaded.exploration


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

    def __init__(self, state: State, trace: tuple[Event, ...], sleep: list[Sleeper], pending: list[Pid]) -> None:
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
        self._file = file
        self._make_pool = make_pool
        self.lost_workers = 0
        """How often a worker died."""
        super().__init__(loader.load(file), options.replace(strategy=options.strategy.without_trees), loader)

    def _start(self) -> None:
        super()._start()
        self._open: dict[tuple[Pid, ...], _Open] = {}
        """The nodes that several workers share, by the ways to them."""
        self._units: list[Unit] = []
        """Parts that were begun and wait for a worker."""
        self._blocked = 0
        self._waiting: list[Task] = []
        self._under_way = 0
        self._trouble = ""
        """Why a worker could not go on; then the others end what they have begun."""
        self._hunger = 1
        """How many parts should be waiting."""

    @property
    def blocked(self) -> int:
        return self._blocked + self.search.blocked

    def _search(self) -> Generator[Progress, None, None]:
        for progress in super()._search():
            yield progress
            if self.executions >= _FIRST:
                break
        if self.bound != "it was stopped":
            return
        self._keep(write_unit(self.search), True)
        pool = self._make_pool()
        self._hunger = pool.size
        try:
            yield from self._share_out(pool)
        finally:
            pool.close()

    def _share_out(self, pool: Pool) -> Generator[Progress, None, None]:
        while True:
            while not self._trouble and self._under_way < pool.size * 2 and (task := self._next_task()) is not None:
                pool.submit(task)
                self._under_way += 1
            if not self._under_way:
                self.bound = self._trouble or self._cut()
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
        left = sum(len(node.pending) for node in self._open.values()) + self._under_way + len(self._units)
        done = sum(len(node.sleep) for node in self._open.values())
        share = done / (left + done) if left else super().progress().share
        return Progress(self.executions, self.blocked, len(collection.outcomes), len(collection.found), share)

    def _next_task(self) -> Task | None:
        if self._waiting:
            return self._waiting.pop()
        unit = self._units.pop() if self._units else self._next_branch()
        if unit is None:
            return None
        shared = tuple(self._written(unit.path[:depth]) for depth in range(unit.root))
        unit = unit.replace(nodes=(*shared, *unit.nodes[unit.root :]))
        # Small parts at first: so there is soon something for everybody, and something to tell.
        size = min(UNIT_SIZE, _FIRST_SIZE + self.executions // 5)
        return Task(self._file, self.beginning.module.source.text_hash, self.options, unit, size)

    def _next_branch(self) -> Unit | None:
        """The first branch of a shared node that nobody has begun; those nearest to the start are the largest."""
        for path, node in self._open.items():
            while node.pending:
                pid = node.pending.pop(0)
                if pid not in fast_asleep(node.sleep):
                    event = self._step(node, pid)
                    asleep = write_sleep(behind(node.sleep, event, self.search.commuting))
                    node.sleep.append(Sleeper(event, len(path)))
                    begun = OpenNode(asleep, [], True)
                    return Unit((*path, pid), (begun,) * (len(path) + 2), len(path) + 1)
        return None

    def _step(self, node: _Open, pid: Pid) -> Event:
        number = 1 + sum(event.pid == pid for event in node.trace)
        _, event = self.system.step(node.state, pid, number)
        self.system.troubles.clear()
        return event

    def _written(self, path: tuple[Pid, ...]) -> OpenNode:
        node = self._open[path]
        return OpenNode(write_sleep(node.sleep), [[0, pid] for pid in node.pending])

    def _add_result(self, task: Task, result: Result) -> None:
        self.collection.merge(result.collection)
        self.executions += result.executions
        self._blocked += result.blocked
        self._truncated += result.truncated
        self.system.refused.update(result.refused)
        if result.trouble:
            self._trouble = result.trouble
            return
        unit = result.unit
        for depth in range(task.unit.root):
            node = self._open[task.unit.path[:depth]]
            known = fast_asleep(node.sleep)
            for _, pid in unit.nodes[depth].branches:
                if pid not in known and pid not in node.pending:
                    node.pending.append(pid)
        if len(unit.nodes) > task.unit.root:
            left = len(self._units) + sum(len(node.pending) for node in self._open.values())
            self._keep(unit, left < self._hunger)

    def _keep(self, unit: Unit, split: bool) -> None:
        """Keep the rest of a part, to go on with it later; with ``split`` its first open node will be shared."""
        depth = next(
            (depth for depth in range(unit.root, len(unit.path)) if unit.nodes[depth].branches), len(unit.path)
        )
        if split and depth < len(unit.path):
            self._share(unit, depth)
            unit = unit.replace(root=depth + 1)
        self._units.append(unit)

    def _share(self, unit: Unit, last: int) -> None:
        """Share the nodes of a part up to the one at depth ``last``."""
        shortened = unit.replace(path=unit.path[: last + 1], nodes=unit.nodes[: last + 2])
        beginning, options = self.beginning, self.options
        search = open_search(beginning.system, beginning.state, shortened, options.strategy, options.max_steps)
        events = tuple(search.trace.events)
        for depth in range(unit.root, last + 1):
            node = search.nodes[depth]
            node.sleep.append(Sleeper(events[depth], depth))
            pending = [branch.pid for branch in node.branches[1:]]
            self._open[unit.path[:depth]] = _Open(node.state, events[:depth], node.sleep, pending)
