"""The display form and the debug form of values (language.md, section 2)."""

from __future__ import annotations

import itertools
import math

import pytest

from tests.unit.helpers import failure, module_of, nest, tower
from ttvm import forms
from ttvm.asm.lexer import Cursor
from ttvm.errors import Fault, FaultKind
from ttvm.forms import debug, display, format_float, quote
from ttvm.values import FALSE, INT_MIN, TRUE, Bytes, Closure, Function, List, Object, Ref, Value

HERE = module_of("f:\nNOP\n", "here.ttvm")
NAN = math.nan
INF = math.inf
DEEP = 100_000


# -- display form


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5.0, "5"),
        (0.0, "0"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (1e15, "1000000000000000"),
        (1e16, "10000000000000000"),
        (1.2345678901234568e16, "12345678901234568"),
        (1.2345678901234567e20, "123456789012345670000"),
        (1e22, "1" + "0" * 22),
        (1e300, "1" + "0" * 300),
        (-1e300, "-1" + "0" * 300),
        (1.5e300, "15" + "0" * 299),
        (1e-4, "0.0001"),
        (1e-5, "0.00001"),
        (1e-7, "0.0000001"),
        (-1.25e-7, "-0.000000125"),
        (5e-324, "0." + "0" * 323 + "5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1 / 3, "0.3333333333333333"),
        (INF, "inf"),
        (-INF, "-inf"),
        (NAN, "NaN"),
        (-NAN, "NaN"),
    ],
)
def test_display_of_floats(number: float, text: str) -> None:
    assert format_float(number) == text
    assert display(number) == text


def test_displayed_floats_read_back() -> None:
    mantissas = (1.0, 1.1, 9.999999999999999, 1.7976931348623157, 2.2250738585072014, 4.9)
    for mantissa, exponent in itertools.product(mantissas, range(-324, 309)):
        for number in (float(f"{mantissa}e{exponent}"), -float(f"{mantissa}e{exponent}")):
            text = format_float(number)
            assert float(text) == number
            assert math.isinf(number) or set(text) <= set("-.0123456789"), text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (INT_MIN, "-9223372036854775808"),
        ("as it is\n\x1b", "as it is\n\x1b"),
        ("", ""),
        (TRUE, "true"),
        (FALSE, "false"),
        (None, "null"),
        (List([]), "[]"),
        (List([1, "b", 2.0, TRUE, None]), "[1, b, 2, true, null]"),
        (List([List([]), List([1])]), "[[], [1]]"),
        (Object(), "{}"),
        (Object(k="v", k2=List([1])), "{k: v, k2: [1]}"),
        (Object({"a b": 1, "": 2}), "{a b: 1, : 2}"),
        (Bytes(b"abc"), "Bytes(3)"),
        (Bytes(b""), "Bytes(0)"),
        (Function(HERE, 12, "f", ("a", "b")), "function@12 (a, b)"),
        (Function(HERE, 12, "f", ()), "function@12 ()"),
        (Closure(HERE, 12, "f", ("a",), {"x": 1}), "closure@12 (a) [captured: 1]"),
        (Closure(HERE, 12, "f", (), {}), "closure@12 () [captured: 0]"),
        (failure("message"), "Exception: message"),
        (Ref(7), "#Ref<7>"),
    ],
)
def test_display(value: Value, text: str) -> None:
    assert display(value) == text


def test_display_at_the_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "SIZE_LIMIT", 9)
    assert display(List([1, 2, 3])) == "[1, 2, 3]"
    with pytest.raises(Fault):
        display(List([1, 2, 3, 4]))


