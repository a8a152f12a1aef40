"""A world in memory: a console that remembers, a clock that moves only when nobody can run."""

from __future__ import annotations

from ttvm.effects import Clock, Console
from ttvm.record import Record
from ttvm.values import Pid

VIRTUAL_EPOCH = 1_767_225_600.0
"""What GET_TIME gives at the start of virtual time: 2026-01-01 00:00 UTC."""


class Written(Record):
    """A text that a process printed."""

    pid: Pid
    text: str


class MemoryConsole(Console):
    """Keeps what was printed, and reads from a text."""

    def __init__(self, source: str = "") -> None:
        self.written: list[Written] = []
        self.source = source
        self.position = 0

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(each.text for each in self.written)

    def write(self, pid: Pid, text: str) -> None:
        self.written.append(Written(pid, text))

    def read(self, size: int | None) -> str:
        end = len(self.source) if size is None else self.position + size
        text = self.source[self.position : end]
        self.position += len(text)
        return text

    def read_until_newline(self) -> str:
        newline = self.source.find("\n", self.position)
        return self.read(None if newline < 0 else newline + 1 - self.position)


class VirtualClock(Clock):
    """Stands still while somebody can run, and jumps to the next deadline when nobody can."""

    def __init__(self) -> None:
        self.now = 0

    def seconds(self) -> float:
        return VIRTUAL_EPOCH + self.now / 1000

    def milliseconds(self) -> int:
        return self.now

    def wait_until(self, deadline: int) -> None:
        self.now = max(self.now, deadline)
