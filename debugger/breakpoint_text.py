"""Breakpoints as text: ``12``, ``loop if x > 3``, ``send to worker``, ``watch total in 2``, ``12 log "x is {x}"``.

``parse_breakpoint`` reads them, ``write_breakpoint`` writes what it reads back as the same.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from debugger.descriptions import EVENTS, Breakpoint, Event, Place, Watch
from debugger.expressions import read_expression
from debugger.messages import read_message
from debugger.scope import ExpressionError

_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s"'])+""")
_LARGEST = 10**12
_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t"}
_OPTIONS = ("if", "hits", "in", "log", "once", "after")
_PERSONS = ("to", "of", "by")
_OPERATORS = ("and", "or", "not", "is")
_NAMED = re.compile(r"[\w\"']")
"""How a name begins that stands behind ``watch name``; anything else goes on with an expression about ``name``."""
_CLEAN_NAME = re.compile(r"[^\s\"'()\[\]{}:@]+")


class _Word(NamedTuple):
    text: str
    start: int
    end: int
    level: int
    """Brackets open before it."""


def parse_breakpoint(text: str) -> Breakpoint:
    """What a text describes. Raises ExpressionError, which points at what is wrong.

    First what it is: a line (``12``, ``line 12``, ``shop.ttvm:12``), a label (``loop``, ``label loop``), an address
    (``@7``), an event (``send [PROCESS] [to PROCESS]``, ``exit [PROCESS]``, ..., ``mailbox PROCESS > 3``), or a value
    (``watch EXPRESSION``, ``watch name NAME``). Then, in any order, ``if EXPRESSION``, ``hits NUMBER``,
    ``in PROCESS``, ``log "TEXT {EXPRESSION}"``, ``once`` and ``after NUMBER``.
    """
    return _Parser(text).breakpoint()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._words = _words(text)
        self._next = 0

    def breakpoint(self) -> Breakpoint:
        what, within = self._what()
        options: dict[str, object] = {"within": within} if within else {}
        while self._next < len(self._words):
            word = self._take("")
            if word.text not in _OPTIONS:
                raise self._error(f"here can stand {', '.join(_OPTIONS[:-1])} or {_OPTIONS[-1]}", word)
            name = {"if": "condition", "in": "within"}.get(word.text, word.text)
            if name in options:
                raise self._error(f"{word.text} stands here twice", word)
            options[name] = self._option(word.text)
        return Breakpoint(what, **options)  # type: ignore[arg-type]

    # -- words

    def _error(self, text: str, word: _Word | None) -> ExpressionError:
        if word is None:
            return ExpressionError(text, self._text, len(self._text.rstrip()) + 1)
        return ExpressionError(text, self._text, word.start + 1, word.end - word.start)

    def _peek(self) -> str:
        return self._words[self._next].text if self._next < len(self._words) else ""

    def _take(self, missing: str) -> _Word:
        if self._next >= len(self._words):
            raise self._error(missing, None)
        word = self._words[self._next]
        self._next += 1
        return word

    def _number(self, missing: str, least: int) -> int:
        word = self._take(missing)
        if not (word.text.isascii() and word.text.isdecimal()) or not least <= int(word.text[:20]) <= _LARGEST:
            raise self._error(missing, word)
        return int(word.text)

    def _name(self, missing: str) -> str:
        word = self._take(missing)
        name = _unquoted(word.text)
        if name is None:
            if not _CLEAN_NAME.fullmatch(word.text):
                raise self._error(missing, word)
            return word.text
        return name

    def _expression(self) -> str:
        """An expression up to the next option, or to the end."""
        first = self._next
        while self._next < len(self._words) and not (self._next > first and self._begins_option()):
            self._next += 1
        if first == len(self._words):
            raise self._error("an expression is missing here", None)
        start, end = self._words[first].start, self._words[self._next - 1].end
        text = self._text[start:end]
        read_expression(text, self._text, start)
        return text

    def _begins_option(self) -> bool:
        word = self._words[self._next]
        if word.text not in _OPTIONS or word.level:
            return False
        following = self._words[self._next + 1].text if self._next + 1 < len(self._words) else ""
        if word.text == "once":
            return not following or following in _OPTIONS
        if word.text in ("hits", "after"):
            return following.isdecimal()
        return word.text != "log" or following[:1] in ('"', "'")

    # -- parts

    def _option(self, name: str) -> object:
        if name == "if":
            return self._expression()
        if name == "hits":
            return self._number("hits needs a number from 1 on", 1)
        if name == "after":
            return self._number("after needs the number of a breakpoint", 1)
        if name == "in":
            return self._name("in needs a pid or a name")
        if name == "log":
            word = self._take('log needs a text in quotes: log "x is {x}"')
            text = _unquoted(word.text)
            if text is None:
                raise self._error('log needs a text in quotes: log "x is {x}"', word)
            try:
                read_message(text)
            except ExpressionError as error:
                raise self._error(error.text, word) from None
            return text
        return True

    def _what(self) -> tuple[Place | Event | Watch, str]:
        word = self._take("a line, a label, an event or watch is missing here")
        if word.text == "watch":
            return self._watch(), ""
        if word.text in EVENTS:
            return self._event(word.text)
        return self._place(word), ""

    def _watch(self) -> Watch:
        following = self._words[self._next + 1].text if self._next + 1 < len(self._words) else ""
        if self._peek() == "name" and _NAMED.match(following) and following not in (*_OPTIONS, *_OPERATORS):
            self._next += 1
            return Watch("", self._name("a name is missing here"))
        return Watch(self._expression())

    def _event(self, kind: str) -> tuple[Event, str]:
        if kind == "mailbox":
            owner = self._name("mailbox needs a pid or a name: mailbox worker > 3")
            sign = self._take("mailbox needs a length: mailbox worker > 3")
            if sign.text not in (">", ">="):
                raise self._error("a mailbox is compared with > or >=: mailbox worker > 3", sign)
            number = self._number("mailbox needs a length: mailbox worker > 3", int(sign.text == ">="))
            return Event(kind, owner, number - (sign.text == ">=")), ""
        within = to = ""
        if self._peek() in ("of", "by"):
            self._next += 1
            within = self._name("a pid or a name is missing here")
        elif self._peek() and self._peek() not in (*_OPTIONS, "to"):
            within = self._name("here can stand a pid or a name")
        if self._peek() == "to":
            word = self._take("")
            if kind != "send":
                raise self._error("only send can have to", word)
            to = self._name("to needs a pid or a name")
        return Event(kind, to), within

    def _place(self, word: _Word) -> Place:
        text = word.text
        if text == "line":
            return Place(self._number("line needs a number from 1 on", 1))
        if text == "label":
            return Place(label=self._name("label needs a name"))
        file, colon, line = text.rpartition(":")
        if colon and file and line.isascii() and line.isdecimal():
            return Place(self._line(line, word), file=_unquoted(file) or file)
        if text.isascii() and text.isdecimal():
            return Place(self._line(text, word))
        if text.startswith("@") and text[1:].isascii() and text[1:].isdecimal():
            return Place(address=min(int(text[1:20]), _LARGEST))
        name = _unquoted(text)
        if name is None and not _CLEAN_NAME.fullmatch(text):
            raise self._error("this is no line, label or event", word)
        return Place(label=text if name is None else name)

    def _line(self, digits: str, word: _Word) -> int:
        if not 1 <= int(digits[:20]) <= _LARGEST:
            raise self._error("lines count from 1", word)
        return int(digits)


