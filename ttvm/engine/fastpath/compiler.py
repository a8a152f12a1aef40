"""Compile a region: text, Python code, and the functions that bring the process back from where they stop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ttvm.engine.fastpath.direct_code import DirectCalls
from ttvm.engine.fastpath.kept_code import KeptCode
from ttvm.engine.fastpath.region_code import RegionCode
from ttvm.engine.fastpath.regions import Region
from ttvm.engine.fastpath.signatures import Signatures
from ttvm.engine.fastpath.templates import Term
from ttvm.engine.fastpath.writing import Names, Note, Writer
from ttvm.engine.guards import Unsure
from ttvm.errors import InternalError
from ttvm.ops.arithmetic import _fit
from ttvm.process.state import FOR_ANY_MESSAGE, NORMAL, Frame, Outcome, Process, ProcessState
from ttvm.program import Module
from ttvm.values import FALSE, TRUE, Function, List, Object, Value

if TYPE_CHECKING:
    from ttvm.engine.machine import Machine
    from ttvm.engine.tiering import Stops

Compiled: TypeAlias = "Callable[[Process, Machine, int, int, int], tuple[int, Outcome | None]]"
"""Given the steps at which the slice ends, the instructions left until then and where to enter: what is left then,
and what comes next; None: the stepper does the instruction at pc."""


PATIENCE = 50
"""How often processes may enter a generator for nothing before it is given up: making one costs time."""


KeptCompiled: TypeAlias = "Callable[[Process, Machine, int, int, int], Generator[int, int, None]]"
"""Given the steps at which the turn ends, the instructions of each turn and where to enter; see ``kept_code``."""


class Kept:
    """A way into compiled code in which a process can stay between its turns."""

    __slots__ = ("function", "need", "number", "patience")

    def __init__(self, function: KeptCompiled, number: int, need: int) -> None:
        self.function = function
        self.number = number
        self.need = need
        """Instructions that each turn must have."""
        self.patience = PATIENCE
        """How often a process may still leave in the turn in which it came; then this way is given up."""


class Entry(NamedTuple):
    """A way into compiled code."""

    function: Compiled
    number: int
    need: int
    """Instructions that must be left of the slice."""
    kept: Kept | None
    """A better way for the beginning of a turn, where processes come again and again to wait."""
    is_silent: bool
    """Whether no other process becomes ready in it, and no turn ends before its time."""


class CompiledRegion(NamedTuple):
    """What the compiler makes: the Python text, and where it can be entered."""

    source: str
    entries: dict[int, Entry]


def compile_region(module: Module, root: int, present: frozenset[str], stops: Stops) -> CompiledRegion | None:
    """Compile what can follow the instruction at ``root``; None when that is nothing.

    ``present`` are the variables of the frame that is there now, ``stops`` the addresses of breakpoints and
    their guards.
    """
    signatures = Signatures(module, stops)
    region = Region(module, root, present, stops, signatures)
    if root not in region.heads:
        return None
    namespace = namespace_of_regions()
    writer, names, direct = Writer(), Names(namespace), DirectCalls(signatures)
    RegionCode(region, writer, names, direct).write("region")
    keeping = Region(module, root, present, stops, signatures, keeps=True)
    waits = keeping.returns_to_wait() if not stops else frozenset()  # nobody stays where somebody may stop
    if waits:
        writer.put(0, "")
        writer.put(
            0, "# The same as a generator, for a process that comes back to wait: it stays here between its turns."
        )
        KeptCode(keeping, writer, names, direct).write("kept")
    calls = Calls(module, namespace)
    namespace["fall_back"] = _make_fall_back(writer.notes, namespace)
    for name, notes in direct.write(writer, names).items():
        namespace[f"{name}_gives_up"] = calls.make_give_up(notes, direct.label_of(name))
    namespace.update(give_up=calls.give_up, give_up_too=calls.give_up_too, unwind=calls.unwind)
    source = "\n".join(writer.lines) + "\n"
    exec(compile(source, f"<{module.name}:{module.line(root)}>", "exec"), namespace)
    function: Compiled = namespace["region"]
    entries = {
        head: Entry(function, region.number[head], region.cost(head), None, region.is_silent) for head in region.entries
    }
    need = max(map(keeping.cost, keeping.heads))
    for head in waits & entries.keys():
        entries[head] = entries[head]._replace(kept=Kept(namespace["kept"], keeping.number[head], need))
    return CompiledRegion(source, entries)


def namespace_of_regions() -> dict[str, Any]:
    """The global names of compiled code; constants and functions of rows come to them."""
    return {
        "BLOCK": Outcome.BLOCK,
        "COMPOUND": frozenset({List, Object}),
        "CONTINUE": Outcome.CONTINUE,
        "EXIT": Outcome.EXIT,
        "FALSE": FALSE,
        "FOR_ANY_MESSAGE": FOR_ANY_MESSAGE,
        "Frame": Frame,
        "Function": Function,
        "List": List,
        "NORMAL": NORMAL,
        "Object": Object,
        "RESUME": Outcome.RESUME,
        "TRUE": TRUE,
        "READY": ProcessState.READY,
        "UNSET": object(),
        "Unsure": Unsure,
        "WAITING": ProcessState.WAITING,
        "YIELD": Outcome.YIELD,
        "deque": deque,
        "fit": _fit,
    }


class Calls:
    """What becomes of Python calls that cannot go on: notes of each, innermost first, and frames made from them."""

    def __init__(self, module: Module, namespace: dict[str, Any]) -> None:
        self._module = module
        self._namespace = namespace
        self._notes: list[tuple[int, str, dict[str, Value], list[Value]]] = []
        self._left = 0
        self._previous: int | None = None

    def give_up(
        self,
        left: int,
        address: int,
        label: str,
        variables: dict[str, Value],
        stack: list[Value],
        previous: int | None = None,
    ) -> None:
        """The innermost call stops before the instruction at ``address``; at a breakpoint, behind ``previous``."""
        self._notes.clear()
        self._left, self._previous = left, previous
        self.give_up_too(address, label, variables, stack)

    def give_up_too(self, address: int, label: str, variables: dict[str, Value], stack: list[Value]) -> None:
        """A caller of one that has given up; it goes on at ``address`` later."""
        self._notes.append((address, label, variables, stack))

    def make_give_up(self, notes: dict[int, Note], label: str) -> Callable[..., None]:
        """What a function does when one of its lines raises."""

        def gives_up(left: int, values: dict[str, Any], error: Exception) -> None:
            note = _note_of(notes, error)
            variables = {name: _value_of(term, values, self._namespace) for name, term in note.variables}
            stack = [_value_of(term, values, self._namespace) for term in note.stack]
            self.give_up(left - note.cost, note.address, label, variables, stack, note.previous)

        return gives_up

    def unwind(self, process: Process, address: int) -> tuple[int, Outcome]:
        """Make the frames of calls that have given up. The first of them returns to ``address``."""
        for following, label, variables, stack in reversed(self._notes):
            process.frames.append(Frame(self._module, label, variables, address))
            process.stack += stack
            address = following
        process.frame = process.frames[-1]
        process.pc = address
        if self._previous is not None:
            process.previous_pc = self._previous
        return self._left, Outcome.RESUME


def _note_of(notes: dict[int, Note], error: Exception) -> Note:
    assert error.__traceback__ is not None
    note = notes.get(error.__traceback__.tb_lineno)
    if note is None:
        raise InternalError(f"compiled code failed where it cannot: {error!r}") from error
    return note


def _value_of(term: Term, values: dict[str, Any], namespace: dict[str, Any]) -> Any:
    if term.text in values:
        return values[term.text]
    return eval(term.text, namespace)


def _make_fall_back(notes: dict[int, Note], namespace: dict[str, Any]) -> Callable[..., tuple[int, Outcome | None]]:
    def fall_back(process: Process, left: int, values: dict[str, Any], error: Exception) -> tuple[int, Outcome | None]:
        """Put back what was before the instruction that raised; the stepper does it, and knows why it fails.

        When it was the guard of a breakpoint that raised, the slice decides whether to stop there.
        """
        note = _note_of(notes, error)
        variables = process.frame.variables
        for name, term in note.variables:
            variables[name] = _value_of(term, values, namespace)
        process.stack += [_value_of(term, values, namespace) for term in note.stack]
        process.pc = note.address
        if note.previous is None:
            return left - note.cost, None
        process.previous_pc = note.previous
        return left - note.cost, Outcome.RESUME

    return fall_back
