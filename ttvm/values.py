"""The values of the language: types, truth and equality.

Representation (see docs/decisions/0001-values.md): what Python checks by itself needs no guard. Int, Float,
Str and Null are ``int``, ``float``, ``str`` and ``None``; Bool is *not* ``bool``, because ``True + 1`` works
in Python; lists are not Python sequences with operators. So ``a - 1`` or ``a < b`` raises TypeError by
itself on a wrong type. Every value is immutable, so a message, a snapshot and a closure may share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NoReturn, Protocol, TypeAlias, Union

from ttvm.errors import Fault, FaultKind

INT_MIN = -(2**63)
INT_MAX = 2**63 - 1
SIZE_LIMIT = 1 << 24
"""Most characters, bytes or elements one value may hold; more is LimitExceeded, never Python's MemoryError."""

Pid: TypeAlias = int


class Bool:
    """The two booleans, ``TRUE`` and ``FALSE``; compare them with ``is``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name.upper()

    def __reduce__(self) -> str:
        return self.name.upper()


TRUE = Bool("true")
FALSE = Bool("false")


_new = object.__new__


class List:
    """An immutable list that is cheap to extend: a view of the first ``length`` entries of ``items``.

    Versions made by appending to the newest one share one growing Python list, so a loop of n APPENDs
    costs O(n). Appending to an older version copies. Nothing ever changes ``items[:length]``.
    """

    __slots__ = ("items", "length")

    def __init__(self, items: list[Value], length: int | None = None) -> None:
        self.items = items
        self.length = len(items) if length is None else length

    def append(self, value: Value) -> List:
        """A list with ``value`` behind the elements of this one."""
        items, length = self.items, self.length
        if length >= SIZE_LIMIT:
            raise too_large("list")
        if len(items) != length:
            items = items[:length]
        items.append(value)
        made: List = _new(List)  # half the time of a call of __init__
        made.items = items
        made.length = length + 1
        return made

    def elements(self) -> list[Value]:
        """The elements; the caller must not change the result."""
        return self.items if len(self.items) == self.length else self.items[: self.length]

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Value]:
        return islice(self.items, self.length)  # a newer version may grow the shared list meanwhile

    def __eq__(self, other: object) -> bool:
        return isinstance(other, List) and equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"List({self.elements()!r})"


def _refuse(*_: object) -> NoReturn:
    raise TypeError("values are immutable")


class Object(dict[str, "Value"]):
    """An immutable object: string keys in the order of their first insertion."""

    __slots__ = ()

    __setitem__ = __delitem__ = _refuse
    pop = popitem = clear = update = setdefault = __ior__ = _refuse  # type: ignore[assignment]

    def with_field(self, key: str, value: Value) -> Object:
        """A copy in which ``key`` is ``value``; a known key keeps its position."""
        copy = Object(self)
        dict.__setitem__(copy, key, value)
        return copy

    def without_field(self, key: str) -> Object:
        """A copy without ``key``."""
        return Object({name: value for name, value in self.items() if name != key})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and equal(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


def _incomparable(*_: object) -> object:
    return NotImplemented


class Bytes(bytes):
    """A run of bytes. It has no order, unlike Python's, so that GT raises by itself."""

    __slots__ = ()

    __lt__ = __le__ = __gt__ = __ge__ = _incomparable  # type: ignore[assignment]


class CodePlace(Protocol):
    """What a function value must know of the module it lives in."""

    @property
    def identity(self) -> str: ...


class Function:
    """A function value: an address of a module and the names of its parameters."""

    __slots__ = ("address", "label", "module", "parameters")

    def __init__(self, module: CodePlace, address: int, label: str, parameters: tuple[str, ...]) -> None:
        self.module = module
        self.address = address
        self.label = label
        self.parameters = parameters

    @property
    def captured(self) -> Mapping[str, Value]:
        """Variables the call starts with besides its arguments; none for a plain function."""
        return {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and equal(self, other)

    def __hash__(self) -> int:
        return hash((self.module.identity, self.address, self.parameters))


class Closure(Function):
    """A function value with captured variables."""

    __slots__ = ("_captured",)

    def __init__(
        self,
        module: CodePlace,
        address: int,
        label: str,
        parameters: tuple[str, ...],
        captured: Mapping[str, Value],
    ) -> None:
        super().__init__(module, address, label, parameters)
        self._captured = captured

    @property
    def captured(self) -> Mapping[str, Value]:
        return self._captured


class ExceptionValue:
    """What a handler finds on the stack. ``trace`` has one line per frame, innermost first."""

    __slots__ = ("kind", "message", "payload", "trace")

    def __init__(self, kind: str, message: str, payload: Value, trace: tuple[str, ...]) -> None:
        self.kind = kind
        self.message = message
        self.payload = payload
        self.trace = trace

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExceptionValue) and equal(self, other)

    def __hash__(self) -> int:
        return hash((self.kind, self.message))


