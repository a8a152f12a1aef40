"""The two ways to write a value down: the display form of PRINT, and the typed and quoted debug form."""

from __future__ import annotations

from collections.abc import Callable

from ttvm.source import visible
from ttvm.values import (
    SIZE_LIMIT,
    Bool,
    Bytes,
    Closure,
    ExceptionValue,
    Function,
    Handle,
    List,
    Object,
    Ref,
    Value,
    too_large,
)


def format_float(number: float) -> str:
    """The shortest digits that read back, never an exponent, no ``.0``: ``5``, ``0.1``, ``inf``, ``NaN``."""
    if number != number:
        return "NaN"
    text = repr(number)
    if "e" in text:
        digits, _, exponent = text.partition("e")
        sign = "-" if digits.startswith("-") else ""
        whole, _, fraction = digits.lstrip("-").partition(".")
        point = len(whole) + int(exponent)
        digits = whole + fraction
        if point <= 0:
            text = f"{sign}0.{'0' * -point}{digits}"
        else:
            text = f"{sign}{digits[:point].ljust(point, '0')}.{digits[point:] or '0'}"
    return text.removesuffix(".0")


_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", '"': '\\"', "\\": "\\\\"}


def quote(text: str) -> str:
    """``text`` as a string literal of the language, safe to show on any terminal."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    parts = []
    for character in text:
        if character in _ESCAPES:
            parts.append(_ESCAPES[character])
        elif character.isprintable():
            parts.append(character)
        else:
            parts.append(f"\\x{ord(character):02X}" if ord(character) < 256 else f"\\u{{{ord(character):X}}}")
    return f'"{"".join(parts)}"'


def _signature(function: Function) -> str:
    kind = "closure" if isinstance(function, Closure) else "function"
    text = f"{kind}@{function.address} ({', '.join(function.parameters)})"
    return f"{text} [captured: {len(function.captured)}]" if isinstance(function, Closure) else text


def _display_leaf(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return format_float(value)
    if isinstance(value, int):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, Bool):
        return value.name
    if isinstance(value, Bytes):
        return f"Bytes({len(value)})"
    if isinstance(value, Function):
        return _signature(value)
    if isinstance(value, ExceptionValue):
        return f"Exception: {value.message}"
    if isinstance(value, Ref):
        return f"#Ref<{value.number}>"
    assert isinstance(value, Handle)
    return f"{value.kind}({value.title})"


def _debug_leaf(value: Value) -> str:
    if isinstance(value, str):
        return f"Str {quote(value)}"
    if isinstance(value, float):
        text = format_float(value)
        return f"Float {text}.0" if text.lstrip("-").isdigit() else f"Float {text}"
    if isinstance(value, int):
        return f"Int {value}"
    if value is None:
        return "Null"
    if isinstance(value, Bool):
        return f"Bool {value.name}"
    if isinstance(value, Bytes):
        return f"Bytes({len(value)}) {value[:16].hex(' ')}{' ...' if len(value) > 16 else ''}"
    if isinstance(value, ExceptionValue):
        return visible(f"Exception {value.kind}: {value.message}")
    return visible(_display_leaf(value))


_SIMPLE_KEY = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"


def _debug_key(key: str) -> str:
    return key if key and all(character in _SIMPLE_KEY for character in key) else quote(key)


def _write(
    value: Value, leaf: Callable[[Value], str], key: Callable[[str], str], names: tuple[str, str], limit: int
) -> tuple[str, bool]:
    """Write ``value`` without recursion; returns the text and whether it is whole (at most ``limit`` long)."""
    parts: list[str] = []
    size = 0
    work: list[Value | _Text] = [value]
    while work:
        item = work.pop()
        if isinstance(item, _Text):
            text = item.text
        elif isinstance(item, List):
            text = names[0] + "["
            work.append(_CLOSE_LIST)
            elements = item.elements() if item.length <= limit else item.elements()[: limit + 1]
            for element in reversed(elements):
                work += (element, _COMMA)
            if elements:
                work.pop()
        elif isinstance(item, Object):
            text = names[1] + "{"
            work.append(_CLOSE_OBJECT)
            for name, field in reversed(item.items()):
                work += (field, _Text(f"{key(name)}: "), _COMMA)
            if item:
                work.pop()
        else:
            text = leaf(item)
        parts.append(text)
        size += len(text)
        if size > limit:
            return "".join(parts), False
    return "".join(parts), True


class _Text:
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


_COMMA, _CLOSE_LIST, _CLOSE_OBJECT = _Text(", "), _Text("]"), _Text("}")


def display(value: Value) -> str:
    """The display form: what PRINT and CONCAT show. Raises Fault LimitExceeded past ``SIZE_LIMIT``."""
    if type(value) is str:
        return value
    text, whole = _write(value, _display_leaf, str, ("", ""), SIZE_LIMIT)
    if not whole:
        raise too_large("text")
    return text


def debug(value: Value, limit: int = 200) -> str:
    """The debug form, typed and quoted, on one line: ``Int 5``, ``Str "a\\n"``; cut after ``limit`` characters."""
    if isinstance(value, str) and len(value) > limit:
        return f"Str {quote(value[:limit])}... ({len(value):,} characters)"
    text, whole = _write(value, _debug_leaf, _debug_key, ("List ", "Object "), limit)
    return text if whole and len(text) <= limit else f"{text[:limit]}..."


def _brief_leaf(value: Value) -> str:
    return quote(value) if isinstance(value, str) else visible(_display_leaf(value))


def brief(value: Value, limit: int = 60) -> str:
    """The display form with texts in quotes, for sentences: ``42``, ``"a"``, ``[1, "a"]``; cut after ``limit``."""
    text, whole = _write(value, _brief_leaf, _debug_key, ("", ""), limit)
    return text if whole and len(text) <= limit else f"{text[:limit]}..."
