"""Read and write operands, by the operand types of the table."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ttvm.asm.lexer import Cursor, OperandError
from ttvm.forms import format_float, quote
from ttvm.ops.conversion import parse_int
from ttvm.record import Record
from ttvm.values import FALSE, TRUE, Bool

if TYPE_CHECKING:
    from ttvm.process.patterns import Pattern
    from ttvm.process.supervision import Restart, Strategy

LARGEST_COUNT = 1_000_000
"""Largest count operand: MAKE_LIST could not find more values on the stack."""


_ChoiceT = TypeVar("_ChoiceT", bound=enum.StrEnum)


class LabelUse(Record):
    """A label as written, until all labels are known; columns as in ``Cursor``."""

    text: str
    start: int


def _int(cursor: Cursor) -> int:
    start, word = cursor.position, cursor.word()
    try:
        return parse_int(word)
    except OverflowError:
        raise OperandError(
            f"{_short(word)} does not fit in 64 bits", start, start + len(word), "Ints go from -2^63 to 2^63 - 1"
        ) from None
    except ValueError:
        hint = "PUSH_FLOAT takes numbers with a fraction" if _is_float(word) else ""
        wrong = _short(word or cursor.rest())
        raise OperandError(f"{wrong} is not a whole number", start, start + len(word), hint) from None


def _short(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:40]}..."


def _is_float(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _float(cursor: Cursor) -> float:
    start, word = cursor.position, cursor.word()
    if word.isascii():
        try:
            return float(word)
        except ValueError:
            pass
        try:
            return float(parse_int(word))
        except (ValueError, OverflowError):
            pass
    raise OperandError(f"{_short(word or cursor.rest())} is not a number", start, start + len(word))


def _bool(cursor: Cursor) -> Bool:
    start, word = cursor.position, cursor.word()
    if word.lower() not in ("true", "false"):
        raise OperandError(f"{_short(word or cursor.rest())} is neither true nor false", start, start + len(word))
    return TRUE if word.lower() == "true" else FALSE


def _str(cursor: Cursor) -> str:
    return cursor.string() if cursor.at_quote else cursor.rest()


def _name(cursor: Cursor) -> str:
    start = cursor.position
    name = cursor.string() if cursor.at_quote else cursor.word()
    if not name:
        raise OperandError("a name cannot be empty", start, start + 1)
    return name


def _names(cursor: Cursor) -> tuple[str, ...]:
    names: list[str] = []
    while not cursor.at_end:
        start = cursor.position
        name = _name(cursor)
        if name in names:
            raise OperandError(f"the name {name} stands here twice", start, start + len(name))
        names.append(name)
    return tuple(names)


def _label(cursor: Cursor) -> LabelUse:
    start = cursor.position
    return LabelUse(_name(cursor), start)


def _count(cursor: Cursor) -> int:
    start = cursor.position
    count = _int(cursor)
    if not 0 <= count <= LARGEST_COUNT:
        raise OperandError(f"{count} is not a number from 0 to {LARGEST_COUNT:,}", start, cursor.position)
    return count


def _pattern(cursor: Cursor) -> Pattern:
    from ttvm.asm.patterns import read_pattern  # most programs have none

    return read_pattern(cursor)


def _milliseconds(cursor: Cursor) -> int:
    start = cursor.position
    delay = _int(cursor)
    if delay < 0:
        raise OperandError("a time cannot be negative", start, cursor.position)
    return delay


def _pid(cursor: Cursor) -> int:
    start = cursor.position
    pid = _int(cursor)
    if pid < 0:
        raise OperandError(f"{pid} is not a process number", start, cursor.position, "pids are 1, 2, 3 ...")
    return pid


def _timeout(cursor: Cursor) -> tuple[int, LabelUse]:
    if cursor.peek_word().upper() != "AFTER":
        raise cursor.error(f"expected AFTER and not {cursor.peek_word() or cursor.rest()}")
    cursor.word()
    if cursor.at_end:
        raise cursor.error("AFTER needs milliseconds and a label")
    delay = _milliseconds(cursor)
    if cursor.at_end:
        raise cursor.error("AFTER needs a label to go to")
    return delay, _label(cursor)


def _strategy(cursor: Cursor) -> Strategy:
    from ttvm.process.supervision import Strategy  # most programs have no supervisors

    return _one_of(Strategy, "strategy", cursor)


def _restart(cursor: Cursor) -> Restart:
    from ttvm.process.supervision import Restart

    return _one_of(Restart, "kind of restart", cursor)


def _one_of(choices: type[_ChoiceT], what: str, cursor: Cursor) -> _ChoiceT:
    """One of the words of an enumeration, in any case."""
    start, word = cursor.position, cursor.word()
    try:
        return choices(word.lower())
    except ValueError:
        text = f"{word[:40] or cursor.rest()[:40]} is no {what}"
        hint = f"write {', '.join(list(choices)[:-1])} or {list(choices)[-1]}"
        raise OperandError(text, start, start + len(word), hint) from None


READERS: dict[str, Callable[[Cursor], Any]] = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "str": _str,
    "name": _name,
    "names": _names,
    "label": _label,
    "count": _count,
    "milliseconds": _milliseconds,
    "pid": _pid,
    "pattern": _pattern,
    "timeout": _timeout,
    "strategy": _strategy,
    "restart": _restart,
}
"""Reads an operand of each type at the cursor; raises OperandError. ``match`` is never written."""


def starts_operand(kind: str, cursor: Cursor) -> bool:
    """Whether an optional operand of this type begins at the cursor."""
    if cursor.at_end:
        return False
    if kind == "strategy":  # may be left out before the numbers
        return not cursor.peek_word()[:1].isdecimal()
    after = cursor.peek_word().upper() == "AFTER"
    return after if kind == "timeout" else not (kind == "pattern" and after)


def write_operand(kind: str, value: Any, label: Callable[[int], str]) -> str:
    """An operand as a program writes it; ``label`` names addresses. Empty for what is not written."""
    if value is None or kind == "match":
        return ""
    if kind == "label":
        return label(value)
    if kind == "str":
        return quote(value)
    if kind == "name":
        return _write_name(value)
    if kind == "names":
        return " ".join(map(_write_name, value))
    if kind == "float":
        return format_float(value) if value == value else "nan"
    if kind == "bool":
        return str(value.name)
    if kind == "timeout":
        return f"AFTER {value[0]} {label(value[1])}"
    return str(value)


def _write_name(name: str) -> str:
    plain = name.isprintable() and not any(character in name for character in ' ";\\') and name
    return name if plain else quote(name)
