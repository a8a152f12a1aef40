"""From one type to another."""

from __future__ import annotations

import math

from ttvm.errors import Fault, FaultKind
from ttvm.forms import display
from ttvm.values import FALSE, INT_MAX, INT_MIN, TRUE, Bool, Value, boolean, truth, type_name


def _refuse(what: str) -> Fault:
    return Fault(FaultKind.CONVERSION_ERROR, f"cannot make {what} of it", wants_operands=True)


def to_str(value: Value) -> Value:
    """Give the display form of a value as a text."""
    return display(value)


LONGEST_INT = 100
"""Longest Int in a text, in characters; Python takes quadratic time for texts of any length."""


def parse_int(word: str) -> int:
    """Read an Int as programs write it: decimal, 0x or 0b, _ between digits, sign. Raises ValueError."""
    text = word.strip().lower()
    digits = text.lstrip("+-")
    base = {"0x": 16, "0b": 2}.get(digits[:2], 10)
    if len(text) - len(digits) > 1 or not text.isascii():
        raise ValueError(word)
    if len(text) > LONGEST_INT:
        # Too large in any case, if it is a number at all.
        int(text[:LONGEST_INT].rstrip("_"), base)
        if text.strip("+-_0123456789abcdefx"):
            raise ValueError(word)
        raise OverflowError(word)
    number = int(text, base)
    if not INT_MIN <= number <= INT_MAX:
        raise OverflowError(word)
    return number


def to_int(value: Value) -> Value:
    """Make an Int: of a Float by cutting toward zero, of a text by reading it, of true 1, of false 0."""
    if isinstance(value, float):
        if not math.isfinite(value) or not INT_MIN <= math.trunc(value) <= INT_MAX:
            raise _refuse("an Int")
        return math.trunc(value)
    if isinstance(value, int):
        return value
    if isinstance(value, Bool):
        return 1 if value is TRUE else 0
    if isinstance(value, str):
        try:
            return parse_int(value)
        except (ValueError, OverflowError):
            raise _refuse("an Int") from None
    raise _refuse("an Int")


def to_float(value: Value) -> Value:
    """Make a Float: of a number, of a text by reading it, of true 1.0, of false 0.0."""
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, Bool):
        return 1.0 if value is TRUE else 0.0
    if isinstance(value, str) and value.isascii():
        try:
            return float(value)
        except ValueError:
            pass
    raise _refuse("a Float")


def to_bool(value: Value) -> Value:
    """Make a Bool: of a text by reading true or false, of anything else its truth."""
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise _refuse("a Bool")
        return TRUE if value == "true" else FALSE
    return boolean(truth(value))


def type_of(value: Value) -> Value:
    """Give the name of a value's type: int float str bool null list object bytes function exception ref."""
    return type_name(value)
