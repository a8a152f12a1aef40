"""Compile a region: text, Python code, and the functions that bring the process back from where they stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ttvm.engine.fastpath.direct_code import DirectCalls
from ttvm.engine.fastpath.region_code import RegionCode
from ttvm.engine.fastpath.regions import Region
from ttvm.engine.fastpath.templates import Term
from ttvm.engine.fastpath.writing import Names, Note, Writer
from ttvm.errors import InternalError
from ttvm.ops.arithmetic import _fit
from ttvm.process.state import NORMAL, Frame, Outcome, Process
from ttvm.program import Module
from ttvm.values import FALSE, TRUE, Function, List, Object

if TYPE_CHECKING:
    from ttvm.engine.machine import Machine

Compiled: TypeAlias = "Callable[[Process, Machine, int, int, int], tuple[int, Outcome | None]]"
"""Given the steps at which the slice ends, the instructions left until then and where to enter: what is left then,
and what comes next; None: the stepper does the instruction at pc."""


class Unsure(Exception):
    """Compiled code lets the stepper execute this instruction."""


class Entry(NamedTuple):
    """A way into compiled code."""

    function: Compiled
    number: int
    need: int
    """Instructions that must be left of the slice."""


class CompiledRegion(NamedTuple):
    """What the compiler makes: the Python text, and where it can be entered."""

    source: str
    entries: dict[int, Entry]


def compile_region(module: Module, root: int, present: frozenset[str], stops: frozenset[int]) -> CompiledRegion | None:
    """Compile what can follow the instruction at ``root``; None when that is nothing.

    ``present`` are the variables of the frame that is there now, ``stops`` the addresses of breakpoints.
    """
    region = Region(module, root, present, stops)
    if root not in region.heads:
        return None
    namespace = _namespace()
    writer = Writer()
    RegionCode(region, writer, Names(namespace), DirectCalls()).write("region")
    source = "\n".join(writer.lines) + "\n"
    namespace["fall_back"] = _make_fall_back(writer.notes, namespace)
    exec(compile(source, f"<{module.name}:{module.line(root)}>", "exec"), namespace)
    function: Compiled = namespace["region"]
    entries = {head: Entry(function, region.number[head], region.cost(head)) for head in region.entries}
    return CompiledRegion(source, entries)


def _namespace() -> dict[str, Any]:
    return {
        "CONTINUE": Outcome.CONTINUE,
        "EXIT": Outcome.EXIT,
        "FALSE": FALSE,
        "Frame": Frame,
        "Function": Function,
        "List": List,
        "NORMAL": NORMAL,
        "Object": Object,
        "RESUME": Outcome.RESUME,
        "TRUE": TRUE,
        "UNSET": object(),
        "Unsure": Unsure,
        "YIELD": Outcome.YIELD,
        "fit": _fit,
    }


def _make_fall_back(notes: dict[int, Note], namespace: dict[str, Any]) -> Callable[..., tuple[int, None]]:
    def value_of(term: Term, values: dict[str, Any]) -> Any:
        if term.text in values:
            return values[term.text]
        return eval(term.text, namespace)

    def fall_back(process: Process, left: int, values: dict[str, Any], error: Exception) -> tuple[int, None]:
        """Put back what was before the instruction that raised; the stepper does it, and knows why it fails."""
        assert error.__traceback__ is not None
        note = notes.get(error.__traceback__.tb_lineno)
        if note is None:
            raise InternalError(f"compiled code failed where it cannot: {error!r}") from error
        variables = process.frame.variables
        for name, term in note.variables:
            variables[name] = value_of(term, values)
        process.stack += [value_of(term, values) for term in note.stack]
        process.pc = note.address
        return left - note.cost, None

    return fall_back
