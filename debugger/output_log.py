"""What a program printed, and what the debugger has to say of it, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from debugger.views import OutputLine
from ttvm import events
from ttvm.observers.reporter import crash_report, lost_message
from ttvm.source import visible
from ttvm.vm import Vm

MOST_OUTPUT = 20_000
"""Lines that are kept; older ones are forgotten."""

KEPT_OUTPUT = 1_000
"""Lines before a moment of the past that are there when the session goes back to it."""


class OutputState(NamedTuple):
    """The last lines at one moment, and how many lines there were in all."""

    lines: tuple[OutputLine, ...]
    number: int


class OutputLog:
    """The lines of one run, with the process and the step they come from."""

    def __init__(self, vm: Vm) -> None:
        self._vm = vm
        self._lines: list[OutputLine] = []
        self._forgotten = 0
        vm.observe(events.OutputWritten, self._output_written)
        vm.observe(events.ProcessExited, self._process_exited)
        vm.observe(events.MessageDropped, self._message_dropped)
        vm.observe(events.Warned, self._warned)

    @property
    def count(self) -> int:
        """Lines so far, the forgotten ones included."""
        return self._forgotten + len(self._lines)

    def lines(self, start: int = 0) -> Sequence[OutputLine]:
        """The lines from number ``start`` on, as far as they are still known."""
        return self._lines[max(0, start - self._forgotten) :]

    def save(self, whole: bool = False) -> OutputState:
        """The state now; unless it is the ``whole``, with the last lines only."""
        return OutputState(tuple(self._lines if whole else self._lines[-KEPT_OUTPUT:]), self.count)

    def load(self, state: OutputState) -> None:
        """Go back, or forward, to a state."""
        self._lines = list(state.lines)
        self._forgotten = state.number - len(state.lines)

    def log(self, pid: int, text: str) -> None:
        """Write a line that a log point gives."""
        self._add(pid, text, "log")

    def _output_written(self, event: events.OutputWritten) -> None:
        self._add(event.pid, event.text.removesuffix("\n"), "output")

    def _process_exited(self, event: events.ProcessExited) -> None:
        if event.kind:
            self._add(event.process.pid, crash_report(event), "crash")

    def _message_dropped(self, event: events.MessageDropped) -> None:
        self._add(event.message.sender, lost_message(event), "warning")

    def _warned(self, event: events.Warned) -> None:
        self._add(event.process.pid, event.text, "warning")

    def _add(self, pid: int, text: str, kind: str) -> None:
        step = self._vm.steps
        self._lines += (OutputLine(pid, step, visible(line), kind) for line in text.split("\n"))
        if len(self._lines) > 2 * MOST_OUTPUT:  # cut rarely, and then by half, so that adding stays cheap
            del self._lines[:MOST_OUTPUT]
            self._forgotten += MOST_OUTPUT
