"""The numbers of the instructions in bytecode files: unique, those of the original, and never changed.

``opcode_numbers.txt`` holds every number that was ever given out. Bytecode files with them are out in the world.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from ttvm.instruction import OPERAND_TYPES
from ttvm.isa import ISA

PUBLISHED = {
    mnemonic: int(number, 16)
    for number, mnemonic in (
        line.split() for line in Path(__file__).with_name("opcode_numbers.txt").read_text(encoding="ascii").splitlines()
    )
}
_OF_THE_ORIGINAL = """
PUSH_INT 0x01, PUSH_STR 0x02, TRUE 0x03, FALSE 0x04, NULL 0x05, NOT 0x06, AND 0x07, OR 0x08, DUP 0x09,
ADD 0x10, SUB 0x11, CONCAT 0x12, EQ 0x20, GT 0x21, LT 0x22, NE 0x23, GE 0x24, LE 0x25, JMP 0x30, JZ 0x31,
CALL 0x32, RET 0x33, PRINT 0x40, STORE 0x50, LOAD 0x51, DELETE 0x52, MAKE_LIST 0x60, LEN 0x61, INDEX 0x62,
DUMP_SCOPE 0x70, READ_FILE 0x72, WRITE_FILE 0x73, SPAWN 0x80, REGISTER 0x81, UNREGISTER 0x82, WHEREIS 0x83,
SENDNAMED 0x84, MONITOR 0x85, LINK 0x86, UNLINK 0x87, START_SUPERVISOR 0x88, SUPERVISE_CHILD 0x89,
RESTART_CHILD 0x8A, YIELD 0x8B, RECEIVE 0x8C, SEND 0x8D, HALT 0xFF
"""
ORIGINAL = {mnemonic: int(number, 16) for mnemonic, number in re.findall(r"(\w+) (0x\w+)", _OF_THE_ORIGINAL)}
"""What `src/compiler.rs` of the original TinyTotVM writes."""
FIRST_NEW = 0x100


def next_free() -> int:
    """The number for a new row."""
    return max(*PUBLISHED.values(), *(row.code for row in ISA.values())) + 1


def test_numbers_are_unique() -> None:
    times = Counter(row.code for row in ISA.values())
    twice = [f"0x{row.code:X} {row.mnemonic}" for row in ISA.values() if times[row.code] > 1]
    assert not twice, f"the next free number is 0x{next_free():X}"


def test_numbers_are_those_of_the_original() -> None:
    for row in ISA.values():
        if row.mnemonic in ORIGINAL:
            assert row.code == ORIGINAL[row.mnemonic], row
        else:
            assert FIRST_NEW <= row.code <= 0xFFFF, f"{row} needs a number from 0x{FIRST_NEW:X}: 0x{next_free():X}"


def test_numbers_never_change() -> None:
    assert {row.mnemonic: row.code for row in ISA.values() if row.mnemonic in PUBLISHED} == PUBLISHED


def test_new_numbers_are_written_down() -> None:
    new = [f"0x{row.code:03X} {row.mnemonic}" for row in ISA.values() if row.mnemonic not in PUBLISHED]
    assert not new, "append these lines to tests/unit/asm/opcode_numbers.txt"
    reused = {row.code for row in ISA.values() if row.mnemonic not in PUBLISHED} & set(PUBLISHED.values())
    assert not reused, f"these numbers meant something else once; the next free one is 0x{next_free():X}"


def test_rows_are_found_by_their_numbers() -> None:
    assert all(ISA.with_code(row.code) is row for row in ISA.values())
    assert ISA.with_code(0) is None
    assert ISA.with_code(0xFFFF) is None


def test_every_operand_type_that_rows_use_is_known() -> None:
    used = {operand.type for row in ISA.values() for operand in row.operands}
    assert used <= set(OPERAND_TYPES)
