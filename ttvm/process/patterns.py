"""Patterns of RECEIVE: which messages it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from ttvm.forms import debug, quote
from ttvm.values import List, Object, Value, equal, type_name

Lookup = Callable[[str], Value]
"""Gives the value of a variable; raises Fault UndefinedVariable."""


class Pattern(Protocol):
    """A test for values. Its text form, ``str(pattern)``, reads back as the same pattern."""

    def matches(self, value: Value, lookup: Lookup) -> bool:
        """Whether ``value`` fits; ``lookup`` reads the variables of ``$name``."""
        ...

    def variables(self) -> tuple[str, ...]:
        """The names of the variables the pattern reads, in the order in which they are written."""
        ...


class Anything:
    """``_``: every value."""

    def matches(self, value: Value, lookup: Lookup) -> bool:
        return True

    def variables(self) -> tuple[str, ...]:
        return ()

    def __str__(self) -> str:
        return "_"


class OfType:
    """``int``, ``str`` ...: every value of that type."""

    def __init__(self, name: str) -> None:
        self.name = name

    def matches(self, value: Value, lookup: Lookup) -> bool:
        return type_name(value) == self.name

    def variables(self) -> tuple[str, ...]:
        return ()

    def __str__(self) -> str:
        return self.name


class Literal:
    """``42``, ``"text"``, ``true``, ``null``: values equal to this one and of its type, numbers apart."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def matches(self, value: Value, lookup: Lookup) -> bool:
        return equal(value, self.value)

    def variables(self) -> tuple[str, ...]:
        return ()

    def __str__(self) -> str:
        if self.value is None:
            return "null"
        return debug(self.value, 1 << 24).partition(" ")[2]


class SameAs:
    """``$name``: values equal to that variable."""

    def __init__(self, name: str) -> None:
        self.name = name

    def matches(self, value: Value, lookup: Lookup) -> bool:
        return equal(value, lookup(self.name))

    def variables(self) -> tuple[str, ...]:
        return (self.name,)

    def __str__(self) -> str:
        return f"${self.name}"


class ListOf:
    """``[p, q]``: lists of that length whose elements fit."""

    def __init__(self, elements: tuple[Pattern, ...]) -> None:
        self.elements = elements

    def matches(self, value: Value, lookup: Lookup) -> bool:
        return (
            isinstance(value, List)
            and len(value) == len(self.elements)
            and all(pattern.matches(element, lookup) for pattern, element in zip(self.elements, value, strict=True))
        )

    def variables(self) -> tuple[str, ...]:
        return _variables_of(self.elements)

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.elements))}]"


class ObjectWith:
    """``{key: p}``: objects with at least these fields, and these fit."""

    def __init__(self, fields: tuple[tuple[str, Pattern], ...]) -> None:
        self.fields = fields

    def matches(self, value: Value, lookup: Lookup) -> bool:
        return isinstance(value, Object) and all(
            key in value and pattern.matches(value[key], lookup) for key, pattern in self.fields
        )

    def variables(self) -> tuple[str, ...]:
        return _variables_of(pattern for _, pattern in self.fields)

    def __str__(self) -> str:
        fields = (f"{key if key.isidentifier() else quote(key)}: {pattern}" for key, pattern in self.fields)
        return "{" + ", ".join(fields) + "}"


class OneOf:
    """``p | q``: values that fit one of them."""

    def __init__(self, choices: tuple[Pattern, ...]) -> None:
        self.choices = choices

    def matches(self, value: Value, lookup: Lookup) -> bool:
        return any(pattern.matches(value, lookup) for pattern in self.choices)

    def variables(self) -> tuple[str, ...]:
        return _variables_of(self.choices)

    def __str__(self) -> str:
        return " | ".join(map(str, self.choices))


def _variables_of(patterns: Iterable[Pattern]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for pattern in patterns for name in pattern.variables()))
