"""Compare two values and put Int 1 (yes) or 0 (no) on the stack."""

from __future__ import annotations

from ttvm.errors import mismatch
from ttvm.ops.arithmetic import floats
from ttvm.values import Value, equal

TOLERANCE = 2.220446049250313e-16
"""How far apart two Floats may be and still be EQ_F: the machine epsilon, as in the original TinyTotVM."""

_NUMBERS = frozenset({int, float})


def _ordered(a: Value, b: Value) -> tuple[float, float]:
    """Two numbers, or two texts, which compare by code point; the type is a white lie for mypy."""
    if (type(a) in _NUMBERS and type(b) in _NUMBERS) or (type(a) is str and type(b) is str):
        return a, b  # type: ignore[return-value]
    raise mismatch("two numbers or two texts")


def eq(a: Value, b: Value) -> Value:
    """Tell whether two values are equal, by structure.

    Int and Float compare as numbers, values of different types are unequal, NaN is unequal to itself.
    """
    return 1 if equal(a, b) else 0


def ne(a: Value, b: Value) -> Value:
    """Tell whether two values are unequal; the opposite of EQ."""
    return 0 if equal(a, b) else 1


def gt(a: Value, b: Value) -> Value:
    """Tell whether a is greater than b: two numbers, or two texts by code point."""
    x, y = _ordered(a, b)
    return 1 if x > y else 0


def lt(a: Value, b: Value) -> Value:
    """Tell whether a is less than b: two numbers, or two texts by code point."""
    x, y = _ordered(a, b)
    return 1 if x < y else 0


def ge(a: Value, b: Value) -> Value:
    """Tell whether a is at least b: two numbers, or two texts by code point."""
    x, y = _ordered(a, b)
    return 1 if x >= y else 0


def le(a: Value, b: Value) -> Value:
    """Tell whether a is at most b: two numbers, or two texts by code point."""
    x, y = _ordered(a, b)
    return 1 if x <= y else 0


def _close(a: Value, b: Value) -> bool:
    x, y = floats(a, b)
    return x == y or abs(x - y) <= TOLERANCE


def eq_float(a: Value, b: Value) -> Value:
    """Tell whether two Floats are equal up to 2.220446049250313e-16."""
    return 1 if _close(a, b) else 0


def ne_float(a: Value, b: Value) -> Value:
    """Tell whether two Floats differ by more than 2.220446049250313e-16."""
    return 0 if _close(a, b) else 1


def gt_float(a: Value, b: Value) -> Value:
    """Tell whether Float a is greater than Float b."""
    x, y = floats(a, b)
    return 1 if x > y else 0


def lt_float(a: Value, b: Value) -> Value:
    """Tell whether Float a is less than Float b."""
    x, y = floats(a, b)
    return 1 if x < y else 0


def ge_float(a: Value, b: Value) -> Value:
    """Tell whether Float a is at least Float b."""
    x, y = floats(a, b)
    return 1 if x >= y else 0


def le_float(a: Value, b: Value) -> Value:
    """Tell whether Float a is at most Float b."""
    x, y = floats(a, b)
    return 1 if x <= y else 0
