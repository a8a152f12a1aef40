"""What `ttvm` says on standard error by itself: crashes, restarts, lost messages, warnings, and who still waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ttvm.events import ChildRestarted, MessageDropped, ObserverFailed, ProcessExited, SupervisorGaveUp, Warned
from ttvm.forms import debug, display
from ttvm.process.state import NORMAL, Process
from ttvm.source import visible
from ttvm.vm import Vm

MOST_LINES = 20
"""Waiting processes that are listed; of lost messages and crashes after this many, only the number is told."""


LONGEST_TEXT = 500
"""Characters of a reason or a pattern that are shown."""


class Reporter:
    """Writes a line or a few for each thing that went wrong, to ``write``, which adds the newline."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._lost = 0
        self._crashes = 0
        self._restarts = 0

    def attach(self, vm: Vm) -> None:
        """Listen to a machine."""
        vm.observe(ProcessExited, self._process_exited)
        vm.observe(ChildRestarted, self._child_restarted)
        vm.observe(SupervisorGaveUp, self._supervisor_gave_up)
        vm.observe(MessageDropped, self._message_dropped)
        vm.observe(Warned, self._warned)
        vm.observe(ObserverFailed, self._observer_failed)

    def summarize(self) -> None:
        """Tell how much was left out, at the end of a run."""
        for number, what in (
            (self._crashes, "crashes"),
            (self._restarts, "restarts"),
            (self._lost, "lost messages"),
        ):
            if number > MOST_LINES:
                self._write(f"note: {number - MOST_LINES:,} more {what} are not shown")

    def _process_exited(self, event: ProcessExited) -> None:
        if not event.kind and (event.process.pid != 1 or event.reason == NORMAL):
            return
        self._crashes += 1
        if self._crashes <= MOST_LINES:
            self._write(crash_report(event))

    def _child_restarted(self, event: ChildRestarted) -> None:
        self._restarts += 1
        if self._restarts <= MOST_LINES:
            self._write(f"note: {restarted_child(event)}")

    def _supervisor_gave_up(self, event: SupervisorGaveUp) -> None:
        self._write(f"warning: {supervisor_gave_up(event)}")

    def _message_dropped(self, event: MessageDropped) -> None:
        self._lost += 1
        if self._lost <= MOST_LINES:
            self._write(f"warning: {lost_message(event)}")

    def _warned(self, event: Warned) -> None:
        self._write(f"warning: process {event.process.title}: {visible(event.text)}")

    def _observer_failed(self, event: ObserverFailed) -> None:
        self._write(f"note: {event.observer} failed and was switched off: {event.error}")


def _shortened(text: str) -> str:
    """``text`` for one line of a terminal."""
    return visible(text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}...")


def crash_report(event: ProcessExited) -> str:
    """Who crashed, why, and the open calls."""
    title = event.process.title
    if not event.kind:
        return f"process {title} ended with reason {debug(event.reason)}"
    lines = [f"process {title} crashed: {event.kind}: {_shortened(display(event.reason))}"]
    lines += (f"  {'at' if number == 0 else 'called from'} {visible(call)}" for number, call in enumerate(event.trace))
    return "\n".join(lines)


def restarted_child(event: ChildRestarted) -> str:
    """Which supervisor has started which child again."""
    return visible(
        f"supervisor {event.supervisor.title} starts {event.name} again: process {event.process.pid} takes the place "
        f"of {event.before}"
    )


def supervisor_gave_up(event: SupervisorGaveUp) -> str:
    """Which supervisor ends, and why."""
    reason = debug(event.reason, 100)
    return visible(
        f"supervisor {event.supervisor.title} gives up and ends: {event.name} ended with reason {reason}, and to start "
        f"it again {event.why}"
    )


def lost_message(event: MessageDropped) -> str:
    """Which message went nowhere, and why."""
    sender = event.sender
    by = f"process {sender.title}" if sender else "a timer of an ended process"
    place = f" ({sender.frame.module.place(max(0, sender.pc - 1))})" if sender else ""
    why = f"process {event.to} is not alive" if isinstance(event.to, int) else f'nobody is called "{event.to}"'
    return visible(f"the message {debug(event.message.value, 60)} from {by} was dropped: {why}{place}")


def waiting_place(process: Process) -> str:
    """What a process waits for, and where: ``2 (worker) waits for {kind: "job"} at shop.ttvm:12 in work``."""
    wait = process.waiting
    what = "any message"
    if wait is not None and wait.what:
        what = wait.what
    elif wait is not None and wait.pattern is not None:
        what = f"a message that fits {_shortened(str(wait.pattern))}"
    label = process.frame.module.label_before(process.pc)
    inside = f" in {label}" if label else ""
    return visible(f"process {process.title} waits for {what} at {process.frame.module.place(process.pc)}{inside}")


def end_report(waiting: Iterable[Process]) -> str:
    """Who waits for ever at the end of a run; a deadlock when process 1 is among them. Empty when nobody waits."""
    processes = list(waiting)
    if not processes:
        return ""
    if processes[0].pid == 1:
        head = "deadlock: the main process waits, and nobody can ever wake it"
    else:
        count = f"{len(processes):,} processes" if len(processes) > 1 else "1 process"
        head = f"note: at the end {count} still waited"
    lines = [head]
    for process in processes[:MOST_LINES]:
        line = f"  {waiting_place(process)}"
        if len(process.mailbox):
            message = next(iter(process.mailbox))
            line += visible(
                f"; its mailbox holds {len(process.mailbox)}, first {debug(message.value, 40)} from {message.sender}"
            )
        lines.append(line)
    if len(processes) > MOST_LINES:
        lines.append(f"  and {len(processes) - MOST_LINES:,} more")
    return "\n".join(lines)
