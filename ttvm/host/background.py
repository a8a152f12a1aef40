"""Work that takes its time: an event loop on a thread of its own, so that the machine never waits.

The machine stays on its thread. It hands over coroutines and collects what they came to.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from ttvm.errors import Fault, FaultKind, OutOfMemory
from ttvm.host.handles import Opened, Refused
from ttvm.host.threads import DaemonThreads
from ttvm.outside import Refusal
from ttvm.values import Value

Answer = Value | Refusal | Opened
Work = Coroutine[Any, Any, Value | Opened]
_ResultT = TypeVar("_ResultT")
_CLOSING_TIME = 2.0
"""Seconds the loop gets to end what it still does."""


class Background:
    """Coroutines that run beside the machine. All methods are for the thread of the machine.

    Work may also give something Opened; whoever takes it makes a handle for it, on the machine's thread.
    """

    def __init__(self) -> None:
        self._done: deque[tuple[int, Answer]] = deque()
        self._something = threading.Event()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._must_end: set[asyncio.Task[Any]] = set()
        self.loop = asyncio.new_event_loop()
        # What a library has to say about a broken connection becomes an answer or concerns nobody.
        self.loop.set_exception_handler(_ignore)
        self.loop.set_default_executor(DaemonThreads())
        self._thread = threading.Thread(target=self._serve, name="ttvm outside", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self.loop.close()
            raise OutOfMemory("there is no memory for another thread") from None

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self._finish())
        self.loop.close()

    async def _finish(self) -> None:
        if self._must_end:
            await asyncio.wait(self._must_end, timeout=_CLOSING_TIME)
        # First what we began: what that began in turn is needed to end in good order, a command with all it started.
        await self._end(set(self._tasks.values()))
        await self._end({task for task in asyncio.all_tasks() if task is not asyncio.current_task()})
        for _, answer in self._done:
            if isinstance(answer, Opened):
                answer.resource.close()  # it came too late for anybody to take it
        await self.loop.shutdown_asyncgens()
        for _ in range(3):
            await asyncio.sleep(0)  # a transport closes its socket one round later

    async def _end(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSING_TIME)

    def start(self, ticket: int, work: Work) -> None:
        """Begin a piece of work; its result arrives under that number."""
        self.loop.call_soon_threadsafe(self._begin, ticket, work)

    def _begin(self, ticket: int, work: Work) -> None:
        task = self._tasks[ticket] = self.loop.create_task(self._run(ticket, work))
        task.add_done_callback(lambda _: self._forget(ticket, work))

    def _forget(self, ticket: int, work: Work) -> None:
        # Work that was given up before it began was never awaited, and Python would complain about that.
        work.close()
        self._tasks.pop(ticket, None)

    async def _run(self, ticket: int, work: Work) -> None:
        answer: Answer
        try:
            answer = await work
        except asyncio.CancelledError:
            return
        except Exception as error:
            answer = refusal_of(error)
        self._done.append((ticket, answer))
        self._something.set()

    def cancel(self, ticket: int) -> None:
        """Give a piece of work up; nothing arrives any more."""
        self.loop.call_soon_threadsafe(self._cancel, ticket)

    def _cancel(self, ticket: int) -> None:
        task = self._tasks.get(ticket)
        if task is not None:
            task.cancel()

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function on the thread of the loop, soon. Coroutines may use this too."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function, *arguments)

    def call_and_wait(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a quick function on the thread of the loop, and return when it has returned."""
        returned = threading.Event()

        def call() -> None:
            try:
                function(*arguments)
            finally:
                returned.set()

        self.call(call)
        if not self.loop.is_closed():
            returned.wait(_CLOSING_TIME)

    def call_aside(self, function: Callable[[], _ResultT], must_end: bool) -> Future[_ResultT]:
        """Call a slow function on another thread. With ``must_end`` it gets a little time to end when all work ends."""

        async def work() -> _ResultT:
            task = asyncio.current_task()
            if must_end and task is not None:
                self._must_end.add(task)
                task.add_done_callback(self._must_end.discard)
            return await asyncio.to_thread(function)

        return asyncio.run_coroutine_threadsafe(work(), self.loop)

    def take(self) -> list[tuple[int, Answer]]:
        """What has been done since the last call, in the order in which it was done."""
        done = []
        while self._done:
            done.append(self._done.popleft())
        return done

    def wait(self, milliseconds: int | None) -> bool:
        """Wait until something is done that was not taken; whether there is. A signal ends the wait."""
        # First clear, then look: what is done in between sets the event again.
        self._something.clear()
        if not self._done:
            self._something.wait(None if milliseconds is None else milliseconds / 1000)
        return bool(self._done)

    def close(self) -> None:
        """End all work."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(4 * _CLOSING_TIME)


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    pass


def refusal_of(error: Exception) -> Refusal:
    """What a guest is told of an error: a fault that it can catch, whatever a library raised."""
    if isinstance(error, Refused):
        return error.refusal
    if isinstance(error, Fault):
        return Refusal(error.kind, error.text)
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return Refusal(FaultKind.LIMIT_EXCEEDED, "would need more memory than there is")
    return Refusal(FaultKind.NETWORK_ERROR, f"failed: {type(error).__name__}: {error}")
