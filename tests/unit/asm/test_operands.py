"""Operands of every type: what reads, what does not, and where the error points."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.unit.helpers import marked, module_of
from ttvm.asm.lexer import Cursor, OperandError
from ttvm.asm.operands import LARGEST_COUNT, READERS, LabelUse, starts_operand, write_operand
from ttvm.errors import SourceError
from ttvm.instruction import OPERAND_TYPES
from ttvm.values import FALSE, INT_MAX, INT_MIN, TRUE


def read(kind: str, text: str) -> Any:
    """The operand at the start of a text; all of it must be used."""
    cursor = Cursor(text, 0, len(text))
    operand = READERS[kind](cursor)
    assert cursor.at_end, f"left over: {cursor.rest()}"
    return operand


def test_every_type_that_is_written_has_a_reader() -> None:
    assert set(READERS) == set(OPERAND_TYPES) - {"match"}


@pytest.mark.parametrize(
    ("kind", "text", "operand"),
    [
        ("int", "0", 0),
        ("int", "-0", 0),
        ("int", "+5", 5),
        ("int", "007", 7),
        ("int", "1_000_000", 1_000_000),
        ("int", "0xff", 255),
        ("int", "-0XfF", -255),
        ("int", "0b101", 5),
        ("int", "+0B1_1", 3),
        ("int", "9223372036854775807", INT_MAX),
        ("int", "-9223372036854775808", INT_MIN),
        ("int", "-0x8000000000000000", INT_MIN),
        ("float", "1.5", 1.5),
        ("float", "-3", -3.0),
        ("float", "1e3", 1000.0),
        ("float", ".5", 0.5),
        ("float", "5.", 5.0),
        ("float", "1_0.5", 10.5),
        ("float", "0x10", 16.0),
        ("float", "inf", math.inf),
        ("float", "-inf", -math.inf),
        ("bool", "true", TRUE),
        ("bool", "FALSE", FALSE),
        ("bool", "True", TRUE),
        ("str", '"a b"', "a b"),
        ("str", '""', ""),
        ("str", r'"a\n\"b\""', 'a\n"b"'),
        ("str", "no quotes at all", "no quotes at all"),
        ("name", "x", "x"),
        ("name", '"x"', "x"),
        ("name", '"two words"', "two words"),
        ("name", "é_1-$", "é_1-$"),
        ("names", "", ()),
        ("names", 'a "b c" d', ("a", "b c", "d")),
        ("label", "loop", LabelUse("loop", 0)),
        ("label", '"loop"', LabelUse("loop", 0)),
        ("label", "12", LabelUse("12", 0)),
        ("count", "0", 0),
        ("count", "0x10", 16),
        ("count", str(LARGEST_COUNT), LARGEST_COUNT),
        ("milliseconds", "0", 0),
        ("milliseconds", "86_400_000", 86_400_000),
        ("pid", "0", 0),
        ("pid", "12", 12),
        ("timeout", "AFTER 0 l", (0, LabelUse("l", 8))),
        ("timeout", "after 1_000 l", (1000, LabelUse("l", 12))),
        ("timeout", "AFTER 5 7", (5, LabelUse("7", 8))),
    ],
)
def test_good_operands(kind: str, text: str, operand: Any) -> None:
    found = read(kind, text)
    assert found == operand
    assert type(found) is type(operand)


def test_nan_is_a_float_operand() -> None:
    assert math.isnan(read("float", "nan"))
    assert math.isnan(read("float", "NaN"))


@pytest.mark.parametrize(
    ("kind", "text", "message", "bad"),
    [
        ("int", "x", "x is not a whole number", "x"),
        ("int", "1.5", "1.5 is not a whole number", "1.5"),
        ("int", "1e5", "1e5 is not a whole number", "1e5"),
        ("int", "--5", "--5 is not a whole number", "--5"),
        ("int", "+-5", "+-5 is not a whole number", "+-5"),
        ("int", "0xg", "0xg is not a whole number", "0xg"),
        ("int", "0o7", "0o7 is not a whole number", "0o7"),
        ("int", "_5", "_5 is not a whole number", "_5"),
        ("int", "5_", "5_ is not a whole number", "5_"),
        ("int", "5__5", "5__5 is not a whole number", "5__5"),
        ("int", "٣", "٣ is not a whole number", "٣"),
        ("int", '"5"', '"5" is not a whole number', '"'),
        ("int", "9223372036854775808", "9223372036854775808 does not fit in 64 bits", "9223372036854775808"),
        ("int", "-9223372036854775809", "-9223372036854775809 does not fit in 64 bits", "-9223372036854775809"),
        ("int", "0x10000000000000000", "0x10000000000000000 does not fit in 64 bits", "0x10000000000000000"),
        ("float", "x", "x is not a number", "x"),
        ("float", "1.2.3", "1.2.3 is not a number", "1.2.3"),
        ("float", "1,5", "1,5 is not a number", "1,5"),
        ("float", "٣", "٣ is not a number", "٣"),
        ("float", '"1.5"', '"1.5" is not a number', '"'),
        ("bool", "1", "1 is neither true nor false", "1"),
        ("bool", "yes", "yes is neither true nor false", "yes"),
        ("bool", '"true"', '"true" is neither true nor false', '"'),
        ("str", '"open', "this text is never closed", '"open'),
        ("str", '"', "this text is never closed", '"'),
        ("str", r'"a\k"', r"unknown escape \k", r"\k"),
        ("name", '""', "a name cannot be empty", '"'),
        ("name", '"open', "this text is never closed", '"open'),
        ("names", "a b a", "the name a stands here twice", "a"),
        ("names", 'a "a"', "the name a stands here twice", '"'),
        ("label", '""', "a name cannot be empty", '"'),
        ("count", "-1", "-1 is not a number from 0 to 1,000,000", "-1"),
        ("count", "1000001", "1000001 is not a number from 0 to 1,000,000", "1000001"),
        ("count", "two", "two is not a whole number", "two"),
        ("milliseconds", "-1", "a time cannot be negative", "-1"),
        ("milliseconds", "soon", "soon is not a whole number", "soon"),
        ("milliseconds", "1.5", "1.5 is not a whole number", "1.5"),
        ("pid", "-1", "-1 is not a process number", "-1"),
        ("pid", "me", "me is not a whole number", "me"),
        ("timeout", "BEFORE 5 l", "expected AFTER and not BEFORE", "BEFORE"),
        ("timeout", "AFTER -5 l", "a time cannot be negative", "-5"),
        ("timeout", "AFTER l", "l is not a whole number", "l"),
        ("timeout", "AFTER", "AFTER needs milliseconds and a label", ""),
        ("timeout", "AFTER 5", "AFTER needs a label to go to", ""),
        ("timeout", 'AFTER 5 ""', "a name cannot be empty", '"'),
    ],
)
def test_bad_operands(kind: str, text: str, message: str, bad: str) -> None:
    with pytest.raises(OperandError) as caught:
        READERS[kind](Cursor(text, 0, len(text)))
    assert caught.value.text == message
    start, end = caught.value.start, max(caught.value.end, caught.value.start + 1)
    assert text[start:end].rstrip() == bad


def test_a_number_with_a_fraction_brings_the_hint_to_push_float() -> None:
    with pytest.raises(OperandError) as caught:
        read("int", "1.5")
    assert "PUSH_FLOAT" in caught.value.hint


@pytest.mark.parametrize("digits", [20, 100, 101, 10_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_of_many_digits_does_not_fit(digits: int, sign: str) -> None:
    with pytest.raises(OperandError) as caught:
        read("int", sign + "7" * digits)
    assert caught.value.text.endswith("does not fit in 64 bits")


@pytest.mark.parametrize("kind", ["int", "float", "bool", "count", "milliseconds", "pid", "timeout", "pattern"])
def test_a_message_about_a_huge_word_is_short(kind: str) -> None:
    word = "x" * 100_000
    with pytest.raises(OperandError) as caught:
        read(kind, f"AFTER {word} l" if kind == "timeout" else word)
    assert len(caught.value.text) < 300


@pytest.mark.parametrize(
    ("kind", "rest", "starts"),
    [
        ("count", "", False),
        ("count", "3", True),
        ("str", '"a"', True),
        ("pattern", "int AFTER 5 l", True),
        ("pattern", "AFTER 5 l", False),
        ("pattern", "after 5 l", False),
        ("pattern", '"AFTER"', True),
        ("timeout", "AFTER 5 l", True),
        ("timeout", "aFtEr 5 l", True),
        ("timeout", "5 l", False),
        ("label", "AFTER", True),
    ],
)
def test_where_an_optional_operand_begins(kind: str, rest: str, starts: bool) -> None:
    assert starts_operand(kind, Cursor(rest, 0, len(rest))) is starts


@pytest.mark.parametrize(
    ("kind", "operand", "text"),
    [
        ("int", -5, "-5"),
        ("float", 5.0, "5"),
        ("float", 1e-7, "0.0000001"),
        ("float", math.inf, "inf"),
        ("float", -math.inf, "-inf"),
        ("float", math.nan, "nan"),
        ("bool", TRUE, "true"),
        ("str", 'a"\n', r'"a\"\n"'),
        ("str", "", '""'),
        ("name", "x", "x"),
        ("name", "two words", '"two words"'),
        ("name", "a;b", '"a;b"'),
        ("name", 'a"', r'"a\""'),
        ("names", ("a", "b c"), 'a "b c"'),
        ("names", (), ""),
        ("label", 7, "@7"),
        ("count", 0, "0"),
        ("milliseconds", 10, "10"),
        ("pid", 0, "0"),
        ("timeout", (10, 7), "AFTER 10 @7"),
        ("match", 7, ""),
        ("count", None, ""),
    ],
)
def test_write_operand(kind: str, operand: Any, text: str) -> None:
    assert write_operand(kind, operand, lambda address: f"@{address}") == text


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "two words",
        'q"',
        "back\\slash",
        "semi;colon",
        "\n",
        "é",
        "0",
        "-",
        "AFTER",
        "\u200b",
        "\xa0",
        "\u3000",
        "$a",
    ],
)
def test_written_names_read_back(name: str) -> None:
    assert read("name", write_operand("name", name, str)) == name
    assert read("names", write_operand("names", (name, "other"), str)) == (name, "other")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("PUSH_INT abc ; no", "abc"),
        ("  CALL nowhere", "nowhere"),
        ("RECEIVE int AFTER 5 nowhere", "nowhere"),
        ("\tSTORE x surplus", "surplus"),
        ('PUSH_STR "a\\q"', "\\q"),
        ("SPAWN -3", "-3"),
    ],
)
def test_the_span_of_a_problem_is_the_bad_part(line: str, what: str) -> None:
    with pytest.raises(SourceError) as caught:
        module_of(f"NOP\n{line}\nNOP\n")
    [problem] = caught.value.problems
    assert problem.span.line == 2
    assert marked(problem.span) == what
