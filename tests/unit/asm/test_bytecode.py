"""Bytecode: what is written is read again, and whatever else is read is one clear error."""

from __future__ import annotations

import contextlib
import re
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.machines import ROOT
from tests.unit.asm.sources import REPEATABLE, anatomy, sources
from tests.unit.helpers import module_of
from ttvm.asm import byte_stream, bytecode, linking
from ttvm.asm.byte_stream import ByteReader, ByteWriter, DamagedError
from ttvm.asm.bytecode import OPERAND_FORMS, decode, encode
from ttvm.asm.disassembler import disassemble
from ttvm.asm.operands import READERS
from ttvm.errors import TtvmError, UnreadableError
from ttvm.instruction import OPERAND_TYPES
from ttvm.program import Module
from ttvm.source import Source

HEADER = 16
SMALL = """\
; counts down
    PUSH_INT 3
loop:
    DUP
    JZ end
    PUSH_STR "größe"
    PUSH_FLOAT 0.5
    CALL f a "b c"
    RECEIVE {type: "x"} | [_, $y] AFTER 10 end
    TRY
    CATCH e
    END_TRY
    IMPORT "other"
    JMP loop
end:
f:
"""
OTHER = "    EXPORT x\n"


def bundle(main: str = SMALL, other: str = OTHER) -> tuple[Module, Module]:
    """A program and a module that each import the other."""
    program, module = module_of(main, "/home/a/main.ttvm"), module_of(other, "/home/a/lib/other.ttvm")
    program.imports["other"] = module
    return program, module


def small_file(with_texts: bool = True) -> bytes:
    return encode(bundle()[0], with_texts=with_texts)


def sealed(body: bytes, *, version: int = 1, flags: int = 0, size: int | None = None) -> bytes:
    """A file around a body, with the right length and checksum."""
    length = HEADER + len(body) + 4 if size is None else size
    data = struct.pack("<4sHHQ", b"TTVB", version, flags, length) + body
    return data + zlib.crc32(data).to_bytes(4, "little")


def reason(data: bytes) -> str:
    """Why a file cannot be read."""
    with pytest.raises(UnreadableError) as caught:
        decode(data, "x.ttb")
    text = str(caught.value)
    assert text.startswith("x.ttb: ")
    assert "ttvm compile" in text
    return text


def body_of(build: Callable[[ByteWriter], object], *strings: str) -> bytes:
    """A body without texts: a string table, one module, and what ``build`` writes behind its path and hash."""
    writer = ByteWriter({text: number for number, text in enumerate(("m.ttvm", *strings))})
    writer.number(1)
    writer.string("m.ttvm")
    writer.data += bytes(bytecode.HASH_SIZE)
    build(writer)
    table = ByteWriter(writer.strings)
    table.string_table()
    return bytes(table.data + writer.data)


def numbers(*values: int) -> Callable[[ByteWriter], None]:
    """Writes numbers."""

    def build(writer: ByteWriter) -> None:
        for value in values:
            writer.number(value)

    return build


# -- there and back


@REPEATABLE
@given(sources())
@example("")
@example("PUSH_FLOAT -nan\nPUSH_FLOAT nan\nPUSH_FLOAT -0.0\n")
def test_what_is_written_is_read_again(text: str) -> None:
    module = module_of(text)
    data = encode(module)
    again = decode(data, "test.ttb", "test.ttvm")
    assert anatomy(again) == anatomy(module)
    assert encode(again) == data, "the same bytes every time"


@REPEATABLE
@given(sources())
def test_without_texts_everything_else_is_read_again(text: str) -> None:
    module = module_of(text)
    again = decode(encode(module, with_texts=False), "test.ttb")
    assert anatomy(again, texts=False) == anatomy(module, texts=False)
    assert disassemble(again) == disassemble(module)
    assert len(again.source.lines) == len(module.source.lines)
    assert again.line(len(again.ops)) == module.line(len(module.ops))
    listed = module_of(again.source.text)
    assert disassemble(listed) == disassemble(module), "the listing assembles, with every instruction on its line"


