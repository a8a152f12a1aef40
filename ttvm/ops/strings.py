"""Texts: sequences of Unicode characters."""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.forms import display
from ttvm.ops.checks import a_list, integer, limited, text, within
from ttvm.values import List, Value


def concat(a: Value, b: Value) -> Value:
    """Join the display forms of two values to one text."""
    left, right = display(a), display(b)
    limited(len(left) + len(right), "text")
    return left + right


def substr(string: Value, start: Value, end: Value) -> Value:
    """Give the characters from one position up to, not including, another."""
    whole = text(string, "a text")
    return whole[within(start, end, len(whole))]


def split(string: Value, separator: Value) -> Value:
    """Cut a text at every separator; with an empty separator, into its characters."""
    whole, cut = text(string, "a text"), text(separator, "a separator")
    return List(list(whole.split(cut) if cut else whole))


def join(elements: Value, separator: Value) -> Value:
    """Join the display forms of the elements, with the separator between them."""
    between = text(separator, "a separator")
    parts: list[str] = []
    size = 0
    for element in a_list(elements):
        parts.append(display(element))
        size = limited(size + len(parts[-1]) + len(between), "text")
    return between.join(parts)


def upper(string: Value) -> Value:
    """Give a text in upper case."""
    return text(string, "a text").upper()


def lower(string: Value) -> Value:
    """Give a text in lower case."""
    return text(string, "a text").lower()


def trim(string: Value) -> Value:
    """Give a text without the white space at its ends."""
    return text(string, "a text").strip()


def replace(string: Value, old: Value, new: Value) -> Value:
    """Give a text in which every occurrence of one part is another."""
    whole, search, put = text(string, "a text"), text(old, "a part"), text(new, "a replacement")
    limited(len(whole) + whole.count(search) * (len(put) - len(search)), "text")
    return whole.replace(search, put)


def find(string: Value, part: Value) -> Value:
    """Give the position of the first occurrence of a part, -1 when there is none."""
    return text(string, "a text").find(text(part, "a part"))


def starts_with(string: Value, part: Value) -> Value:
    """Tell (1 or 0) whether a text begins with a part."""
    return 1 if text(string, "a text").startswith(text(part, "a part")) else 0


def ends_with(string: Value, part: Value) -> Value:
    """Tell (1 or 0) whether a text ends with a part."""
    return 1 if text(string, "a text").endswith(text(part, "a part")) else 0


def character(code: Value) -> Value:
    """Give the text of one character from its Unicode number."""
    point = integer(code, "a code")
    if not 0 <= point <= 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise Fault(FaultKind.DOMAIN_ERROR, "needs the number of a Unicode character", wants_operands=True)
    return chr(point)


def code_of(string: Value) -> Value:
    """Give the Unicode number of a text of one character."""
    if not isinstance(string, str):
        raise mismatch("a text of one character")
    if len(string) != 1:
        raise Fault(FaultKind.DOMAIN_ERROR, "needs a text of one character", wants_operands=True)
    return ord(string)
