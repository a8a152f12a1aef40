"""The assembler: every error of a file at once, each with its exact place and a hint."""

from __future__ import annotations

import pytest

from tests.unit.helpers import marked, module_of, problems_of
from ttvm.asm.assembler import MOST_PROBLEMS, assemble, assemble_all
from ttvm.asm.disassembler import write_op
from ttvm.errors import Problem, SourceError
from ttvm.program import Module
from ttvm.source import Source
from ttvm.values import TRUE


def listing(module: Module) -> list[str]:
    """The instructions of a module as text."""
    return [write_op(op, module) for op in module.ops]


def errors_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SourceError) as caught:
        module_of(text)
    return caught.value.problems


def error_of(text: str) -> Problem:
    """The only error of a text."""
    [problem] = errors_of(text)
    return problem


# -- good programs


def test_rows_operands_lines_and_columns() -> None:
    module = module_of("; a comment\n\n  push_int 5 ; five\n\tPRINT\nPUSH_BOOL true")
    assert [(op.row.mnemonic, op.operands, op.line, op.column) for op in module.ops] == [
        ("PUSH_INT", (5,), 3, 3),
        ("PRINT", (), 4, 2),
        ("PUSH_BOOL", (TRUE,), 5, 1),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "; only a comment\n", "\ufeff", "   \t\n"])
def test_a_program_without_instructions(text: str) -> None:
    module = module_of(text)
    assert (module.ops, module.labels) == ((), {})


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ADD", "ADD"),
        ("aDd", "ADD"),
        ("  \tADD\t", "ADD"),
        ("ADD;x", "ADD"),
        ("STORE_VAR x", "STORE x"),
        ("load_var x", "LOAD x"),
        ("JMP_ADDR 0", "JMP 0"),
        ("NEW_LIST", "MAKE_LIST 0"),
        ("new_list ; empty", "MAKE_LIST 0"),
        ("MAKELIST 2", "MAKE_LIST 2"),
        ("NEW_OBJECT", "MAKE_OBJECT"),
        ("SEND_NAMED x", "SENDNAMED x"),
        ("RECEIVE_MATCH int AFTER 5 0", "RECEIVE int AFTER 5 0"),
        ("PUSH_STR it is so", 'PUSH_STR "it is so"'),
        ("PUSH_STR it is ; so", 'PUSH_STR "it is"'),
        ('PUSH_STR "a ; b" ; c', 'PUSH_STR "a ; b"'),
        (r'PUSH_STR "\x41\u{1F642}\0"', 'PUSH_STR "A🙂\\0"'),
        ("SPAWN", "SPAWN"),
        ("SPAWN 0", "SPAWN 0"),
        ("SEND", "SEND"),
        ("SEND 3", "SEND 3"),
        ("ASSERT", "ASSERT"),
        ('ASSERT "why"', 'ASSERT "why"'),
        ("CALL 0", "CALL 0"),
        ('CALL 0 a "b c"', 'CALL 0 a "b c"'),
        ("RECEIVE", "RECEIVE"),
        ("RECEIVE after 10 0", "RECEIVE AFTER 10 0"),
        ("RECEIVE int | str AFTER 10 0", "RECEIVE int | str AFTER 10 0"),
    ],
)
def test_one_instruction(line: str, shown: str) -> None:
    assert listing(module_of(line + "\n")) == [shown]


def test_bom_and_crlf() -> None:
    module = module_of("\ufeffstart:\r\nPUSH_STR hello \r\nJMP start\r\n")
    assert listing(module) == ['PUSH_STR "hello"', "JMP start"]
    assert module.labels == {"start": 0}
    assert [(op.line, op.column) for op in module.ops] == [(2, 1), (3, 1)]


def test_both_forms_of_labels_and_one_at_the_end() -> None:
    module = module_of("LABEL a\nNOP\nb:\n  c: ; comment\nNOP\nlabel d\n LABEL e: \nJMP a\nJMP d\nJMP end\nend:\n")
    assert module.labels == {"a": 0, "b": 1, "c": 1, "d": 2, "e": 2, "end": 5}
    assert [op.operands[0] for op in module.ops[2:]] == [0, 2, 5]


def test_labels_are_case_sensitive_and_may_look_like_anything() -> None:
    module = module_of("Loop:\nNOP\nloop:\nNOP\nADD:\nJMP Loop\nJMP loop\nJMP ADD\nJMP a.b-c\na.b-c:\nNOP\n")
    assert [op.operands[0] for op in module.ops[2:6]] == [0, 1, 2, 6]


