"""The formatter: one layout for every source text, and the same program before and after.

Labels stand at the margin as ``name:``, instructions four columns in, with canonical mnemonics and operands.
Comments behind code are aligned block by block; a block ends at a blank line or at a comment on a line of its
own. Numbers and quoted texts stay as they are written, because 0xFF and 255 do not say the same to a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ttvm.asm.assembler import assemble
from ttvm.asm.lexer import Cursor, code_length
from ttvm.asm.operands import READERS, starts_operand, write_operand
from ttvm.errors import InternalError, SourceError
from ttvm.forms import quote
from ttvm.instruction import Instruction
from ttvm.isa import ISA
from ttvm.program import Module
from ttvm.record import Record
from ttvm.source import Source

INDENT = "    "
COMMENT_STOPS = (28, 36, 44, 52, 60)
"""The columns where the comments of a block may stand. The first one behind its longest line is taken."""
LEAST_GAP = 2
"""Spaces between code and its comment."""
_WRITTEN_AS_THEY_ARE = frozenset({"int", "float", "count", "milliseconds", "pid"})
_PROMISE = re.compile(r"\s*;\s*(?:expect[a-z-]*|input|args|options|schedules):")
"""``; expect: text`` and its relatives (see ``ttvm.expectations``). Every character of them counts."""
_PATTERN_PART = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|([\[\]{},:|])|([^\s\[\]{},:|"]+)')
_SPACED = {",": ", ", ":": ": ", "|": " | "}


def format_source(source: Source) -> str:
    """The text of a source in the canonical layout. Raises SourceError when the source has errors.

    Formatting the result again changes nothing, and it assembles to the same module, lines and columns apart.
    """
    module = assemble(source)
    lines = _lay_out(_without_surplus_blanks(map(_read_line, source.lines)))
    end = "\r\n" if source.text.partition("\n")[0].endswith("\r") else "\n"
    text = "".join(f"{line}{end}" for line in lines)
    try:
        same = _skeleton(assemble(Source(source.path, text))) == _skeleton(module)
    except SourceError:
        same = False
    if not same:
        raise InternalError(f"formatting {source.path} would change the program; the file was left as it is")
    return text


def _skeleton(module: Module) -> object:
    """All of a module but lines and columns, as values that compare."""
    return [(op.row.mnemonic, *map(str, op.operands)) for op in module.ops], module.labels


class _Line(Record):
    """One line: canonical code, comment, and the column where the comment stands in the source.

    ``whole`` is the line itself when it must stay as it is.
    """

    code: str = ""
    comment: str = ""
    column: int = 0
    whole: str = ""


_BLANK = _Line()


def _read_line(line: str) -> _Line:
    if _PROMISE.match(line):
        return _Line(whole=line.rstrip("\r"))
    end = code_length(line)
    return _Line(_code(line, end), line[end:].rstrip(), _width(line[:end]))


def _width(text: str) -> int:
    return len(text.expandtabs())


def _without_surplus_blanks(lines: Iterable[_Line]) -> Iterator[_Line]:
    """The lines with one blank line for several, and none at the start and at the end."""
    pending, started = False, False
    for line in lines:
        if not (line.code or line.comment or line.whole):
            pending = started
            continue
        if pending:
            yield _BLANK
        yield line
        pending, started = False, True


# -- code


def _code(line: str, end: int) -> str:
    """The label or instruction of a line in its canonical form, indented; empty when there is none."""
    words = line[:end].split(None, 1)
    if not words:
        return ""
    head = words[0]
    behind = line.index(head) + len(head)
    found = ISA.find(head)
    if found is not None:
        row, preset = found
        cursor = Cursor(preset, 0, len(preset)) if preset else Cursor(line, behind, end)
        return INDENT + " ".join([row.mnemonic, *_operands(row, cursor)])
    name = Cursor(line, behind, end).word() if head.upper() == "LABEL" else head
    return f"{name.removesuffix(':')}:"


def _operands(row: Instruction, cursor: Cursor) -> Iterator[str]:
    """The operands at the cursor in their canonical form."""
    for operand in row.operands:
        kind = operand.type
        if kind == "match" or cursor.at_end or (operand.optional and not starts_operand(kind, cursor)):
            continue
        start = cursor.position
        value = READERS[kind](cursor)
        written = cursor.line[start : cursor.position].strip()
        if kind in _WRITTEN_AS_THEY_ARE:
            yield written
        elif kind == "str":
            yield written if written.startswith('"') else quote(value)
        elif kind == "pattern":
            yield _pattern(written)
        elif kind == "timeout":
            yield f"AFTER {written.split()[1]} {value[1].text}"
        else:
            yield write_operand(kind, value, lambda use: use.text)  # type: ignore[attr-defined]


def _pattern(written: str) -> str:
    """A pattern with the canonical spaces, and keys without quotes where they need none."""
    parts: list[str] = []
    for match in _PATTERN_PART.finditer(written):
        text, colon, sign, word = match.groups()
        if text is not None:
            parts.append(text[1:-1] if colon and text[1:-1].isidentifier() else text)
            parts.append(": " if colon else "")
        else:
            parts.append(_SPACED.get(sign, sign) if sign else word)
    return "".join(parts)


# -- layout


def _lay_out(lines: Iterable[_Line]) -> list[str]:
    """The lines as text, block by block."""
    result: list[str] = []
    block: list[_Line] = []
    comment_above = 0
    for line in lines:
        if line.code:
            block.append(line)
            comment_above = line.column if line.comment else 0
        elif line.comment and line.column and line.column == comment_above:
            block.append(line)  # it continues the comment above
        else:
            result += _align(block)
            block, comment_above = [], 0
            result.append(line.whole or (INDENT if line.column else "") + line.comment)
    return result + _align(block)


def _align(block: list[_Line]) -> list[str]:
    """A block as text, its comments below each other; a line that is too long has its comment right behind it."""
    widths = [_width(line.code) + LEAST_GAP for line in block if line.code and line.comment]
    longest = max((width for width in widths if width <= COMMENT_STOPS[-1]), default=0)
    stop = next(stop for stop in COMMENT_STOPS if stop >= longest)
    lines: list[str] = []
    column = stop
    for line in block:
        if line.code:
            column = max(stop, _width(line.code) + LEAST_GAP)
        lines.append((line.code + " " * (column - _width(line.code)) + line.comment).rstrip())
    return lines
