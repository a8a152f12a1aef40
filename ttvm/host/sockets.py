"""Connections, listeners and datagram sockets: what the network instructions open.

Everything here lives on the loop of ``Background``: coroutines run there, and ``close`` goes there by itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from ttvm.errors import FaultKind
from ttvm.host.background import Background
from ttvm.host.handles import Opened, Refused
from ttvm.host.text_buffer import TextBuffer
from ttvm.values import Object, Pid, Value

LOOPBACK = "127.0.0.1"
_BACKLOG = 4096
"""Connections that may wait to be accepted; the system may have a lower limit."""
_PIECE = 1 << 16
"""Bytes read from the network at once."""
_ItemT = TypeVar("_ItemT")


def address_text(scheme: str, host: str, port: int) -> str:
    """An address for people: ``tcp://127.0.0.1:80``, ``tcp://[::1]:80``."""
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class Connection:
    """One end of a TCP connection."""

    def __init__(
        self, background: Background, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, title: str, port: int
    ) -> None:
        self.title = title
        self.port = port
        """That of the other side."""
        self._background = background
        self._reader = reader
        self._writer = writer
        self._text = TextBuffer()
        self._receiver = 0
        self._sending = 0
        # So that SEND returns when the system has all of the data, and an end right behind it loses nothing.
        writer.transport.set_write_buffer_limits(high=0)

    async def receive(self, pid: Pid, most: int) -> Value:
        """What has come, at most so many characters and at least one; an empty text at the end."""
        if self._receiver:
            raise Refused(
                FaultKind.NETWORK_ERROR, f"would receive where process {self._receiver} is receiving: {self.title}"
            )
        self._receiver = pid
        try:
            while not self._text:
                data = await self._reader.read(_PIECE)
                if not data:
                    self._text.end()
                    break
                self._text.put(data)
        finally:
            self._receiver = 0
        return self._text.take(most)

    async def send(self, data: bytes) -> None:
        """Return when the system has taken all of the data."""
        if self._writer.is_closing():
            raise ConnectionResetError
        self._sending += 1
        try:
            self._writer.write(data)
            await self._writer.drain()
        except asyncio.CancelledError:
            # Half of it may be on its way: nobody could make sense of what is sent after it.
            self._writer.transport.abort()
            raise
        finally:
            self._sending -= 1

    def close(self) -> None:
        self._background.call(self._close)

    def _close(self) -> None:
        if self._sending:
            self._writer.transport.abort()  # a graceful end would wait until the other side has read everything
        else:
            self._writer.close()


class Inlet(Generic[_ItemT]):
    """A socket at which things arrive, connections or datagrams. Whoever has waited longest gets the next one."""

    def __init__(self, background: Background, inner: socket.socket, title: str) -> None:
        inner.setblocking(False)
        self.title = title
        self.port: int = inner.getsockname()[1]
        self._background = background
        self.inner = inner
        self._waiting: deque[tuple[asyncio.Future[_ItemT], Callable[[], _ItemT]]] = deque()

    async def next(self, read: Callable[[], _ItemT]) -> _ItemT:
        """What ``read`` gives when something is there."""
        if self.inner.fileno() < 0:
            raise self._refusal()
        future: asyncio.Future[_ItemT] = self._background.loop.create_future()
        if not self._waiting:
            self._background.loop.add_reader(self.inner, self._arrived)
        self._waiting.append((future, read))
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.discard(future.result())
            raise

    def discard(self, item: _ItemT) -> None:
        """Nobody wants this any more."""

    def _arrived(self) -> None:
        while self._waiting and self._waiting[0][0].done():
            self._waiting.popleft()
        if self._waiting:
            future, read = self._waiting[0]
            try:
                future.set_result(read())
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return  # it was nothing after all
            except OSError as error:
                future.set_exception(error)
            self._waiting.popleft()
        if not self._waiting:
            self._background.loop.remove_reader(self.inner)

    def close(self) -> None:
        # Wait for it: the next instruction may want the same port.
        self._background.call_and_wait(self._close)

    def _close(self) -> None:
        if self.inner.fileno() >= 0:
            self._background.loop.remove_reader(self.inner)
            self.inner.close()
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(self._refusal())

    def _refusal(self) -> Refused:
        return Refused(FaultKind.NO_SUCH_HANDLE, f"waited at {self.title}, which was closed")


class Listener(Inlet[socket.socket]):
    """A port of this computer where connections arrive."""

    def __init__(self, background: Background, port: int) -> None:
        inner = socket.create_server((LOOPBACK, port), backlog=_BACKLOG)
        super().__init__(background, inner, address_text("tcp", *inner.getsockname()[:2]))

    async def accept(self) -> Opened:
        """The next connection."""
        return await opened_connection(self._background, await self.next(lambda: self.inner.accept()[0]))

    def discard(self, item: socket.socket) -> None:
        item.close()


class DatagramSocket(Inlet[tuple[bytes, tuple[str, int]]]):
    """A port of this computer where datagrams arrive."""

    def __init__(self, background: Background, port: int) -> None:
        inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            inner.bind((LOOPBACK, port))
        except OSError:
            inner.close()
            raise
        super().__init__(background, inner, address_text("udp", *inner.getsockname()))

    async def receive(self, most: int) -> Value:
        """The next datagram, cut after so many characters."""
        data, (host, port) = await self.next(lambda: self.inner.recvfrom(_PIECE))
        text = data.decode("utf-8", "replace")[:most]
        return Object({"data": text, "sender_host": host, "sender_port": port})

    async def send(self, data: bytes, host: str, port: int) -> None:
        """Send one datagram."""
        if self.inner.fileno() < 0:
            raise self._refusal()
        addresses = await self._background.loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        await self._background.loop.sock_sendto(self.inner, data, addresses[0][4])


async def connect(background: Background, host: str, port: int, patience: float) -> Opened:
    """A connection to the first address of a host that takes one."""
    loop = background.loop
    failure: OSError = ConnectionRefusedError()
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, address in addresses:
        try:
            inner = socket.socket(family, kind, protocol)
        except OSError as error:  # such as IPv6 where there is none
            failure = error
            continue
        inner.setblocking(False)
        try:
            # One address that swallows everything must not use up the time of the next one.
            async with asyncio.timeout(patience / len(addresses)):
                await loop.sock_connect(inner, address)
        except OSError as error:
            inner.close()
            failure = error
        except BaseException:
            inner.close()
            raise
        else:
            return await opened_connection(background, inner, address_text("tcp", host, port))
    raise failure


async def opened_connection(background: Background, inner: socket.socket, title: str = "") -> Opened:
    """A connection around a connected socket, ready for a handle. Without a title it has the other side's address."""
    try:
        host, port = inner.getpeername()[:2]
        reader, writer = await asyncio.open_connection(sock=inner)
    except BaseException:
        inner.close()
        raise
    title = title or address_text("tcp", host, port)
    return Opened("Connection", title, Connection(background, reader, writer, title, port))
