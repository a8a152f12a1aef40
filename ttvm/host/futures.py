"""Files that are read and written while the program goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future as Running
from typing import Any

from ttvm.host.background import Background
from ttvm.host.files import Files
from ttvm.host.handles import Handles, closed
from ttvm.host.permissions import Permissions
from ttvm.values import Handle, Pid, Value


class Future:
    """Something that is under way, and later what it came to."""

    def __init__(self, running: Running[Value], may_be_given_up: bool) -> None:
        self._running = running
        self._may_be_given_up = may_be_given_up
        self._closed: Running[None] = Running()

    async def answer(self, handle: Handle) -> Value:
        """What it came to. Raises what it raised, each time it is asked; and Refused when it is closed meanwhile."""
        running, end = asyncio.wrap_future(self._running), asyncio.wrap_future(self._closed)
        # Whoever gives up waiting must not end the work: others may wait for it.
        await asyncio.wait((asyncio.shield(running), end), return_when=asyncio.FIRST_COMPLETED)
        if not self._running.done() or self._running.cancelled():
            raise closed(handle)
        return self._running.result()

    def close(self) -> None:
        if self._may_be_given_up:
            self._running.cancel()
        self._closed.set_result(None)


class Futures:
    """The room of ASYNC_READ, ASYNC_WRITE and AWAIT."""

    def __init__(self, background: Background, handles: Handles, permissions: Permissions, files: Files) -> None:
        self._background = background
        self._handles = handles
        self._permissions = permissions
        self._files = files

    def read(self, pid: Pid, path: str) -> Value:
        """A future of the text of a file. Raises Refused at once when it may not be read."""
        self._permissions.read(path)
        return self._start(pid, f"read {path}", lambda: self._files.read_text(pid, path), False)

    def write(self, pid: Pid, text: str, path: str) -> Value:
        """A future of a text that is written to a file. Raises Refused at once when that is not allowed."""
        self._permissions.write(path)
        return self._start(pid, f"write {path}", lambda: self._files.write_text(pid, text, path), True)

    def _start(self, pid: Pid, title: str, work: Callable[[], Value], must_end: bool) -> Handle:
        running = self._background.call_aside(work, must_end)
        return self._handles.open(pid, "Future", title, Future(running, not must_end))

    def wait(self, pid: Pid, handle: Handle) -> Coroutine[Any, Any, Value]:
        """What a future came to."""
        return self._handles.find(handle, Future).answer(handle)
