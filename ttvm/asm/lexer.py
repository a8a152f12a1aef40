"""The smallest parts of a line: where code ends and comment begins, words, and quoted texts."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\s\"]+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,6})\}|(.))", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\"}


class OperandError(Exception):
    """An operand that cannot be read: what is wrong, a hint, and the columns of the bad part in the line."""

    def __init__(self, text: str, start: int, end: int, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.start = start
        self.end = end
        self.hint = hint


def code_length(line: str) -> int:
    """How many characters of ``line`` are code; a ``;`` outside quotes begins a comment."""
    if ";" not in line:
        return len(line)
    if '"' not in line:
        return line.index(";")
    position = 0
    while position < len(line):
        character = line[position]
        if character == ";":
            return position
        if character == '"':
            match = _STRING.match(line, position)
            if match is None:  # never closed: the operand reader reports it
                return len(line)
            position = match.end()
        else:
            position += 1
    return position


def unescape(text: str, start: int) -> str:
    """The characters a quoted text stands for; ``start`` is the column of its first character."""
    if "\\" not in text:
        return text

    def replacement(match: re.Match[str]) -> str:
        byte, code, letter = match.groups()
        if letter is not None and letter in _SIMPLE_ESCAPES:
            return _SIMPLE_ESCAPES[letter]
        point = int(byte or code or "FFFFFFFF", 16)
        if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
            raise OperandError(
                f"unknown escape {match[0]}",
                start + match.start(),
                start + match.end(),
                r"the escapes are \n \t \r \0 \" \\ \xHH and \u{H..}",
            )
        return chr(point)

    return _ESCAPE.sub(replacement, text)


class Cursor:
    """A reading position in the operands of one instruction. Columns count from 0 in the whole line."""

    __slots__ = ("end", "line", "position")

    def __init__(self, line: str, position: int, end: int) -> None:
        self.line = line
        self.end = end
        self.position = position
        self.skip_space()

    def skip_space(self) -> None:
        """Go to the next character that is not white space."""
        line, position, end = self.line, self.position, self.end
        while position < end and line[position].isspace():
            position += 1
        self.position = position

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.position >= self.end

    @property
    def at_quote(self) -> bool:
        """Whether a quoted text comes next."""
        return not self.at_end and self.line[self.position] == '"'

    def peek_word(self) -> str:
        """The next word, without moving; empty before a quote and at the end."""
        match = _WORD.match(self.line, self.position, self.end)
        return match[0] if match else ""

    def word(self) -> str:
        """Read the next word."""
        word = self.peek_word()
        if not word.isprintable():
            raise self.error("there is a control character in this word", "only a text in quotes may have escapes")
        self.position += len(word)
        self.skip_space()
        return word

    def string(self) -> str:
        """Read a quoted text and give the characters it stands for."""
        start = self.position
        match = _STRING.match(self.line, start, self.end)
        if match is None:
            raise OperandError("this text is never closed", start, self.end, 'write a " at its end')
        self.position = match.end()
        text = unescape(match[0][1:-1], start + 1)
        self.skip_space()
        return text

    def rest(self) -> str:
        """Read all that is left, as it stands."""
        text = self.line[self.position : self.end].rstrip()
        self.position = self.end
        return text

    def error(self, text: str, hint: str = "") -> OperandError:
        """An error at the next word."""
        width = len(self.peek_word()) or 1
        return OperandError(text, self.position, self.position + width, hint)
