"""What was typed: the pieces of a line, whether a block is complete, and the program text it becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ttvm.asm.assembler import Fragment
from ttvm.asm.lexer import code_length
from ttvm.cli.checker import LEAVES
from ttvm.errors import Problem
from ttvm.source import Source, Span

SEPARATOR = ";;"
TYPED = "line"
"""What the source is called that a mistake is shown in."""
INDENTATION = "    "

Assemble = Callable[[Source], Fragment]
"""Says what a text would be behind the text of the program."""


class Piece(NamedTuple):
    """An instruction, a label or a comment, and where it was typed; row and column count from 0."""

    text: str
    row: int
    column: int

    @property
    def is_label(self) -> bool:
        """Whether it is ``name:`` or ``LABEL name``."""
        head = self.text.split(None, 1)[0]
        return head.upper() == "LABEL" or head.startswith('"') or (head.endswith(":") and len(head) > 1)

    @property
    def is_comment(self) -> bool:
        """Whether there is no code in it."""
        return self.text.startswith(";")


class Nesting(NamedTuple):
    """What is still open in a block: a label whose code has not come to an end, labels that are used and missing, and
    TRYs without END_TRY."""

    label: str
    missing: tuple[str, ...]
    tries: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is open."""
        return not (self.label or self.must_go_on)

    @property
    def must_go_on(self) -> bool:
        """Whether not even an empty line can end the block."""
        return bool(self.missing or self.tries)

    def __str__(self) -> str:
        parts = [self.label] if self.label else []
        parts += ["try"] * self.tries
        parts += (f"{name}?" for name in self.missing)
        return " ".join(parts)


class Block(NamedTuple):
    """A text that was typed, taken to pieces and looked at."""

    typed: str
    pieces: tuple[Piece, ...]
    fragment: Fragment

    @property
    def nesting(self) -> Nesting:
        """What is open in it."""
        fragment = self.fragment
        label = ""
        for name, place in fragment.labels.items():
            if fragment.jumps.get(name, place) >= place:  # nobody jumped forward to it: something begins here
                label = name
        return Nesting("" if label and self._leaves else label, fragment.missing, fragment.open_tries)

    @property
    def _leaves(self) -> bool:
        """Whether the end of the block cannot be reached."""
        ops = self.fragment.ops
        return bool(ops) and ops[-1].row.mnemonic in LEAVES and len(ops) not in self.fragment.labels.values()

    @property
    def is_definition(self) -> bool:
        """Whether it is to be kept and not to be run: it begins with a label, and from its end nothing comes back."""
        code = [piece for piece in self.pieces if not piece.is_comment]
        return bool(code) and code[0].is_label and self._leaves

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it, with the places where it was typed."""
        found = (each for each in self.fragment.problems if each.severity == "error")
        return tuple(each.replace(span=self._typed_span(each.span)) for each in found)

    def _typed_span(self, span: Span) -> Span:
        piece = self.pieces[span.line - 1]
        return Span(Source(TYPED, self.typed), piece.row + 1, span.column, span.width)

    def typed_place(self, number: int, column: int, width: int) -> Span | None:
        """Where a place in ``lines`` was typed: line from 0, column from 1. None when there is no such line."""
        if not 0 <= number < len(self.pieces):
            return None
        piece = self.pieces[number]
        before = len(_indentation(piece))
        return Span(Source(TYPED, self.typed), piece.row + 1, piece.column + column - before, width)

    @property
    def lines(self) -> list[str]:
        """Its lines as program text."""
        return [_indentation(piece) + piece.text for piece in self.pieces]


def _indentation(piece: Piece) -> str:
    return "" if piece.is_label else INDENTATION


def read_block(typed: str, assemble: Assemble) -> Block:
    """Take a text to pieces and look at it."""
    pieces = tuple(piece for row, line in enumerate(typed.split("\n")) for piece in split_line(line, row))
    # Each piece stands in a line of its own at the column where it was typed, so that mistakes point there.
    padded = "\n".join(" " * piece.column + piece.text for piece in pieces)
    return Block(typed, pieces, assemble(Source(TYPED, padded)))


def split_line(line: str, row: int = 0) -> list[Piece]:
    """The pieces of a line between ``;;``. A single ``;`` begins a comment, and neither counts inside of quotes."""
    pieces: list[Piece] = []
    start = 0
    while start <= len(line):
        rest = line[start:]
        length = len(rest) if rest.lstrip().startswith(";") else code_length(rest)
        separated = rest.startswith(SEPARATOR, length)
        if not separated:
            length = len(rest)
        text = rest[:length].strip()
        if text:
            pieces.append(Piece(text, row, start + len(rest) - len(rest.lstrip())))
        start += length + (len(SEPARATOR) if separated else 1)
    return pieces


def as_program(block: Block, labels: Sequence[str]) -> tuple[str, int]:
    """The text that is added to the program, and how many lines of it come before those of the block.

    A definition gets a jump around it. ``labels`` are those that are taken.
    """
    lines = block.lines
    if not block.is_definition:
        return "".join(f"{line}\n" for line in lines), 0
    first = next(iter(block.fragment.labels))
    name = f"after_{first}" if first.isidentifier() else "after_definition"
    taken = {*labels, *block.fragment.labels}
    way = name
    number = 1
    while way in taken:
        number += 1
        way = f"{name}_{number}"
    return "".join(f"{line}\n" for line in (f"{INDENTATION}JMP {way}", *lines, f"{way}:")), 1
