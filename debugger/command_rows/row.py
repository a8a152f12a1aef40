"""What a command is: a row of a table, what its handler gets, and how words behind a command are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from debugger import render
from debugger.session import Session
from debugger.views import ProcessView, StopView
from ttvm.errors import TtvmError

MOST_COUNT = 10**12


class CommandError(TtvmError):
    """A command that cannot be done: what is wrong with it, in words."""


class Failed(TtvmError):
    """An ``expect`` that was not met."""


class Result(NamedTuple):
    """What a command says, and whether it ends the debugger."""

    text: str = ""
    ends: bool = False


class Command(NamedTuple):
    """One row of the table. ``usage`` is what stands behind the name; ``aliases`` are other names."""

    name: str
    aliases: tuple[str, ...]
    usage: str
    help: str
    handler: Callable[[Subject, str], Result]


class Subject:
    """What commands are about: a session, and the process that is looked at."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.selected = 0
        """The process whose code, stack and mailbox are shown; 0: the one that runs next."""

    def view_of(self, word: str) -> ProcessView:
        """A process by pid or name, or, without a word, the selected one."""
        view = self.session.view(self.selected)
        if word:
            view = self.session.view(self.pid_of(word))
        if view.selected is None:
            raise CommandError("no process is alive")
        return view.selected

    def pid_of(self, word: str) -> int:
        """The pid of a live process by pid or name. Raises CommandError."""
        for row in self.session.view(0).processes:
            if word in (str(row.pid), row.name) and row.state != "exited":
                return row.pid
        raise CommandError(f"there is no live process {word}")

    def where(self) -> Result:
        """What is said after a verb: where the run is now, and why."""
        return Result(render.where(self.session.view(self.selected)))


def read_count(word: str) -> int:
    """How often; nothing stands for once. Raises CommandError."""
    return 1 if not word else read_number(word, 1)


def read_number(word: str, least: int = 0) -> int:
    """A whole number. Raises CommandError."""
    digits = word.replace("_", "").replace(",", "")
    if not (digits.isascii() and digits.isdigit()) or not least <= int(digits) <= MOST_COUNT:
        raise CommandError(f"{word or 'nothing'} is not a number from {least} on")
    return int(digits)


def expect_nothing(word: str) -> None:
    """Raise CommandError unless the command stands alone."""
    if word:
        raise CommandError(f"nothing may stand behind this command, found {word}")


def verb(do: Callable[[Session], StopView]) -> Callable[[Subject, str], Result]:
    """A handler that does something to the session and tells where that led."""

    def handle(line: Subject, rest: str) -> Result:
        expect_nothing(rest)
        do(line.session)
        return line.where()

    return handle


def counted(do: Callable[[Session, int], StopView]) -> Callable[[Subject, str], Result]:
    """The same, as often as the number says."""

    def handle(line: Subject, rest: str) -> Result:
        do(line.session, read_count(rest))
        return line.where()

    return handle
