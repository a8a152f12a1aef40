"""The disassembler writes what the assembler reads back as the same module."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machines import EXAMPLES
from tests.unit.helpers import module_of
from ttvm.asm.disassembler import disassemble, write_op
from ttvm.forms import debug
from ttvm.program import Module


def plain(module: Module) -> object:
    """Rows, operands and labels as values that compare; patterns by their text, floats by their digits."""
    ops = [(op.row.mnemonic, [_plain_operand(each) for each in op.operands]) for op in module.ops]
    return ops, module.labels


def _plain_operand(operand: object) -> object:
    if isinstance(operand, float):
        return debug(operand)
    return operand if isinstance(operand, (int, str, tuple, type(None))) else str(operand)


ROUND_TRIPS = {
    "empty": "",
    "labels": "a:\nb:\nJMP a\nJMP b\nJMP c\nc:\n",
    "only labels": "a:\nb:\n",
    "odd labels": "LABEL foo:\nADD:\n::\nAFTER:\nNOP\nJMP foo\nJMP :\nRECEIVE AFTER 5 AFTER\nTRY AFTER\n",
    "numbers without a label": "JMP 2\nNOP\nNOP\n",
    "ints": "PUSH_INT -9223372036854775808\nPUSH_INT 0x7fffffffffffffff\n",
    "floats": "\n".join(f"PUSH_FLOAT {x}" for x in ("1e300", "1e-7", "-0.0", "inf", "-inf", "nan", "5", "5e-324")),
    "texts": 'PUSH_STR "a\\"\\\\\\n\\t\\r\\0\\x01\\u{202E}é🙂;"\nPUSH_STR ""\nPUSH_STR no quotes\nASSERT\nASSERT ""\n',
    "names": 'STORE x\nSTORE "two words"\nSTORE "a;b"\nSTORE "\\""\nLOAD é\nCALL 0 a "b c" "\\n"\nCATCH\nCATCH e\n',
    "pids": "SEND\nSEND 0\nSEND 7\nSPAWN\nSPAWN 0\nSPAWN 3\nSEND_AFTER 100\nSEND_AFTER 100 7\n",
    "handlers": "TRY\nTRY h\nEND_TRY\nCATCH e\nEND_TRY\nHALT\nh:\nCATCH\nEND_TRY\n",
    "patterns": (
        "l:\nRECEIVE\nRECEIVE AFTER 0 l\nRECEIVE _\nRECEIVE int|str AFTER 10 l\nRECEIVE 42\nRECEIVE -0.0\nRECEIVE nan\n"
        'RECEIVE {type: "DOWN", ref: $r, "a b": [1, $x | null, []], c: {}}\nRECEIVE "AFTER" AFTER 5 l\nRECEIVE 1e300\n'
    ),
    "aliases": "NEW_LIST\nMAKELIST 3\nstore_var x\nRECEIVE_MATCH int\n",
}


@pytest.mark.parametrize("addresses", [True, False])
@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_round_trip(name: str, addresses: bool) -> None:
    module = module_of(ROUND_TRIPS[name])
    text = disassemble(module, addresses)
    again = module_of(text)
    assert plain(again) == plain(module)
    assert disassemble(again, addresses=False) == disassemble(module, addresses=False)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_round_trip_of_the_examples(path: Path) -> None:
    module = module_of(path.read_text(encoding="utf-8"))
    assert plain(module_of(disassemble(module))) == plain(module)


def test_addresses_and_lines_stand_in_comments() -> None:
    module = module_of("; head\nloop:\n\n  PUSH_INT 5\nJMP loop\nend:\n")
    assert disassemble(module).split("\n") == [
        "loop:",
        "    PUSH_INT 5                                  ; 0 (line 4)",
        "    JMP loop                                    ; 1 (line 5)",
        "end:",
        "",
    ]
    assert disassemble(module, addresses=False) == "loop:\n    PUSH_INT 5\n    JMP loop\nend:\n"


def test_write_op_names_labels() -> None:
    module = module_of("CALL f a b\nf:\nRECEIVE AFTER 5 f\nTRY\nCATCH\nEND_TRY\n")
    assert [write_op(op, module) for op in module.ops] == [
        "CALL f a b",
        "RECEIVE AFTER 5 f",
        "TRY",
        "CATCH",
        "END_TRY",
    ]
