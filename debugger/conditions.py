"""Conditions of breakpoints as guards, which the machine can decide without asking the debugger.

A guard may stop a run more often than the condition wants, as the debugger looks then; it must never pass by. So what
guards cannot say is left out where that is safe, behind an ``and``; else there is no guard.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from debugger.descriptions import Breakpoint
from debugger.scope import PROPERTIES
from ttvm.engine.guards import (
    All,
    Condition,
    Constant,
    Guard,
    Not,
    Operation,
    Property,
    Some,
    StackValue,
    Term,
    Variable,
)
from ttvm.ops.arithmetic import neg
from ttvm.values import FALSE, INT_MIN, TRUE

MOST_PARTS = 8
"""Comparisons in a guard; their code may be written several times."""

_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "ADD",
    ast.Sub: "SUB",
    ast.Mult: "MUL",
    ast.Div: "DIV",
    ast.Mod: "MOD",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "EQ",
    ast.NotEq: "NE",
    ast.Lt: "LT",
    ast.Gt: "GT",
    ast.LtE: "LE",
    ast.GtE: "GE",
}
_CONSTANTS = {"true": TRUE, "false": FALSE, "null": None}


class _NotSayable(Exception):
    """Guards have no word for this."""


def guard_of(breakpoints: Iterable[Breakpoint]) -> Guard | None:
    """When one of the breakpoints at one place may want to stop, count or write; None: nobody can say beforehand."""
    try:
        parts = [_wanted_by(each) for each in breakpoints]
    except _NotSayable:
        return None
    condition = parts[0] if len(parts) == 1 else Some(tuple(parts))
    return Guard(condition) if _parts_of(condition) <= MOST_PARTS else None


def _wanted_by(wanted: Breakpoint) -> Condition:
    parts: list[Condition] = []
    if wanted.within.isdecimal():
        parts.append(Operation("EQ", (), (Property("pid"), Constant(int(wanted.within)))))
    if wanted.condition:
        parts += _sayable(ast.parse(wanted.condition.strip(), mode="eval").body)
    if not parts:
        raise _NotSayable
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _sayable(node: ast.expr) -> list[Condition]:
    """What must be true before anything else of a condition is looked at."""
    parts = node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]
    found: list[Condition] = []
    for each in parts:
        try:
            found.append(_condition(each))
        except _NotSayable:
            break
    return found


def _parts_of(condition: Condition) -> int:
    if isinstance(condition, Not):
        return _parts_of(condition.part)
    return sum(map(_parts_of, condition.parts)) if isinstance(condition, (All, Some)) else 1


def _condition(node: ast.expr) -> Condition:
    if isinstance(node, ast.BoolOp):
        parts = tuple(map(_condition, node.values))
        return All(parts) if isinstance(node.op, ast.And) else Some(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return Not(_condition(node.operand))
    if isinstance(node, ast.Compare):
        values = [_term(each) for each in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        compared = tuple(Operation(_COMPARISONS[type(operator)], (), (a, b)) for operator, a, b in pairs)
        return compared[0] if len(compared) == 1 else All(compared)
    return _term(node)


def _term(node: ast.expr) -> Term:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
        return Constant(node.value)
    if isinstance(node, ast.Name):
        return _name(node.id)
    if isinstance(node, ast.Attribute):
        if _is_name(node.value, "var"):
            return Variable(node.attr)
        return Operation("GET_FIELD", (node.attr,), (_term(node.value),))
    if isinstance(node, ast.Subscript):
        return _element(node.value, node.slice)
    if isinstance(node, ast.Call):
        (of,) = node.args
        for name, number in (("mailbox", "messages"), ("stack", "depth")):
            if _is_name(of, name):
                return Property(number)
        return Operation("LEN", (), (_term(of),))
    if isinstance(node, ast.BinOp):
        return Operation(_ARITHMETIC[type(node.op)], (), (_term(node.left), _term(node.right)))
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        return _signed(node.op, node.operand)
    raise _NotSayable


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _name(name: str) -> Term:
    if name in _CONSTANTS:
        return Constant(_CONSTANTS[name])
    if name in ("pid", "depth"):
        return Property(name)
    if name in PROPERTIES or name in ("process", "var"):
        raise _NotSayable
    return Variable(name)


def _element(owner: ast.expr, key: ast.expr) -> Term:
    if _is_name(owner, "var") and isinstance(key, ast.Constant) and isinstance(key.value, str):
        return Variable(key.value)
    if _is_name(owner, "stack") and isinstance(key, ast.Constant) and type(key.value) is int:
        return StackValue(key.value)
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return Operation("GET_FIELD", (key.value,), (_term(owner),))
    return Operation("INDEX", (), (_term(owner), _term(key)))


def _signed(sign: ast.unaryop, operand: ast.expr) -> Term:
    if isinstance(sign, ast.UAdd):
        return Operation("ADD", (), (Constant(0), _term(operand)))
    if isinstance(operand, ast.Constant) and operand.value == -INT_MIN:
        return Constant(INT_MIN)
    value = _term(operand)
    if isinstance(value, Constant) and type(value.value) in (int, float):
        return Constant(neg(value.value))
    return Operation("NEG", (), (value,))
