"""The smallest parts of a line: comments, words, quoted texts and their escapes."""

from __future__ import annotations

import pytest

from ttvm.asm.lexer import Cursor, OperandError, code_length, unescape


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", ""),
        ("ADD", "ADD"),
        ("ADD ; adds", "ADD "),
        (";ADD", ""),
        ("ADD;;", "ADD"),
        ('PUSH_STR "a;b"', 'PUSH_STR "a;b"'),
        ('PUSH_STR "a;b" ; c', 'PUSH_STR "a;b" '),
        ('PUSH_STR "a\\";b" ; c', 'PUSH_STR "a\\";b" '),
        ('PUSH_STR "a\\\\" ; "b"', 'PUSH_STR "a\\\\" '),
        ('PUSH_STR a ; say "b', "PUSH_STR a "),
        ('PUSH_STR "never closed ; so this is text', 'PUSH_STR "never closed ; so this is text'),
        ('A "x" "y;" z ; "', 'A "x" "y;" z '),
    ],
)
def test_a_comment_begins_outside_of_quotes(line: str, code: str) -> None:
    assert line[: code_length(line)] == code


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", ""),
        ("plain", "plain"),
        (r"\n\t\r\0", "\n\t\r\0"),
        (r"\"\\", '"\\'),
        (r"\\n", "\\n"),
        (r"\x41\x0a\xFf", "A\n\xff"),
        (r"\u{41}\u{e9}\u{1F642}\u{10FFFF}", "Aé🙂\U0010ffff"),
        (r"\u{D7FF}\u{E000}", "\ud7ff\ue000"),
        (r"\x414", "A4"),
    ],
)
def test_unescape(text: str, meaning: str) -> None:
    assert unescape(text, 0) == meaning


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        (r"ab\q", r"\q"),
        (r"ab\x4", r"\x"),
        (r"ab\xg0", r"\x"),
        (r"ab\u41", r"\u"),
        (r"ab\u{}", r"\u"),
        (r"ab\u{1234567}", r"\u"),
        (r"ab\u{110000}", r"\u{110000}"),
        (r"ab\u{D800}", r"\u{D800}"),
        (r"ab\u{DFFF}", r"\u{DFFF}"),
        (r"ab\N", r"\N"),
        (r"ab\'", r"\'"),
    ],
)
def test_an_unknown_escape_shows_where_it_is_and_which_there_are(text: str, bad: str) -> None:
    with pytest.raises(OperandError) as caught:
        unescape(text, 10)
    assert caught.value.text == f"unknown escape {bad}"
    assert (caught.value.start, caught.value.end) == (12, 12 + len(bad))
    assert r"\u{H..}" in caught.value.hint


def cursor_at(line: str, position: int = 0) -> Cursor:
    return Cursor(line, position, code_length(line))


def test_a_cursor_reads_words_and_texts_and_skips_space() -> None:
    cursor = cursor_at('CALL \t f  "a b" c ; d', 4)
    assert (cursor.position, cursor.peek_word(), cursor.at_quote, cursor.at_end) == (7, "f", False, False)
    assert cursor.word() == "f"
    assert (cursor.at_quote, cursor.peek_word()) == (True, "")
    assert cursor.string() == "a b"
    assert cursor.word() == "c"
    assert (cursor.at_end, cursor.at_quote, cursor.peek_word(), cursor.word()) == (True, False, "", "")


def test_a_word_ends_where_a_text_begins() -> None:
    cursor = cursor_at('f"x"g')
    assert [cursor.word(), cursor.string(), cursor.word()] == ["f", "x", "g"]


def test_rest_is_all_that_is_left_without_the_space_behind_it() -> None:
    cursor = cursor_at('PUSH_STR  it is "so"   ; not this', 8)
    assert cursor.rest() == 'it is "so"'
    assert cursor.at_end
    assert cursor.rest() == ""


def test_a_text_that_is_never_closed() -> None:
    cursor = cursor_at(r'PUSH_STR "abc\"', 8)
    with pytest.raises(OperandError, match="never closed") as caught:
        cursor.string()
    assert (caught.value.start, caught.value.end, caught.value.hint) == (9, 15, 'write a " at its end')


def test_the_column_of_an_escape_counts_in_the_whole_line() -> None:
    with pytest.raises(OperandError) as caught:
        cursor_at(r'PUSH_STR "a\q"', 8).string()
    assert (caught.value.start, caught.value.end) == (11, 13)


@pytest.mark.parametrize(("line", "start", "end"), [("  word x", 2, 6), ("   ", 3, 4), ('  "a', 2, 3)])
def test_an_error_points_at_the_next_word(line: str, start: int, end: int) -> None:
    error = cursor_at(line).error("bad", "do so")
    assert (error.text, error.hint, error.start, error.end) == ("bad", "do so", start, end)
    assert str(error) == "bad"
