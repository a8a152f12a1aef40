"""JSON, CSV, compression, hashes and UTF-8: what round trips keep, what is refused, and what bad input cannot do."""

from __future__ import annotations

import csv
import io
import json
import math
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.helpers import failure, module_of, nest, tower
from ttvm.errors import Fault, FaultKind
from ttvm.ops import formats
from ttvm.ops.json_text import MOST_LEVELS
from ttvm.values import (
    FALSE,
    INT_MAX,
    INT_MIN,
    SIZE_LIMIT,
    TRUE,
    Bool,
    Bytes,
    Function,
    List,
    Object,
    Ref,
    Value,
    equal,
    type_name,
)

CALM = settings(derandomize=True, database=None, deadline=None)
"""The same examples on every run, and no clock."""

FUNCTION = Function(module_of("f:\nRET\n"), 0, "f", ())
WRONG: list[Value] = [7, 1.5, None, TRUE, List([]), Object(), FUNCTION, Ref(1), failure()]
"""Values that are neither Str nor Bytes."""


def fault_of(function: Callable[..., Value], *values: Value) -> Fault:
    with pytest.raises(Fault) as caught:
        function(*values)
    return caught.value


def fault_or_none(function: Callable[..., Value], *values: Value) -> Fault | None:
    """The fault of a call, None when it has none."""
    try:
        function(*values)
    except Fault as fault:
        return fault
    return None


def elements(value: Value) -> list[Value]:
    """The elements of a list."""
    assert isinstance(value, List)
    return value.elements()


# -- JSON

INTS = st.integers(INT_MIN, INT_MAX)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
LEAVES: st.SearchStrategy[Value] = st.one_of(st.none(), st.sampled_from([TRUE, FALSE]), INTS, FLOATS, st.text())
JSON_VALUES: st.SearchStrategy[Value] = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner).map(List), st.dictionaries(st.text(), inner).map(Object))
)


def plain(value: Value) -> Any:
    """The value as Python's json knows it."""
    if isinstance(value, List):
        return [plain(element) for element in value]
    if isinstance(value, Object):
        return {name: plain(field) for name, field in value.items()}
    return value is TRUE if isinstance(value, Bool) else value


def same(left: Value, right: Value) -> bool:
    """Equal, with Int and Float apart, and 0.0 and -0.0."""
    return equal(left, right) and repr(left) == repr(right)


@given(JSON_VALUES)
@example(-0.0)
@example(List([1, 1.0]))
@example("\u2028\x00\x7f")
@CALM
def test_json_reads_what_it_wrote(value: Value) -> None:
    text = formats.json_stringify(value)
    assert same(formats.json_parse(text), value)


@given(JSON_VALUES)
@CALM
def test_python_reads_our_json(value: Value) -> None:
    text = formats.json_stringify(value)
    assert isinstance(text, str)
    assert json.loads(text) == plain(value)


