"""Work that takes its time: an event loop on a thread of its own, so that the machine never waits.

The machine stays on its thread. It hands over coroutines and collects what they came to.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from ttvm.errors import FaultKind
from ttvm.host.handles import Refused
from ttvm.outside import Refusal
from ttvm.values import Value

Work = Coroutine[Any, Any, Value]
_CLOSING_TIME = 2.0
"""Seconds the loop gets to end what it still does."""


class Background:
    """Coroutines that run beside the machine. All methods are for the thread of the machine."""

    def __init__(self) -> None:
        self._done: deque[tuple[int, Value | Refusal]] = deque()
        self._something = threading.Event()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="ttvm outside", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self._finish())
        self.loop.close()

    async def _finish(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSING_TIME)
        await self.loop.shutdown_asyncgens()

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
        answer: Value | Refusal
        try:
            answer = await work
        except Refused as refused:
            answer = refused.refusal
        except asyncio.CancelledError:
            return
        except Exception as error:
            # A guest sees a fault that it can catch, whatever a library raised.
            answer = Refusal(FaultKind.NETWORK_ERROR, f"failed: {type(error).__name__}: {error}")
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
        """Call a function on the thread of the loop, soon."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function, *arguments)

    def take(self) -> list[tuple[int, Value | Refusal]]:
        """What has been done since the last call, in the order in which it was done."""
        self._something.clear()
        done = []
        while self._done:
            done.append(self._done.popleft())
        return done

    def wait(self, milliseconds: int | None) -> bool:
        """Wait until something is done; whether it is."""
        return self._something.wait(None if milliseconds is None else milliseconds / 1000)

    def close(self) -> None:
        """End all work."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(2 * _CLOSING_TIME)