def _words(text: str) -> list[_Word]:
    """The words of a text; what is in quotes is one."""
    words: list[_Word] = []
    level = 0
    end = 0
    for match in _WORD.finditer(text):
        lost = text[end : match.start()].strip()
        if lost:
            break
        words.append(_Word(match[0], match.start(), match.end(), level))
        bare = re.sub(r"""(["'])(?:\\.|(?!\1)[^\\])*\1""", "", match[0])
        level += sum(bare.count(each) for each in "([{") - sum(bare.count(each) for each in ")]}")
        end = match.end()
    if text[end:].strip():
        at = end + len(text[end:]) - len(text[end:].lstrip())
        raise ExpressionError("this quote is never closed", text, at + 1)
    return words


def _unquoted(word: str) -> str | None:
    """The text that stands in quotes; None when it does not."""
    if len(word) < 2 or word[0] not in "\"'" or word[-1] != word[0]:
        return None
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), word[1:-1])


# -- writing


def write_breakpoint(description: Breakpoint) -> str:
    """The text that ``parse_breakpoint`` reads as this; the identity of a place is not in it."""
    parts = [write_what(description.what)]
    if description.within:
        parts.append(f"in {_written(description.within)}")
    if description.condition:
        parts.append(f"if {description.condition}")
    if description.hits > 1:
        parts.append(f"hits {description.hits}")
    if description.after:
        parts.append(f"after {description.after}")
    if description.log is not None:
        parts.append(f"log {_quoted(description.log)}")
    if description.once:
        parts.append("once")
    return " ".join(parts)


def write_what(what: Place | Event | Watch) -> str:
    """The first part of the text of a breakpoint."""
    if isinstance(what, Watch):
        return f"watch {what.expression}" if what.expression else f"watch name {_written(what.name)}"
    if isinstance(what, Event):
        if what.kind == "mailbox":
            return f"mailbox {_written(what.to)} > {what.more_than}"
        return f"{what.kind} to {_written(what.to)}" if what.to else what.kind
    if what.label:
        special = what.label in (*EVENTS, "watch", "line", "label") or what.label.isdecimal()
        return f"label {_written(what.label)}" if special else _written(what.label)
    if what.address >= 0:
        return f"@{what.address}"
    return f"{_quoted(what.file) if ' ' in what.file else what.file}:{what.line}" if what.file else str(what.line)


def _written(name: str) -> str:
    plain = _CLEAN_NAME.fullmatch(name) and _NAMED.match(name) and name not in (*_OPTIONS, *_OPERATORS, *_PERSONS)
    return name if plain else _quoted(name)


def _quoted(text: str) -> str:
    for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(character, escaped)
    return f'"{text}"'