def test_an_instruction_number_is_a_label() -> None:
    module = module_of("JMP 2\nNOP\nCALL 0 x\nRECEIVE AFTER 5 1\nTRY 3\nMAKE_FUNCTION 4\n")
    assert [op.operands for op in module.ops] == [(2,), (), (0, ("x",)), (None, (5, 1)), (3, None), (4, ())]


def test_a_label_may_be_quoted() -> None:
    assert module_of('JMP "there"\nthere:\nNOP\n').ops[0].operands == (1,)


# -- errors


@pytest.mark.parametrize(
    ("text", "place", "message", "hint", "mark"),
    [
        ("  PUSHINT 5", "1:3", "unknown instruction PUSHINT", "did you mean PUSH_INT?", "PUSHINT"),
        ("pusH_itn 5", "1:1", "unknown instruction pusH_itn", "did you mean PUSH_INT?", "pusH_itn"),
        ("qqqqqqqq", "1:1", "unknown instruction qqqqqqqq", "`ttvm isa` lists all instructions", "qqqqqqqq"),
        ("NOP\nPUSH_INT", "2:9", "PUSH_INT: the operand value is missing", "write PUSH_INT value", ""),
        ("STORE  ; x", "1:6", "STORE: the operand name is missing", "write STORE name", " "),
        ("SEND_AFTER", "1:11", "SEND_AFTER: the operand delay is missing", "write SEND_AFTER delay [to]", ""),
        ("ADD 1 2", "1:5", "ADD takes no operand", "remove 1 2", "1 2"),
        ("POP x ; y", "1:5", "POP takes no operand", "remove x", "x"),
        ("PUSH_INT 1 2", "1:12", "PUSH_INT is written PUSH_INT value, and here is more", "remove 2", "2"),
        ('PUSH_STR "a" "b"', "1:14", "PUSH_STR is written PUSH_STR value, and here is more", 'remove "b"', '"b"'),
        ("JMP 5", "1:5", "there is no instruction 5", "they are numbered 0 to 0", "5"),
        ("NOP\nNOP\nCALL 3", "3:6", "there is no instruction 3", "they are numbered 0 to 2", "3"),
        ("JMP -1", "1:5", "unknown label -1", "define it with `name:` on a line of its own", "-1"),
        ("JMP 0x1", "1:5", "unknown label 0x1", "define it with `name:` on a line of its own", "0x1"),
        ("loop:\nJMP lop", "2:5", "unknown label lop", "did you mean loop?", "lop"),
        ("JMP nowhere", "1:5", "unknown label nowhere", "define it with `name:` on a line of its own", "nowhere"),
        ("LABEL", "1:5", "LABEL needs a name", "write LABEL loop, or loop:", "L"),
        ("LABEL 12", "1:7", "a label cannot be the number 12", "numbers mean instructions", "12"),
        ("12:", "1:1", "a label cannot be the number 12", "numbers mean instructions", "12"),
        ("LABEL a NOP", "1:9", "a label stands on a line of its own", "put this on the next line", "NOP"),
        ("LABEL a b c", "1:9", "a label stands on a line of its own", "put this on the next line", "b c"),
        ("a: NOP", "1:4", "a label stands on a line of its own", "put this on the next line", "NOP"),
        ("TRY", "1:1", "this TRY has no CATCH", "write CATCH behind it, or TRY label", "TRY"),
    ],
)
def test_errors(text: str, place: str, message: str, hint: str, mark: str) -> None:
    problem = error_of(text)
    assert f"{problem.span.line}:{problem.span.column}" == place
    assert problem.text == message
    assert problem.hint == hint
    assert marked(problem.span) == mark
    assert problem.severity == "error"
    assert problem.span.source.path == "test.ttvm"


def test_a_label_defined_twice_shows_both_places() -> None:
    problem = error_of("a:\nNOP\n  LABEL a\nNOP\n")
    assert problem.text == "the label a is defined twice"
    assert (problem.span.line, problem.span.column) == (3, 9)
    [(first, note)] = problem.related
    assert note == "the first one is here"
    assert (first.line, first.column, marked(first)) == (1, 1, "a")
    assert str(problem).count("^") == 2


def test_a_label_defined_three_times_is_two_errors_about_the_first() -> None:
    problems = errors_of("x:\nx:\nNOP\nx:\n")
    assert [problem.span.line for problem in problems] == [2, 4]
    assert [problem.related[0][0].line for problem in problems] == [1, 1]


