"""Guards: the conditions of breakpoints, as far as the engine can decide them without leaving compiled code.

A guard is a tree of values of one process and of rows of the instruction table, so it has no meaning of its own. It is
careful: where it is not sure (a variable is not there, a row fails, values are too large to compare quickly) it says
that the run must stop, and whoever set the breakpoint looks for himself. Guards never change; two are never equal, as
1 and 1.0 are in Python, but not in a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from ttvm.errors import Fault
from ttvm.isa import ISA
from ttvm.process.state import Process
from ttvm.record import Record
from ttvm.values import List, Object, Value, truth


class Constant(Record):
    """A value that never changes."""

    value: Value


class Variable(Record):
    """A variable of the call under way, or else of the module, as LOAD finds it."""

    name: str


class StackValue(Record):
    """A value on the stack; position 0 is the top."""

    position: int


class Property(Record):
    """Something else of the process: a name of ``PROPERTIES``."""

    name: str


class Operation(Record):
    """What a row of the table makes of values; it has a template (``ttvm.engine.fastpath.templates``)."""

    mnemonic: str
    operands: tuple[Any, ...]
    values: tuple[Term, ...]


Term: TypeAlias = Constant | Variable | StackValue | Property | Operation


class Not(Record):
    """True when the part is false."""

    part: Condition


class All(Record):
    """True when all parts are; behind the first false one nothing is looked at."""

    parts: tuple[Condition, ...]


class Some(Record):
    """True when one part is; behind the first true one nothing is looked at."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = Term | Not | All | Some
"""What is true or false; a value is true as JNZ sees it."""

PROPERTIES: dict[str, Callable[[Process], int]] = {
    "pid": lambda process: process.pid,
    "depth": lambda process: len(process.stack),
    "messages": lambda process: len(process.mailbox),
}


class Unsure(Exception):
    """Only whoever set the breakpoint can say."""


class Guard:
    """When a breakpoint is to stop the run."""

    __slots__ = ("condition", "is_about_variables", "variables")

    def __init__(self, condition: Condition) -> None:
        leaves = list(_leaves(condition))
        self.condition = condition
        self.variables = frozenset(each.name for each in leaves if isinstance(each, Variable))
        """The names of the variables it looks at."""
        self.is_about_variables = not any(isinstance(each, (StackValue, Property)) for each in leaves)
        """Whether it looks at nothing else of the process."""

    def __repr__(self) -> str:
        return f"Guard({self.condition!r})"

    def stops(self, process: Process) -> bool:
        """Whether the run must stop before the next instruction of ``process``: the condition is true, or unsure."""
        try:
            return is_true(self.condition, process)
        except (Fault, IndexError, Unsure):
            return True


def _leaves(condition: Condition) -> Iterator[Term]:
    """The terms at the ends of the tree."""
    if isinstance(condition, Not):
        yield from _leaves(condition.part)
    elif isinstance(condition, Operation):
        for value in condition.values:
            yield from _leaves(value)
    elif isinstance(condition, (All, Some)):
        for part in condition.parts:
            yield from _leaves(part)
    else:
        yield condition


def is_true(condition: Condition, process: Process) -> bool:
    """Whether a condition is true. Raises Fault, IndexError or Unsure when it has no value."""
    if isinstance(condition, Not):
        return not is_true(condition.part, process)
    if isinstance(condition, All):
        return all(is_true(each, process) for each in condition.parts)
    if isinstance(condition, Some):
        return any(is_true(each, process) for each in condition.parts)
    return truth(value_of(condition, process))


def value_of(term: Term, process: Process) -> Value:
    """The value of a term. Raises Fault, IndexError or Unsure when it has none."""
    if isinstance(term, Constant):
        return term.value
    if isinstance(term, Variable):
        return process.lookup(term.name)
    if isinstance(term, StackValue):
        return process.stack[-1 - term.position]
    if isinstance(term, Property):
        return PROPERTIES[term.name](process)
    values = [value_of(each, process) for each in term.values]
    if term.mnemonic in ("EQ", "NE") and all(isinstance(each, (List, Object)) for each in values):
        raise Unsure
    result: Value = ISA[term.mnemonic].function(*term.operands, *values)
    return result
