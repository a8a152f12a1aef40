"""Put values on the stack, and move them about."""

from __future__ import annotations

from ttvm.values import FALSE, TRUE, Bool, Value


def push_int(value: int) -> Value:
    """Put a whole number on the stack."""
    return value


def push_float(value: float) -> Value:
    """Put a Float on the stack."""
    return value


def push_str(value: str) -> Value:
    """Put a text on the stack."""
    return value


def push_bool(value: Bool) -> Value:
    """Put true or false on the stack."""
    return value


def true() -> Value:
    """Put true on the stack."""
    return TRUE


def false() -> Value:
    """Put false on the stack."""
    return FALSE


def null() -> Value:
    """Put null on the stack."""
    return None


def dup(a: Value) -> tuple[Value, Value]:
    """Put a second copy of the top on the stack."""
    return a, a


def pop(a: Value) -> None:
    """Take the top off the stack and forget it."""


def swap(a: Value, b: Value) -> tuple[Value, Value]:
    """Exchange the two topmost values."""
    return b, a


def over(a: Value, b: Value) -> tuple[Value, Value, Value]:
    """Put a copy of the second value on top."""
    return a, b, a


def rot(a: Value, b: Value, c: Value) -> tuple[Value, Value, Value]:
    """Bring the third value to the top."""
    return b, c, a
