"""The patterns of RECEIVE: reading, matching, writing."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from ttvm.asm.lexer import Cursor, OperandError
from ttvm.asm.patterns import read_pattern
from ttvm.errors import Fault, FaultKind
from ttvm.forms import debug
from ttvm.process.patterns import Pattern
from ttvm.values import FALSE, TRUE, Bytes, List, Object, Ref, Value

VARIABLES: dict[str, Value] = {"r": Ref(7), "n": 1, "nan": math.nan, "l": List([1])}


def lookup(name: str) -> Value:
    if name not in VARIABLES:
        raise Fault(FaultKind.UNDEFINED_VARIABLE, f"finds no variable {name}")
    return VARIABLES[name]


def read(text: str) -> Pattern:
    cursor = Cursor(text, 0, len(text))
    pattern = read_pattern(cursor)
    assert cursor.at_end, f"left over: {cursor.rest()}"
    return pattern


SAMPLES: list[Value] = [
    0,
    1,
    42,
    1.0,
    0.5,
    "",
    "text",
    "1",
    TRUE,
    FALSE,
    None,
    List([]),
    List([1]),
    List(["reply", 42]),
    Object(),
    Object(type="DOWN", ref=Ref(7)),
    Object(type="DOWN", ref=Ref(8), pid=2),
    Object(type="EXIT", reason=None),
    Bytes(b"a"),
    Ref(7),
]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("_", lambda value: True),
        ("int", lambda value: type(value) is int),
        ("float", lambda value: type(value) is float),
        ("str", lambda value: type(value) is str),
        ("bool", lambda value: value in (TRUE, FALSE)),
        ("null", lambda value: value is None),
        ("list", lambda value: type(value) is List),
        ("object", lambda value: type(value) is Object),
        ("bytes", lambda value: type(value) is Bytes),
        ("42", lambda value: value == 42),
        ("1", lambda value: value == 1),
        ("0x2a", lambda value: value == 42),
        ("1.0", lambda value: value == 1),
        ("0.5", lambda value: value == 0.5),
        ("nan", lambda value: False),
        ("true", lambda value: value is TRUE),
        ("false", lambda value: value is FALSE),
        ('"text"', lambda value: value == "text"),
        ('""', lambda value: value == ""),
        ("$r", lambda value: value == Ref(7)),
        ("$n", lambda value: value == 1),
        ("$nan", lambda value: False),
        ("$l", lambda value: value == List([1])),
        ("[]", lambda value: value == List([])),
        ("[_]", lambda value: value == List([1])),
        ("[1]", lambda value: value == List([1])),
        ('["reply", _]', lambda value: value == List(["reply", 42])),
        ('[ "reply" , int | str ]', lambda value: value == List(["reply", 42])),
        ("[[]]", lambda value: False),
        ("{}", lambda value: type(value) is Object),
        ('{type: "DOWN"}', lambda value: type(value) is Object and value.get("type") == "DOWN"),
        ('{type: "DOWN", ref: $r}', lambda value: value == Object(type="DOWN", ref=Ref(7))),
        ('{"type": "EXIT", reason: null}', lambda value: value == Object(type="EXIT", reason=None)),
        ("{missing: null}", lambda value: False),
        ("int | str", lambda value: type(value) in (int, str)),
        ('42|"text"|null', lambda value: value in (42, "text", None)),
        ("{type: _} | [_]", lambda value: value == List([1]) or (type(value) is Object and "type" in value)),
    ],
)
def test_what_a_pattern_takes(text: str, fits: Callable[[Value], bool]) -> None:
    pattern = read(text)
    for value in SAMPLES:
        assert pattern.matches(value, lookup) is bool(fits(value)), debug(value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("_", "_"),
        ("int", "int"),
        ("0x2A", "42"),
        ("-1_000", "-1000"),
        ("5.0", "5.0"),
        ("1e-7", "0.0000001"),
        ("-0.0", "-0.0"),
        ("inf", "inf"),
        ("nan", "NaN"),
        ('"a\\"b"', '"a\\"b"'),
        ("true", "true"),
        ("null", "null"),
        ("$x", "$x"),
        ("[]", "[]"),
        ("[1,_ ,$x]", "[1, _, $x]"),
        ("{}", "{}"),
        ('{a:1,"b c":2, "3": 4}', '{a: 1, "b c": 2, "3": 4}'),
        ("int|str |  [ 1|2 ]", "int | str | [1 | 2]"),
    ],
)
def test_a_written_pattern_reads_back(text: str, written: str) -> None:
    assert str(read(text)) == written
    assert str(read(written)) == written


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("int", ()),
        ("$a", ("a",)),
        ("[$b, $a, $b]", ("b", "a")),
        ("{x: $a, y: [$c]}", ("a", "c")),
        ('$b | "x" | {y: $a}', ("b", "a")),
    ],
)
def test_the_variables_of_a_pattern(text: str, names: tuple[str, ...]) -> None:
    assert read(text).variables() == names


def test_an_unknown_variable_is_a_fault() -> None:
    with pytest.raises(Fault) as caught:
        read("$nobody").matches(1, lookup)
    assert caught.value.kind is FaultKind.UNDEFINED_VARIABLE


MISSING = "a pattern is missing here"


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("", MISSING, 0),
        ("|", MISSING, 0),
        ("int |", MISSING, 5),
        ("[1,]", MISSING, 3),
        ("[", MISSING, 1),
        ("[1", "the pattern needs a ',' here", 2),
        ("[1 2]", "the pattern needs a ',' here", 3),
        ("]", MISSING, 0),
        ("{", MISSING, 1),
        ("{a", "the pattern needs a ':' here", 2),
        ("{a}", "the pattern needs a ':' here", 2),
        ("{a: }", MISSING, 4),
        ("{a: 1", "the pattern needs a ',' here", 5),
        ("{a: 1 b: 2}", "the pattern needs a ',' here", 6),
        ("{$: 1", "the pattern needs a ',' here", 5),
        ("text", "text is not a pattern", 0),
        ("$", "$ is not a pattern", 0),
        ("Int", "Int is not a pattern", 0),
        ("12x", "12x is not a pattern", 0),
        ('"open', "this text is never closed", 0),
        ('["a\\q"]', r"unknown escape \q", 3),
        ("9223372036854775808", "9223372036854775808 does not fit in 64 bits", 0),
        ("٣", "٣ is not a pattern", 0),
    ],
)
def test_bad_patterns(text: str, message: str, column: int) -> None:
    with pytest.raises(OperandError) as caught:
        read_pattern(Cursor(text, 0, len(text)))
    assert caught.value.text == message
    assert caught.value.start == column


def test_a_huge_number_in_a_pattern_is_no_float() -> None:
    with pytest.raises(OperandError, match="does not fit in 64 bits"):
        read("1" * 200)


def test_a_word_without_quotes_brings_a_hint() -> None:
    with pytest.raises(OperandError) as caught:
        read("text")
    assert '"..."' in caught.value.hint
    assert "$" in caught.value.hint


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_patterns_nest_to_a_limit(opening: str, closing: str) -> None:
    assert str(read(opening * 50 + "_" + closing * 50)) == opening * 50 + "_" + closing * 50
    with pytest.raises(OperandError, match="nested deeper than 50 levels"):
        read(opening * 100_000)
