"""What a program may ask of the outside world: one documented method per effect row of the table.

A row of kind effect names a method of one of these classes; the host given to the machine implements them.
``caller`` is the process that asks. Real, fake, recording and replaying hosts all look the same from here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.forms import debug, display
from ttvm.outside import Outside
from ttvm.process.state import Process
from ttvm.values import List, Pid, Value, type_name


class Console(ABC):
    """Standard output and input."""

    @abstractmethod
    def write(self, pid: Pid, text: str) -> None:
        """Put ``text`` on standard output; ``pid`` printed it."""

    @abstractmethod
    def read(self, size: int | None) -> str:
        """At most ``size`` characters of standard input (None: all), empty at its end."""

    @abstractmethod
    def read_until_newline(self) -> str:
        """The next line of standard input with its newline, empty at its end."""

    @property
    def interactive(self) -> bool:
        """Whether a person types the input. Then reading may take long, and is a question to ``Outside``."""
        return False

    def print_value(self, caller: Process, value: Value) -> None:
        """Print a value in display form, and a newline.

        Lists look like `[1, 2]`, objects like `{a: 1}`, Float 5.0 like `5`.
        """
        self.write(caller.pid, display(value) + "\n")

    def print_scope(self, caller: Process) -> None:
        """Print the variables of the current frame, one per line, in debug form."""
        lines = [f"{name} = {debug(value)}" for name, value in caller.frame.variables.items()]
        self.write(caller.pid, "\n".join(lines or ["(no variables)"]) + "\n")


class Clock(ABC):
    """Time: of the calendar, and of the machine."""

    @abstractmethod
    def seconds(self) -> float:
        """Seconds since 1970-01-01 00:00 UTC."""

    @abstractmethod
    def milliseconds(self) -> int:
        """Milliseconds since the run began; never goes back."""

    @abstractmethod
    def wait_until(self, deadline: int) -> None:
        """Return when ``milliseconds()`` has reached ``deadline``: by sleeping, or by moving a virtual clock."""

    def unix_time(self, caller: Process) -> Value:
        """Give the time of day in whole seconds since 1970-01-01 00:00 UTC."""
        return int(self.seconds())

    def monotonic(self, caller: Process) -> Value:
        """Give the milliseconds since the run began; this clock never goes back."""
        return self.milliseconds()


class Randomness(ABC):
    """Random numbers of the run, from its seed."""

    @abstractmethod
    def number_below(self, bound: int) -> int:
        """A number from 0 to ``bound`` - 1."""

    def random(self, caller: Process, bound: Value) -> Value:
        """Give a random Int from 0 to the bound less one. The same seed gives the same numbers."""
        if type(bound) is not int:
            raise mismatch("a bound that is an Int")
        if bound <= 0:
            raise Fault(FaultKind.DOMAIN_ERROR, "needs a bound above 0", wants_operands=True)
        return self.number_below(bound)


class Secrets(ABC):
    """Randomness that nobody can foresee, and what needs it."""

    @abstractmethod
    def random_bytes(self, count: int) -> bytes:
        """That many random bytes."""

    def encrypt(self, caller: Process, text: Value, key: Value) -> Value:
        """Encrypt a text with a key of any length; DECRYPT with the same key gives the text again.

        The bytes are different every time. They are authenticated: DECRYPT notices every change.
        """
        if not (isinstance(text, str) and isinstance(key, str)):
            # The found values are not shown, as they are elsewhere: one is a key.
            found = f"{type_name(text)} and {type_name(key)}"
            raise Fault(FaultKind.TYPE_MISMATCH, f"needs a text and a key that are Strs, found {found}")
        from ttvm.sealing import seal  # few programs encrypt

        return seal(text, key, self.random_bytes)


class Surroundings(ABC):
    """What the run was started with."""

    @abstractmethod
    def words(self) -> tuple[str, ...]:
        """The words after the program's file name."""

    def arguments(self, caller: Process) -> Value:
        """Give the list of the words that stood after the program's file name."""
        return List(list(self.words()))


class Host(Protocol):
    """The outside world of one run. The attribute names are the lower-case names of the classes above."""

    @property
    def console(self) -> Console: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def randomness(self) -> Randomness: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def surroundings(self) -> Surroundings: ...
    @property
    def outside(self) -> Outside: ...
    def close(self) -> None: ...
