"""Streams: one way to read and write memory, files and connections."""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.ops import checks
from ttvm.ops.handles import of_kind
from ttvm.ops.network import HIGHEST_PORT
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import SIZE_LIMIT, Bytes, Value


def stream_create(process: Process, system: Actors, kind: Value) -> Value:
    """Open a stream: `memory`, `file:PATH` or `tcp:HOST:PORT`.

    From memory one reads what was written to it, in the same order. A file is made when there is none, read from its
    beginning and written at its end, so it needs --allow-read and --allow-write. A connection is that of TCP_CONNECT.
    The stream is closed when the process ends that used it last.
    """
    text = checks.text(kind, "a kind")
    word, _, rest = text.partition(":")
    if text == "memory":
        return system.ask(process, "memory", "streams", "memory")
    if word == "file" and rest:
        return system.ask(process, f"the file {rest}", "streams", "file", rest)
    host, _, port = rest.rpartition(":")
    if word == "tcp" and host and port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= HIGHEST_PORT:
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]  # as in URLs: an IPv6 address has colons of its own
        return system.ask(process, f"a connection to {rest}", "streams", "tcp", host, int(port))
    raise Fault(FaultKind.DOMAIN_ERROR, "needs one of memory, file:PATH, tcp:HOST:PORT", wants_operands=True)


def stream_read(process: Process, system: Actors, stream: Value, most: Value) -> Value:
    """Read at most so many characters; the empty text means the end.

    The end of memory and of a file is where nothing more was written yet. From a connection it waits until something
    comes, as TCP_RECV does. Bytes that are not UTF-8 become U+FFFD.
    """
    handle = of_kind(stream, "Stream")
    number = checks.integer(most, "a length")
    if number < 1:
        raise Fault(FaultKind.DOMAIN_ERROR, "needs a length of 1 or more", wants_operands=True)
    return system.ask(process, f"data of {handle.title}", "streams", "read", handle, min(number, SIZE_LIMIT))


def stream_write(process: Process, system: Actors, stream: Value, data: Value) -> Value:
    """Write all of a Str (as UTF-8) or Bytes, and give its length: characters of a Str, bytes of Bytes.

    Memory keeps at most 16,777,216 characters that nobody has read; more is LimitExceeded.
    """
    handle = of_kind(stream, "Stream")
    if not isinstance(data, (str, Bytes)):
        raise mismatch("data that is a Str or Bytes")
    return system.ask(process, f"{handle.title} to take its data", "streams", "write", handle, data)


def stream_close(process: Process, system: Actors, stream: Value) -> Value:
    """Close a stream, and give true. To close one that is closed is NoSuchHandle."""
    handle = of_kind(stream, "Stream")
    return system.ask(process, f"the end of {handle.title}", "streams", "close", handle)