@given(JSON_VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
@CALM
def test_we_read_the_json_of_python(value: Value, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(plain(value), indent=indent, ensure_ascii=ascii_only)
    assert same(formats.json_parse(text), value)


def not_json(constant: str) -> None:
    raise ValueError(constant)


@given(st.text('[]{}:,"\\ue0123.-+tfn \n\x00a\ud83d', max_size=12))
@example("[1,]")
@example('{"a":}')
@example("1 2")
@CALM
def test_we_read_what_python_reads_and_nothing_else(text: str) -> None:
    try:
        expected = json.loads(text, parse_constant=not_json)
        wanted = json.dumps(expected, allow_nan=False)
        json.dumps(expected, ensure_ascii=False).encode("utf-8")  # no half of a surrogate pair
    except ValueError:
        assert fault_of(formats.json_parse, text).kind is FaultKind.FORMAT_ERROR
        return
    assert json.dumps(plain(formats.json_parse(text))) == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "finds the end where a value should be (line 1, column 1)"),
        (" \n ", "finds the end where a value should be (line 2, column 2)"),
        ("[1, 2, ]", 'finds "]" where a value should be (line 1, column 8)'),
        ("[1\n2]", 'finds "2" where a comma or ] should be (line 2, column 1)'),
        ('{"a" 1}', 'finds "1" where a colon should be (line 1, column 6)'),
        ('{"a": 1 "b"}', 'finds "\\"" where a comma or } should be (line 1, column 9)'),
        ('{"a": 1,}', 'finds "}" where the name of a field should be (line 1, column 9)'),
        ("{1: 2}", 'finds "1" where the name of a field should be (line 1, column 2)'),
        ("nul", 'finds "n" where a value should be (line 1, column 1)'),
        ("\x00", 'finds "\\0" where a value should be (line 1, column 1)'),
        ("[]]", 'finds "]" where the end should be (line 1, column 3)'),
        ('["a', "finds a text that has no end, or a control character in it (line 1, column 2)"),
        ('"a\nb"', "finds a text that has no end, or a control character in it (line 1, column 1)"),
        ('"a\\x"', "finds an unknown escape (line 1, column 3)"),
        ('["\\ud83d"]', "finds half of a surrogate pair (line 1, column 2)"),
        ("-9223372036854775809", "finds a whole number that does not fit in 64 bits (line 1, column 1)"),
        ("[1e400]", "finds a number that is too large for a Float (line 1, column 2)"),
    ],
)
def test_a_mistake_in_json_is_shown_with_its_place(text: str, message: str) -> None:
    fault = fault_of(formats.json_parse, text)
    assert (fault.kind, fault.text) == (FaultKind.FORMAT_ERROR, message)
    assert fault.wants_operands


def test_of_equal_names_the_last_counts_and_the_first_has_the_place() -> None:
    value = formats.json_parse('{"a": 1, "b": 2, "a": 3}')
    assert isinstance(value, Object)
    assert list(value.items()) == [("a", 3), ("b", 2)]


@pytest.mark.parametrize("digits", [20, 5_000, 1_000_000], ids=str)
def test_a_number_of_many_digits_is_refused_at_once(digits: int) -> None:
    assert "64 bits" in fault_of(formats.json_parse, "9" * digits).text
    assert formats.json_parse(f"0.{'1' * digits}") == pytest.approx(1 / 9)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, Bytes(b"a"), FUNCTION, Ref(7), failure()], ids=type_name
)
def test_what_json_has_not_is_refused(value: Value) -> None:
    for each in (value, List([1, value]), Object({"a": List([value])})):
        fault = fault_of(formats.json_stringify, each)
        assert fault.kind is FaultKind.FORMAT_ERROR
        assert fault.text.startswith("cannot write ")


WRAPPERS: list[Callable[[Value], Value]] = [lambda inner: List([inner]), lambda inner: Object({"a": inner})]


@pytest.mark.parametrize("wrap", WRAPPERS, ids=["list", "object"])
def test_json_knows_a_depth_and_no_recursion(wrap: Callable[[Value], Value]) -> None:
    deepest = nest(1, wrap, MOST_LEVELS)
    text = formats.json_stringify(deepest)
    assert equal(formats.json_parse(text), deepest)
    for depth in (MOST_LEVELS + 1, 100_000):
        deep = nest(1, wrap, depth)
        assert fault_of(formats.json_stringify, deep).kind is FaultKind.LIMIT_EXCEEDED
    opening, closing = ("[", "]") if isinstance(deepest, List) else ('{"a":', "}")
    for depth in (MOST_LEVELS + 1, 100_000):
        whole = f"{opening * depth}1{closing * depth}"
        assert fault_of(formats.json_parse, whole).kind is FaultKind.LIMIT_EXCEEDED
        assert fault_of(formats.json_parse, opening * depth).kind is FaultKind.LIMIT_EXCEEDED


def test_json_of_shared_structure_is_limited() -> None:
    assert formats.json_stringify(tower(List, 1, 3)) == "[[[1,1],[1,1]],[[1,1],[1,1]]]"
    long = "x" * 100_000
    assert fault_of(formats.json_stringify, tower(List, long)).kind is FaultKind.LIMIT_EXCEEDED
    assert fault_of(formats.json_stringify, List([long] * 200)).kind is FaultKind.LIMIT_EXCEEDED


