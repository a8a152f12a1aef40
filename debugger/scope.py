"""What an expression can see: one process, the others by name, and the message of an event.

``stack`` and ``mailbox`` are made into lists only as far as an expression may use of them, so that a condition costs
the same in a process with a million messages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import islice

from debugger.explanation import title
from ttvm.errors import TtvmError
from ttvm.process.state import Process
from ttvm.source import visible
from ttvm.system.system import System
from ttvm.values import List, Pid, Value

MOST_ENTRIES = 10_000
"""Values of a stack or a mailbox that are made into a list."""
NO_MESSAGE = object()
"""There is no message: the expression is not about an event that has one."""
FORBIDDEN_NAMES = {
    "len": "len needs brackets: len(mailbox)",
    "var": "write the name of a variable behind it: var.depth",
    "process": "write which one: process[2].total",
    "True": "write true here",
    "False": "write false here",
    "None": "write null here",
}


class ExpressionError(TtvmError):
    """Something wrong in what was typed, or in what it finds.

    ``column`` (from 1) says where in ``line``; column 0 stands for no place at all.
    """

    def __init__(self, text: str, line: str = "", column: int = 0, width: int = 1) -> None:
        super().__init__(text)
        self._text = text
        self.line = line
        self.column = column
        self.width = width

    @property
    def text(self) -> str:
        """What is wrong, on one line."""
        return self._text

    def __str__(self) -> str:
        if not self.column:
            return self.text
        # A long line is shown around the place.
        first = max(0, self.column - 61)
        shown = visible(self.line[first : first + 120])
        start = self.column - 1 - first
        width = max(1, min(self.width, len(shown) - start))
        return f"{self.text}\n  {shown}\n  {' ' * start}{'^' * width}"

    def pointing_at(self, line: str, column: int, width: int) -> ExpressionError:
        """This error, at a place; one that knows its place already stays as it is."""
        if not self.column:
            self.line, self.column, self.width = line, column, width
        return self


class Unknown(ExpressionError):
    """Something the expression names is not there: a variable, a process, an element. It may be there later."""


class UnknownVariable(Unknown):
    """A process has no such variable. A watch meets this at every step, so the words are made when they are read."""

    def __init__(self, name: str, process: Process, with_properties: bool) -> None:
        super().__init__("")
        self._name = name
        self._process = process
        self._with_properties = with_properties

    @property
    def text(self) -> str:
        known = {*self._process.frame.variables, *(self._process.outermost_variables() or ())}
        if self._with_properties:
            known.update(PROPERTIES)
        owner = title(self._process)
        return f'there is no variable "{visible(self._name)}" in {owner}{did_you_mean(self._name, sorted(known))}'


class Scope:
    """A moment of the run, seen from ``process`` (None: from nobody).

    ``seen`` collects whose things an expression looked at: pids, with the number of open calls where a variable was
    looked for, as the variable of another call is another variable.
    """

    __slots__ = ("message", "names_others", "process", "seen", "system")

    def __init__(self, system: System, process: Process | None, message: object = NO_MESSAGE) -> None:
        self.system = system
        self.process = process
        self.message = message
        self.names_others = False
        """Whether the expression says whose things it means."""
        self.seen: list[tuple[Pid, int]] = []

    def own(self) -> Process:
        """The process itself."""
        if self.process is None:
            raise Unknown("there is no such process")
        return self.process

    def message_or_variable(self) -> Value:
        """``msg``: the message of the event, or, where there is none, the variable of that name."""
        if self.message is NO_MESSAGE:
            return self.variable("msg")
        return self.message  # type: ignore[return-value]

    def has_variable(self, name: str) -> bool:
        """Whether the process has such a variable, in its innermost call or in the module."""
        process = self.process
        if process is None:
            return False
        if name in process.frame.variables:
            return True
        outermost = process.outermost_variables()
        return outermost is not None and name in outermost

    def variable(self, name: str, process: Process | None = None) -> Value:
        """A variable of the process, or of another: of its innermost call, then of the module."""
        owner = process or self.own()
        self.seen.append((owner.pid, len(owner.frames)))
        variables = owner.frame.variables
        if name in variables:
            return variables[name]
        outermost = owner.outermost_variables()
        if outermost is not None and name in outermost:
            return outermost[name]
        raise UnknownVariable(name, owner, process is None)

    def find(self, reference: str) -> Process | None:
        """The live process with a pid or a name; None when there is none."""
        return self.system.processes.get(find_pid(self.system, reference))

    def registered(self, name: str) -> Process | None:
        """The live process of that name; None when there is none."""
        return self.system.processes.get(self.system.names.get(name) or (1 if name == "main" else 0))


def find_pid(system: System, reference: str) -> Pid:
    """The pid that a reference means: a number, or a registered name; 0 when nobody has it.

    ``main`` is process 1, unless another has taken the name.
    """
    if reference.isdecimal():
        return int(reference)
    return system.names.get(reference) or (1 if reference == "main" else 0)


def did_you_mean(name: str, known: Collection[str]) -> str:
    """``; did you mean "price"?``, or nothing when no known name is near."""
    from difflib import get_close_matches  # slow to import, and most expressions have no mistake

    near = get_close_matches(name, list(known)[:1_000], 1)
    return f'; did you mean "{visible(near[0])}"?' if near else ""


class Entries:
    """The values of a stack, the top first, or of a mailbox; made into a list only when it must be one."""

    __slots__ = ("_process", "_what")

    def __init__(self, process: Process, what: str) -> None:
        self._process = process
        self._what = what

    def __len__(self) -> int:
        return len(self._process.stack if self._what == "stack" else self._process.mailbox)

    def element(self, position: int) -> Value:
        """The value at a position, which is there."""
        if self._what == "stack":
            return self._process.stack[-1 - position]
        return next(islice(self._process.mailbox, position, None)).value

    def whole(self) -> List:
        """All of them. Raises ExpressionError when there are too many."""
        if len(self) > MOST_ENTRIES:
            raise ExpressionError(
                f"the {self._what} of {title(self._process)} holds {len(self):,} values: ask for one, or for the length"
            )
        if self._what == "stack":
            return List(self._process.stack[::-1])
        return List([message.value for message in self._process.mailbox])


def _entries(what: str) -> Callable[[Scope, Process], Value | Entries]:
    def entries(scope: Scope, process: Process) -> Entries:
        scope.seen.append((process.pid, 0))
        return Entries(process, what)

    return entries


def _depth(scope: Scope, process: Process) -> Value:
    scope.seen.append((process.pid, 0))
    return len(process.stack)


def _name(_: Scope, process: Process) -> Value:
    return process.name


def _pid(_: Scope, process: Process) -> Value:
    return process.pid


PROPERTIES: dict[str, Callable[[Scope, Process], Value | Entries]] = {
    "depth": _depth,
    "mailbox": _entries("mailbox"),
    "name": _name,
    "pid": _pid,
    "stack": _entries("stack"),
}
"""Names that mean something of the process, whatever its variables are called. ``var.depth`` is a variable."""
