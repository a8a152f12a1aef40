"""The texts of log points: words with expressions in braces, ``x is {x}``; ``{{`` and ``}}`` are braces."""

from __future__ import annotations

from debugger.expressions import Expression, read_expression
from debugger.scope import ExpressionError, Scope
from ttvm.forms import brief

LONGEST_VALUE = 200
"""Characters of a value that a line shows."""


class LogMessage:
    """A text whose expressions can be filled in again and again."""

    def __init__(self, parts: list[str | Expression]) -> None:
        self._parts = parts

    def text(self, scope: Scope) -> str:
        """The text now. Raises ExpressionError."""
        return "".join(each if isinstance(each, str) else _shown(each, scope) for each in self._parts)


def _shown(expression: Expression, scope: Scope) -> str:
    value = expression.value(scope)
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}..."
    return brief(value, LONGEST_VALUE)


def read_message(text: str) -> LogMessage:
    """The message that ``text`` is. Raises ExpressionError."""
    parts: list[str | Expression] = []
    words = ""
    place = 0
    while place < len(text):
        if text[place : place + 2] in ("{{", "}}"):
            words += text[place]
            place += 2
        elif text[place] == "{":
            end = _end_of_braces(text, place)
            parts += [words, read_expression(text[place + 1 : end], text, place + 1)]
            words = ""
            place = end + 1
        elif text[place] == "}":
            raise ExpressionError("this brace was never opened; }} is the brace itself", text, place + 1)
        else:
            words += text[place]
            place += 1
    return LogMessage([*parts, words])


def _end_of_braces(text: str, start: int) -> int:
    """Where the brace that closes the one at ``start`` stands; one in quotes is a part of the expression."""
    quote = ""
    for place in range(start + 1, len(text)):
        character = text[place]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "}":
            return place
    raise ExpressionError("this brace is never closed; {{ is the brace itself", text, start + 1)