def test_nan_keeps_its_bits() -> None:
    bits = 0x7FF8_0000_0000_1234
    module = module_of("PUSH_FLOAT 0\n")
    module.ops[0].operands = struct.unpack("<d", bits.to_bytes(8, "little"))
    (value,) = decode(encode(module), "x").ops[0].operands
    assert struct.pack("<d", value) == bits.to_bytes(8, "little")


def test_every_operand_type_can_be_written() -> None:
    assert set(OPERAND_TYPES) == {*READERS, "match"}
    assert set(OPERAND_FORMS) < set(READERS)


def test_listing_of_a_program_without_its_text() -> None:
    program = decode(small_file(with_texts=False), "x.ttb")
    assert program.source.lines == [
        "",
        "    PUSH_INT 3",
        "loop:",
        "    DUP",
        "    JZ f",
        '    PUSH_STR "größe"',
        "    PUSH_FLOAT 0.5",
        '    CALL f a "b c"',
        '    RECEIVE {type: "x"} | [_, $y] AFTER 10 f',
        "    TRY",
        "    CATCH e",
        "    END_TRY",
        '    IMPORT "other"',
        "    JMP loop",
        "end:",
        "f:",
    ]
    assert program.place(3) == "main.ttvm:6"
    assert b"counts down" not in small_file(with_texts=False)


def test_the_file_that_the_documentation_explains() -> None:
    page = (ROOT / "docs" / "bytecode.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(ttvm|hex)\n(.*?)^```", page, re.M | re.S))
    explained = re.findall(r"^(?:[0-9a-f]{2} ?)+(?= |$)", blocks["hex"], re.M)
    program = module_of(blocks["ttvm"], "answer.ttvm")
    assert bytes.fromhex("".join(explained)) == encode(program, with_texts=False)
    assert f"{byte_stream.MOST_SPELLED:,} characters" in page
    assert f"at most {bytecode.MOST_LINES:,} lines" in page


# -- programs of several modules


def test_modules_come_along_under_paths_seen_from_the_program() -> None:
    program, module = bundle()
    again = decode(encode(program), "/tmp/x.ttb", "/tmp/x.ttb")
    assert again.source.path == "main.ttvm"
    assert again.identity == "/tmp/x.ttb/main.ttvm"
    other = again.imports["other"]
    assert other.source.path == "lib/other.ttvm"
    assert other.identity == "/tmp/x.ttb/lib/other.ttvm"
    assert other.source.text == OTHER
    assert other.source.text_hash == module.source.text_hash


def test_modules_may_import_each_other_and_themselves() -> None:
    program, module = bundle(other='IMPORT "main"\nIMPORT "other"\n')
    module.imports.update({"main": program, "other": module})
    again = decode(encode(program), "x.ttb")
    other = again.imports["other"]
    assert other.imports == {"main": again, "other": other}
    assert anatomy(again) == anatomy(decode(encode(again), "x.ttb"))


def test_modules_from_elsewhere_are_called_as_their_importer_calls_them() -> None:
    places = {
        "std/math": "/usr/lib/ttvm/std/math.ttvm",
        "extra": "/usr/lib/ttvm/extra.ttvm",
        "/opt/x": "/opt/x.ttvm",
        "../up": "/home/up.ttvm",
        "beside.ttvm": "/home/a/beside.ttvm",
    }
    program = module_of("".join(f'IMPORT "{text}"\n' for text in places), "/home/a/main.ttvm")
    found = {text: module_of("NOP\n", identity) for text, identity in places.items()}
    found["inner"] = module_of("NOP\n", "/usr/lib/ttvm/std/extra.ttvm")
    found["std/math"] = module_of('IMPORT "../extra"\nIMPORT "inner"\n', places["std/math"])
    found["../extra"] = module_of("POP\n", "/elsewhere/extra.ttvm")
    again = decode(encode(program, lambda text, importer: found[text]), "x.ttb")
    assert {text: module.source.path for text, module in again.imports.items()} == {
        "std/math": "std/math.ttvm",
        "extra": "extra.ttvm",
        "/opt/x": "opt/x.ttvm",
        "../up": "../up.ttvm",
        "beside.ttvm": "beside.ttvm",
    }
    inner = again.imports["std/math"].imports
    assert {text: module.source.path for text, module in inner.items()} == {
        "../extra": "extra~2.ttvm",
        "inner": "std/inner.ttvm",
    }


