"""The mailbox of a process: messages in order of arrival, and how far a RECEIVE has looked already."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import starmap
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ttvm.process.patterns import Lookup, Pattern
    from ttvm.values import Pid, Value


class Message:
    """A value on its way: who sent it, its number in the run, and the step at which it was sent."""

    __slots__ = ("number", "sender", "step", "value")

    def __init__(self, value: Value, sender: Pid, number: int, step: int) -> None:
        self.value = value
        self.sender = sender
        self.number = number
        self.step = step


RawMessage: TypeAlias = "tuple[Value, Pid, int, int]"
"""The fields of a ``Message`` in a plain tuple, as mailboxes keep it: Python makes one ten times as fast."""


class Mailbox:
    """Messages that wait for a RECEIVE.

    Invariant: while the process waits in a RECEIVE, the first ``skipped`` messages are known not to fit its
    pattern (the save point), so they are not looked at again when a new one arrives.
    """

    __slots__ = ("messages", "skipped")

    def __init__(self, messages: deque[RawMessage] | None = None, skipped: int = 0) -> None:
        self.messages = messages
        """None until the first message comes: most mailboxes of a large system are empty."""
        self.skipped = skipped

    def put(self, message: RawMessage) -> None:
        """Add a message behind all others."""
        if self.messages is None:
            self.messages = deque((message,))
        else:
            self.messages.append(message)

    def take(self, pattern: Pattern | None, lookup: Lookup) -> RawMessage | None:
        """Remove and return the first message that fits; None when there is none, and the save point moves."""
        messages = self.messages
        if not messages:
            return None
        if pattern is None:
            self.skipped = 0
            return messages.popleft()
        for index in range(self.skipped, len(messages)):
            message = messages[index]
            if pattern.matches(message[0], lookup):
                del messages[index]
                self.skipped = 0
                return message
        self.skipped = len(messages)
        return None

    def copy(self) -> Mailbox:
        """A mailbox with the same messages, independent of this one."""
        return Mailbox(deque(self.messages) if self.messages else None, self.skipped)

    def __len__(self) -> int:
        return len(self.messages) if self.messages else 0

    def __iter__(self) -> Iterator[Message]:
        return starmap(Message, self.messages or ())
