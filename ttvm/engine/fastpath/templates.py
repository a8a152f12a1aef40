"""How rows of the table look in Python, where that is faster than calling the row's function.

A template never has a meaning of its own: wherever it is not sure it calls the row's function, and where it raises any
exception at all, the stepper executes the instruction instead. What Python checks by itself needs no guard: ``a - 1``
raises by itself when ``a`` is no number (docs/decisions/0001-values.md). A test compares each template with the
function of its row. Rows without a template call their function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from ttvm.values import INT_MAX, INT_MIN, Value

SHORT = 4096
"""Texts up to this length are joined without a look at the limit on sizes, which is never lower in a real run."""


class Term(NamedTuple):
    """A value of the running program, as Python text that can be repeated: a local variable or a constant."""

    text: str
    kind: str = ""
    """What is known of its type: int, float, num (one of both), list, text; empty when nothing is."""
    constant: Value = None
    """The value of a constant number."""

    def __str__(self) -> str:
        return self.text

    @property
    def is_number(self) -> bool:
        """Whether it is surely an Int or a Float."""
        return self.kind in ("int", "float", "num")


class Code(NamedTuple):
    """What a template gives: lines that set the result, and what is known of it.

    A comparison gives its condition instead: the result is 1 or 0, and a jump behind it needs no number at all.
    """

    lines: tuple[str, ...]
    kind: str = ""
    condition: str = ""


Template: TypeAlias = Callable[[str, tuple[Any, ...], tuple[Term, ...]], Code]
"""Makes the code for a result name, the operands of the instruction and the values it takes."""


def _number_kind(a: Term, b: Term) -> str:
    if "float" in (a.kind, b.kind):
        return "float"
    return "int" if a.kind == b.kind == "int" else "num"


def _fitted(result: str, expression: str, kind: str, low: bool = True, high: bool = True) -> Code:
    """A number that may have to wrap around below, above, or at both ends."""
    lines = [f"{result} = {expression}"]
    if kind != "float" and (low or high):
        within = f"{INT_MIN} <= {result} <= {INT_MAX}"
        if not low:
            within = f"{result} <= {INT_MAX}"
        elif not high:
            within = f"{INT_MIN} <= {result}"
        lines.append(f"if not {within}: {result} = fit({result})")
    return Code(tuple(lines), kind)


def _add(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    a, b = values
    known = a.constant if type(a.constant) is int else b.constant if type(b.constant) is int else None
    low, high = (known < 0, known > 0) if known is not None else (True, True)
    return _fitted(result, f"{a} + {b}", _number_kind(a, b), low, high)


def _sub(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    a, b = values
    low, high = (b.constant > 0, b.constant < 0) if type(b.constant) is int else (True, True)
    return _fitted(result, f"{a} - {b}", _number_kind(a, b), low, high)


def _mul(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    # A plus sign refuses texts and bytes, which Python would repeat.
    a, b = (str(value) if value.is_number else f"+{value}" for value in values)
    return _fitted(result, f"{a} * {b}", _number_kind(*values))


def _neg(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    return _fitted(result, f"-{values[0]}", values[0].kind if values[0].is_number else "num", low=False)


def _whole_quotient(mnemonic: str, operator: str) -> Template:
    """DIV and MOD: Python's and the language's agree where nothing is negative."""

    def template(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
        a, b = values
        tests = [f"type({each}) is int" for each in values if each.kind != "int"]
        tests += [] if type(a.constant) is int and a.constant >= 0 else [f"{a} >= 0"]
        tests += [] if type(b.constant) is int and b.constant > 0 else [f"{b} > 0"]
        kind = _number_kind(a, b)
        quick, slow = f"{a} {operator} {b}", f"{mnemonic}({a}, {b})"
        return Code(
            (f"{result} = {quick} if {' and '.join(tests)} else {slow}" if tests else f"{result} = {quick}",), kind
        )

    return template


def _comparison(operator: str) -> Template:
    def template(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
        a, b = values
        condition = f"{a} {operator} {b}"
        return Code((f"{result} = 1 if {condition} else 0",), "int", condition)

    return template


def _float_operation(mnemonic: str, operator: str) -> Template:
    def template(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
        tests = [f"type({each}) is float" for each in values if each.kind != "float"]
        a, b = values
        quick = f"{a} {operator} {b}"
        slow = f" if {' and '.join(tests)} else {mnemonic}({a}, {b})" if tests else ""
        return Code((f"{result} = {quick}{slow}",), "float")

    return template


def _call(result: str, mnemonic: str, *arguments: object) -> Code:
    """The function of the row."""
    return Code((f"{result} = {mnemonic}({', '.join(map(str, arguments))})",))


def _index(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    a, b = values
    if a.kind not in ("", "list"):
        return _call(result, "INDEX", a, b)
    test = f"0 <= {b} < {a}.length"
    if a.kind != "list":
        test = f"type({a}) is List and {test}"
    return Code((f"{result} = {a}.items[{b}] if {test} else INDEX({a}, {b})",))


def _length(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    (a,) = values
    if a.kind not in ("", "list"):
        return _call(result, "LEN", a)
    test = "" if a.kind == "list" else f" if type({a}) is List else LEN({a})"
    return Code((f"{result} = {a}.length{test}",), "int")


def _append(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    a, b = values
    if a.kind not in ("", "list"):
        return _call(result, "APPEND", a, b)
    quick = f"{a}.append({b})"
    test = "" if a.kind == "list" else f" if type({a}) is List else APPEND({a}, {b})"
    return Code((f"{result} = {quick}{test}",), "list")


def _make_list(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    return Code((f"{result} = List([{', '.join(map(str, values))}])",), "list")


def _concat(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    a, b = values
    tests = [f"type({each}) is str" for each in values if each.kind != "text"]
    tests.append(f"len({a}) + len({b}) < {SHORT}")
    return Code((f"{result} = {a} + {b} if {' and '.join(tests)} else CONCAT({a}, {b})",), "text")


def _not(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    (a,) = values
    quick = f"FALSE if {a} else TRUE"
    return Code((f"{result} = {quick}" if a.kind == "int" else f"{result} = NOT({a})",))


def _get_field(result: str, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Code:
    (a,), (key,) = values, operands
    if a.kind:
        return _call(result, "GET_FIELD", repr(key), a)
    return Code((f"{result} = {a}.get({key!r}) if type({a}) is Object else GET_FIELD({key!r}, {a})",))


TEMPLATES: dict[str, Template] = {
    "ADD": _add,
    "SUB": _sub,
    "MUL": _mul,
    "DIV": _whole_quotient("DIV", "//"),
    "MOD": _whole_quotient("MOD", "%"),
    "NEG": _neg,
    "ADD_F": _float_operation("ADD_F", "+"),
    "SUB_F": _float_operation("SUB_F", "-"),
    "MUL_F": _float_operation("MUL_F", "*"),
    "EQ": _comparison("=="),
    "NE": _comparison("!="),
    "GT": _comparison(">"),
    "LT": _comparison("<"),
    "GE": _comparison(">="),
    "LE": _comparison("<="),
    "NOT": _not,
    "LEN": _length,
    "INDEX": _index,
    "APPEND": _append,
    "MAKE_LIST": _make_list,
    "CONCAT": _concat,
    "GET_FIELD": _get_field,
}
"""The templates, by mnemonic."""

SHUFFLES = frozenset({"DUP", "POP", "SWAP", "OVER", "ROT"})
"""Rows that only move values about: their functions are given terms, and no code is left of them."""


def falsehood(value: Term) -> str:
    """The condition under which a value counts as false: 0, 0.0, false or null."""
    if value.is_number:
        return f"not {value}"
    if value.kind in ("list", "text"):
        return "False"
    return f"({value} is FALSE or {value} is None or {value} == 0)"
