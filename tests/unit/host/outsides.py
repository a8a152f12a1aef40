"""The real world outside, asked without a machine around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ttvm.errors import FaultKind
from ttvm.host.memory import MemoryConsole
from ttvm.host.outside import RealOutside
from ttvm.host.permissions import Permissions
from ttvm.outside import ALL, Grants, Pending, Refusal, Request
from ttvm.values import Handle, Pid, Value

LONG = 20_000
"""Milliseconds after which a test that waits has failed."""


class Asked:
    """Asks, and waits for the answers."""

    def __init__(self, grants: Grants = ALL, net_timeout: float | None = None) -> None:
        self.outside = RealOutside(MemoryConsole(), Permissions(grants), net_timeout)
        self._answers: dict[int, Value | Refusal] = {}

    def begin(self, pid: Pid, room: str, verb: str, *arguments: Value) -> int:
        """Ask something that takes time; the number of the answer."""
        pending = self.outside.ask(pid, Request(room, verb, arguments))
        assert isinstance(pending, Pending), pending
        return pending.ticket

    def answer(self, ticket: int) -> Value | Refusal:
        """Wait for an answer."""
        while ticket not in self._answers:
            assert self.outside.wait(LONG), "nothing arrives"
            self._answers.update(self.outside.arrivals())
        return self._answers.pop(ticket)

    def ask(self, pid: Pid, room: str, verb: str, *arguments: Value) -> Value | Refusal:
        """Ask, and wait for the answer if it takes time."""
        answer = self.outside.ask(pid, Request(room, verb, arguments))
        return self.answer(answer.ticket) if isinstance(answer, Pending) else answer

    def handle(self, pid: Pid, room: str, verb: str, *arguments: Value) -> Handle:
        """Ask for something that is opened."""
        answer = self.ask(pid, room, verb, *arguments)
        assert isinstance(answer, Handle), answer
        return answer

    def refusal(self, pid: Pid, room: str, verb: str, *arguments: Value) -> tuple[FaultKind, str]:
        """Ask for what is refused: the kind of the fault and the words."""
        return refused(self.ask(pid, room, verb, *arguments))


def refused(answer: Value | Refusal) -> tuple[FaultKind, str]:
    """The kind and the words of a refusal."""
    assert isinstance(answer, Refusal), answer
    return answer.kind, answer.text


@contextmanager
def asking(grants: Grants = ALL, net_timeout: float | None = None) -> Iterator[Asked]:
    """A world that is closed at the end."""
    asked = Asked(grants, net_timeout)
    try:
        yield asked
    finally:
        asked.outside.close()
