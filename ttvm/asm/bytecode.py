"""Bytecode, the format of `.ttb` files: a program and all modules it imports, as bytes, and back.

docs/bytecode.md describes the format for readers. Everything about instructions comes from the table: the
number of a row is its ``code``, and its operands are written one after the other, each in the form of its
type. So neither a new instruction nor a new operand type needs anything here.

A file may come from anybody. ``decode`` trusts no number in it: whatever it is given, it answers with a module
that the assembler could have made, or with an UnreadableError, in memory proportional to the size of the file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from ttvm.asm.byte_stream import MOST_SPELLED, ByteReader, ByteWriter, DamagedError
from ttvm.asm.disassembler import list_on_lines
from ttvm.asm.handlers import match_handlers
from ttvm.asm.lexer import Cursor, OperandError
from ttvm.asm.linking import FindImport, Linked, imported_texts, is_path_inside, link
from ttvm.asm.operands import LARGEST_COUNT, READERS, write_operand
from ttvm.errors import TtvmError, UnreadableError
from ttvm.instruction import Instruction, Operand
from ttvm.isa import ISA
from ttvm.program import Module, Op
from ttvm.source import BYTECODE_MAGIC, Source
from ttvm.values import FALSE, INT_MAX, TRUE, Bool

VERSION = 1
"""The version of the format that is written, and the newest one that is read."""
WITH_TEXTS = 1
"""The flag of a file that contains the source texts."""
MOST_LINES = 250_000
"""Most lines of the sources of a file without texts. It gets a listing of as many lines, however short it is."""
MOST_COLUMNS = 1 << 31
HASH_SIZE = 32
_HEADER = struct.Struct("<4sHHQ")
_CHECKSUM_SIZE = 4
_LEAST_INSTRUCTION = 4
"""The fewest bytes an instruction takes: its number two, its line and its column one each."""


def encode(module: Module, find: FindImport | None = None, with_texts: bool = True) -> bytes:
    """A program and the modules it imports as bytes, the same bytes every time.

    ``find`` says which module an IMPORT means, or None when it cannot be included; without it only the modules
    that came with the program are. Without texts, the file is smaller and a debugger shows the instructions in
    their place. Raises TtvmError for a program that is too large for the format.
    """
    linked = link(module, find or (lambda path, importer: importer.imports.get(path)))
    if not with_texts and sum(len(each.module.source.lines) for each in linked) > MOST_LINES:
        raise TtvmError(f"{module.source.path}: a program of more than {MOST_LINES:,} lines must keep its texts")
    writer = ByteWriter()
    writer.number(len(linked))
    for each in linked:
        _write_module(writer, each, with_texts)
    if writer.spelled > MOST_SPELLED:
        raise TtvmError(f"{module.source.path}: its names and texts have more than {MOST_SPELLED:,} characters")
    table = ByteWriter(writer.strings)
    table.string_table()
    size = _HEADER.size + len(table.data) + len(writer.data) + _CHECKSUM_SIZE
    header = _HEADER.pack(BYTECODE_MAGIC, VERSION, WITH_TEXTS if with_texts else 0, size)
    data = header + table.data + writer.data
    return data + zlib.crc32(data).to_bytes(_CHECKSUM_SIZE, "little")


def decode(data: bytes, path: str, identity: str | None = None) -> Module:
    """The program in a bytecode file; its ``imports``, and theirs, are the modules that came with it.

    ``path`` is the name of the file in messages, ``identity`` its resolved path. Raises UnreadableError for
    everything that is not a whole and sound file of a version this program knows.
    """
    try:
        _check_frame(data)
        reader = _Reader(data, _HEADER.size, len(data) - _CHECKSUM_SIZE)
        return _read_modules(reader, path if identity is None else identity)
    except DamagedError as error:
        raise UnreadableError(
            f"{path}: this bytecode file is damaged: {error.text} (offset {error.offset:,}); "
            "make it again with `ttvm compile`"
        ) from None
    except _NewerError as error:
        raise UnreadableError(f"{path}: {error}; run it with that ttvm, or make it again with `ttvm compile`") from None


class _NewerError(Exception):
    """A file of a version that did not exist when this was written."""


def _check_frame(data: bytes) -> None:
    """Check all that can be known before the contents are read."""
    if len(data) < _HEADER.size + _CHECKSUM_SIZE:
        raise DamagedError(f"it breaks off after {len(data):,} bytes", len(data))
    magic, version, flags, size = _HEADER.unpack_from(data)
    if magic != BYTECODE_MAGIC:
        raise DamagedError("it does not begin with TTVB", 0)
    if version > VERSION or flags & ~WITH_TEXTS:
        raise _NewerError(f"a newer ttvm made this file (format {version}.{flags}, and this one reads {VERSION})")
    if version < 1:
        raise DamagedError("there is no format 0", 4)
    if size != len(data):
        raise DamagedError(f"it should have {size:,} bytes and has {len(data):,}", len(data))
    if zlib.crc32(memoryview(data)[:-_CHECKSUM_SIZE]) != int.from_bytes(data[-_CHECKSUM_SIZE:], "little"):
        raise DamagedError("its checksum is wrong", len(data) - _CHECKSUM_SIZE)


# -- operands


class _Reader(ByteReader):
    """Also knows what the pieces of a module must fit to."""

    def __init__(self, data: bytes, position: int, end: int) -> None:
        super().__init__(data, position, end)
        self.instructions = 0
        """How many the module has; every address must be one of them."""
        self.lines_left = MOST_LINES
        self.operands: dict[tuple[str, str], Any] = {}
        """Operands that were read from texts, by type and text: equal ones are one object, as they never change."""

    def address(self) -> int:
        """The address of an instruction, or of the end."""
        return self.number("address", self.instructions)

    def name(self) -> str:
        """A text that is not empty."""
        name = self.string()
        if not name:
            raise self.damaged("a name is empty")
        return name


def _write_integer(writer: ByteWriter, value: int) -> None:
    writer.integer(value, 8, signed=True)


def _read_integer(reader: _Reader) -> int:
    return reader.integer(8, signed=True)


def _write_float(writer: ByteWriter, value: float) -> None:
    writer.data += struct.pack("<d", value)


def _read_float(reader: _Reader) -> float:
    number: float = struct.unpack("<d", reader.take(8))[0]
    return number


def _write_bool(writer: ByteWriter, value: Bool) -> None:
    writer.number(1 if value is TRUE else 0)


def _read_bool(reader: _Reader) -> Bool:
    return TRUE if reader.number("bool", 1) else FALSE


def _write_names(writer: ByteWriter, names: tuple[str, ...]) -> None:
    writer.number(len(names))
    for name in names:
        writer.string(name)


def _read_names(reader: _Reader) -> tuple[str, ...]:
    names = tuple(reader.name() for _ in range(reader.count("names", 1)))
    if len(set(names)) < len(names):
        raise reader.damaged("a name stands twice in a list of names")
    return names


def _write_timeout(writer: ByteWriter, timeout: tuple[int, int]) -> None:
    writer.number(timeout[0])
    writer.number(timeout[1])


def _read_timeout(reader: _Reader) -> tuple[int, int]:
    return reader.number("time", INT_MAX), reader.address()


OPERAND_FORMS: dict[str, tuple[Callable[[ByteWriter, Any], None], Callable[[_Reader], Any]]] = {
    "int": (_write_integer, _read_integer),
    "float": (_write_float, _read_float),
    "bool": (_write_bool, _read_bool),
    "str": (ByteWriter.string, _Reader.string),
    "name": (ByteWriter.string, _Reader.name),
    "names": (_write_names, _read_names),
    "label": (ByteWriter.number, _Reader.address),
    "count": (ByteWriter.number, lambda reader: reader.number("count", LARGEST_COUNT)),
    "milliseconds": (ByteWriter.number, lambda reader: reader.number("time", INT_MAX)),
    "pid": (ByteWriter.number, lambda reader: reader.number("pid", INT_MAX)),
    "timeout": (_write_timeout, _read_timeout),
}
"""How operands of these types are written and read. All others, patterns for example, are the texts that a program
would have in their places. ``match`` is nothing at all: the nesting of TRY and CATCH tells it."""


def _write_operand(writer: ByteWriter, kind: str, value: Any) -> None:
    if kind in OPERAND_FORMS:
        OPERAND_FORMS[kind][0](writer, value)
    else:
        writer.string(write_operand(kind, value, str))


def _read_operand(reader: _Reader, kind: str) -> Any:
    if kind in OPERAND_FORMS:
        return OPERAND_FORMS[kind][1](reader)
    text = reader.string()
    if (kind, text) not in reader.operands:
        cursor = Cursor(text, 0, len(text))
        try:
            reader.operands[kind, text] = READERS[kind](cursor)
        except OperandError as error:
            raise reader.damaged(f"a {kind} cannot be read: {error.text}") from None
        if not cursor.at_end:
            raise reader.damaged(f"a {kind} does not end")
    return reader.operands[kind, text]


def _may_be_absent(operand: Operand) -> bool:
    """Whether a bit says that the operand is there. No names are an empty list of names, which needs no bit."""
    return operand.optional and operand.type not in ("names", "match")


def _write_op(writer: ByteWriter, op: Op) -> None:
    row = op.row
    writer.integer(row.code, 2)
    optional = [value for operand, value in zip(row.operands, op.operands, strict=True) if _may_be_absent(operand)]
    if optional:
        writer.number(sum(1 << bit for bit, value in enumerate(optional) if value is not None))
    for operand, value in zip(row.operands, op.operands, strict=True):
        if value is not None and operand.type != "match":
            _write_operand(writer, operand.type, value)


def _read_op(reader: _Reader) -> tuple[Instruction, tuple[Any, ...]]:
    start = reader.position
    code = reader.integer(2)
    row = ISA.with_code(code)
    if row is None:
        raise DamagedError(f"there is no instruction number 0x{code:X}", start)
    if not row.operands:
        return row, ()
    bits = sum(map(_may_be_absent, row.operands))
    present = reader.number(f"operands of {row.mnemonic}", (1 << bits) - 1) if bits else 0
    operands: list[Any] = []
    for operand in row.operands:
        there = operand.type != "match"
        if _may_be_absent(operand):
            there = bool(present & 1)
            present >>= 1
        operands.append(_read_operand(reader, operand.type) if there else None)
    return row, tuple(operands)


# -- modules


def _write_module(writer: ByteWriter, linked: Linked, with_texts: bool) -> None:
    module = linked.module
    source = module.source
    writer.string(linked.path)
    writer.data += bytes.fromhex(source.text_hash)
    if with_texts:
        writer.text(source.text)
    writer.number(len(source.lines))
    writer.number(len(module.ops))
    for op in module.ops:
        _write_op(writer, op)
    line = 0
    for op in module.ops:
        writer.number(op.line - line)
        writer.number(op.column)
        line = op.line
    writer.number(len(module.labels))
    for name, address in module.labels.items():
        writer.string(name)
        writer.number(address)
    writer.number(len(linked.imports))
    for path, number in linked.imports:
        writer.string(path)
        writer.number(number)


def _read_modules(reader: _Reader, identity: str) -> Module:
    """Read all of the file. The first module is the program."""
    with_texts = bool(reader.data[6] & WITH_TEXTS)
    reader.string_table()
    count = reader.count("modules", HASH_SIZE)
    modules: list[Module] = []
    imports: list[list[tuple[str, int]]] = []
    paths: set[str] = set()
    for _ in range(count):
        module = _read_module(reader, identity, with_texts)
        if module.source.path in paths:
            raise reader.damaged("two modules have one path")
        paths.add(module.source.path)
        modules.append(module)
        pairs = range(reader.count("imports", 2))
        imports.append([(reader.string(), reader.number("module number", count - 1)) for _ in pairs])
        if pairs and not {path for path, _ in imports[-1]}.issubset(imported_texts(module)):
            raise reader.damaged("a module comes along that nobody imports")
    if reader.position < reader.end:
        raise reader.damaged("something stands behind the last module")
    if not modules or "/" in modules[0].source.path:
        raise reader.damaged("it contains no program")
    for module, links in zip(modules, imports, strict=True):
        module.imports.update((path, modules[number]) for path, number in links)
    return modules[0]


def _read_module(reader: _Reader, identity: str, with_texts: bool) -> Module:
    path = reader.name()
    if not is_path_inside(path):
        raise reader.damaged("the path of a module is none")
    text_hash = reader.take(HASH_SIZE).hex()
    text = reader.text() if with_texts else ""
    # A program inside of a file has a path of its own below that of the file, which no real file can have.
    source = Source(path, text, f"{identity}/{path}", text_hash)
    lines = reader.number("number of lines", len(source.lines) if with_texts else reader.lines_left)
    if with_texts and lines != len(source.lines):
        raise reader.damaged("the source text has another number of lines")
    reader.lines_left -= 0 if with_texts else lines
    reader.instructions = reader.count("instructions", _LEAST_INSTRUCTION)
    rows = [_read_op(reader) for _ in range(reader.instructions)]
    ops = tuple(
        Op(row, operands, *place) for (row, operands), place in zip(rows, _read_places(reader, lines), strict=True)
    )
    labels: dict[str, int] = {}
    for _ in range(reader.count("labels", 2)):
        name = reader.name()
        if name in labels or name.isdecimal() or any(each.isspace() or each in '";' for each in name):
            raise reader.damaged("a label has a name that no label can have")
        labels[name] = reader.address()

    def complain(op: Op, text: str, hint: str) -> None:
        raise reader.damaged(f"TRY, CATCH and END_TRY do not fit together on line {op.line}")

    match_handlers(ops, complain)
    module = Module(source, ops, labels)
    if not with_texts:
        source.text = list_on_lines(module, lines)
    return module


def _read_places(reader: _Reader, lines: int) -> Iterator[tuple[int, int]]:
    """Line and column of every instruction. Each line has at most one, as the assembler wants it."""
    line = 0
    for _ in range(reader.instructions):
        step = reader.number("line", lines - line)
        if not step:
            raise reader.damaged("two instructions stand on one line")
        line += step
        column = reader.number("column", MOST_COLUMNS)
        if not column:
            raise reader.damaged("a column is 0")
        yield line, column
