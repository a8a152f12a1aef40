"""Tests of operands that several families share. Each gives the value back, typed, or raises a Fault."""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.values import SIZE_LIMIT, List, Object, Pid, Value, too_large


def integer(value: Value, what: str) -> int:
    """``value`` if it is an Int."""
    if type(value) is not int:
        raise mismatch(f"{what} that is an Int")
    return value


def not_negative(value: Value, what: str) -> int:
    """``value`` if it is an Int from 0 on."""
    if integer(value, what) < 0:
        raise Fault(FaultKind.DOMAIN_ERROR, f"needs {what} of 0 or more", wants_operands=True)
    return value  # type: ignore[return-value]


def text(value: Value, what: str) -> str:
    """``value`` if it is a Str."""
    if type(value) is not str:
        raise mismatch(f"{what} that is a Str")
    return value


def a_list(value: Value) -> List:
    """``value`` if it is a List."""
    if type(value) is not List:
        raise mismatch("a List")
    return value


def an_object(value: Value) -> Object:
    """``value`` if it is an Object."""
    if type(value) is not Object:
        raise mismatch("an Object")
    return value


def pid(value: Value) -> Pid:
    """``value`` if it can be a process number; whether that process lives is another question."""
    return integer(value, "a pid")


def within(start: Value, end: Value, length: int) -> slice:
    """The slice ``start`` to ``end`` of something that is ``length`` long; 0 <= start <= end <= length."""
    first, last = integer(start, "a start"), integer(end, "an end")
    if not 0 <= first <= last <= length:
        raise Fault(
            FaultKind.INDEX_OUT_OF_BOUNDS, f"needs 0 <= from <= to <= {length}, the length", wants_operands=True
        )
    return slice(first, last)


def limited(size: int, what: str) -> int:
    """``size`` unless a value of that many elements would be too large."""
    if size > SIZE_LIMIT:
        raise too_large(what)
    return size
