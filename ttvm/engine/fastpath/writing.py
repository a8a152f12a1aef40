"""Python text under construction, with a note for each line of what the machine is when that line raises."""

from __future__ import annotations

from typing import Any, NamedTuple

from ttvm.engine.fastpath.templates import Term


class Note(NamedTuple):
    """The state before an instruction: where it is, what the locals are worth, and what it has cost to come there."""

    address: int
    variables: tuple[tuple[str, Term], ...]
    """The variables of the frame that are newer in the locals, by name."""
    stack: tuple[Term, ...]
    """The values above those that are on the stack of the process."""
    cost: int
    previous: int | None = None
    """For the guard of a breakpoint, which is not sure when it raises: the instruction before this one."""


class State:
    """What the compiler knows while it walks along straight code."""

    __slots__ = ("cost", "dirty", "known", "stack", "values")

    def __init__(self, known: set[str], dirty: set[str], stack: list[Term]) -> None:
        self.values: dict[str, Term] = {}
        """Variables that were read or written on the way; the others are in the locals named after them."""
        self.known = known
        """Variables that the frame surely has."""
        self.dirty = dirty
        """Variables whose values in the frame are old."""
        self.stack = stack
        """Values that the process has not got on its stack yet, top last."""
        self.cost = 0
        """Instructions executed since the budget was last counted."""

    def fork(self) -> State:
        """The same state, to follow one branch."""
        twin = State(self.known.copy(), self.dirty.copy(), self.stack.copy())
        twin.values = self.values.copy()
        twin.cost = self.cost
        return twin


class Writer:
    """Lines of Python."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: dict[int, Note] = {}
        self.note: Note | None = None
        """What an exception in the next lines means; None: they raise none."""
        self._temporaries = 0

    def put(self, indent: int, text: str) -> None:
        """Add a line."""
        self.lines.append("    " * indent + text)
        if self.note is not None:
            self.notes[len(self.lines)] = self.note

    def temporary(self) -> str:
        """A fresh name."""
        self._temporaries += 1
        return f"t{self._temporaries}"


class Names:
    """The locals for variables, and the globals for constants."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self._locals: dict[str, str] = {}

    def local(self, variable: str) -> str:
        """The Python name of a variable, ``v_i`` for ``i``; names that Python would not take get a number."""
        known = self._locals.get(variable)
        if known is None:
            simple = variable.isidentifier() and variable.isascii()
            known = self._locals[variable] = f"v_{variable}" if simple else f"v_{len(self._locals)}_"
        return known

    def constant(self, value: object) -> str:
        """A global name for a value."""
        name = f"k{len(self.namespace)}"
        self.namespace[name] = value
        return name

    def term(self, value: Any) -> Term:
        """A value of the program that never changes."""
        if type(value) is int:
            return Term(str(value) if value >= 0 else f"({value})", "int", value)
        if value is None:
            return Term("None", "null")
        kind = {float: "float", str: "text"}.get(type(value), "")
        if type(value) is str and len(value) <= 40:
            return Term(repr(value), kind)
        return Term(self.constant(value), kind, value if kind == "float" else None)

    def function(self, mnemonic: str, function: object) -> str:
        """The global name of a row's function: its mnemonic."""
        self.namespace[mnemonic] = function
        return mnemonic