class Ref:
    """A unique mark: of a monitor or a timer."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)


class Handle:
    """Something the host keeps open for a process: a connection, a stream, a database. Frozen.

    ``kind`` is the word for it (``Connection``), ``number`` is unique in a run, ``title`` says what it leads to.
    """

    __slots__ = ("kind", "number", "title")

    def __init__(self, kind: str, number: int, title: str) -> None:
        self.kind = kind
        self.number = number
        self.title = title

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)


Value: TypeAlias = Union[int, float, str, Bool, List, Object, Bytes, Function, ExceptionValue, Ref, Handle, None]


def too_large(what: str) -> Fault:
    """The fault of a value that would pass ``SIZE_LIMIT``."""
    return Fault(FaultKind.LIMIT_EXCEEDED, f"would make a {what} of more than {SIZE_LIMIT:,} elements")


def wrap(number: int) -> int:
    """``number`` in 64-bit two's complement."""
    if INT_MIN <= number <= INT_MAX:
        return number
    return ((number - INT_MIN) & 0xFFFF_FFFF_FFFF_FFFF) + INT_MIN


def boolean(flag: object) -> Bool:
    """The language's boolean for a Python truth."""
    return TRUE if flag else FALSE


def truth(value: Value) -> bool:
    """False for Int 0, Float 0.0, Bool false and Null; true for everything else."""
    return not (value is FALSE or value is None or value == 0)


_TYPE_NAMES: dict[type, str] = {
    int: "int",
    float: "float",
    str: "str",
    type(None): "null",
    Bool: "bool",
    List: "list",
    Object: "object",
    Bytes: "bytes",
    Function: "function",
    Closure: "function",
    ExceptionValue: "exception",
    Ref: "ref",
    Handle: "handle",
}


def type_name(value: Value) -> str:
    """The name TYPE_OF gives: int float str bool null list object bytes function exception ref handle."""
    return _TYPE_NAMES[type(value)]


def equal(left: Value, right: Value) -> bool:
    """Structural and total equality, as EQ sees it.

    Int and Float compare as numbers, NaN is unequal to itself even inside a list. It works on a stack of
    its own, so depth costs memory and not recursion, and a pair met twice is compared once, so shared
    structure costs what it holds and not what it prints.
    """
    work: list[tuple[Value, Value]] = [(left, right)]
    seen: set[tuple[int, int]] = set()
    while work:
        a, b = work.pop()
        kind = type(a)
        if kind in _SCALARS or type(b) in _SCALARS:
            if a != b:
                return False
            continue
        if kind is not type(b):
            return False
        pair = (id(a), id(b))
        if pair in seen:
            continue
        seen.add(pair)
        parts = _parts(a, b)
        if parts is None:
            return False
        work += parts
    return True


def _parts(a: Value, b: Value) -> Iterable[tuple[Value, Value]] | None:
    """The pairs that must be equal for two compound values of one type to be equal; None when they cannot be."""
    if isinstance(a, List) and isinstance(b, List):
        return zip(a.elements(), b.elements(), strict=True) if a.length == b.length else None
    if isinstance(a, Function) and isinstance(b, Function):
        if (a.module.identity, a.address, a.parameters) != (b.module.identity, b.address, b.parameters):
            return None
        return _field_parts(a.captured, b.captured)
    if isinstance(a, Object) and isinstance(b, Object):
        return _field_parts(a, b)
    if isinstance(a, ExceptionValue) and isinstance(b, ExceptionValue):
        return [(a.payload, b.payload)] if (a.kind, a.message) == (b.kind, b.message) else None
    return None


def _field_parts(a: Mapping[str, Value], b: Mapping[str, Value]) -> Iterable[tuple[Value, Value]] | None:
    return ((value, b[key]) for key, value in a.items()) if a.keys() == b.keys() else None


_SCALARS = frozenset({int, float, str, type(None), Bool, Bytes, Ref, Handle})
