"""Handles: what a program holds of things that are open outside."""

from __future__ import annotations

from ttvm.errors import mismatch
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import Handle, Value


def of_kind(value: Value, kind: str) -> Handle:
    """``value`` if it is a handle of that kind; whether it is still open is another question."""
    if type(value) is not Handle or value.kind != kind:
        raise mismatch(f"a {kind}")
    return value


def close(process: Process, system: Actors, handle: Value) -> None:
    """Close a handle of any kind: a connection, a listener, a socket, a stream, a future, a database.

    Whoever waits at it is refused, or receives the end. What a process has left open is closed when it ends, so only
    a process that lives long has to CLOSE. To close what is closed is NoSuchHandle.
    """
    if type(handle) is not Handle:
        raise mismatch("a handle")
    system.ask(process, f"the end of {handle.title}", "handles", "close", handle)
