"""The formatter: one layout, the same program, every comment, and nothing left to do the second time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given

from tests.machines import EXAMPLES, LIBRARY_PROGRAMS, PROGRAMS, ROOT
from tests.unit.asm.sources import REPEATABLE, sources
from tests.unit.helpers import module_of
from ttvm import expectations
from ttvm.asm import formatter
from ttvm.asm.disassembler import disassemble
from ttvm.asm.formatter import COMMENT_STOPS, format_source
from ttvm.asm.lexer import code_length
from ttvm.errors import InternalError, SourceError, TtvmError
from ttvm.host.sources import SourceFiles
from ttvm.source import Source

TEMPLATES = sorted((ROOT / "ttvm").rglob("*.ttvm"))


def formatted(text: str) -> str:
    return format_source(Source("test.ttvm", text))


def comments(text: str) -> list[str]:
    """All comments of a text, without the spaces at their ends."""
    lines = Source("", text).lines
    return [line[code_length(line) :].rstrip() for line in lines if code_length(line) < len(line)]


def keeps_everything(source: Source) -> None:
    """Check all that formatting promises, for one source."""
    text = format_source(source)
    assert format_source(Source(source.path, text)) == text, "nothing is left to do"
    before, after = module_of(source.text), module_of(text)
    assert disassemble(after, addresses=False) == disassemble(before, addresses=False)
    assert list(after.labels.items()) == list(before.labels.items())
    assert comments(text) == comments(source.text)
    promises = [line for line in source.lines if re.match(r"\s*;\s*(expect|input|args|options|schedules)", line)]
    assert [line for line in Source("", text).lines if line in promises] == promises
    assert not re.search(r"\n\s*\n\s*\n", text)
    assert text == "" or (text.endswith("\n") and not text.endswith("\n\n") and not text.startswith("\n"))


@REPEATABLE
@given(sources())
@example("PUSH_INT 1 ; a\n             ; b\n\n\n; c\n")
def test_formatting_any_source(text: str) -> None:
    keeps_everything(Source("test.ttvm", text))


@pytest.mark.parametrize(
    "path", [*PROGRAMS, *LIBRARY_PROGRAMS, *EXAMPLES, *TEMPLATES], ids=lambda path: str(path.relative_to(ROOT))
)
def test_formatting_every_program(path: Path) -> None:
    try:
        source = SourceFiles().read(str(path))
        module_of(source.text)
    except TtvmError:
        return  # a program about errors
    keeps_everything(source)


BEFORE = """\


; A comment about all.
; expect: 1


LABEL start ; the beginning
push_int 1;one
  store_var "x"  ; and it is
                 ; called x
   ; a comment in the code
; one at the margin
    PUSH_STR "a rather long text in quotes, so long"   ; long
    jz_addr   "end"

\tnew_list\t
    Receive {"type":"DOWN",pid : $x}   after 0x10 end
end:


"""
AFTER = """\
; A comment about all.
; expect: 1

start:                      ; the beginning
    PUSH_INT 1              ;one
    STORE x                 ; and it is
                            ; called x
    ; a comment in the code
; one at the margin
    PUSH_STR "a rather long text in quotes, so long"        ; long
    JZ end

    MAKE_LIST 0
    RECEIVE {type: "DOWN", pid: $x} AFTER 0x10 end