# -- debug form


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "Int 5"),
        (-5, "Int -5"),
        (5.0, "Float 5.0"),
        (-0.0, "Float -0.0"),
        (0.5, "Float 0.5"),
        (1e16, "Float 10000000000000000.0"),
        (INF, "Float inf"),
        (-INF, "Float -inf"),
        (NAN, "Float NaN"),
        ("a\n", 'Str "a\\n"'),
        ('say "hi" \\', 'Str "say \\"hi\\" \\\\"'),
        ("é🙂", 'Str "é🙂"'),
        ("\x1b\x85\u202e", 'Str "\\x1B\\x85\\u{202E}"'),
        ("", 'Str ""'),
        (TRUE, "Bool true"),
        (None, "Null"),
        (List([1]), "List [Int 1]"),
        (List([]), "List []"),
        (Object(), "Object {}"),
        (Object({"k": "v", "two words": 1, "": 2}), 'Object {k: Str "v", "two words": Int 1, "": Int 2}'),
        (Bytes(b"\x00\xff"), "Bytes(2) 00 ff"),
        (Bytes(bytes(range(17))), "Bytes(17) 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ..."),
        (Function(HERE, 3, "f", ("a",)), "function@3 (a)"),
        (failure("no"), "Exception Thrown: no"),
        (Ref(7), "#Ref<7>"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() and value.isprintable() else None,
)
def test_debug(value: Value, text: str) -> None:
    assert debug(value) == text


@pytest.mark.parametrize(
    "value",
    [
        "a\nb\r\x1b\u2028",
        List(["a\nb"]),
        Object({"a\nb": "c\n"}),
        pytest.param(failure("two\nlines"), id="exception"),
        pytest.param(List([failure("two\nlines")]), id="exception in a list"),
        pytest.param(Function(HERE, 0, "f", ("a\nb",)), id="parameter"),
    ],
)
def test_debug_is_one_line_that_is_safe_on_a_terminal(value: Value) -> None:
    assert debug(value).isprintable()


@pytest.mark.parametrize("limit", [10, 50, 200])
@pytest.mark.parametrize(
    "value",
    ["x" * 1000, "\n" * 1000, List(list(range(1000))), Object({str(key): key for key in range(1000)}), 10**18],
    ids=lambda value: debug(value, 10),
)
def test_debug_is_cut_at_its_limit(value: Value, limit: int) -> None:
    text = debug(value, limit)
    assert len(text) <= 4 * limit + len('Str ""... (1,000 characters)')
    assert text == debug(value, 100_000) or "..." in text


def test_debug_of_a_long_text_says_how_long_it_is() -> None:
    assert debug("abc" * 1000, 5) == 'Str "abcab"... (3,000 characters)'


@pytest.mark.parametrize(
    "text",
    ["", "plain", 'quotes " and \\', "\n\t\r\0", "\x01\x7f\x80\xff", "é🙂\u202e\U0010ffff", "a;b", "\\n"],
)
def test_quoted_text_reads_back(text: str) -> None:
    quoted = quote(text)
    assert quoted.isprintable()
    cursor = Cursor(quoted, 0, len(quoted))
    assert cursor.string() == text
    assert cursor.at_end


# -- depth and sharing


def test_display_of_a_deep_value_needs_no_recursion() -> None:
    assert display(nest(7, lambda value: List([value]), DEEP)) == "[" * DEEP + "7" + "]" * DEEP
    assert display(nest(7, lambda value: Object(k=value), DEEP)) == "{k: " * DEEP + "7" + "}" * DEEP


def test_debug_of_a_deep_value_is_cut() -> None:
    assert debug(nest(7, lambda value: List([value]), DEEP)) == ("List [" * 40)[:200] + "..."


class CountedList(List):
    """A list that counts how often somebody looks at its elements."""

    __slots__ = ()
    looks = 0

    def elements(self) -> list[Value]:
        CountedList.looks += 1
        return super().elements()


def test_debug_of_shared_structure_looks_at_what_it_shows() -> None:
    value = tower(CountedList, 1)
    CountedList.looks = 0
    assert len(debug(value)) == 203
    assert CountedList.looks <= 200


def test_display_of_shared_structure_ends_at_the_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "SIZE_LIMIT", 5_000)
    value = tower(CountedList, 1)
    CountedList.looks = 0
    with pytest.raises(Fault, match="would make a text of more than") as caught:
        display(value)
    assert caught.value.kind is FaultKind.LIMIT_EXCEEDED
    assert CountedList.looks <= 5_000
