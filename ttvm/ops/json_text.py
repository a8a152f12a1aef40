"""JSON, read and written without recursion.

Python's ``json`` would be faster, but it recurses: how deep a text it can read depends on its version and on who
calls. It also reads what is no JSON (``NaN``, halves of surrogate pairs), and its writer has no limit on size. So
this module leaves only the escapes inside of texts to it. It is imported when a program first needs it.
"""

from __future__ import annotations

import json
import math
import re
from json.encoder import encode_basestring
from typing import NoReturn

from ttvm.errors import Fault, FaultKind
from ttvm.forms import debug, quote
from ttvm.values import FALSE, INT_MAX, INT_MIN, SIZE_LIMIT, TRUE, Bool, List, Object, Value, too_large

MOST_LEVELS = 1000
"""Lists and objects inside of each other, at most. Other programs that read JSON give up about here, too."""

_TOKEN = re.compile(
    r"""[ \t\n\r]*+
    (?: (?P<mark>   [\[\]{},:] )
      | (?P<text>   "(?: [^"\\\x00-\x1F]++ | \\. )*+" )
      | (?P<number> -?(?: 0 | [1-9][0-9]*+ )(?P<float> (?: \.[0-9]++ )?(?: [eE][-+]?[0-9]++ )? ) )
      | (?P<word>   true | false | null ) )""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\n\r]*+")
_WORDS: dict[str, Value] = {"true": TRUE, "false": FALSE, "null": None}
_LONGEST_INT = len(str(INT_MIN))


def _too_deep() -> Fault:
    return Fault(FaultKind.LIMIT_EXCEEDED, f"finds more than {MOST_LEVELS:,} lists and objects inside of each other")


class _Reader:
    """Goes through a JSON text, a token at a time.

    ``kind`` of the token is a mark (``[`` or ``,``), or text, number, word, end, or nothing for what is no token.
    ``start`` is where it begins.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.end_of_token = 0
        self.advance()

    def advance(self) -> None:
        """Go to the next token."""
        match = _TOKEN.match(self.text, self.end_of_token)
        if match is None:
            space = _SPACE.match(self.text, self.end_of_token)
            self.start = space.end() if space else self.end_of_token
            self.kind = "end" if self.start == len(self.text) else ""
            return
        self.match = match
        kind = match.lastgroup or ""
        self.start = match.start(kind)
        self.end_of_token = match.end()
        self.kind = match[kind] if kind == "mark" else kind

    def fail(self, what: str, position: int) -> NoReturn:
        """Raise FormatError about a position of the text."""
        line = self.text.count("\n", 0, position) + 1
        column = position - self.text.rfind("\n", 0, position)
        raise Fault(FaultKind.FORMAT_ERROR, f"{what} (line {line:,}, column {column:,})", wants_operands=True)

    def refuse(self, expected: str) -> NoReturn:
        """Raise FormatError because this token is not what is ``expected`` here."""
        found = "the end" if self.kind == "end" else quote(self.text[self.start])
        if not self.kind and self.text[self.start] == '"':
            self.fail("finds a text that has no end, or a control character in it", self.start)
        self.fail(f"finds {found} where {expected} should be", self.start)

    def scalar(self) -> Value:
        """The value of this token, which must be one by itself."""
        if self.kind == "text":
            return self._string()
        if self.kind == "number":
            return self._number()
        if self.kind != "word":
            self.refuse("a value")
        return _WORDS[self.match["word"]]

    def _number(self) -> int | float:
        word = self.match["number"]
        if self.match["float"]:
            number = float(word)
            if math.isinf(number):
                self.fail("finds a number that is too large for a Float", self.start)
            return number
        whole = int(word) if len(word) <= _LONGEST_INT else INT_MAX + 1
        if not INT_MIN <= whole <= INT_MAX:
            self.fail("finds a whole number that does not fit in 64 bits", self.start)
        return whole

    def _string(self) -> str:
        word = self.match["text"]
        if "\\" not in word:
            return word[1:-1]
        try:
            text: str = json.loads(word)
        except json.JSONDecodeError as error:
            self.fail("finds an unknown escape", self.start + error.pos)
        if any("\ud800" <= character <= "\udfff" for character in text):
            self.fail("finds half of a surrogate pair", self.start)
        return text

    def key(self) -> str:
        """The name of a field; goes on behind the colon that follows it."""
        if self.kind != "text":
            self.refuse("the name of a field")
        name = self._string()
        self.advance()
        if self.kind != ":":
            self.refuse("a colon")
        self.advance()
        return name


def read(text: str) -> Value:
    """The value a JSON text stands for. Raises Fault."""
    reader = _Reader(text)
    open_ones: list[list[Value] | Object] = []
    keys: list[str] = []
    while True:
        # A value is wanted. One that holds others stays open until its closing mark.
        if reader.kind in ("[", "{"):
            if len(open_ones) == MOST_LEVELS:
                raise _too_deep()
            opened: list[Value] | Object = Object() if reader.kind == "{" else []
            closing = "}" if reader.kind == "{" else "]"
            reader.advance()
            if reader.kind != closing:
                open_ones.append(opened)
                keys.append(reader.key() if closing == "}" else "")
                continue
            value = _closed(opened)
        else:
            value = reader.scalar()
        reader.advance()
        # A value is complete. It goes into the innermost open one, which may be complete by that.
        while open_ones:
            innermost = open_ones[-1]
            if isinstance(innermost, Object):
                dict.__setitem__(innermost, keys[-1], value)
            else:
                innermost.append(value)
            if reader.kind == ",":
                reader.advance()
                if isinstance(innermost, Object):
                    keys[-1] = reader.key()
                break
            closing = "}" if isinstance(innermost, Object) else "]"
            if reader.kind != closing:
                reader.refuse(f"a comma or {closing}")
            value = _closed(open_ones.pop())
            keys.pop()
            reader.advance()
        else:
            if reader.kind != "end":
                reader.refuse("the end")
            return value


def _closed(complete: list[Value] | Object) -> Value:
    return complete if isinstance(complete, Object) else List(complete)


class _Mark(str):
    """What stands between values, so that the writer can tell it from a Str."""

    __slots__ = ()


_COMMA, _CLOSE_LIST, _CLOSE_OBJECT = _Mark(","), _Mark("]"), _Mark("}")


def write(value: Value) -> str:
    """The JSON text of a value, without spaces. Raises Fault.

    The size is limited on the way, because a value that shares its parts can be exponentially long in print.
    """
    parts: list[str] = []
    size = levels = 0
    work: list[Value | _Mark] = [value]
    while work:
        item = work.pop()
        if type(item) is _Mark:
            levels -= item is _CLOSE_LIST or item is _CLOSE_OBJECT
            text: str = item
        elif isinstance(item, (List, Object)):
            levels += 1
            if levels > MOST_LEVELS:
                raise _too_deep()
            text = "[" if isinstance(item, List) else "{"
            _unfold(item, work)
        else:
            text = _leaf(item)
        parts.append(text)
        size += len(text)
        if size > SIZE_LIMIT:
            raise too_large("text")
    return "".join(parts)


def _unfold(item: List | Object, work: list[Value | _Mark]) -> None:
    """Put what ``item`` holds on the stack of ``write``, the first part on top and the closing mark below."""
    if isinstance(item, List):
        work.append(_CLOSE_LIST)
        for element in reversed(item.elements()):
            work += (element, _COMMA)
    else:
        work.append(_CLOSE_OBJECT)
        for name, field in reversed(item.items()):
            work += (field, _Mark(f"{encode_basestring(name)}:"), _COMMA)
    if len(item):
        work.pop()


def _leaf(value: Value) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Fault(FaultKind.FORMAT_ERROR, f"cannot write {debug(value)}: JSON has finite numbers only")
        return repr(value)
    if isinstance(value, int):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, Bool):
        return value.name
    raise Fault(FaultKind.FORMAT_ERROR, f"cannot write {debug(value, 60)}: JSON has nothing like it")
