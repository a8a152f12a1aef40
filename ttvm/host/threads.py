"""Threads for calls that cannot be interrupted: a file of a slow disk, a name server that does not answer.

``concurrent.futures`` waits at the end of Python for every thread that it started, so one pipe that nobody writes to
would keep ``ttvm`` from ending. Nobody waits for these.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

MOST_THREADS = 8
"""At once. What is asked for meanwhile waits its turn; each thread takes memory of the limit on it."""

_Parameters = ParamSpec("_Parameters")
_ResultT = TypeVar("_ResultT")


class DaemonThreads(ThreadPoolExecutor):
    """A pool that asyncio takes for its own kind, with threads that end with the program."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)  # it never starts one
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._count = 0

    def submit(
        self, function: Callable[_Parameters, _ResultT], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Future[_ResultT]:
        """Call a function on a thread; its result is that of the future."""
        future: Future[_ResultT] = Future()

        def work() -> None:
            if future.set_running_or_notify_cancel():
                _fulfil(future, lambda: function(*args, **kwargs))

        self._waiting.put(work)
        if not self._idle.acquire(blocking=False) and self._count < MOST_THREADS:
            threading.Thread(target=self._serve, name=f"ttvm aside {self._count + 1}", daemon=True).start()
            self._count += 1
        return future

    def _serve(self) -> None:
        while (work := self._waiting.get()) is not None:
            work()
            del work  # or what it holds would stay until the next one comes
            self._idle.release()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end when they have done what was asked for; nobody waits for it."""
        for _ in range(self._count):
            self._waiting.put(None)


def _fulfil(future: Future[Any], function: Callable[[], Any]) -> None:
    try:
        result = function()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