end:
"""


def test_layout() -> None:
    assert formatted(BEFORE) == AFTER
    assert formatted(AFTER) == AFTER


@pytest.mark.parametrize(
    ("line", "canonical"),
    [
        ("push_str hello there", 'PUSH_STR "hello there"'),
        (r'PUSH_STR say "hi" \n', r'PUSH_STR "say \"hi\" \\n"'),
        (r'PUSH_STR "\x41\u{E9}é	tab"', r'PUSH_STR "\x41\u{E9}é	tab"'),
        ("PUSH_INT 0xFF", "PUSH_INT 0xFF"),
        ("PUSH_INT   +1_000", "PUSH_INT +1_000"),
        ("PUSH_FLOAT 1e300", "PUSH_FLOAT 1e300"),
        ("PUSH_BOOL TRUE", "PUSH_BOOL true"),
        ('STORE "x"', "STORE x"),
        ('STORE "two words"', 'STORE "two words"'),
        ('CALL "0" "a"   "b c" d', 'CALL 0 a "b c" d'),
        ("NEW_LIST", "MAKE_LIST 0"),
        ("MAKELIST 3", "MAKE_LIST 3"),
        ("Send_Named bob", "SENDNAMED bob"),
        ("send", "SEND"),
        ("send 0x1", "SEND 0x1"),
        ("RECEIVE_MATCH int|str", "RECEIVE int | str"),
        ("RECEIVE", "RECEIVE"),
        ('RECEIVE {"a b":1,"c":[ ],d:{ }}', 'RECEIVE {"a b": 1, c: [], d: {}}'),
        ('RECEIVE [ "a" ,_,"b:" ] | "c"', 'RECEIVE ["a", _, "b:"] | "c"'),
        (r'RECEIVE {"\x41": 0x10}', r'RECEIVE {"\x41": 0x10}'),
        ("RECEIVE  after 5 0", "RECEIVE AFTER 5 0"),
        ("IMPORT lib/tools", 'IMPORT "lib/tools"'),
        ("ASSERT", "ASSERT"),
        ("ASSERT must hold", 'ASSERT "must hold"'),
        ("CATCH e", "CATCH e"),
    ],
)
def test_canonical_instructions(line: str, canonical: str) -> None:
    assert formatted(f"\t{line}  \n") == f"    {canonical}\n"


@pytest.mark.parametrize(
    ("line", "canonical"),
    [("label  A", "A:"), ("LABEL b:", "b:"), ("  c:", "c:"), ("LABEL ADD", "ADD:"), ("::", "::"), ("LABEL x::", "x::")],
)
def test_canonical_labels(line: str, canonical: str) -> None:
    assert formatted(f"{line}\n") == f"{canonical}\n"


def test_comments_of_a_block_share_a_column() -> None:
    text = formatted("PUSH_INT 1 ;a\nPUSH_STR 'x' ;b\n\nPUSH_STR \"" + "x" * 18 + '" ;c\nPOP;d\n')
    columns = [line.index(";") for line in text.splitlines() if ";" in line]
    assert columns == [28, 28, 36, 36]


def test_a_line_that_is_too_long_does_not_push_the_others() -> None:
    long = f'    PUSH_STR "{"x" * 70}"'
    text = formatted(f"POP ; a\n{long}; b\n{' ' * len(long)}; more\nPOP ; c\n")
    assert text.splitlines() == [
        "    POP                     ; a",
        f"{long}  ; b",
        f"{' ' * len(long)}  ; more",
        "    POP                     ; c",
    ]


def test_a_block_ends_at_a_blank_line_and_at_a_comment_of_its_own() -> None:
    wide = f'PUSH_STR "{"x" * 30}" ; wide'
    for between in ("\n", "; a comment\n", "; expect: 1\n"):
        lines = formatted(f"POP ; a\n{between}{wide}\n").splitlines()
        assert lines[0].index(";") == COMMENT_STOPS[0]
        assert lines[-1].index(";") == COMMENT_STOPS[3]


def test_line_ends_stay_as_they_are() -> None:
    assert formatted("nop\r\n\r\npop") == "    NOP\r\n\r\n    POP\r\n"
    assert formatted("nop\n\r\n\r\npop\r\n") == "    NOP\n\n    POP\n"
    assert formatted("\ufeffnop\n") == "    NOP\n", "a byte order mark says nothing in UTF-8"


@pytest.mark.parametrize("text", ["", "\n", "  \n\t\n\n", "\r\n", "\ufeff"])
def test_nothing_stays_nothing(text: str) -> None:
    assert formatted(text) == ""


def test_every_promise_is_left_alone() -> None:
    keys = expectations._KEYS
    lines = [f"{indent};{space}{key}: x  " for key in keys for indent in ("", "   ") for space in ("", " ")]
    assert formatted("\n".join(lines) + "\n").splitlines() == lines


def test_a_source_with_errors_is_refused() -> None:
    with pytest.raises(SourceError):
        formatted("NOP 1\nJMP nowhere\n")


def test_a_wrong_layout_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("POP ", "; "):
        monkeypatch.setattr(formatter, "INDENT", wrong)
        with pytest.raises(InternalError, match=r"formatting test\.ttvm would change the program"):
            formatted("NOP\n")
