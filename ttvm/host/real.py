"""The real world: standard streams and the computer's clock."""

from __future__ import annotations

import io
import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

from ttvm.effects import Clock, Console, Secrets
from ttvm.values import Pid

if TYPE_CHECKING:
    from ttvm.host.keyboard import Keyboard

LONGEST_SLEEP = 3600.0
"""Seconds of one call of ``time.sleep``, which refuses to sleep for centuries; a longer wait is several."""


class StandardConsole(Console):
    """Standard output and input, as UTF-8 with LF on every machine.

    Output to a terminal appears at once; into a pipe or file it is written in blocks, and at the latest
    before the program waits for input, or ends.
    """

    def __init__(self, output: TextIO | None = None, source: TextIO | None = None) -> None:
        self._output = sys.stdout if output is None else output
        self._source = sys.stdin if source is None else source
        for stream in (self._output, self._source):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="replace")
        if isinstance(self._output, io.TextIOWrapper):
            self._output.reconfigure(newline="\n")

        self._keyboard: Keyboard | None = None

    @property
    def interactive(self) -> bool:
        return os.name == "posix" and self._source is not None and self._source.isatty()

    @property
    def keyboard(self) -> Keyboard:
        """Where a person types the input, when the console is interactive."""
        if self._keyboard is None:
            from ttvm.host.keyboard import Keyboard

            self._keyboard = Keyboard(self._source.fileno())
        return self._keyboard

    def write(self, pid: Pid, text: str) -> None:
        self._output.write(text)

    def read(self, size: int | None) -> str:
        self.flush()
        return self._source.read(-1 if size is None else size) if self._source else ""

    def read_until_newline(self) -> str:
        self.flush()
        return self._source.readline() if self._source else ""

    def flush(self) -> None:
        """Make sure that everything printed so far can be seen."""
        self._output.flush()


class RealClock(Clock):
    """The computer's clock."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def seconds(self) -> float:
        return time.time()

    def milliseconds(self) -> int:
        return int((time.monotonic() - self._start) * 1000)

    def wait_until(self, deadline: int) -> None:
        while (left := deadline - self.milliseconds()) > 0:
            time.sleep(min(left / 1000, LONGEST_SLEEP))


class SystemSecrets(Secrets):
    """Randomness of the operating system, which nobody can foresee."""

    def random_bytes(self, count: int) -> bytes:
        return os.urandom(count)
