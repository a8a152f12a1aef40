"""Read the patterns of RECEIVE."""

from __future__ import annotations

import re

from ttvm.asm.lexer import Cursor, OperandError
from ttvm.ops.conversion import parse_int
from ttvm.process.patterns import Anything, ListOf, Literal, ObjectWith, OfType, OneOf, Pattern, SameAs
from ttvm.values import FALSE, TRUE, Value

_TYPES = frozenset({"int", "float", "str", "bool", "null", "list", "object", "bytes"})
_CONSTANTS: dict[str, Value] = {"true": TRUE, "false": FALSE, "null": None}
_ATOM = re.compile(r"[^\s\[\]{},:|\"]+")
_DEEPEST = 50


def read_pattern(cursor: Cursor, depth: int = 0) -> Pattern:
    """Read a pattern, with its alternatives; raises OperandError."""
    choices = [_read_one(cursor, depth)]
    while _next(cursor) == "|":
        _expect(cursor, "|")
        choices.append(_read_one(cursor, depth))
    return choices[0] if len(choices) == 1 else OneOf(tuple(choices))


def _next(cursor: Cursor) -> str:
    return "" if cursor.at_end else cursor.line[cursor.position]


def _expect(cursor: Cursor, character: str) -> None:
    if _next(cursor) != character:
        raise cursor.error(f"the pattern needs a {character!r} here")
    cursor.position += 1
    cursor.skip_space()


def _atom(cursor: Cursor) -> str:
    match = _ATOM.match(cursor.line, cursor.position, cursor.end)
    if match is None:
        raise cursor.error(
            "a pattern is missing here", "int str ..., a value, $name, _, [p, ...], {key: p, ...}, or p | q"
        )
    cursor.position = match.end()
    cursor.skip_space()
    return match[0]


def _read_one(cursor: Cursor, depth: int) -> Pattern:
    if depth > _DEEPEST:
        raise cursor.error(f"this pattern is nested deeper than {_DEEPEST} levels")
    character = _next(cursor)
    if character == '"':
        return Literal(cursor.string())
    if character == "[":
        return ListOf(tuple(_read_many(cursor, "[", "]", depth)))
    if character == "{":
        return _read_object(cursor, depth)
    start = cursor.position
    word = _atom(cursor)
    if word == "_":
        return Anything()
    if word.startswith("$") and len(word) > 1:
        return SameAs(word[1:])
    if word in _CONSTANTS:
        return Literal(_CONSTANTS[word])
    if word in _TYPES:
        return OfType(word)
    try:
        return Literal(parse_int(word))
    except ValueError:
        pass
    except OverflowError:
        raise OperandError(f"{word[:40]} does not fit in 64 bits", start, start + len(word)) from None
    try:
        return Literal(float(word if word.isascii() else "no number"))
    except ValueError:
        shown = word if len(word) <= 40 else f"{word[:40]}..."
        raise OperandError(
            f"{shown} is not a pattern", start, start + len(word), 'a text needs quotes: "..."; a variable needs a $'
        ) from None


def _read_many(cursor: Cursor, opening: str, closing: str, depth: int) -> list[Pattern]:
    _expect(cursor, opening)
    elements: list[Pattern] = []
    while _next(cursor) != closing:
        if elements:
            _expect(cursor, ",")
        elements.append(read_pattern(cursor, depth + 1))
    _expect(cursor, closing)
    return elements


def _read_object(cursor: Cursor, depth: int) -> Pattern:
    _expect(cursor, "{")
    fields: list[tuple[str, Pattern]] = []
    while _next(cursor) != "}":
        if fields:
            _expect(cursor, ",")
        key = cursor.string() if cursor.at_quote else _atom(cursor)
        _expect(cursor, ":")
        fields.append((key, read_pattern(cursor, depth + 1)))
    _expect(cursor, "}")
    return ObjectWith(tuple(fields))
