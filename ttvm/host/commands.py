"""The environment of the run, and commands of this computer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from ttvm.errors import FaultKind
from ttvm.host.files import file_errors
from ttvm.host.handles import Refused
from ttvm.host.permissions import Permissions
from ttvm.values import SIZE_LIMIT, List, Object, Pid, Value


class Commands:
    """The room of the environment and of commands: they belong together, as commands get the environment."""

    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions
        self._environment = dict(os.environ)
        """The run's own copy: what the program sets is nobody else's."""

    def get_variable(self, pid: Pid, name: str) -> Value:
        """The value of a variable; None when it is not set."""
        _check_name(name)
        self._permissions.env(name)
        return self._environment.get(_variable(name))

    def set_variable(self, pid: Pid, name: str, value: str) -> Value:
        """Set a variable for this run and its commands."""
        _check_name(name)
        _check_texts((name, value), "a name and a value")
        self._permissions.env(name, change=True)
        self._environment[_variable(name)] = value
        return None

    def run(self, pid: Pid, command: str, arguments: List) -> Any:
        """Run a command; the answer has its exit status and all it wrote, in the order in which it was written."""
        return self._start(command, arguments, merged=True)

    def capture(self, pid: Pid, command: str, arguments: List) -> Any:
        """Run a command; the answer has its exit status, its output and its errors."""
        return self._start(command, arguments, merged=False)

    def _start(self, command: str, arguments: List, merged: bool) -> Any:
        words = [str(each) for each in arguments]
        if not command:
            raise Refused(FaultKind.FILE_ERROR, "needs a command that is not empty")
        _check_texts((command, *words), "a command and arguments")
        file = self._permissions.run(command, self._environment.get("PATH", os.defpath))
        return _execute(command, file, words, self._environment.copy(), merged)


def _variable(name: str) -> str:
    return name.upper() if os.name == "nt" else name


def _check_name(name: str) -> None:
    if not name or "=" in name or "\0" in name:
        raise Refused(FaultKind.DOMAIN_ERROR, "needs a name that is not empty and has neither = nor NUL")


def _check_texts(texts: Sequence[str], what: str) -> None:
    """Raises Refused for what the system cannot take."""
    try:
        clean = not any(b"\0" in os.fsencode(each) for each in texts)
    except UnicodeEncodeError:
        clean = False
    if not clean:
        raise Refused(FaultKind.DOMAIN_ERROR, f"needs {what} without NUL and without halves of characters")


class _Output(asyncio.SubprocessProtocol):
    """Collects what a command writes, and ends one that writes too much."""

    def __init__(self) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self.flooded = False
        self._written = {1: bytearray(), 2: bytearray()}
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if self.flooded:
            return
        self._written[fd] += data
        if sum(map(len, self._written.values())) > SIZE_LIMIT:
            self.flooded = True
            self._written = {1: bytearray(), 2: bytearray()}
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:
        """The command has ended, and everybody who could write to its pipes has closed them."""
        if not self.ended.done():
            self.ended.set_result(None)

    def text(self, fd: int) -> str:
        """What was written there."""
        return self._written[fd].decode("utf-8", "replace")

    def kill(self) -> None:
        """End the command and all that it started, as far as that stayed in its group."""
        assert self._transport is not None
        # It leads a group of its own. The group is there as long as anybody in it is.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._transport.get_pid(), signal.SIGKILL)
            else:
                self._transport.kill()
        # Not everybody stays in the group; who left it may go on, but we do not wait for them to close the pipes.
        for number in (1, 2):
            pipe = self._transport.get_pipe_transport(number)
            if pipe is not None:
                pipe.close()


async def _outlast(work: asyncio.Future[Any]) -> bool:
    """Wait until ``work`` is done, even when this is given up meanwhile, maybe twice; whether it was."""
    given_up = False
    while not work.done():
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            given_up = True
        except OSError:
            break  # the result of ``work``, which its owner will look at
    return given_up


async def _execute(command: str, file: str, words: list[str], environment: dict[str, str], merged: bool) -> Value:
    """Run a command to its end. When this is given up, the command is killed, and waited for so that no zombie stays.

    ``file`` is what runs. It is told that it is called ``command``, as some files are many commands.
    """
    starting = asyncio.ensure_future(
        asyncio.get_running_loop().subprocess_exec(
            _Output,
            command,
            *words,
            executable=file,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    )
    with file_errors("run", command), _MEMORY.lifted():
        given_up = await _outlast(starting)
        transport, output = await starting
    try:
        if not given_up:
            await asyncio.shield(output.ended)
    except asyncio.CancelledError:
        given_up = True
    if given_up:
        output.kill()
        await _outlast(output.ended)
    # Not before the end: it looks for the exit status itself, and then whoever waits for that finds none.
    transport.close()
    if given_up:
        raise asyncio.CancelledError
    if output.flooded:
        text = f"ended {command}, which wrote more than {SIZE_LIMIT:,} bytes"
        raise Refused(FaultKind.LIMIT_EXCEEDED, text)
    status = transport.get_returncode()
    if merged:
        return Object({"output": output.text(1), "exit_code": status})
    return Object({"stdout": output.text(1), "stderr": output.text(2), "exit_code": status})


class _Memory:
    """Lifts the limit on the memory of this process while commands are started, which would inherit it.

    --max-memory-mb is about the program; some commands reserve far more than they will ever use.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._starting = 0
        self._limits = (-1, -1)

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """No limit but the one that cannot be lifted."""
        try:
            import resource
        except ImportError:  # Windows, which has no such limit
            yield
            return
        with self._lock:
            if self._starting == 0:
                self._limits = resource.getrlimit(resource.RLIMIT_AS)
                resource.setrlimit(resource.RLIMIT_AS, (self._limits[1], self._limits[1]))
            self._starting += 1
        try:
            yield
        finally:
            with self._lock:
                self._starting -= 1
                if self._starting == 0:
                    resource.setrlimit(resource.RLIMIT_AS, self._limits)


_MEMORY = _Memory()
