"""The Pygments lexer knows every word of the instruction table, and changes no character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Comment, Error, Keyword, Name, Number, Punctuation, String

from debugger.lexer import FAMILY_TOKENS, TtvmLexer
from ttvm.isa import ISA

LEXER = TtvmLexer()


def tokens(line: str) -> list[tuple[object, str]]:
    """The tokens of a line without its spaces."""
    return [(kind, text) for _, kind, text in LEXER.get_tokens_unprocessed(line) if text.strip()]


@pytest.mark.parametrize("spelling", ISA.spellings)
def test_every_instruction_has_the_colour_of_its_family(spelling: str) -> None:
    found = ISA.find(spelling)
    assert found is not None
    for word in (spelling, spelling.lower(), f"  {spelling}"):
        assert tokens(word) == [(FAMILY_TOKENS[found[0].family], word.strip())]


def test_every_family_has_a_colour() -> None:
    assert set(FAMILY_TOKENS) == {family.name for family in ISA.families}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("BOGUS 1 ; x", [(Error, "BOGUS"), (Number.Integer, "1"), (Comment.Single, "; x")]),
        ("PUSHX", [(Error, "PUSHX")]),
        ("loop:", [(Name.Label, "loop:")]),
        ("  loop: ; again", [(Name.Label, "loop:"), (Comment.Single, "; again")]),
        ("label loop", [(Keyword.Declaration, "label"), (Name.Label, "loop")]),
        ("JMP 12", [(Keyword, "JMP"), (Number.Integer, "12")]),
        ("CALL fib a", [(Keyword, "CALL"), (Name.Label, "fib"), (Name.Variable, "a")]),
        ("STORE x", [(Name.Builtin, "STORE"), (Name.Variable, "x")]),
        ("PUSH_INT -0x1F", [(Name.Builtin, "PUSH_INT"), (Number.Integer, "-0x1F")]),
        ("PUSH_INT 0b1_0", [(Name.Builtin, "PUSH_INT"), (Number.Integer, "0b1_0")]),
        ("PUSH_FLOAT -1.5", [(Name.Builtin, "PUSH_FLOAT"), (Number.Float, "-1.5")]),
        ("PUSH_FLOAT inf", [(Name.Builtin, "PUSH_FLOAT"), (Number.Float, "inf")]),
        ("PUSH_BOOL true", [(Name.Builtin, "PUSH_BOOL"), (Keyword.Constant, "true")]),
        ("PUSH_STR free text; c", [(Name.Builtin, "PUSH_STR"), (String, "free text"), (Comment.Single, "; c")]),
        (
            'PUSH_STR "a;\\n"',
            [
                (Name.Builtin, "PUSH_STR"),
                (String.Double, '"'),
                (String.Double, "a;"),
                (String.Escape, "\\n"),
                (String.Double, '"'),
            ],
        ),
        (
            "RECEIVE int | $x AFTER 10 late",
            [
                (Keyword.Pseudo, "RECEIVE"),
                (Keyword.Type, "int"),
                (Punctuation, "|"),
                (Name.Variable, "$x"),
                (Keyword, "AFTER"),
                (Number.Integer, "10"),
                (Name.Label, "late"),
            ],
        ),
    ],
)
def test_a_line(line: str, expected: list[tuple[object, str]]) -> None:
    assert tokens(line) == expected


@pytest.mark.parametrize("escape", ["\\n", "\\t", "\\r", "\\0", '\\"', "\\\\", "\\xfF", "\\u{1F600}"])
def test_escapes(escape: str) -> None:
    assert (String.Escape, escape) in tokens(f'PUSH_STR "a{escape}b"')


@pytest.mark.parametrize("wrong", ["\\q", "\\xZ", "\\u{}"])
def test_wrong_escapes_are_errors(wrong: str) -> None:
    assert (Error, wrong[:2]) in tokens(f'PUSH_STR "{wrong}"')


def test_a_string_that_nobody_closed_ends_with_its_line() -> None:
    assert tokens('PUSH_STR "open\nHALT')[-1] == (Keyword, "HALT")


PARTS = [*'loop:;"\\{}[]|$_x09\n\t-+.é\x00', "RECEIVE ", "AFTER ", "PUSH_STR ", "PUSH_INT ", "JMP ", "STORE "]


@given(st.lists(st.sampled_from(PARTS)).map("".join))
def test_lines_do_not_depend_on_each_other(text: str) -> None:
    whole = [(kind, part) for _, kind, part in LEXER.get_tokens_unprocessed(text) if part != "\n"]
    apart = [
        (kind, part)
        for line in text.split("\n")
        for _, kind, part in LEXER.get_tokens_unprocessed(line)
        if part != "\n"
    ]
    assert whole == apart
    assert "".join(part for _, _, part in LEXER.get_tokens_unprocessed(text)) == text


def test_what_pygments_asks_of_a_lexer() -> None:
    assert TtvmLexer.name == "TinyTotVM"
    assert "ttvm" in TtvmLexer.aliases
    assert "*.ttvm" in TtvmLexer.filenames
