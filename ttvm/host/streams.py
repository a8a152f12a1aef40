"""Streams: memory, files and connections that are read and written in one way."""

from __future__ import annotations

import os
import stat
from collections.abc import Coroutine
from typing import Any

from ttvm.errors import FaultKind
from ttvm.host.handles import Handles, Opened, Refused
from ttvm.host.network import Network, as_bytes
from ttvm.host.permissions import Permissions
from ttvm.host.sockets import Connection
from ttvm.host.text_buffer import TextBuffer
from ttvm.values import SIZE_LIMIT, TRUE, Bytes, Handle, Pid, Value

_PIECE = 1 << 16


class MemoryStream:
    """What was written is read once, in the same order."""

    def __init__(self) -> None:
        self._text = TextBuffer()

    def read(self, most: int) -> str:
        """At most so many characters; an empty text when there are none."""
        return self._text.take(most)

    def write(self, data: bytes) -> None:
        """Put data at the end. Raises Refused when too much is waiting to be read."""
        if len(self._text) + len(data) > SIZE_LIMIT:
            raise Refused(FaultKind.LIMIT_EXCEEDED, f"would keep more than {SIZE_LIMIT:,} characters in memory")
        self._text.put(data)

    def close(self) -> None:
        """Nothing has to be done: nobody can reach it any more."""


class FileStream:
    """A file that is read from its beginning and written at its end."""

    def __init__(self, path: str, title: str) -> None:
        # Without O_NONBLOCK a named pipe would wait for its other side.
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
        self._title = title
        self._position = 0
        self._text = TextBuffer()
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise Refused(FaultKind.FILE_ERROR, f"cannot use {title}: it is not a file")

    def read(self, most: int) -> str:
        """At most so many characters from where the last read ended; an empty text at the end of the file."""
        while len(self._text) < most:
            data = os.pread(self._file, _PIECE, self._position)
            if not data:
                break
            self._position += len(data)
            self._text.put(data)
        return self._text.take(most)

    def write(self, data: bytes) -> None:
        """Put data at the end of the file."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def close(self) -> None:
        os.close(self._file)


class ConnectionStream:
    """A connection under the name of a stream."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def close(self) -> None:
        self.connection.close()


class Streams:
    """The room of the stream instructions."""

    def __init__(self, handles: Handles, permissions: Permissions, network: Network) -> None:
        self._handles = handles
        self._permissions = permissions
        self._network = network

    def memory(self, pid: Pid) -> Value:
        """A stream in memory."""
        return self._handles.open(pid, "Stream", "memory", MemoryStream())

    def file(self, pid: Pid, path: str) -> Value:
        """A stream of a file."""
        self._permissions.read(path)
        resolved = self._permissions.write(path)
        try:
            stream = FileStream(resolved, path)
        except OSError as error:
            raise _file_error("cannot open", path, error) from None
        return self._handles.open(pid, "Stream", f"file:{path}", stream)

    def tcp(self, pid: Pid, host: str, port: int) -> Coroutine[Any, Any, Opened]:
        """A stream to a port of a host."""
        return self._tcp(self._network.allowed(host, port), port)

    async def _tcp(self, host: str, port: int) -> Opened:
        opened = await self._network.open(host, port)
        connection = opened.resource
        assert isinstance(connection, Connection)
        return Opened("Stream", opened.title.replace("://", ":"), ConnectionStream(connection))

    def read(self, pid: Pid, handle: Handle, most: int) -> Value | Coroutine[Any, Any, Value]:
        """At most so many characters."""
        stream = self._find(pid, handle)
        if isinstance(stream, ConnectionStream):
            return self._network.receive_on(pid, stream.connection, most)
        try:
            return stream.read(most)
        except OSError as error:
            raise _file_error("cannot read", handle.title.removeprefix("file:"), error) from None

    def write(self, pid: Pid, handle: Handle, data: str | Bytes) -> Value | Coroutine[Any, Any, Value]:
        """Write all of the data; its length."""
        stream = self._find(pid, handle)
        if isinstance(stream, ConnectionStream):
            return self._send(stream.connection, data)
        try:
            stream.write(as_bytes(data))
        except OSError as error:
            raise _file_error("cannot write", handle.title.removeprefix("file:"), error) from None
        return len(data)

    async def _send(self, connection: Connection, data: str | Bytes) -> Value:
        await self._network.send_on(connection, data)
        return len(data)

    def close(self, pid: Pid, handle: Handle) -> Value:
        """Close a stream."""
        self._find(pid, handle)
        self._handles.close(handle)
        return TRUE

    def _find(self, pid: Pid, handle: Handle) -> MemoryStream | FileStream | ConnectionStream:
        kinds: dict[str, type[MemoryStream | FileStream | ConnectionStream]] = {
            "memory": MemoryStream,
            "file": FileStream,
        }
        return self._handles.find(handle, kinds.get(handle.title.partition(":")[0], ConnectionStream), pid)


def _file_error(what: str, path: str, error: OSError) -> Refused:
    return Refused(FaultKind.FILE_ERROR, f"{what} {path}: {error.strerror or error}")
