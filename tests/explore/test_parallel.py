"""Several workers find what one finds, each class of executions once, also when workers die."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.explore.generated import random_program
from tests.explore.generated_messages import message_program
from tests.explore.helpers import explored, finish
from tests.explore.programs import REFERENCE, take_any
from ttvm.cli.running import limit_memory
from ttvm.explore import parallel
from ttvm.explore.options import Options
from ttvm.explore.parallel import ParallelExploration, Result, Task, run_task
from ttvm.explore.pools import LocalPool
from ttvm.explore.search import Execution, Search, Strategy


class PoolInThisProcess:
    """Does one task after the other, the newest first, and lets workers die on command."""

    size = 3

    def __init__(self, deaths: int = 0) -> None:
        self._tasks: list[Task] = []
        self._deaths = deaths

    def submit(self, task: Task) -> None:
        self._tasks.append(task)

    def wait(self) -> list[tuple[Task, Result | None]]:
        task = self._tasks.pop()
        if self._deaths:
            self._deaths -= 1
            return [(task, None)]
        return [(task, run_task(task))]

    def close(self) -> None:
        self._tasks.clear()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "UNIT_SIZE", 7)
    monkeypatch.setattr(parallel, "_FIRST", 3)


def program(tmp_path: Path, text: str) -> str:
    path = tmp_path / "prog.ttvm"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", ["any4", "calls3", "two3", "lost-update2", "philosophers3", "poll3", "kill", "ring"])
def test_parts_together_are_the_whole(name: str, tmp_path: Path) -> None:
    text, executions, _ = REFERENCE[name]
    exploration = ParallelExploration(program(tmp_path, text), Options(), PoolInThisProcess)
    finish(exploration)
    assert (exploration.executions, exploration.bound) == (executions, None)
    assert set(exploration.collection.outcomes) == set(explored(text).collection.outcomes)


@pytest.mark.parametrize("make", [random_program, message_program])
@pytest.mark.parametrize("strategy", [Strategy.OBSERVERS, Strategy.OPTIMAL])
def test_random_programs(make: Callable[[int], str], strategy: Strategy, tmp_path: Path) -> None:
    for seed in range(40):
        text = make(seed)
        alone = explored(text, max_executions=400, strategy=strategy)
        if alone.bound is None:
            options = Options(strategy=strategy)
            exploration = ParallelExploration(program(tmp_path, text), options, PoolInThisProcess)
            finish(exploration)
            assert exploration.executions == alone.executions, seed
            assert set(exploration.collection.outcomes) == set(alone.collection.outcomes), seed


def test_workers_that_die_lose_nothing(tmp_path: Path) -> None:
    text, executions, _ = REFERENCE["two3"]
    exploration = ParallelExploration(program(tmp_path, text), Options(), lambda: PoolInThisProcess(deaths=4))
    finish(exploration)
    assert (exploration.executions, exploration.lost_workers) == (executions, 4)


def test_processes_of_this_computer(tmp_path: Path) -> None:
    text, executions, _ = REFERENCE["any4"]
    exploration = ParallelExploration(program(tmp_path, text), Options(), lambda: LocalPool(2))
    finish(exploration)
    assert (exploration.executions, exploration.bound) == (executions, None)


def test_a_process_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    text, executions, _ = REFERENCE["any5"]
    pools: list[LocalPool] = []

    def make() -> LocalPool:
        pools.append(LocalPool(2))
        return pools[0]

    exploration = ParallelExploration(program(tmp_path, text), Options(), make)
    killed = False
    for _ in exploration:
        if pools and not killed:
            processes = pools[0].processes()
            if processes:
                os.kill(processes[0], 9)
                killed = True
    assert killed
    assert exploration.lost_workers
    assert exploration.executions == executions


def test_ctrl_c_does_not_reach_workers_not_even_while_they_start(tmp_path: Path) -> None:
    """A terminal sends it to all processes; the keeper ends the search, and its workers say nothing."""
    text, executions, _ = REFERENCE["any5"]
    pools: list[LocalPool] = []

    class Interrupted(LocalPool):
        def submit(self, task: Task) -> None:
            super().submit(task)
            for process in self.processes():
                os.kill(process, signal.SIGINT)

    def make() -> LocalPool:
        pools.append(Interrupted(2))
        return pools[0]

    exploration = finish(ParallelExploration(program(tmp_path, text), Options(), make))
    assert (exploration.executions, exploration.blocked, pools[0].size) == (executions, 0, 2)
    assert isinstance(exploration, ParallelExploration)
    assert exploration.lost_workers == 0


def test_a_bound_stops_all_workers(tmp_path: Path) -> None:
    exploration = ParallelExploration(program(tmp_path, take_any(9, 9)), Options(max_executions=50), PoolInThisProcess)
    finish(exploration)
    assert exploration.bound is not None
    assert exploration.bound.endswith("(--max-executions)")


def test_a_worker_without_memory_ends_the_search_with_what_is_known(tmp_path: Path) -> None:
    """Each execution needs more memory than a worker has; what the keeper found by itself before stays."""
    large = "PUSH_INT 0\nPUSH_INT 4000000\nRANGE\nPOP\n"
    text = take_any(3, 3).replace("HALT\nsender", f"{large}HALT\nsender", 1)
    exploration = ParallelExploration(
        program(tmp_path, text), Options(), lambda: LocalPool(2, partial(limit_memory, 64))
    )
    report = finish(exploration).report()
    assert report.bound is not None
    assert report.bound.startswith("no memory is left in a step of process ")
    assert (report.executions, len(report.outcomes), report.complete) == (3, 1, False)


def test_what_a_worker_found_before_its_memory_was_used_up_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = Search.advance

    def run_out(search: Search, most_blocked: int = 1 << 62) -> Execution | None:
        if search.executions == 4:
            raise MemoryError
        return advance(search, most_blocked)

    monkeypatch.setattr(Search, "advance", run_out)
    exploration = ParallelExploration(program(tmp_path, take_any(4, 4)), Options(), PoolInThisProcess)
    finish(exploration)
    assert (exploration.bound, exploration.executions > 3 + 4) == ("no memory is left", True)
