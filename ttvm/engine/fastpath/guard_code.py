"""The guard of a breakpoint as part of a compiled function: a test of what is in locals anyway.

Any exception in it means that the guard is not sure: the note of its lines says so (``Note.previous``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ttvm.engine.fastpath.templates import TEMPLATES, Term, falsehood
from ttvm.engine.fastpath.writing import State
from ttvm.engine.guards import All, Condition, Constant, Not, Operation, Property, Some, StackValue, Variable
from ttvm.engine.guards import Term as GuardTerm
from ttvm.isa import ISA

if TYPE_CHECKING:
    from ttvm.engine.fastpath.signatures import Signatures
    from ttvm.engine.fastpath.walking import Walker
    from ttvm.program import Op

_SCALARS = frozenset({"int", "float", "num", "text", "null"})
"""Kinds of terms that are surely no list and no object."""


def ask_entry_guard(walker: Walker, signatures: Signatures, op: Op, address: int, indent: int, state: State) -> None:
    """Write the guard at the first instruction of a function that is called directly, before the CALL at ``address``.

    Where it may be met, or is not sure, the stepper does the CALL, and then the guard is asked in the usual way.
    """
    guard = signatures.entry_guard(op.operands)
    if guard is None:
        return
    writer, parameters = walker.writer, op.operands[1]
    note = writer.note
    inside = State(set(parameters), set(), [])
    inside.values = dict(zip(parameters, state.stack[len(state.stack) - len(parameters) :], strict=True))

    def find_outside(name: str, indent: int, _: State) -> Term:
        result = writer.temporary()
        writer.put(indent, f"{result} = outer[{name!r}]")
        return Term(result)

    def leave(indent: int) -> None:
        walker.leave(address, indent, state, "STEP")
        writer.note = note

    GuardCode(walker, inside, find_outside).write(guard.condition, True, indent, leave)


class GuardCode:
    """Writes the test of a guard at one place of the walk."""

    def __init__(self, walker: Walker, state: State, find: Callable[[str, int, State], Term] | None = None) -> None:
        """``find`` writes what reads a variable that the frame may not have; None: as the walk does."""
        self._walker = walker
        self._writer = walker.writer
        self._state = state
        self._find = find or walker.read_unknown

    def write(self, condition: Condition, wanted: bool, indent: int, then: Callable[[int], None]) -> None:
        """Write ``then``, which ends with a return, for when ``condition`` is as wanted: true or false."""
        if isinstance(condition, Not):
            self.write(condition.part, not wanted, indent, then)
        elif isinstance(condition, (All, Some)):
            if isinstance(condition, All) is wanted:
                self._write_all(condition.parts, wanted, indent, then)
            else:
                for each in condition.parts:
                    self.write(each, wanted, indent, then)
        else:
            self._writer.put(indent, f"if {self._test(condition, wanted, indent)}:")
            then(indent + 1)

    def _write_all(self, parts: tuple[Condition, ...], wanted: bool, indent: int, then: Callable[[int], None]) -> None:
        first, *rest = parts
        if rest:
            self.write(first, wanted, indent, lambda inner: self._write_all(tuple(rest), wanted, inner, then))
        else:
            self.write(first, wanted, indent, then)

    def _test(self, term: GuardTerm, wanted: bool, indent: int) -> str:
        """The Python condition under which a value counts as true, or as false."""
        if isinstance(term, Operation):
            values = self._values(term, indent)
            condition = TEMPLATES[term.mnemonic]("", term.operands, values).condition
            if condition:
                return condition if wanted else f"not {condition}"
            value = self._apply(term, values, indent)
        else:
            value = self._value(term, indent)
        return f"not {falsehood(value)}" if wanted else falsehood(value)

    def _value(self, term: GuardTerm, indent: int) -> Term:
        """Write what makes a value; its name."""
        walker, state = self._walker, self._state
        if isinstance(term, Operation):
            return self._apply(term, self._values(term, indent), indent)
        if isinstance(term, Constant):
            return walker.names.term(term.value)
        if isinstance(term, Variable):
            if term.name in state.known or term.name in state.values:
                return walker.value_of(term.name, state)
            return self._find(term.name, indent, state)
        if isinstance(term, StackValue):
            if term.position < len(state.stack):
                return state.stack[-1 - term.position]
            return self._named(f"stack[{len(state.stack) - term.position - 1}]", "", indent)
        return self._named(self._property(term), "int", indent)

    def _property(self, term: Property) -> str:
        if term.name == "depth":
            return f"len(stack) + {len(self._state.stack)}"
        return {"pid": "process.pid", "messages": "len(process.mailbox)"}[term.name]

    def _named(self, text: str, kind: str, indent: int) -> Term:
        name = self._writer.temporary()
        self._writer.put(indent, f"{name} = {text}")
        return Term(name, kind)

    def _values(self, operation: Operation, indent: int) -> tuple[Term, ...]:
        values = tuple(self._value(each, indent) for each in operation.values)
        if operation.mnemonic in ("EQ", "NE") and not any(each.kind in _SCALARS for each in values):
            kinds = " and ".join(f"type({each}) in COMPOUND" for each in values)
            self._writer.put(indent, f"if {kinds}: raise Unsure")
        return values

    def _apply(self, operation: Operation, values: tuple[Term, ...], indent: int) -> Term:
        mnemonic = operation.mnemonic
        self._walker.names.function(mnemonic, ISA[mnemonic].function)
        result = self._writer.temporary()
        code = TEMPLATES[mnemonic](result, operation.operands, values)
        for line in code.lines:
            self._writer.put(indent, line)
        return Term(result, code.kind)
