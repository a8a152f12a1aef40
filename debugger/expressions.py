"""Expressions about processes: ``price > 3 and len(mailbox) == 0``, ``worker.total``, ``msg == ["put", 2]``.

Python's own parser reads them and nothing else of Python is used: a few kinds of nodes become functions of a
``Scope``, every other node is an error at its column. Values are those of the language, and they compare and count
as its instructions do. Nothing loops or recurs, and no operation makes a large value, so an expression is quick.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from debugger.scope import FORBIDDEN_NAMES, PROPERTIES, Entries, ExpressionError, Scope, Unknown
from ttvm.errors import Fault
from ttvm.forms import brief
from ttvm.ops.arithmetic import add, div, mod, mul, neg, sub
from ttvm.ops.comparison import ge, gt, le, lt
from ttvm.ops.lists import index, length
from ttvm.ops.objects import get_field
from ttvm.process.state import Process
from ttvm.values import FALSE, INT_MAX, INT_MIN, TRUE, Bytes, List, Object, Value, boolean, equal, truth

LONGEST = 1_000
"""Characters an expression may have."""
DEEPEST = 40
"""Levels of an expression; what is in brackets is one level further down."""
MOST_COMPARED = 100_000
"""Parts of two values that are compared; a comparison of more would hold up the run."""

Read = Callable[[Scope], Value]
Found = Callable[[Scope], Value | Entries]

_ARITHMETIC: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: add,
    ast.Sub: sub,
    ast.Mult: mul,
    ast.Div: div,
    ast.Mod: mod,
}
_ORDER: dict[type[ast.cmpop], Callable[[Value, Value], Value]] = {ast.Gt: gt, ast.Lt: lt, ast.GtE: ge, ast.LtE: le}
_CONSTANTS: dict[str, Value] = {"true": TRUE, "false": FALSE, "null": None}
_PYTHON_WORDS = {"True": "true", "False": "false", "None": "null"}
_NOT_OURS = {"&&": "and", "||": "or", "===": "==", "<>": "!=", ":=": "=="}


class Expression(NamedTuple):
    """An expression that can be evaluated again and again."""

    text: str
    read: Read
    own: frozenset[str]
    """What of the process itself it looks at: the names of properties, and ``var`` for its variables."""

    def value(self, scope: Scope) -> Value:
        """The value now. Raises ExpressionError, and Unknown when something it names is not there."""
        return self.read(scope)

    def is_true(self, scope: Scope) -> bool:
        """Whether the value is true, as JNZ sees it."""
        return truth(self.read(scope))


def read_expression(text: str, line: str = "", offset: int = 0) -> Expression:
    """The expression that ``text`` is. ``line`` is what it was cut out of at ``offset``, for pointing at errors.

    Raises ExpressionError.
    """
    return _Reader(text, line or text, offset if line else 0).expression()


class _Reader:
    """Makes functions of the nodes of one text."""

    def __init__(self, text: str, line: str, offset: int) -> None:
        bare = text.strip()
        self._text = bare
        self._line = line
        self._offset = offset + (len(text) - len(text.lstrip()) if bare else 0)
        self._depth = 0
        self._own: set[str] = set()

    def expression(self) -> Expression:
        if not self._text:
            raise ExpressionError("an expression is missing here", self._line, self._offset + 1)
        if len(self._text) > LONGEST:
            raise self._error(f"an expression has at most {LONGEST:,} characters", 0)
        if not self._text.isprintable():
            at = next(place for place, character in enumerate(self._text) if not character.isprintable())
            raise self._error("an expression is one line of printable characters", at)
        read = self._read(self._parsed())
        return Expression(self._text, read, frozenset(self._own))

    def _parsed(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's advice is about Python
                body = ast.parse(self._text, mode="eval").body
        except SyntaxError as error:
            # Where the text ends too early, the parser knows no place.
            place = error.offset - 1 if error.offset else len(self._text)
            raise self._syntax_error(min(place, len(self._text))) from None
        except (RecursionError, MemoryError, ValueError):
            raise self._error("this is too deep or cannot be read", 0) from None
        comment = self._text.find("#", sum(self._place(body)))
        if comment >= 0:
            raise self._error("this cannot be read: an expression has no comment", comment)
        return body

    def _syntax_error(self, place: int) -> ExpressionError:
        for foreign, ours in _NOT_OURS.items():
            if foreign in self._text:
                words = f"this cannot be read; write {ours} instead of {foreign}"
                return self._error(words, self._text.index(foreign), len(foreign))
        if "=" in self._text and not any(sign in self._text for sign in ("==", "<=", ">=", "!=")):
            return self._error("this cannot be read; == compares", self._text.index("="))
        if place == len(self._text):
            return self._error("this cannot be read: something is missing at the end", place)
        return self._error("this cannot be read as an expression", place)

    # -- errors

    def _place(self, node: ast.AST) -> tuple[int, int]:
        """Where a node stands in the text, and how wide it is; the parser counts bytes."""
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0)
        data = self._text.encode()
        first = len(data[:start].decode(errors="ignore"))
        return first, max(1, len(data[start:end].decode(errors="ignore")))

    def _error(self, words: str, start: int, width: int = 1) -> ExpressionError:
        return ExpressionError(words, self._line, self._offset + start + 1, width)

    def _wrong(self, words: str, node: ast.AST) -> ExpressionError:
        return self._error(words, *self._place(node))

    def _placed(self, node: ast.AST, read: Found) -> Found:
        """``read``, whose errors point at ``node``."""
        start, width = self._place(node)
        line, column = self._line, self._offset + start + 1

        def placed(scope: Scope) -> Value | Entries:
            try:
                return read(scope)
            except ExpressionError as error:
                raise error.pointing_at(line, column, width) from None

        return placed

    # -- nodes

    def _read(self, node: ast.expr) -> Read:
        """What gives the value of a node."""
        found = self._find(node)
        last = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if last not in ("mailbox", "stack"):
            return cast(Read, found)

        def read(scope: Scope) -> Value:
            value = found(scope)
            return value.whole() if isinstance(value, Entries) else value

        return cast(Read, self._placed(node, read))

    def _find(self, node: ast.expr) -> Found:
        """The same, but a stack or a mailbox is not made into a list."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong("this is too deep: split the expression", node)
        try:
            return self._find_node(node)
        finally:
            self._depth -= 1

    def _find_node(self, node: ast.expr) -> Found:
        for kind, find in (
            (ast.Constant, self._constant),
            (ast.Name, self._name),
            (ast.Attribute, self._attribute),
            (ast.Subscript, self._subscript),
            (ast.Call, self._call),
            (ast.BoolOp, self._junction),
            (ast.Compare, self._comparison),
            (ast.BinOp, self._arithmetic),
            (ast.UnaryOp, self._unary),
            (ast.List, self._list),
            (ast.Dict, self._object),
        ):
            if isinstance(node, kind):
                return cast(Callable[[Any], Found], find)(node)
        raise self._wrong("this is not part of the language of expressions", node)

    def _constant(self, node: ast.Constant) -> Read:
        value = node.value
        if isinstance(value, (bool, type(None))):
            raise self._wrong(f"write {_PYTHON_WORDS[str(value)]} here", node)
        if isinstance(value, int) and not INT_MIN <= value <= INT_MAX:
            raise self._wrong("an Int has 64 bits", node)
        if not isinstance(value, (int, float, str)):
            raise self._wrong("only numbers, texts, true, false and null can be written here", node)
        return _always(value)

    def _list(self, node: ast.List) -> Read:
        parts = [self._read(each) for each in node.elts]
        return lambda scope: List([part(scope) for part in parts])

    def _object(self, node: ast.Dict) -> Read:
        fields: dict[str, Read] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                raise self._wrong("the names of fields are texts in quotes", key or node)
            fields[key.value] = self._read(value)
        return lambda scope: Object({name: read(scope) for name, read in fields.items()})

    def _name(self, node: ast.Name) -> Found:
        name = node.id
        if name in _CONSTANTS:
            return _always(_CONSTANTS[name])
        if name in FORBIDDEN_NAMES:
            raise self._wrong(FORBIDDEN_NAMES[name], node)
        if name in PROPERTIES:
            self._own.add(name)
            get = PROPERTIES[name]
            return self._placed(node, lambda scope: get(scope, scope.own()))
        self._own.add("var")
        if name == "msg":
            return self._placed(node, lambda scope: scope.message_or_variable())
        return self._placed(node, lambda scope: scope.variable(name))

    def _process_of(self, node: ast.expr) -> Callable[[Scope], Process | None] | None:
        """How to find the process that ``node`` may name: ``worker``, or for certain ``process[2]``.

        A name can be a variable too; then there is None for a process at the time of reading.
        """
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "process":
            key = node.slice
            if isinstance(key, ast.Constant) and isinstance(key.value, (int, str)):
                wanted = str(key.value)
                return lambda scope: scope.find(wanted)
            raise self._wrong("write a pid or a name in quotes here", key)
        if isinstance(node, ast.Name) and node.id not in {*PROPERTIES, *FORBIDDEN_NAMES, *_CONSTANTS, "msg"}:
            name = node.id
            return lambda scope: None if scope.has_variable(name) else scope.registered(name)
        return None

    def _attribute(self, node: ast.Attribute) -> Found:
        name, owner = node.attr, node.value
        if isinstance(owner, ast.Name) and owner.id == "var":
            self._own.add("var")
            return self._placed(node, lambda scope: scope.variable(name))
        process = self._process_of(owner)
        if process is None:
            inner = self._read(owner)
            return self._placed(node, lambda scope: _field(inner(scope), name))
        value = None if isinstance(owner, ast.Subscript) else self._read(owner)
        get = PROPERTIES.get(name)

        def read(scope: Scope) -> Value | Entries:
            found = process(scope)
            if found is None:
                if value is None:
                    raise Unknown("there is no such process")
                return _field(value(scope), name)
            scope.names_others = True
            return get(scope, found) if get is not None else scope.variable(name, found)

        return self._placed(node, read)

    def _subscript(self, node: ast.Subscript) -> Found:
        if isinstance(node.slice, ast.Slice):
            raise self._wrong("only one element can be asked for", node)
        owner = node.value
        if isinstance(owner, ast.Name) and owner.id == "var":
            if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)):
                raise self._wrong("write the name of a variable in quotes here", node.slice)
            name = node.slice.value
            self._own.add("var")
            return self._placed(node, lambda scope: scope.variable(name))
        if isinstance(owner, ast.Name) and owner.id == "process":
            raise self._wrong("a process is no value; write what of it: .depth, .mailbox, .total", node)
        inner, key = self._find(owner), self._read(node.slice)
        return self._placed(node, lambda scope: _element(inner(scope), key(scope)))

    def _call(self, node: ast.Call) -> Found:
        if not (isinstance(node.func, ast.Name) and node.func.id == "len"):
            raise self._wrong("the only function is len", node)
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            raise self._wrong("len takes one value", node)
        inner = self._find(node.args[0])
        return self._placed(node, lambda scope: _length(inner(scope)))

    def _junction(self, node: ast.BoolOp) -> Read:
        parts = [self._read(each) for each in node.values]
        if isinstance(node.op, ast.And):
            return lambda scope: boolean(all(truth(part(scope)) for part in parts))
        return lambda scope: boolean(any(truth(part(scope)) for part in parts))

    def _comparison(self, node: ast.Compare) -> Found:
        first = self._read(node.left)
        rest: list[tuple[Callable[[Value, Value], bool], Read]] = []
        for operator, right in zip(node.ops, node.comparators, strict=True):
            compare = _comparing(operator)
            if compare is None:
                raise self._wrong("compare with == != < <= > or >=", node)
            rest.append((compare, self._read(right)))

        def read(scope: Scope) -> Value:
            left = first(scope)
            for compare, following in rest:
                right = following(scope)
                if not compare(left, right):
                    return FALSE
                left = right
            return TRUE

        return self._placed(node, read)

    def _arithmetic(self, node: ast.BinOp) -> Found:
        function = _ARITHMETIC.get(type(node.op))
        if function is None:
            raise self._wrong("calculate with + - * / or %", node)
        left, right = self._read(node.left), self._read(node.right)
        return self._placed(node, lambda scope: _calculated(function, left(scope), right(scope)))

    def _unary(self, node: ast.UnaryOp) -> Found:
        operand = node.operand
        if isinstance(node.op, ast.Invert):
            raise self._wrong("write not instead of ~", node)
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and operand.value == -INT_MIN:
            return _always(INT_MIN)
        inner = self._read(operand)
        if isinstance(node.op, ast.Not):
            return lambda scope: boolean(not truth(inner(scope)))
        if isinstance(node.op, ast.USub):
            return self._placed(node, lambda scope: _calculated(neg, inner(scope)))
        return self._placed(node, lambda scope: _calculated(add, 0, inner(scope)))


