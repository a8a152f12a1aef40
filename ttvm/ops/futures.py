"""Files that are read and written while the process goes on."""

from __future__ import annotations

from ttvm.ops import checks
from ttvm.ops.handles import of_kind
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import Value


def async_read(process: Process, system: Actors, path: Value) -> Value:
    """Begin to read a whole file as text (UTF-8), and give a future for AWAIT at once.

    What is not allowed is PermissionDenied at once; everything else that goes wrong is a fault of AWAIT. The future
    belongs to this process: when it ends, nobody can AWAIT it any more. CLOSE gives it up.
    """
    name = checks.text(path, "a path")
    return system.ask(process, f"the file {name}", "futures", "read", name)


def async_write(process: Process, system: Actors, text: Value, path: Value) -> Value:
    """Begin to write a text (as UTF-8) to a file, in place of what is in it, and give a future for AWAIT at once.

    What is not allowed is PermissionDenied at once; everything else that goes wrong is a fault of AWAIT. It is written
    to its end, also when nobody waits for that.
    """
    content, name = checks.text(text, "a text"), checks.text(path, "a path")
    return system.ask(process, f"the file {name}", "futures", "write", content, name)


def await_(process: Process, system: Actors, future: Value) -> Value:
    """Wait until a future is done, and give what it came to: the text of ASYNC_READ, null for ASYNC_WRITE.

    Any process may do this, as often as it likes, and gets the same answer. A failure is the fault of each AWAIT.
    """
    handle = of_kind(future, "Future")
    return system.ask(process, f"the end of {handle.title}", "futures", "wait", handle)
