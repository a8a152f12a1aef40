"""The network of this computer: TCP, UDP, names."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from ttvm.errors import FaultKind
from ttvm.host.background import Background
from ttvm.host.handles import Handles, Opened, Refused
from ttvm.host.permissions import Permissions
from ttvm.host.sockets import LOOPBACK, Connection, DatagramSocket, Listener, connect
from ttvm.values import Handle, Pid, Value

USUAL_PATIENCE = 30.0
"""Seconds a question to the network may take, unless --net-timeout says something else."""
NO_SUCH_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
}
_WORDS: dict[int, str] = {
    errno.ECONNREFUSED: "nobody listens there: the connection was refused",
    errno.EADDRINUSE: "that port is in use",
    errno.EADDRNOTAVAIL: "this computer cannot get there from that address",
    errno.EINVAL: "this computer cannot get there from that address",
    errno.ENETUNREACH: "there is no way to that network",
    errno.EHOSTUNREACH: "there is no way to that host",
    errno.EACCES: "the system does not allow it",
    errno.EPERM: "the system does not allow it",
    errno.EMSGSIZE: "it is too much for one datagram",
    errno.ECONNRESET: "the other side has closed the connection",
    errno.EPIPE: "the other side has closed the connection",
    errno.ECONNABORTED: "the other side has closed the connection",
    errno.ETIMEDOUT: "the other side does not answer",
}


def words_for(error: OSError) -> str:
    """What went wrong, for people."""
    if isinstance(error, socket.gaierror):
        return "there is no host of that name" if error.errno in NO_SUCH_NAME else "no name server answers"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS as it should"
    if isinstance(error, ConnectionError) and error.errno is None:
        return _WORDS[errno.ECONNRESET]
    return _WORDS.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn what the network raises into refusals that begin with ``what``: ``cannot connect to h:1``."""
    try:
        yield
    except UnicodeError:
        raise Refused(FaultKind.NETWORK_ERROR, f"{what}: there is no host of that name") from None
    except OSError as error:
        if isinstance(error, TimeoutError) and error.errno is None:
            raise  # a limit of our own
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise Refused(FaultKind.LIMIT_EXCEEDED, f"{what}: too many files and connections are open") from None
        raise Refused(FaultKind.NETWORK_ERROR, f"{what}: {words_for(error)}") from None


@asynccontextmanager
async def at_most(patience: float | None, what: str) -> AsyncIterator[None]:
    """Refuse what takes longer than that, and turn what the network raises into refusals, as ``refusing`` does."""
    try:
        async with asyncio.timeout(patience):
            with refusing(what):
                yield
    except TimeoutError:
        raise no_answer(patience or 0) from None


def no_answer(patience: float) -> Refused:
    """The refusal after a limit of time."""
    return Refused(FaultKind.NETWORK_ERROR, f"got no answer within {patience:g} s")


def plain_host(host: str) -> str:
    """A host in the spelling in which it is looked up, so that what is allowed is what is connected to.

    The library makes ASCII of other letters, and a full-width ``127.0.0.1`` would pass for a name until then.
    """
    try:
        plain = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        plain = ""
    if not plain or not plain.isprintable() or " " in plain:
        raise Refused(FaultKind.NETWORK_ERROR, "needs a host: there is none of that name")
    return plain