def test_an_import_that_is_not_found_is_left_out() -> None:
    program = module_of('IMPORT "missing"\n')
    again = decode(encode(program, lambda text, importer: None), "x.ttb")
    assert again.imports == {}


def test_a_path_cannot_disturb_a_terminal() -> None:
    program = module_of("NOP\n", "/home/\x1b[31m.ttvm")
    assert decode(encode(program), "x.ttb").name == "\N{REPLACEMENT CHARACTER}[31m.ttvm"


# -- files that are not what they should be


@pytest.mark.parametrize("with_texts", [True, False])
def test_truncated_at_every_length(with_texts: bool) -> None:
    data = small_file(with_texts)
    for length in range(len(data)):
        assert "damaged" in reason(data[:length])


@pytest.mark.parametrize("with_texts", [True, False])
def test_every_flipped_bit_is_noticed(with_texts: bool) -> None:
    data = small_file(with_texts)
    for offset in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[offset] ^= 1 << bit
            reason(bytes(flipped))


def anything(data: bytes) -> Module | None:
    """The module of a file, if it has one; None after an UnreadableError. Any other exception is a bug."""
    try:
        module = decode(data, "x.ttb")
    except UnreadableError:
        return None
    again = decode(encode(module), "x.ttb")
    assert anatomy(again, texts=False) == anatomy(module, texts=False), "a module that the assembler could have made"
    disassemble(module)
    return module


BODY = small_file(with_texts=False)[HEADER:-4]


@pytest.mark.parametrize("with_texts", [True, False])
def test_every_changed_byte_under_a_right_checksum(with_texts: bool) -> None:
    """A forger can compute a checksum."""
    body = small_file(with_texts)[HEADER:-4]
    survivors = 0
    for offset in range(len(body)):
        for value in {0, 1, body[offset] ^ 1, body[offset] ^ 0x80, 0x7F, 0xFF, (body[offset] + 1) % 256}:
            changed = body[:offset] + bytes([value]) + body[offset + 1 :]
            survivors += anything(sealed(changed, flags=with_texts)) is not None
    assert survivors > 100, "a text may be any text"


@pytest.mark.parametrize("with_texts", [True, False])
def test_truncated_under_a_right_checksum(with_texts: bool) -> None:
    body = small_file(with_texts)[HEADER:-4]
    for length in range(len(body)):
        assert anything(sealed(body[:length], flags=with_texts)) is None


@REPEATABLE
@given(st.binary(max_size=200), st.integers(0, len(BODY)), st.integers(0, 40))
def test_garbage_in_a_good_file(garbage: bytes, start: int, replaced: int) -> None:
    anything(sealed(BODY[:start] + garbage + BODY[start + replaced :]))


