"""Numbers in, number out. Ints have 64 bits and wrap around; any Float makes the result a Float."""

from __future__ import annotations

import math
from typing import TypeAlias

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.values import INT_MAX, INT_MIN, Value, wrap

Number: TypeAlias = int | float

_NUMBERS = frozenset({int, float})


def numbers(a: Value, b: Value) -> tuple[Number, Number]:
    """Both values if both are numbers."""
    if type(a) not in _NUMBERS or type(b) not in _NUMBERS:
        raise mismatch("two numbers")
    return a, b  # type: ignore[return-value]


def number(value: Value) -> Number:
    """``value`` if it is a number."""
    if type(value) not in _NUMBERS:
        raise mismatch("a number")
    return value  # type: ignore[return-value]


def floats(a: Value, b: Value) -> tuple[float, float]:
    """Both values if both are Floats."""
    if type(a) is not float or type(b) is not float:
        raise mismatch("two Floats")
    return a, b


def _fit(result: Number) -> Number:
    return wrap(result) if type(result) is int else result


def _whole(value: float) -> int:
    """``value``, which has no fraction, as an Int."""
    if not INT_MIN <= value <= INT_MAX:  # false for NaN and the infinities too
        raise Fault(FaultKind.DOMAIN_ERROR, "gives a number that does not fit an Int", wants_operands=True)
    return int(value)


def _divide_by_zero() -> Fault:
    return Fault(FaultKind.DIVISION_BY_ZERO, "cannot divide by zero", wants_operands=True)


def add(a: Value, b: Value) -> Value:
    """Add two numbers.

    Any Float makes the sum a Float. The sum of two Ints wraps around at 64 bits.
    """
    if type(a) is int and type(b) is int:
        result = a + b
        return result if INT_MIN <= result <= INT_MAX else wrap(result)
    x, y = numbers(a, b)
    return float(x + y)


def sub(a: Value, b: Value) -> Value:
    """Subtract the top from the value below it.

    Any Float makes the difference a Float. Ints wrap around at 64 bits.
    """
    if type(a) is int and type(b) is int:
        result = a - b
        return result if INT_MIN <= result <= INT_MAX else wrap(result)
    x, y = numbers(a, b)
    return float(x - y)


def mul(a: Value, b: Value) -> Value:
    """Multiply two numbers.

    Any Float makes the product a Float. Ints wrap around at 64 bits.
    """
    if type(a) is int and type(b) is int:
        result = a * b
        return result if INT_MIN <= result <= INT_MAX else wrap(result)
    x, y = numbers(a, b)
    return float(x * y)


def div(a: Value, b: Value) -> Value:
    """Divide a by b.

    Two Ints give an Int, cut toward zero; any Float makes a Float. A divisor of 0 or 0.0 is DivisionByZero.
    """
    x, y = numbers(a, b)
    if y == 0:
        raise _divide_by_zero()
    if type(x) is int and type(y) is int:
        quotient = abs(x) // abs(y)
        return wrap(quotient if (x < 0) == (y < 0) else -quotient)
    return x / y


def mod(a: Value, b: Value) -> Value:
    """Give the remainder of a divided by b; it has the sign of a.

    A divisor of 0 or 0.0 is DivisionByZero.
    """
    x, y = numbers(a, b)
    if y == 0:
        raise _divide_by_zero()
    if type(x) is int and type(y) is int:
        remainder = abs(x) % abs(y)
        return remainder if x >= 0 else -remainder
    return math.fmod(x, y) if math.isfinite(x) else math.nan


def neg(a: Value) -> Value:
    """Change the sign of a number."""
    return _fit(-number(a))


def absolute(a: Value) -> Value:
    """Give a number without its sign."""
    return _fit(abs(number(a)))


def power(a: Value, b: Value) -> Value:
    """Raise a to the power b.

    Two Ints with b >= 0 give an Int, which wraps around at 64 bits; otherwise the result is a Float. A
    negative number to a broken power, and 0 to a negative one, are DomainError.
    """
    x, y = numbers(a, b)
    if type(x) is int and type(y) is int and y >= 0:
        return wrap(pow(x, y, 2**64))
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:
        raise Fault(FaultKind.DOMAIN_ERROR, "has no result here", wants_operands=True) from None


def sqrt(a: Value) -> Value:
    """Give the square root as a Float; of a negative number it is DomainError."""
    x = number(a)
    if x < 0:
        raise Fault(FaultKind.DOMAIN_ERROR, "needs a number from 0 on", wants_operands=True)
    return math.sqrt(x)


def floor(a: Value) -> Value:
    """Round down to an Int; a Float beyond 64 bits is DomainError."""
    x = number(a)
    return x if type(x) is int else _whole(math.floor(x) if math.isfinite(x) else x)


def ceil(a: Value) -> Value:
    """Round up to an Int; a Float beyond 64 bits is DomainError."""
    x = number(a)
    return x if type(x) is int else _whole(math.ceil(x) if math.isfinite(x) else x)


def round_half_away(a: Value) -> Value:
    """Round to the nearest Int, halves away from zero; a Float beyond 64 bits is DomainError."""
    x = number(a)
    if type(x) is int or not math.isfinite(x):
        return x if type(x) is int else _whole(x)
    whole = math.floor(abs(x))
    if abs(x) - whole >= 0.5:
        whole += 1
    return _whole(whole if x >= 0 else -whole)


def minimum(a: Value, b: Value) -> Value:
    """Give the smaller of two numbers; the lower one on the stack when they are equal."""
    x, y = numbers(a, b)
    return y if y < x else x


def maximum(a: Value, b: Value) -> Value:
    """Give the larger of two numbers; the lower one on the stack when they are equal."""
    x, y = numbers(a, b)
    return y if y > x else x


def add_float(a: Value, b: Value) -> Value:
    """Add two Floats; an Int is TypeMismatch."""
    x, y = floats(a, b)
    return x + y


def sub_float(a: Value, b: Value) -> Value:
    """Subtract the top from the value below it; both must be Floats."""
    x, y = floats(a, b)
    return x - y


def mul_float(a: Value, b: Value) -> Value:
    """Multiply two Floats; an Int is TypeMismatch."""
    x, y = floats(a, b)
    return x * y


def div_float(a: Value, b: Value) -> Value:
    """Divide a by b, both Floats; a divisor of 0.0 is DivisionByZero."""
    x, y = floats(a, b)
    if y == 0:
        raise _divide_by_zero()
    return x / y
