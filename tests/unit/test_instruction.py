"""Rows of the instruction table: notation, names of operands and values, and the table as a whole."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ttvm.instruction import (
    OPERAND_TYPES,
    Family,
    Instruction,
    InstructionSet,
    Kind,
    Operand,
    Slot,
    actor,
    control,
    effect,
    family,
    parse_effect,
    parse_operand,
    pure,
)
from ttvm.isa import ISA


def meaning(*_: Any) -> None:
    """Do what it does.

    And more.
    """


def row(syntax: str, stack: str = "--", aliases: tuple[str, ...] = ()) -> Instruction:
    return pure(0x100, syntax, stack, meaning, "", aliases)


@pytest.mark.parametrize(
    ("text", "operand", "shown"),
    [
        ("value:int", Operand("value", "int"), "value"),
        ("[to:pid]", Operand("to", "pid", True), "[to]"),
        ("[parameters:names]", Operand("parameters", "names", True), "[parameters...]"),
        ("rest:names", Operand("rest", "names"), "rest..."),
        ("[after:timeout]", Operand("after", "timeout", True), "[AFTER ms label]"),
    ],
)
def test_parse_operand(text: str, operand: Operand, shown: str) -> None:
    assert parse_operand(text) == operand
    assert str(operand) == shown


@pytest.mark.parametrize("text", ["value", "value:", "value:number", "[value:INT]"])
def test_an_unknown_operand_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unknown operand type"):
        parse_operand(text)


@pytest.mark.parametrize(
    ("text", "pops", "pushes", "shown"),
    [
        ("--", (), (), "--"),
        ("a b -- sum", (Slot("a"), Slot("b")), (Slot("sum"),), "a b -- sum"),
        ("-- v", (), (Slot("v"),), "-- v"),
        ("values*count -- list", (Slot("values", "count"),), (Slot("list"),), "values1..n -- list"),
        ("message to? --", (Slot("message"), Slot("to", unless=True)), (), "message [to] --"),
        ("arguments.. f --", (Slot("arguments", open=True), Slot("f")), (), "arguments1..n f --"),
    ],
)
def test_parse_effect(text: str, pops: tuple[Slot, ...], pushes: tuple[Slot, ...], shown: str) -> None:
    stack = parse_effect(text)
    assert (stack.pops, stack.pushes) == (pops, pushes)
    assert str(stack) == shown


@pytest.mark.parametrize(
    ("syntax", "shown"),
    [
        ("POP", "POP"),
        ("CALL target:label [parameters:names]", "CALL target [parameters...]"),
        ("RECEIVE [pattern:pattern] [after:timeout]", "RECEIVE [pattern] [AFTER ms label]"),
        ("TRY [handler:label] [catch:match]", "TRY [handler]"),
    ],
)
def test_syntax_leaves_out_what_is_not_written(syntax: str, shown: str) -> None:
    assert row(syntax).syntax == shown
    assert repr(row(syntax)) == f"<{shown}>"


@pytest.mark.parametrize(
    ("syntax", "stack", "operands", "names"),
    [
        ("ADD", "a b -- sum", (), ("a", "b")),
        ("MAKE_LIST count:count", "values*count -- list", (3,), ("value 1", "value 2", "value 3")),
        ("MAKE_LIST count:count", "values*count -- list", (0,), ()),
        ("SPAWN [count:count]", "arguments*count target -- pid", (None,), ("target",)),
        ("SPAWN [count:count]", "arguments*count target -- pid", (2,), ("argument 1", "argument 2", "target")),
        ("CALL target:label [parameters:names]", "arguments*parameters --", (0, ("x", "y")), ("x", "y")),
        ("CALL target:label [parameters:names]", "arguments*parameters --", (0, ()), ()),
        ("SEND [to:pid]", "message to? --", (None,), ("message", "to")),
        ("SEND [to:pid]", "message to? --", (0,), ("message", "to")),
        ("SEND [to:pid]", "message to? --", (7,), ("message",)),
        ("CALL_FUNCTION", "arguments.. function --", (), ("function",)),
    ],
)
def test_pop_names(syntax: str, stack: str, operands: tuple[Any, ...], names: tuple[str, ...]) -> None:
    assert row(syntax, stack).pop_names(operands) == names


def test_pop_names_of_a_row_that_names_no_operand_of_its_own() -> None:
    with pytest.raises(KeyError, match="BAD has no operand 'count'"):
        row("BAD", "values*count --").pop_names(())


def test_pops_open() -> None:
    assert row("X", "arguments.. f --").pops_open
    assert not row("X", "values*n f --").pops_open


def test_the_documentation_is_the_docstring() -> None:
    assert row("X").documentation == "Do what it does.\n\nAnd more."
    assert row("X").summary == "Do what it does."
    assert pure(0x100, "X", "--", lambda: None).documentation == ""


def test_makers_of_rows_know_their_kind() -> None:
    made = [make(0x100, "X", "--", meaning) for make in (pure, control, effect, actor)]
    assert [each.kind for each in made] == [Kind.PURE, Kind.CONTROL, Kind.EFFECT, Kind.ACTOR]


# -- instruction sets


@pytest.fixture
def small() -> InstructionSet:
    return InstructionSet(
        family("one", "The first.", row("MAKE_LIST count:count", aliases=("NEW_LIST 0", "MAKELIST")), row("POP")),
        family("two", "The second.", row("JMP target:label", aliases=("GOTO",))),
    )


def test_an_instruction_set_is_a_mapping_by_mnemonic(small: InstructionSet) -> None:
    assert list(small) == ["MAKE_LIST", "POP", "JMP"]
    assert len(small) == 3
    assert small["POP"].family == "one"
    assert small["JMP"].family == "two"
    assert "GOTO" not in small
    assert small.spellings == ("MAKE_LIST", "NEW_LIST", "MAKELIST", "POP", "JMP", "GOTO")
    assert [each.name for each in small.families] == ["one", "two"]


@pytest.mark.parametrize(
    ("spelling", "mnemonic", "preset"),
    [
        ("POP", "POP", ""),
        ("pop", "POP", ""),
        ("PoP", "POP", ""),
        ("goto", "JMP", ""),
        ("NEW_LIST", "MAKE_LIST", "0"),
        ("new_list", "MAKE_LIST", "0"),
        ("makelist", "MAKE_LIST", ""),
    ],
)
def test_find_knows_aliases_and_ignores_case(small: InstructionSet, spelling: str, mnemonic: str, preset: str) -> None:
    assert small.find(spelling) == (small[mnemonic], preset)


@pytest.mark.parametrize("spelling", ["", "POPP", "PO", "NEW_LIST 0", "POP "])
def test_find_does_not_guess(small: InstructionSet, spelling: str) -> None:
    assert small.find(spelling) is None


@pytest.mark.parametrize("aliases", [("POP",), ("GOTO", "GOTO"), ("JMP 1",)])
def test_a_spelling_can_stand_only_once(aliases: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="stands in the table twice"):
        InstructionSet(family("x", "", row("POP"), row("JMP", aliases=aliases)))


# -- the table


ROWS = list(ISA.values())
VERB = re.compile(r"\(([^()|]+)\|([^()|]+)\)")
FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")


@pytest.mark.parametrize("each", ISA.families, ids=lambda each: each.name)
def test_families_are_documented(each: Family) -> None:
    assert each.documentation.endswith(".")
    assert all(row.family == each.name for row in each.instructions)


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.mnemonic)
def test_rows_are_documented(each: Instruction) -> None:
    assert each.summary.endswith(".")
    assert each.summary[0].isupper()
    assert len(each.summary) <= 120


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.mnemonic)
def test_rows_name_operands_that_exist(each: Instruction) -> None:
    operands = {operand.name for operand in each.operands}
    assert len(operands) == len(each.operands)
    for slot in (*each.effect.pops, *each.effect.pushes):
        assert not slot.times or slot.times in operands
        assert not slot.unless or slot.name in operands
    assert {operand.type for operand in each.operands} <= set(OPERAND_TYPES)


@pytest.mark.parametrize("each", [row for row in ROWS if row.words], ids=lambda each: each.mnemonic)
def test_words_name_what_the_row_has(each: Instruction) -> None:
    known = {operand.name for operand in each.operands} | {slot.name for slot in each.effect.pops} | {"top"}
    rest = VERB.sub("", FIELD.sub("", each.words))
    assert VERB.search(each.words), "a verb in two tenses"
    assert not set(rest) & set("{}|()"), rest
    assert {match[1] for match in FIELD.finditer(each.words)} <= known


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.mnemonic)
def test_mnemonics_are_upper_case(each: Instruction) -> None:
    assert re.fullmatch(r"[A-Z][A-Z_]*", each.mnemonic)


@pytest.mark.parametrize(
    ("alias", "mnemonic", "preset"),
    [
        ("STORE_VAR", "STORE", ""),
        ("LOAD_VAR", "LOAD", ""),
        ("JMP_ADDR", "JMP", ""),
        ("JZ_ADDR", "JZ", ""),
        ("CALL_ADDR", "CALL", ""),
        ("NEW_OBJECT", "MAKE_OBJECT", ""),
        ("NEW_LIST", "MAKE_LIST", "0"),
        ("LIST_APPEND", "APPEND", ""),
        ("MAKELIST", "MAKE_LIST", ""),
        ("DUMPSCOPE", "DUMP_SCOPE", ""),
        ("SEND_NAMED", "SENDNAMED", ""),
        ("TRAPEXIT", "TRAP_EXIT", ""),
        ("RECEIVE_MATCH", "RECEIVE", ""),
    ],
)
def test_aliases_of_old_programs(alias: str, mnemonic: str, preset: str) -> None:
    assert ISA.find(alias) == (ISA[mnemonic], preset)
    assert ISA.find(alias.lower()) == (ISA[mnemonic], preset)


LANGUAGE = """
PUSH_INT PUSH_FLOAT PUSH_STR PUSH_BOOL TRUE FALSE NULL DUP POP SWAP OVER ROT ADD SUB MUL DIV MOD NEG ABS POW SQRT FLOOR
CEIL ROUND MIN MAX ADD_F SUB_F MUL_F DIV_F EQ NE GT LT GE LE EQ_F NE_F GT_F LT_F GE_F LE_F NOT AND OR JMP JZ JNZ CALL
RET MAKE_FUNCTION CAPTURE MAKE_LAMBDA CALL_FUNCTION HALT EXIT PRINT NOP BREAKPOINT ASSERT STORE LOAD DELETE DUMP_SCOPE
MAKE_LIST LEN INDEX APPEND SET_INDEX SLICE REVERSE SORT RANGE CONTAINS MAKE_OBJECT SET_FIELD GET_FIELD HAS_FIELD
DELETE_FIELD KEYS OBJECT_SET OBJECT_GET CONCAT SUBSTR SPLIT JOIN UPPER LOWER TRIM REPLACE FIND STARTS_WITH ENDS_WITH
TO_STR TO_INT TO_FLOAT TO_BOOL TYPE_OF CHR ORD TRY CATCH THROW END_TRY ERROR_MESSAGE ERROR_KIND ERROR_VALUE ERROR_TRACE
IMPORT EXPORT READ_LINE READ_CHAR READ_INPUT GET_ARGS GET_TIME GET_MONOTONIC SLEEP FORMAT_TIME RANDOM SPAWN SPAWN_LINK
SPAWN_MONITOR SELF YIELD SEND SENDNAMED SEND_AFTER CANCEL_TIMER RECEIVE REGISTER UNREGISTER WHEREIS LINK UNLINK MONITOR
DEMONITOR TRAP_EXIT EXIT_PROCESS KILL IS_ALIVE PROCESSES SPAWNER
"""
"""The instructions of language.md that this stage has: sections 3, 4, 5, 7 without supervisors, console and time."""


@pytest.mark.parametrize("mnemonic", LANGUAGE.split())
def test_the_table_has_what_the_language_has(mnemonic: str) -> None:
    assert mnemonic in ISA
