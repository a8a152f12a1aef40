"""Values, numbers and patterns against simple models."""

from __future__ import annotations

import math
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.state import of_value
from tests.unit.helpers import failure
from ttvm.asm.lexer import Cursor
from ttvm.asm.operands import READERS, write_operand
from ttvm.asm.patterns import read_pattern
from ttvm.forms import debug, display, format_float, quote
from ttvm.process.patterns import Pattern
from ttvm.values import FALSE, TRUE, Bytes, List, Object, Ref, Value, equal, truth, type_name, wrap

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS: st.SearchStrategy[Value] = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-2, 2),
    st.floats(),
    st.sampled_from((0.0, -0.0, 1.0, 2.0)),
    TEXT,
    st.sampled_from((TRUE, FALSE, None)),
    st.binary(max_size=3).map(Bytes),
    st.integers(1, 3).map(Ref),
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(List),
        st.dictionaries(TEXT, inner, max_size=3).map(Object),
        st.builds(failure, TEXT, TEXT, inner),
    ),
    max_leaves=12,
)


@given(st.integers(-(2**200), 2**200))
def test_wrap_is_twos_complement(number: int) -> None:
    assert wrap(number) == struct.unpack("<q", (number % 2**64).to_bytes(8, "little"))[0]


@given(st.floats())
@settings(max_examples=300)
def test_floats_are_written_with_the_shortest_digits_that_read_back(number: float) -> None:
    text = format_float(number)
    if math.isnan(number):
        assert text == "NaN"
    elif math.isinf(number):
        assert text == ("inf" if number > 0 else "-inf")
    else:
        assert float(text) == number
        assert math.copysign(1, float(text)) == math.copysign(1, number)
        assert set(text) <= set("-.0123456789")
        digits = text.lstrip("-").replace(".", "").strip("0")
        shortest = repr(abs(number)).partition("e")[0].replace(".", "").strip("0")
        assert digits == shortest
        assert not text.endswith((".0", "."))


@given(st.floats())
def test_float_operands_read_back(number: float) -> None:
    text = write_operand("float", number, str)
    again = READERS["float"](Cursor(text, 0, len(text)))
    assert of_value(again) == of_value(number)


@given(TEXT)
@settings(max_examples=300)
def test_quoted_texts_read_back_and_are_safe(text: str) -> None:
    quoted = quote(text)
    assert quoted.isprintable()
    assert Cursor(quoted, 0, len(quoted)).string() == text


@given(VALUES)
def test_equality_knows_oneself(value: Value) -> None:
    assert equal(value, value) == ("NaN" not in debug(value, 100_000))


@given(VALUES, VALUES)
@settings(max_examples=300)
def test_equality_is_symmetric_and_equal_values_have_one_truth(left: Value, right: Value) -> None:
    assert equal(left, right) == equal(right, left)
    if equal(left, right):
        assert truth(left) == truth(right)
        numbers = {"int", "float"}
        assert type_name(left) == type_name(right) or {type_name(left), type_name(right)} == numbers


@given(VALUES)
@settings(max_examples=200)
def test_both_forms_can_be_written(value: Value) -> None:
    assert len(debug(value, 20)) <= 120
    assert isinstance(display(value), str)


@given(VALUES)
@settings(max_examples=200)
def test_the_debug_form_can_disturb_no_terminal(value: Value) -> None:
    assert debug(value).isprintable()


class Model:
    """Lists as the language has them, and what they should hold."""

    def __init__(self) -> None:
        self.versions: list[tuple[List, list[Value]]] = [(List([]), [])]

    def append(self, version: int, value: Value) -> None:
        real, expected = self.versions[version % len(self.versions)]
        self.versions.append((real.append(value), [*expected, value]))

    def check(self) -> None:
        for real, expected in self.versions:
            assert real.elements() == expected
            assert len(real) == len(expected)
            assert list(real) == expected


@given(st.lists(st.tuples(st.integers(0, 50), st.integers()), max_size=60))
@settings(max_examples=100)
def test_every_version_of_a_list_stays_what_it_was(appends: list[tuple[int, int]]) -> None:
    model = Model()
    for version, value in appends:
        model.append(version, value)
    model.check()


PATTERN_TEXTS: st.SearchStrategy[str] = st.recursive(
    st.one_of(
        st.sampled_from(
            ("_", "int", "float", "str", "bool", "null", "list", "object", "bytes", "true", "false", "nan")
        ),
        st.integers(-(2**63), 2**63 - 1).map(str),
        st.floats(allow_nan=False).map(repr),
        TEXT.map(quote),
        st.sampled_from(("$x", "$name", "$é", "$1")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.dictionaries(TEXT, inner, max_size=3).map(
            lambda fields: "{" + ",".join(f"{quote(key)}:{part}" for key, part in fields.items()) + "}"
        ),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
    ),
    max_leaves=8,
)


def read(text: str) -> Pattern:
    cursor = Cursor(text, 0, len(text))
    pattern = read_pattern(cursor)
    assert cursor.at_end
    return pattern


@given(PATTERN_TEXTS, st.lists(VALUES, max_size=5))
@settings(max_examples=200)
def test_a_written_pattern_reads_back_and_takes_the_same(text: str, values: list[Value]) -> None:
    pattern = read(text)
    written = str(pattern)
    assert written.isprintable()
    again = read(written)
    assert str(again) == written
    assert again.variables() == pattern.variables()

    def lookup(name: str) -> Value:
        return values[0]

    for value in values:
        assert again.matches(value, lookup) == pattern.matches(value, lookup)