MANY_MISTAKES = """\
PUSHINT 5
PUSH_INT five
PUSH_INT
ADD 1
JMP nowhere
loop:
loop:
PUSH_STR "open
PUSH_INT 99999999999999999999
MAKE_LIST -1
RECEIVE [1,
TRY
SEND_AFTER soon
PUSH_STR "\\q"
JMP 999
"""


def test_all_errors_are_reported_at_once_in_the_order_of_the_lines() -> None:
    assert problems_of(MANY_MISTAKES) == [
        "1:1: unknown instruction PUSHINT",
        "2:10: PUSH_INT: five is not a whole number",
        "3:9: PUSH_INT: the operand value is missing",
        "4:5: ADD takes no operand",
        "5:5: unknown label nowhere",
        "7:1: the label loop is defined twice",
        "8:10: PUSH_STR: this text is never closed",
        "9:10: PUSH_INT: 99999999999999999999 does not fit in 64 bits",
        "10:11: MAKE_LIST: -1 is not a number from 0 to 1,000,000",
        "11:12: RECEIVE: a pattern is missing here",
        "12:1: this TRY has no CATCH",
        "13:12: SEND_AFTER: soon is not a whole number",
        "14:11: PUSH_STR: unknown escape \\q",
        "15:5: there is no instruction 999",
    ]


def test_every_error_shows_its_line_and_a_caret() -> None:
    lines = MANY_MISTAKES.split("\n")
    for problem in errors_of(MANY_MISTAKES):
        shown = str(problem).split("\n")
        assert shown[1].endswith(f"| {lines[problem.span.line - 1]}")
        assert set(shown[2]) == set(" |^")


def test_an_instruction_with_an_error_keeps_its_address() -> None:
    """So that the addresses of the errors behind it are right."""
    module, problems = assemble_all(Source("x", "PUSH_INT five\nJMP 2\nPUSH_INT 1 2\n"))
    assert len(problems) == 2
    assert len(module.ops) == 3


def test_a_surplus_operand_of_an_alias_is_explained_in_the_words_of_the_alias() -> None:
    problem = error_of("NEW_LIST 5")
    assert (problem.span.column, problem.hint) == (10, "remove 5")
    assert problem.text == "NEW_LIST takes no operand"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("PUSH_STR it is so", "it is so"),
        ("  ASSERT must hold ; c", "must hold"),
        ("IMPORT std/math", "std/math"),
        ('PUSH_STR say "hi"', 'say "hi"'),
    ],
)
def test_text_without_quotes_is_accepted_with_a_warning(line: str, text: str) -> None:
    module, problems = assemble_all(Source("x", line + "\n"))
    assert module.ops[0].operands[0] == text
    [problem] = problems
    assert (problem.severity, problem.text) == ("warning", "text without quotes")
    assert marked(problem.span) == text
    assert text.replace('"', '\\"') in problem.hint
    assert assemble(Source("x", line + "\n")).ops[0].operands[0] == text


@pytest.mark.parametrize("line", ['PUSH_STR "x"', "ASSERT", "NOP", "STORE x", 'ASSERT ""', "PUSH_STR"])
def test_no_warning_about_quotes_otherwise(line: str) -> None:
    _, problems = assemble_all(Source("x", line + "\n"))
    assert [problem.text for problem in problems if problem.severity == "warning"] == []


def test_unknown_words_are_cut_in_messages() -> None:
    problem = error_of("x" * 1_000_000)
    assert problem.text == f"unknown instruction {'x' * 40}..."
    assert len(str(problem)) < 1000
    assert len(str(error_of("JMP " + "y" * 1_000_000))) < 1000
    assert len(str(error_of("ADD " + "z" * 1_000_000))) < 1000
    assert len(str(error_of("LABEL a " + "z" * 1_000_000))) < 1000


def test_a_label_of_a_million_characters_is_cut_in_messages() -> None:
    name = "n" * 1_000_000
    assert len(str(error_of(f"{name}:\n{name}:\n"))) < 1000


def test_the_number_of_problems_is_bounded() -> None:
    assert len(errors_of("nonsense\n" * 5 * MOST_PROBLEMS)) == MOST_PROBLEMS


@pytest.mark.parametrize("text", ["\x00", "\x00\x01 \x02", "\u2028", "a\rb", "\x1bc", "\ud7ff", '"', '""', ":", "::x"])
def test_odd_lines_are_unknown_instructions(text: str) -> None:
    [message] = problems_of(text + "\n") or ["none"]
    assert "unknown instruction" in message or "quote" in message or "never closed" in message or text == "\u2028"


def test_a_line_separator_of_unicode_is_only_space() -> None:
    assert listing(module_of("PUSH_INT\u20285\n")) == ["PUSH_INT 5"]