@REPEATABLE
@given(st.binary(max_size=300))
def test_garbage(garbage: bytes) -> None:
    anything(garbage)
    anything(b"TTVB" + garbage)
    anything(sealed(garbage))
    anything(sealed(garbage, flags=1))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "breaks off after 0 bytes"),
        (b"TTVB", "breaks off after 4 bytes"),
        (b"PK" + bytes(30), "does not begin with TTVB"),
        (sealed(BODY, version=0), "there is no format 0"),
        (sealed(BODY, version=2), r"a newer ttvm made this file \(format 2.0, and this one reads 1\)"),
        (sealed(BODY, flags=2), "a newer ttvm made this file"),
        (sealed(BODY, size=10**18), r"should have 1,000,000,000,000,000,000 bytes and has \d+"),
        (sealed(BODY) + b"x", "should have"),
        (sealed(BODY)[:-1] + b"x", "its checksum is wrong"),
        (sealed(b""), "the file ends within a number"),
        (sealed(b"\xff" * 20), "a number never ends"),
        (sealed(b"\xff" * 9 + b"\x01"), "number of strings 18,446,744,073,709,551,615 is larger than"),
        (sealed(b"\x01\x05ab"), "the length 5 is larger than 3"),
        (sealed(b"\x01\x03ab"), "3 more bytes are needed and 2 are left"),
        (sealed(b"\x01\x02\xc3\x28\x00\x00"), r"not UTF-8 \(offset 18\)"),
        (sealed(b"\x00\x00"), "contains no program"),
        (sealed(BODY + b"\x00"), "something stands behind the last module"),
    ],
)
def test_what_is_wrong_with_a_file(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        decode(data, "x.ttb")


ADD, JMP, TRY, STORE, RECEIVE, CALL, PUSH_STR = 0x10, 0x30, 0x15B, 0x50, 0x8C, 0x32, 0x02


def instruction(code: int, *operands: int) -> Callable[[ByteWriter], None]:
    """A module of one line with one instruction."""

    def build(writer: ByteWriter) -> None:
        numbers(1, 1)(writer)
        writer.integer(code, 2)
        numbers(*operands, 1, 1, 0, 0)(writer)

    return build


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (instruction(0xEEEE), "there is no instruction number 0xEEEE"),
        (instruction(JMP, 2), "the address 2 is larger than 1"),
        (instruction(STORE, 9), "the string number 9 is larger than"),
        (instruction(STORE, 1), "a name is empty"),
        (instruction(CALL, 0, 2, 2, 2), "a name stands twice"),
        (instruction(RECEIVE, 4, 2), "operands of RECEIVE 4 is larger than 3"),
        (instruction(RECEIVE, 1, 3), "a pattern cannot be read: "),
        (instruction(RECEIVE, 1, 4), "a pattern does not end"),
        (instruction(RECEIVE, 1, 5), "nested deeper"),
        (numbers(250_001), "number of lines 250,001 is larger than 250,000"),
        (numbers(1, 1_000_000), "number of instructions 1,000,000 is larger than"),
        (numbers(1, 1, ADD, 0, 0, 1, 0, 0, 0, 0), "two instructions stand on one line"),
        (numbers(1, 1, ADD, 0, 2, 1, 0, 0, 0, 0), "the line 2 is larger than 1"),
        (numbers(1, 1, ADD, 0, 1, 0, 0, 0, 0, 0), "a column is 0"),
        (numbers(0, 0, 2, 2, 0, 2, 0, 0), "no label can have"),
        (numbers(0, 0, 1, 6, 0, 0), "no label can have"),
        (numbers(0, 0, 1, 7, 0, 0), "no label can have"),
        (numbers(0, 0, 1, 2, 1, 0), "the address 1 is larger than 0"),
        (numbers(0, 0, 0, 1, 2, 1), "the module number 1 is larger than 0"),
    ],
)
def test_what_is_wrong_with_a_module(build: Callable[[ByteWriter], None], words: str) -> None:
    strings = ("", "name", "{", "int int", "[" * 200, "two words", "12")
    with pytest.raises(UnreadableError, match=words):
        decode(sealed(body_of(build, *strings)), "x.ttb")


def test_handlers_that_do_not_fit_together() -> None:
    program = module_of("TRY\nCATCH\nEND_TRY\n")
    program.ops = program.ops[:2]
    assert "TRY, CATCH and END_TRY do not fit together on line 2" in reason(encode(program))


def test_the_text_must_have_the_lines_of_the_code() -> None:
    program = module_of("NOP\nNOP\n")
    program.source.text = "NOP\n"
    program.source._lines = ["", "", ""]
    assert "number of lines" in reason(encode(program))


def test_two_modules_of_one_path(monkeypatch: pytest.MonkeyPatch) -> None:
    program, module = bundle()
    linked = linking.link(program, lambda text, importer: module)
    twice = [linked[0], linked[1].replace(path="main.ttvm")]
    monkeypatch.setattr(bytecode, "link", lambda *_: twice)
    assert "two modules have one path" in reason(encode(program))


# -- memory


