"""What the text of a program says about who can notice what."""

from __future__ import annotations

from collections.abc import Iterable

from ttvm.errors import Fault, FaultKind, TtvmError
from ttvm.explore.rows import LETHAL
from ttvm.process.patterns import ListOf, ObjectWith, OneOf, Pattern, SameAs
from ttvm.program import Module
from ttvm.values import List, Object, Value

_ALL = 1


class LateModule(TtvmError):
    """A module came in whose processes can notice more than those of the modules that were known before."""


class Observing:
    """Which messages the RECEIVEs of some modules tell apart, and whether there is anything that ends other processes.

    The order of two messages matters only when some RECEIVE may take either. ``cautious`` is for a program that loads
    modules late: then every RECEIVE may take everything, and everybody may be struck.
    """

    def __init__(self, modules: Iterable[Module], cautious: bool = False) -> None:
        self._known: set[str] = set()
        self._cautious = cautious
        self.lethal = cautious
        """Whether a process may be ended in the middle of its work, so that it counts what it had printed by then."""
        patterns: dict[str, Pattern | None] = {"": None} if cautious else {}
        for module in modules:
            self._known.add(module.identity)
            for op in module.ops:
                self.lethal = self.lethal or op.row.mnemonic in LETHAL
                if op.row.mnemonic == "RECEIVE":
                    pattern = op.operands[0]
                    patterns["" if pattern is None else str(pattern)] = pattern
        self._patterns: tuple[Pattern, ...] | None = None
        """None when some RECEIVE takes everything."""
        if "" not in patterns:
            self._patterns = tuple(pattern for pattern in patterns.values() if pattern is not None)

    def check(self, module: Module) -> None:
        """Raise LateModule when a module changes what was found out from the others."""
        if self._cautious or module.identity in self._known:
            return
        if any(op.row.mnemonic in LETHAL or op.row.mnemonic == "RECEIVE" for op in module.ops):
            raise LateModule(f"{module.name} was loaded while the program was explored")
        self._known.add(module.identity)

    def takers(self, value: Value) -> int:
        """The RECEIVEs that may take a message, as the bits of a number."""
        if self._patterns is None:
            return _ALL
        return sum(1 << number for number, pattern in enumerate(self._patterns) if may_match(pattern, value))


def _no_lookup(name: str) -> Value:
    raise Fault(FaultKind.UNDEFINED_VARIABLE, "a pattern with a variable may match everything")


def may_match(pattern: Pattern, value: Value) -> bool:
    """Whether a pattern fits a value for some values of its variables."""
    if isinstance(pattern, SameAs):
        return True
    if isinstance(pattern, OneOf):
        return any(may_match(choice, value) for choice in pattern.choices)
    if isinstance(pattern, ListOf):
        if not isinstance(value, List) or len(value) != len(pattern.elements):
            return False
        return all(may_match(part, each) for part, each in zip(pattern.elements, value, strict=True))
    if isinstance(pattern, ObjectWith):
        if not isinstance(value, Object):
            return False
        return all(key in value and may_match(part, value[key]) for key, part in pattern.fields)
    return pattern.matches(value, _no_lookup)
