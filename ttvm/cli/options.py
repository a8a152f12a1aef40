"""What a command line asks of a run, as one value."""

from __future__ import annotations

from ttvm.record import Record
from ttvm.setup import MachineOptions


class RunOptions(Record):
    """The options of ``ttvm FILE``; the defaults are those of a command line without options."""

    file: str
    machine: MachineOptions = MachineOptions()
    debug: bool = False
    trace_processes: bool = False
    max_steps: int | None = None
    timeout: float | None = None
    """Seconds."""
    max_memory_mb: int = 4096
    ask: bool = False
    """Ask on the terminal about what the program may do."""
