"""Source text and places in it: what every error message points at."""

from __future__ import annotations

from ttvm.record import Record

BYTECODE_MAGIC = b"TTVB"
"""How a bytecode file begins; docs/bytecode.md tells what follows."""
EXCERPT_WIDTH = 100
"""Longest part of a line that an excerpt shows, in characters."""


class Source:
    """The text of one file and the name people know it by.

    ``path`` is the name shown in messages; ``identity`` (the resolved path) tells two files apart.
    """

    __slots__ = ("_lines", "_text_hash", "identity", "path", "text")

    def __init__(self, path: str, text: str, identity: str | None = None, text_hash: str | None = None) -> None:
        self.path = path
        self.text = text
        self.identity = path if identity is None else identity
        self._text_hash = text_hash
        self._lines: list[str] | None = None

    @property
    def text_hash(self) -> str:
        """The SHA-256 of the text, in hex; of a program compiled without its text, that of the text it was."""
        if self._text_hash is None:
            import hashlib  # slow to import, and running a program needs no hash

            self._text_hash = hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
        return self._text_hash

    @property
    def lines(self) -> list[str]:
        """The lines without their line ends; only LF and CRLF end a line."""
        if self._lines is None:
            text = self.text[1:] if self.text.startswith("\ufeff") else self.text
            self._lines = [line.removesuffix("\r") for line in text.split("\n")]
            if self._lines[-1] == "":
                self._lines.pop()
        return self._lines

    def line(self, number: int) -> str:
        """The text of line ``number`` (from 1), empty when there is no such line."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""


class BytecodeFile(Source):
    """A program file that is bytecode already: it has no text of its own, the loader decodes its ``data``."""

    __slots__ = ("data",)

    def __init__(self, path: str, data: bytes, identity: str | None = None) -> None:
        super().__init__(path, "", identity)
        self.data = data


class Span(Record):
    """A run of characters on one line; line and column count from 1."""

    source: Source
    line: int
    column: int
    width: int = 1

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}:{self.column}"


def visible(text: str) -> str:
    """``text`` with every character that could disturb a terminal replaced by one that cannot.

    The length stays the same, so that columns keep their meaning.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else " " if character == "\t" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def excerpt(span: Span) -> str:
    """The line of ``span`` with a caret line below it; a very long line is cut around the place."""
    line = span.source.line(span.line)
    start = max(0, min(span.column - 1, len(line)))
    first = max(0, start - EXCERPT_WIDTH // 2) if len(line) > EXCERPT_WIDTH else 0
    last = min(len(line), first + EXCERPT_WIDTH)
    before, after = ("..." if first else ""), ("..." if last < len(line) else "")
    shown = before + visible(line[first:last]) + after
    caret = len(before) + start - first
    width = max(1, min(span.width, last - start))
    number = f"{span.line:>5} | "
    return f"{number}{shown}\n{' ' * (len(number) - 2)}| {' ' * caret}{'^' * width}"
