"""Messages: from the instruction that sends, or the system itself, into a mailbox and out of it."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any

from ttvm.errors import Fault, FaultKind
from ttvm.events import MessageDropped, MessageSent, MessageTaken, Observers
from ttvm.process.mailbox import Message, RawMessage
from ttvm.process.state import FOR_ANY_MESSAGE, Limits, Process, ProcessState
from ttvm.values import Pid, Value

if TYPE_CHECKING:
    from ttvm.process.patterns import Pattern
    from ttvm.schedulers.base import Scheduler


class Messages:
    """The part of the system that deals with messages."""

    processes: dict[Pid, Process]
    names: dict[str, Pid]
    observers: Observers
    scheduler: Scheduler
    limits: Limits
    steps: int
    next_message: int
    turn: int
    executed_before: int | None

    @abstractmethod
    def wake(self, process: Process, timeout: bool = False) -> None:
        """End the wait of a process."""

    @abstractmethod
    def warn(self, process: Process, text: str) -> None:
        """Say that something is probably not meant."""

    def note(self, kind: str, pid: Pid, other: Pid, number: int, detail: Any) -> None:
        """Note what a process does, for whoever wanted it; see ``events.Note``."""
        notes = self.observers.notes
        if notes is not None:
            notes.append((self.steps, self.turn, self.executed_before, kind, pid, other, number, detail))

    def send(self, process: Process, to: Pid, message: Value) -> None:
        receiver = self.processes.get(to)
        if receiver is None:
            self.drop(process, to, message)
        else:
            self.post(process.pid, receiver, message)

    def send_named(self, process: Process, name: str, message: Value) -> None:
        pid = self.names.get(name)
        if pid is None:
            self.drop(process, name, message)
        else:
            self.post(process.pid, self.processes[pid], message)

    def post(self, sender: Pid, receiver: Process, value: Value) -> None:
        """Put a message in a mailbox; Fault LimitExceeded when that is full."""
        messages = receiver.mailbox.messages
        if receiver.waiting is FOR_ANY_MESSAGE and not messages and not self.observers.hears_messages:
            # By far the most frequent case, without the calls that end in nothing.
            number = self.next_message
            self.next_message = number + 1
            if messages is None:
                receiver.mailbox.messages = deque(((value, sender, number, self.steps),))
            else:
                messages.append((value, sender, number, self.steps))
            receiver.waiting = None
            receiver.state = ProcessState.READY
            self.scheduler.add(receiver)
            return
        if messages is not None and len(messages) >= self.limits.mailbox:
            raise Fault(
                FaultKind.LIMIT_EXCEEDED,
                f"found {self.limits.mailbox:,} messages in the mailbox of process {receiver.title} (--max-mailbox)",
            )
        self.enqueue(sender, receiver, value)

    def deliver(self, sender: Pid, receiver: Process, value: Value) -> None:
        """Put a message in a mailbox and wake its owner when it waited for this.

        SEND has looked at the limit before. What the system sends by itself (EXIT, DOWN, timers) is dropped when
        the mailbox is full: there is nobody whose fault it would be.
        """
        if len(receiver.mailbox) > self.limits.mailbox:
            self.warn(receiver, "its mailbox is full, so a message of the system was dropped (--max-mailbox)")
            return
        self.enqueue(sender, receiver, value)

    def enqueue(self, sender: Pid, receiver: Process, value: Value) -> None:
        """Put a message in a mailbox, whatever is there already, and wake its owner when it waited for this."""
        number = self.next_message
        self.next_message = number + 1
        receiver.mailbox.put((value, sender, number, self.steps))
        if self.observers.notes is not None:
            self.note("send", sender, receiver.pid, number, value)
        if MessageSent in self.observers.listeners:
            self.observers.emit(MessageSent(Message(value, sender, number, self.steps), receiver))
        wait = receiver.waiting
        if (
            wait is not None
            and not wait.asleep
            and (wait.pattern is None or wait.pattern.matches(value, receiver.lookup))
        ):
            self.wake(receiver)

    def drop(self, sender: Process | None, to: Pid | str, value: Value) -> None:
        """A message goes nowhere."""
        if MessageDropped in self.observers.listeners:
            message = Message(value, sender.pid if sender else 0, self.next_message, self.steps)
            self.next_message += 1
            self.observers.emit(MessageDropped(message, to, sender))
        else:
            self.next_message += 1

    def take_message(self, process: Process, pattern: Pattern | None) -> RawMessage | None:
        message = process.mailbox.take(pattern, process.lookup)
        if message is None:
            return None
        observers = self.observers
        if observers.notes is not None:
            value, sender, number, _ = message
            self.note("receive", process.pid, sender, number, value)
        if MessageTaken in observers.listeners:
            observers.emit(MessageTaken(Message(*message), process))
        return message
