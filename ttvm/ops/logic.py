"""Bools and Ints in, Bool out. Both sides are always evaluated: they are on the stack already."""

from __future__ import annotations

from ttvm.errors import mismatch
from ttvm.values import Bool, Value, boolean, truth

_FLAGS = frozenset({int, Bool})


def logical_not(a: Value) -> Value:
    """Give true for false or 0, and false otherwise."""
    if type(a) not in _FLAGS:
        raise mismatch("a Bool or an Int")
    return boolean(not truth(a))


def _flags(a: Value, b: Value) -> tuple[bool, bool]:
    if type(a) not in _FLAGS or type(b) not in _FLAGS:
        raise mismatch("two values, each a Bool or an Int")
    return truth(a), truth(b)


def logical_and(a: Value, b: Value) -> Value:
    """Give true when both are true."""
    x, y = _flags(a, b)
    return boolean(x and y)


def logical_or(a: Value, b: Value) -> Value:
    """Give true when at least one is true."""
    x, y = _flags(a, b)
    return boolean(x or y)