@pytest.mark.parametrize("value", [*WRONG, Bytes(b"1")], ids=type_name)
def test_json_parse_needs_a_text(value: Value) -> None:
    assert fault_of(formats.json_parse, value).kind is FaultKind.TYPE_MISMATCH


# -- CSV

CELLS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.lists(CELLS)))
@example([[""], [], ["", ""], ["\r"], ["\n", ","], ['"']])
@CALM
def test_csv_reads_what_it_wrote(rows: list[list[str]]) -> None:
    text = formats.csv_write(List([List(list(row)) for row in rows]))
    assert [elements(row) for row in elements(formats.csv_parse(text))] == rows


@given(st.lists(st.lists(CELLS)))
@CALM
def test_we_read_the_csv_of_python(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    assert [elements(row) for row in elements(formats.csv_parse(file.getvalue()))] == rows


@given(st.text('ab",\r\n ', max_size=10))
@CALM
def test_any_text_is_csv_or_a_format_error(text: str) -> None:
    fault = fault_or_none(formats.csv_parse, text)
    if fault is not None:
        assert fault.kind is FaultKind.FORMAT_ERROR
        assert "(line " in fault.text


def test_a_mistake_in_csv_is_shown_with_its_line() -> None:
    assert (
        fault_of(formats.csv_parse, 'a\n"b"c\n').text == "finds something behind the closing quote of a field (line 2)"
    )
    assert fault_of(formats.csv_parse, 'a\n"b\nc').text == "finds a field in quotes that has no end (line 3)"


def test_a_csv_field_may_be_long() -> None:
    field = "x" * 1_000_000
    rows = formats.csv_parse(f"a,{field}\n")
    assert elements(elements(rows)[0]) == ["a", field]


def test_csv_fields_are_in_display_form() -> None:
    row: list[Value] = [1, 5.0, 0.1, math.inf, TRUE, FALSE, None, "a b"]
    assert formats.csv_write(List([List(row)])) == "1,5,0.1,inf,true,false,,a b\n"


@pytest.mark.parametrize("field", [List([]), Object(), Bytes(b""), FUNCTION, Ref(1), failure()], ids=type_name)
def test_what_cannot_be_a_csv_field(field: Value) -> None:
    assert fault_of(formats.csv_write, List([List([field])])).kind is FaultKind.FORMAT_ERROR


@pytest.mark.parametrize("rows", ["a", 7, None, Object(), List([1]), List(["a"]), List([Object()])], ids=type_name)
def test_csv_write_needs_rows(rows: Value) -> None:
    assert fault_of(formats.csv_write, rows).kind is FaultKind.TYPE_MISMATCH


def test_csv_of_shared_structure_is_limited() -> None:
    long = "x" * SIZE_LIMIT
    assert fault_of(formats.csv_write, List([List([long, long])])).kind is FaultKind.LIMIT_EXCEEDED
    row = List(["x" * 1_000_000])
    assert fault_of(formats.csv_write, List([row] * 17)).kind is FaultKind.LIMIT_EXCEEDED
    quotes = List(['"' * (SIZE_LIMIT // 2)])
    assert fault_of(formats.csv_write, List([quotes])).kind is FaultKind.LIMIT_EXCEEDED, "quoting doubles it"


# -- compression, hashes, UTF-8


@given(st.text())
@CALM
def test_a_text_is_compressed_as_utf8(text: str) -> None:
    packed = formats.compress(text)
    assert type(packed) is Bytes
    assert zlib.decompress(packed) == text.encode()
    assert formats.decode(formats.decompress(packed)) == text


@given(st.binary())
@CALM
def test_bytes_come_back_from_compression(data: bytes) -> None:
    unpacked = formats.decompress(formats.compress(Bytes(data)))
    assert type(unpacked) is Bytes
    assert unpacked == data
    assert formats.decompress(Bytes(zlib.compress(data, 9))) == data


@given(st.binary())
@CALM
def test_any_bytes_are_compressed_data_or_a_format_error(data: bytes) -> None:
    fault = fault_or_none(formats.decompress, Bytes(data))
    assert fault is None or fault.kind is FaultKind.FORMAT_ERROR


def test_compressed_data_must_be_whole_and_nothing_more() -> None:
    packed = zlib.compress(b"tea" * 100)
    for length in range(len(packed)):
        assert fault_of(formats.decompress, Bytes(packed[:length])).text == "finds data that ends too early"
    assert fault_of(formats.decompress, Bytes(packed + b"x")).text == "finds data that goes on behind its end"
    damaged = packed[:-1] + bytes([packed[-1] ^ 1])
    assert fault_of(formats.decompress, Bytes(damaged)).text == "finds data that is damaged, or no zlib data"


def test_a_bomb_is_limited_before_it_needs_memory() -> None:
    packer = zlib.compressobj(9)
    part = bytes(1 << 20)
    bomb = b"".join([*(packer.compress(part) for _ in range(64)), packer.flush()])
    assert len(bomb) < 1 << 20
    assert fault_of(formats.decompress, Bytes(bomb)).kind is FaultKind.LIMIT_EXCEEDED
    largest = formats.decompress(Bytes(zlib.compress(bytes(SIZE_LIMIT))))
    assert isinstance(largest, Bytes)
    assert len(largest) == SIZE_LIMIT
    assert fault_of(formats.decompress, Bytes(zlib.compress(bytes(SIZE_LIMIT + 1)))).kind is FaultKind.LIMIT_EXCEEDED


@pytest.mark.parametrize(
    ("data", "digits"),
    [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (Bytes(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ],
)
def test_hashes_of_the_standard(data: Value, digits: str) -> None:
    """The examples of FIPS 180-4."""
    assert formats.digest(data) == digits


@given(st.text())
@CALM
def test_a_text_comes_back_from_utf8(text: str) -> None:
    data = formats.encode(text)
    assert type(data) is Bytes
    assert data == text.encode()
    assert formats.decode(data) == text


@given(st.binary())
@CALM
def test_any_bytes_are_utf8_or_a_format_error(data: bytes) -> None:
    fault = fault_or_none(formats.decode, Bytes(data))
    assert fault is None or fault.kind is FaultKind.FORMAT_ERROR
    assert (fault is None) == (data.decode(errors="replace").encode() == data)


def test_a_wrong_byte_is_shown_with_its_position() -> None:
    fault = fault_of(formats.decode, Bytes(b"caf\xe9!"))
    assert fault.text == "finds no UTF-8: byte 0xE9 at position 3"
    assert fault_of(formats.decode, Bytes(b"\xed\xa0\x80")).kind is FaultKind.FORMAT_ERROR, "no surrogates"


@pytest.mark.parametrize("function", [formats.encode, formats.compress, formats.digest])
def test_half_a_surrogate_pair_has_no_bytes(function: Callable[[Value], Value]) -> None:
    """The words of a command line that is not UTF-8 contain such."""
    fault = fault_of(function, "ab\udcff")
    assert (fault.kind, fault.text) == (FaultKind.FORMAT_ERROR, "finds half of a surrogate pair at position 2")


def test_bytes_are_limited() -> None:
    assert fault_of(formats.encode, "é" * (SIZE_LIMIT // 2 + 1)).kind is FaultKind.LIMIT_EXCEEDED


@pytest.mark.parametrize("value", WRONG, ids=type_name)
def test_other_types_are_refused(value: Value) -> None:
    for function in (formats.compress, formats.digest, formats.encode, formats.decode, formats.decompress):
        assert fault_of(function, value).kind is FaultKind.TYPE_MISMATCH
    for function in (formats.decode, formats.decompress):
        assert fault_of(function, "a text").kind is FaultKind.TYPE_MISMATCH
    assert fault_of(formats.encode, Bytes(b"a")).kind is FaultKind.TYPE_MISMATCH
