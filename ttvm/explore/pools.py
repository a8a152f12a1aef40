"""Workers for a parallel exploration: processes of this computer, or of a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from ttvm.errors import OutOfMemory, TtvmError
from ttvm.explore.parallel import Result, Task, run_task

_MOMENT = 0.5
"""Seconds after which ``wait`` returns without a result, so that its caller can look at the clock."""
_MOST_FAILURES = 20
"""So often workers may die before that is taken for a fault of the program or of the computer."""


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, not even while they import; ours hears of it right afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_work(prepare: Callable[[], None]) -> None:
    """What a worker does first. A terminal tells all processes of Ctrl-C; the keeper ends its workers by itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_keeper, daemon=True).start()
    prepare()


def _end_with_the_keeper() -> None:
    """When the keeper is killed it cannot end its workers, and they would wait for work for ever."""
    keeper = multiprocessing.parent_process()
    if keeper is not None:
        keeper.join()
        os._exit(1)


def _nothing() -> None:
    """No preparation."""


class LocalPool:
    """Processes of this computer. When one dies, all are started anew, and what they worked on is given back.

    Each calls ``prepare`` first, as to limit its memory; it must be something that can be pickled.
    """

    def __init__(self, size: int, prepare: Callable[[], None] = _nothing) -> None:
        self.size = size
        self._prepare = prepare
        self._executor = self._start()
        self._tasks: dict[Future[Result], Task] = {}
        self._failures = 0

    def _start(self) -> ProcessPoolExecutor:
        # A forked process would share our open files and threads; a new one begins clean on every system.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.size, mp_context=context, initializer=_begin_work, initargs=(self._prepare,))

    def submit(self, task: Task) -> None:
        """Let a worker do a task."""
        try:
            with _without_interrupts():  # the first task starts the workers
                future = self._executor.submit(run_task, task)
        except BrokenProcessPool:
            future = Future()
            future.set_exception(BrokenProcessPool())
        self._tasks[future] = task

    def wait(self) -> list[tuple[Task, Result | None]]:
        """Wait a moment for results. Raises TtvmError when workers die again and again."""
        done, _ = wait(self._tasks, _MOMENT, FIRST_COMPLETED)
        results: list[tuple[Task, Result | None]] = []
        broken = False
        for future in done:
            task = self._tasks.pop(future)
            try:
                results.append((task, future.result()))
            except BrokenProcessPool:
                broken = True
                results.append((task, None))
            except MemoryError:
                raise OutOfMemory("a worker has no memory left for what it has found") from None
        if broken:
            self._failures += 1
            if self._failures > _MOST_FAILURES:
                raise TtvmError("the workers of the exploration die again and again; try it with --jobs 1")
            results += ((task, None) for task in self._tasks.values())
            self._tasks.clear()
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = self._start()
        return results

    def close(self) -> None:
        """Stop all workers, without waiting for what they are doing."""
        processes = list((self._executor._processes or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()

    def processes(self) -> list[int]:
        """The numbers that the operating system gave to the workers."""
        return [process.pid for process in (self._executor._processes or {}).values() if process.pid is not None]