def allow_many_sockets() -> None:
    """Use as many open files as the system lets us; it begins with few, often 1,024."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Network:
    """The room of the network instructions, without HTTP."""

    def __init__(
        self, background: Background, handles: Handles, permissions: Permissions, timeout: float | None
    ) -> None:
        self._background = background
        self._handles = handles
        self._permissions = permissions
        self._patience = timeout or USUAL_PATIENCE
        self._patience_for_others = timeout
        """Of those who wait for somebody to come: as long as it takes, unless somebody says otherwise."""
        allow_many_sockets()

    # The questions are checked here, on the machine's thread; what takes time is a coroutine for the loop.

    def connect(self, pid: Pid, host: str, port: int) -> Coroutine[Any, Any, Opened]:
        """A connection to a host."""
        return self.open(self.allowed(host, port), port)

    def allowed(self, host: str, port: int) -> str:
        """The host as it is looked up. Raises Refused when that port of it may not be used."""
        plain = plain_host(host)
        self._permissions.net(plain, port)
        return plain

    async def open(self, host: str, port: int) -> Opened:
        """A connection to a host that is allowed."""
        async with at_most(self._patience, f"cannot connect to {host}:{port}"):
            return await connect(self._background, host, port, self._patience)

    def listen(self, pid: Pid, port: int) -> Value:
        """A listener on this computer."""
        return self._bind(pid, "Listener", port, lambda: Listener(self._background, port))

    def bind_datagrams(self, pid: Pid, port: int) -> Value:
        """A socket for datagrams on this computer."""
        return self._bind(pid, "Socket", port, lambda: DatagramSocket(self._background, port))

    def _bind(self, pid: Pid, kind: str, port: int, make: Callable[[], Listener | DatagramSocket]) -> Value:
        self._permissions.net(LOOPBACK, port)
        with refusing(f"cannot have port {port}"):
            made = make()
        return self._handles.open(pid, kind, made.title, made)

    def port_of(self, pid: Pid, handle: Handle) -> Value:
        """The port of a listener or a socket, or that of the other side of a connection."""
        kinds: dict[str, type[Listener | DatagramSocket | Connection]] = {
            "Listener": Listener,
            "Socket": DatagramSocket,
        }
        return self._handles.find(handle, kinds.get(handle.kind, Connection)).port

    def accept(self, pid: Pid, handle: Handle) -> Coroutine[Any, Any, Opened]:
        """The next connection to a listener."""
        return self._accept(self._handles.find(handle, Listener))

    async def _accept(self, listener: Listener) -> Opened:
        async with at_most(self._patience_for_others, f"cannot accept on {listener.title}"):
            return await listener.accept()

    def send(self, pid: Pid, handle: Handle, data: Value) -> Coroutine[Any, Any, Value]:
        """Send text as UTF-8, or bytes; how many bytes those are."""
        return self.send_on(self._handles.find(handle, Connection, pid), data)

    async def send_on(self, connection: Connection, data: Value) -> int:
        """Send on a connection."""
        content = as_bytes(data)
        async with at_most(self._patience, f"cannot send to {connection.title}"):
            await connection.send(content)
        return len(content)

    def receive(self, pid: Pid, handle: Handle, most: int) -> Coroutine[Any, Any, Value]:
        """What has come on a connection, at most so many characters."""
        return self.receive_on(pid, self._handles.find(handle, Connection, pid), most)

    async def receive_on(self, pid: Pid, connection: Connection, most: int) -> Value:
        """Receive on a connection."""
        async with at_most(self._patience, f"cannot receive from {connection.title}"):
            return await connection.receive(pid, most)

    def send_datagram(self, pid: Pid, handle: Handle, host: str, port: int, data: Value) -> Coroutine[Any, Any, Value]:
        """Send one datagram; how many bytes it has."""
        plain = self.allowed(host, port)
        return self._send_datagram(self._handles.find(handle, DatagramSocket), plain, port, as_bytes(data))

    async def _send_datagram(self, datagrams: DatagramSocket, host: str, port: int, content: bytes) -> Value:
        async with at_most(self._patience, f"cannot send to {host}:{port}"):
            await datagrams.send(content, host, port)
        return len(content)

    def receive_datagram(self, pid: Pid, handle: Handle, most: int) -> Coroutine[Any, Any, Value]:
        """The next datagram."""
        return self._receive_datagram(self._handles.find(handle, DatagramSocket), most)

    async def _receive_datagram(self, datagrams: DatagramSocket, most: int) -> Value:
        async with at_most(self._patience_for_others, f"cannot receive on {datagrams.title}"):
            return await datagrams.receive(most)

    def resolve(self, pid: Pid, host: str) -> Coroutine[Any, Any, Value] | None:
        """The first address of a host; None when there is no host of that name."""
        try:
            plain = plain_host(host)
        except Refused:
            return None
        self._permissions.net(plain)
        return self._resolve(plain)

    async def _resolve(self, host: str) -> Value:
        async with at_most(self._patience, f"cannot look up {host}"):
            try:
                addresses = await self._background.loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except socket.gaierror as error:
                if error.errno in NO_SUCH_NAME:
                    return None
                raise
        return str(addresses[0][4][0])


def as_bytes(data: Value) -> bytes:
    """What is sent of a text or of bytes."""
    return data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)  # type: ignore[arg-type]