def _always(value: Value) -> Read:
    def read(_: Scope) -> Value:
        return value

    return read


def _calculated(function: Callable[..., Value], *values: Value) -> Value:
    try:
        return function(*values)
    except Fault as fault:
        found = " and ".join(brief(value, 40) for value in values)
        raise ExpressionError(f"this {fault.text}: found {found}") from None


def _comparing(operator: ast.cmpop) -> Callable[[Value, Value], bool] | None:
    if isinstance(operator, ast.Eq):
        return same
    if isinstance(operator, ast.NotEq):
        return lambda left, right: not same(left, right)
    function = _ORDER.get(type(operator))
    if function is None:
        return None
    return lambda left, right: _calculated(function, left, right) == 1


def same(left: Value, right: Value) -> bool:
    """Whether EQ finds the values equal. Raises ExpressionError when they are too large to find out quickly."""
    if isinstance(left, (List, Object)) and isinstance(right, (List, Object)):
        _check_size(left)
        _check_size(right)
    return equal(left, right)


def _check_size(value: Value) -> None:
    work: list[Value] = [value]
    seen: set[int] = set()
    for part in work:  # grows while it is walked
        if not isinstance(part, (List, Object)) or id(part) in seen:
            continue
        seen.add(id(part))
        if len(work) + len(part) > MOST_COMPARED:
            raise ExpressionError(f"values of more than {MOST_COMPARED:,} parts are not compared")
        work += part.elements() if isinstance(part, List) else part.values()


def _field(value: Value, name: str) -> Value:
    if not isinstance(value, Object):
        raise ExpressionError(f"only objects have fields: found {brief(value, 40)}")
    return get_field(name, value)


def _element(value: Value | Entries, key: Value) -> Value:
    if isinstance(value, Object):
        if not isinstance(key, str):
            raise ExpressionError(f"the fields of an object have texts for names: found {brief(key, 40)}")
        return get_field(key, value)
    if not isinstance(value, (List, str, Bytes, Entries)):
        raise ExpressionError(f"only lists, objects, texts and bytes have elements: found {brief(value, 40)}")
    if type(key) is int and not 0 <= key < len(value):
        size = len(value)
        raise Unknown(f"there is no element {key}: " + (f"there are {size:,}" if size else "there are none"))
    if not isinstance(value, Entries):
        return _calculated(index, value, key)
    if type(key) is not int:
        raise ExpressionError(f"positions are Ints: found {brief(key, 40)}")
    return value.element(key)


def _length(value: Value | Entries) -> Value:
    return len(value) if isinstance(value, Entries) else _calculated(length, value)
