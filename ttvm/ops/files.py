"""Files."""

from __future__ import annotations

from ttvm.ops import checks
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import Value


def read_file(process: Process, system: Actors, path: Value) -> Value:
    """Read a whole file as text (UTF-8)."""
    name = checks.text(path, "a path")
    return system.ask(process, f"the file {name}", "files", "read_text", name)
