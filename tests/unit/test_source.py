"""Source, Span and the excerpts of error messages."""

from __future__ import annotations

import pytest

from ttvm.source import EXCERPT_WIDTH, Source, Span, excerpt, visible


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("\n", [""], id="one empty line"),
        pytest.param("a", ["a"], id="no newline at the end"),
        pytest.param("a\nb\n", ["a", "b"], id="LF"),
        pytest.param("a\r\nb\r\n", ["a", "b"], id="CRLF"),
        pytest.param("a\r\nb\nc", ["a", "b", "c"], id="mixed"),
        pytest.param("a\n\n\nb\n\n", ["a", "", "", "b", ""], id="empty lines stay"),
        pytest.param("\ufeffa\nb", ["a", "b"], id="BOM"),
        pytest.param("\ufeff", [], id="only a BOM"),
        pytest.param("a\n\ufeffb", ["a", "\ufeffb"], id="a BOM elsewhere stays"),
        pytest.param("a\rb\n", ["a\rb"], id="CR alone ends no line"),
        pytest.param("a\r\r\n", ["a\r"], id="only one CR belongs to the line end"),
        pytest.param("a\x0b\x0c\x1c\x85\u2028\u2029b\n", ["a\x0b\x0c\x1c\x85\u2028\u2029b"], id="nor does Unicode"),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    assert Source("x", text).lines == lines


def test_line_by_number_and_outside_of_the_file() -> None:
    source = Source("x", "first\nsecond\n")
    assert [source.line(number) for number in (-1, 0, 1, 2, 3)] == ["", "", "first", "second", ""]


def test_identity_is_the_path_unless_it_is_given() -> None:
    assert Source("a.ttvm", "").identity == "a.ttvm"
    assert Source("a.ttvm", "", "/home/a.ttvm").identity == "/home/a.ttvm"
    assert Source("a.ttvm", "", "").identity == ""


def test_span_says_where_it_is() -> None:
    assert str(Span(Source("shop.ttvm", ""), 12, 5, 3)) == "shop.ttvm:12:5"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("PUSH_STR é漢字🙂", "PUSH_STR é漢字🙂"),
        ("\tADD", " ADD"),
        ("a\x00b", "a\N{REPLACEMENT CHARACTER}b"),
        ("\x1b[31mred", "\N{REPLACEMENT CHARACTER}[31mred"),
        ("a\nb\r", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"),
        ("\u202eevil\u200b", "\N{REPLACEMENT CHARACTER}evil\N{REPLACEMENT CHARACTER}"),
        ("\x9b\x7f", "\N{REPLACEMENT CHARACTER}" * 2),
        ("", ""),
    ],
)
def test_visible_keeps_the_length_and_disturbs_no_terminal(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert len(visible(text)) == len(text)


def excerpt_of(line: str, column: int, width: int = 1) -> tuple[str, str]:
    """The two lines of an excerpt without their margins."""
    shown, carets = excerpt(Span(Source("x", line + "\n"), 1, column, width)).split("\n")
    assert shown.startswith("    1 | ")
    assert carets.startswith("      | ")
    return shown[8:], carets[8:]


def test_excerpt_of_a_short_line() -> None:
    source = Source("x", "one\n\n    JMP lop ; go\n")
    assert excerpt(Span(source, 3, 9, 3)) == "    3 |     JMP lop ; go\n      |         ^^^"


def test_excerpt_with_a_long_line_number() -> None:
    source = Source("x", "\n" * 1_234_566 + "POP\n")
    assert excerpt(Span(source, 1_234_567, 1, 3)) == "1234567 | POP\n        | ^^^"


def test_excerpt_of_crlf_and_bom() -> None:
    assert excerpt(Span(Source("x", "\ufeffADD 1\r\n"), 1, 5)) == "    1 | ADD 1\n      |     ^"


@pytest.mark.parametrize(
    ("line", "column", "width", "shown", "carets"),
    [
        pytest.param("\tPOP", 2, 3, " POP", " ^^^", id="a tab is one column"),
        pytest.param("a\x00\x1bb", 4, 1, "a\ufffd\ufffdb", "   ^", id="control characters are one column"),
        pytest.param("POP", 1, 50, "POP", "^^^", id="carets end with the line"),
        pytest.param("POP", 4, 1, "POP", "   ^", id="just behind the line"),
        pytest.param("POP", 99, 9, "POP", "   ^", id="far behind the line"),
        pytest.param("", 1, 1, "", "^", id="empty line"),
        pytest.param("POP", 1, 0, "POP", "^", id="at least one caret"),
    ],
)
def test_excerpt_carets(line: str, column: int, width: int, shown: str, carets: str) -> None:
    assert excerpt_of(line, column, width) == (shown, carets)


def test_excerpt_of_a_line_that_is_not_there() -> None:
    assert excerpt(Span(Source("x", ""), 7, 3)) == "    7 | \n      | ^"


NUMBERS = " ".join(str(number) for number in range(1000, 3000))
"""A line of 9,999 characters in which every word is different."""


@pytest.mark.parametrize("word", ["1000", "1005", "1010", "1011", "1500", "2989", "2990", "2999"])
def test_excerpt_of_a_long_line_is_cut_around_the_place(word: str) -> None:
    shown, carets = excerpt_of(NUMBERS, NUMBERS.index(word) + 1, 4)
    assert len(shown) <= EXCERPT_WIDTH + len("...") * 2
    assert carets == " " * shown.index(word) + "^^^^"
    assert shown.startswith("...") == (word > "1010")
    assert shown.endswith("...") == (word < "2990")


def test_excerpt_of_a_line_of_the_largest_width_is_whole() -> None:
    line = "x" * EXCERPT_WIDTH
    assert excerpt_of(line, 60, 2) == (line, " " * 59 + "^^")


def test_excerpt_of_a_megabyte_in_one_line() -> None:
    line = "\x07" * 500_000 + "JMP" + "\x07" * 500_000
    shown, carets = excerpt_of(line, 500_001, 3)
    assert len(shown) < 2 * EXCERPT_WIDTH
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "JMP"


def test_excerpt_behind_a_long_line() -> None:
    shown, carets = excerpt_of("x" * 500, 501)
    assert shown == "..." + "x" * 50
    assert carets == " " * len(shown) + "^"
