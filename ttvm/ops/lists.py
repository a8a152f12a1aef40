"""Lists. They never change: an instruction that would change one gives a new one."""

from __future__ import annotations

import functools

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.ops.checks import a_list, an_object, integer, limited, text, within
from ttvm.values import Bytes, List, Object, Value, equal


def make_list(count: int, *values: Value) -> Value:
    """Make a list of the topmost values; the deepest becomes the first element."""
    return List(list(values))


def length(container: Value) -> Value:
    """Give the number of elements of a list, fields of an object, characters of a text, or bytes."""
    if isinstance(container, (List, Object, str, Bytes)):
        return len(container)
    raise mismatch("a List, an Object, a Str or Bytes")


def _position(index: Value, size: int) -> int:
    position = integer(index, "an index")
    if not 0 <= position < size:
        raise Fault(FaultKind.INDEX_OUT_OF_BOUNDS, f"needs an index from 0 to {size - 1}", wants_operands=True)
    return position


def index(container: Value, index: Value) -> Value:
    """Give the element at a position, counted from 0, of a list, a text or bytes.

    A negative position or one past the end is IndexOutOfBounds. An element of bytes is an Int.
    """
    if isinstance(container, List):
        return container.items[_position(index, container.length)]
    if isinstance(container, (str, Bytes)):
        return container[_position(index, len(container))]
    raise mismatch("a List, a Str or Bytes below the index")


def append(elements: Value, value: Value) -> Value:
    """Give a list with one more element at its end. A loop of APPENDs takes linear time."""
    return a_list(elements).append(value)


def set_index(elements: Value, index: Value, value: Value) -> Value:
    """Give a list in which the element at a position is another one."""
    old = a_list(elements)
    position = _position(index, old.length)
    items = old.items[: old.length]
    items[position] = value
    return List(items)


def take_slice(elements: Value, start: Value, end: Value) -> Value:
    """Give the elements from one position up to, not including, another."""
    old = a_list(elements)
    return List(old.items[within(start, end, old.length)])


def reverse(elements: Value) -> Value:
    """Give a list in the opposite order."""
    return List(a_list(elements).elements()[::-1])


def _order(a: float, b: float) -> int:
    return -1 if a < b else int(b < a)


def sort(elements: Value) -> Value:
    """Give a list in ascending order: of numbers, or of texts by code point. Equal ones keep their order."""
    old = a_list(elements).elements()
    kinds = {type(element) for element in old}
    if not (kinds <= {int, float} or kinds <= {str}):
        raise mismatch("a List of numbers or a List of texts")
    # A comparison function and not a key, so that NaN cannot make the result depend on Python's algorithm
    # more than it must, and Int and Float compare exactly.
    return List(sorted(old, key=functools.cmp_to_key(_order)))  # type: ignore[arg-type]


def make_range(start: Value, end: Value) -> Value:
    """Give the list of the Ints from a up to, not including, b."""
    first, last = integer(start, "a start"), integer(end, "an end")
    limited(last - first, "list")
    return List(list(range(first, last)))


def contains(container: Value, value: Value) -> Value:
    """Tell (1 or 0) whether a list has an element, a text a part, or an object a key."""
    if isinstance(container, List):
        return 1 if any(equal(element, value) for element in container.elements()) else 0
    if isinstance(container, str):
        return 1 if text(value, "a part") in container else 0
    if isinstance(container, Object):
        return 1 if text(value, "a key") in an_object(container) else 0
    raise mismatch("a List, a Str or an Object below the value")