def peak_of(data: bytes) -> int:
    """The most memory that reading a file takes."""
    tracemalloc.start()
    try:
        with contextlib.suppress(UnreadableError):
            decode(data, "x.ttb")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_huge_counts_cost_nothing() -> None:
    for count in (10**7, 2**32, 2**63 - 1, 2**69):
        writer = ByteWriter()
        writer.number(count)
        assert peak_of(sealed(bytes(writer.data))) < 1_000_000
        for place in range(1, len(BODY)):
            assert peak_of(sealed(BODY[:place] + bytes(writer.data) + BODY[place + 1 :])) < 1_000_000


def test_one_long_text_used_many_times_is_refused() -> None:
    """100 kB that would be a source of 5 GB."""

    def build(writer: ByteWriter) -> None:
        numbers(50_000, 50_000)(writer)
        for _ in range(50_000):
            writer.integer(PUSH_STR, 2)
            writer.number(1)
        numbers(*[1] * 100_000, 0, 0)(writer)

    data = sealed(body_of(build, "x" * 100_000))
    assert "a program that is too large" in reason(data)
    assert peak_of(data) < 20_000_000


def test_one_long_pattern_used_many_times_is_one_object() -> None:
    def build(writer: ByteWriter) -> None:
        numbers(1_000, 1_000)(writer)
        for _ in range(1_000):
            writer.integer(RECEIVE, 2)
            numbers(1, 1)(writer)
        numbers(*[1] * 2_000, 0, 0)(writer)

    data = sealed(body_of(build, f"[{', '.join('_' * 3_000)}]"))
    assert peak_of(data) < 40_000_000
    module = decode(data, "x.ttb")
    assert len({id(op.operands[0]) for op in module.ops}) == 1


def test_lines_of_all_modules_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytecode, "MOST_LINES", 20)
    program, _ = bundle(main='IMPORT "other"\n' + "\n" * 10, other="NOP\n" + "\n" * 9)
    with pytest.raises(TtvmError, match="a program of more than 20 lines must keep its texts"):
        encode(program, with_texts=False)
    monkeypatch.setattr(bytecode, "MOST_LINES", 30)
    data = encode(program, with_texts=False)
    monkeypatch.setattr(bytecode, "MOST_LINES", 20)
    assert "number of lines 10 is larger than 9" in reason(data)
    assert encode(program)


def test_a_program_with_too_many_characters_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytecode, "MOST_SPELLED", 100)
    with pytest.raises(TtvmError, match="its names and texts have more than 100 characters"):
        encode(module_of(f'PUSH_STR "{"x" * 100}"\n'))


# -- bytes


@REPEATABLE
@given(st.lists(st.integers(0, 2**64 - 1)), st.text(st.characters(exclude_categories=["Cs"])))
def test_bytes_there_and_back(values: list[int], text: str) -> None:
    writer = ByteWriter()
    for value in values:
        writer.number(value)
    writer.text(text)
    writer.integer(-5, 8, signed=True)
    reader = ByteReader(bytes(writer.data), 0, len(writer.data))
    assert [reader.number("x", 2**64) for _ in values] == values
    assert reader.text() == text
    assert reader.integer(8, signed=True) == -5
    assert reader.position == reader.end


def test_a_string_is_written_once() -> None:
    writer = ByteWriter()
    for text in ("a", "b", "a"):
        writer.string(text)
    assert bytes(writer.data) == b"\x00\x01\x00"
    assert writer.spelled == 3


def test_reading_stops_at_the_end() -> None:
    reader = ByteReader(b"\x01\x02\x03", 0, 2)
    assert reader.take(2) == b"\x01\x02"
    with pytest.raises(DamagedError, match="1 more bytes are needed and 0 are left"):
        reader.take(1)
    with pytest.raises(DamagedError, match="ends within a number"):
        reader.number("x", 5)
    assert byte_stream.MOST_SPELLED >= 1 << 24


def test_the_source_of_a_module_without_text_has_the_hash_of_the_text() -> None:
    program = module_of("NOP\n")
    again = decode(encode(program, with_texts=False), "x.ttb")
    assert again.source.text_hash == program.source.text_hash == Source("y", "NOP\n").text_hash
