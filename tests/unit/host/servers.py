"""Small servers on this computer, each as bad as a test wants it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType

Handler = Callable[["Server", socket.socket], None]


class Server:
    """Calls a handler for each connection, on threads of its own; leaving the block ends them all.

    ``over`` is set at the end: a handler that wants to be silent waits for it.
    """

    def __init__(self, handler: Handler, family: socket.AddressFamily = socket.AF_INET) -> None:
        self._handler = handler
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.over = threading.Event()
        self.requests: list[bytes] = []
        self.errors: list[BaseException] = []
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.over.is_set():
                connection.close()
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            try:
                self._handler(self, connection)
            except AssertionError as error:
                self.errors.append(error)

    def __enter__(self) -> Server:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname()[:2]).close()  # wakes the one that accepts
        self._threads[0].join()
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()
        assert not self.errors


def receive(connection: socket.socket) -> bytes:
    """What comes next; the end is an error."""
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


def read_request(server: Server, connection: socket.socket) -> bytes:
    """Read an HTTP question to its empty line, and as much of a body as it promises; the server remembers it."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += receive(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += receive(connection)
    server.requests.append(head + b"\r\n\r\n" + body)
    return server.requests[-1]


def answering(*answers: bytes) -> Handler:
    """A handler that gives the answers to one question after the other, and the last one for ever."""

    def handle(server: Server, connection: socket.socket) -> None:
        read_request(server, connection)
        connection.sendall(answers[min(len(server.requests), len(answers)) - 1])

    return handle


def silent(server: Server, connection: socket.socket) -> None:
    """Takes the connection and says nothing."""
    server.over.wait()


def reset(connection: socket.socket) -> None:
    """End a connection as a crash does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
