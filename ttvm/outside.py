"""The world outside as questions and answers: files, network, commands, databases.

One small door, so that recording, replaying and the real thing are each one class (``Outside``), and so that a
process can wait for an answer while the others run.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ttvm.errors import FaultKind
from ttvm.record import Record
from ttvm.values import Pid, Value


class Request(Record):
    """A question to the world outside: ``room`` and ``verb`` say what to do, ``files`` and ``read_text``, with what."""

    room: str
    verb: str
    arguments: tuple[Value, ...] = ()
    instruction: str = ""
    """The mnemonic of the instruction that asks, for people."""

    def __str__(self) -> str:
        return f"{self.room}.{self.verb}"


class Refusal(Record):
    """The world's answer when it did not do what was asked: the fault of the asking instruction."""

    kind: FaultKind
    text: str
    """What the instruction says after its name: ``finds no file "a"``."""


class Pending(Record):
    """No answer yet: it arrives later, under this number."""

    ticket: int


class Parked(Exception):
    """Ends an instruction that has to wait for the world; it runs again when the answer is there."""

    def __init__(self, ticket: int, what: str) -> None:
        super().__init__(what)
        self.ticket = ticket
        self.what = what
        """What its process waits for, after "waits for": ``the command ls``."""


class Outside(ABC):
    """Everything beyond the machine: files, network, commands, databases. All of it is questions and answers."""

    @abstractmethod
    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        """Do what process ``pid`` asks for, or begin to."""

    @abstractmethod
    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        """The tickets that have been answered since the last call, with the answers, in the order they came."""

    @abstractmethod
    def wait(self, milliseconds: int | None) -> bool:
        """Wait until there is an arrival, at most so long; whether there is one."""

    @abstractmethod
    def leave(self, pid: Pid) -> None:
        """A process has ended: close what it left open, and forget what it still waits for."""

    @abstractmethod
    def close(self) -> None:
        """The run is over: close everything."""


class Grants(Record):
    """What was allowed. None: nothing of the kind; an empty tuple: everything; else the things listed."""

    read: tuple[str, ...] | None = None
    write: tuple[str, ...] | None = None
    net: tuple[str, ...] | None = None
    run: tuple[str, ...] | None = None
    env: tuple[str, ...] | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing at all is forbidden."""
        return all(grant == () for grant in self.__dict__.values())


class Consent(enum.Enum):
    """What a person says to something that was not granted."""

    NO = "no"
    YES = "yes"
    ALL = "all"
    """Yes, and to everything else of this kind."""


ConsentAsker: TypeAlias = Callable[[str], Consent]
"""Asks a person about ``READ_FILE wants to read /x (process 2)``."""

ALL = Grants((), (), (), (), ())
"""The grants of --allow-all."""
