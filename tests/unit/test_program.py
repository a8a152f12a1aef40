"""Assembled modules: lines, labels and places of addresses."""

from __future__ import annotations

import pytest

from tests.unit.helpers import marked, module_of
from ttvm.asm.assembler import assemble
from ttvm.source import Source

TEXT = """\
; a comment
start:
    PUSH_INT 1

also_start:
first:
    PRINT
second:

  JMP first
end:
"""


def test_names_and_identity() -> None:
    module = assemble(Source("shop/bar\\main.ttvm", "", "/home/main.ttvm"))
    assert (module.name, module.identity) == ("main.ttvm", "/home/main.ttvm")
    assert module_of("", "main.ttvm").name == "main.ttvm"


def test_lines_and_places() -> None:
    module = module_of(TEXT, "dir/t.ttvm")
    assert [module.line(address) for address in range(4)] == [3, 7, 10, 11]
    assert [module.place(address) for address in (0, 3)] == ["t.ttvm:3", "t.ttvm:11"]
    assert module_of("").place(0) == "test.ttvm:1"


def test_spans_point_at_the_mnemonic() -> None:
    module = module_of(TEXT)
    assert [marked(module.span(address)) for address in range(3)] == ["PUSH_INT", "PRINT", "JMP"]
    assert str(module.span(2)) == "test.ttvm:10:3"
    assert str(module.span(3)) == "test.ttvm:11:1"


def test_labels_of_addresses() -> None:
    module = module_of(TEXT)
    assert [module.label_at(address) for address in range(4)] == ["start", "first", "second", "end"]
    assert [module.label_before(address) for address in range(4)] == ["start", "first", "second", "end"]
    late = module_of("NOP\nNOP\nl:\nNOP\nNOP\n")
    assert [late.label_at(address) for address in range(5)] == ["", "", "l", "", ""]
    assert [late.label_before(address) for address in range(5)] == ["", "", "l", "l", "l"]
    assert module_of("NOP\n").label_before(0) == ""


@pytest.mark.parametrize(
    ("line", "address"), [(0, 0), (1, 0), (3, 0), (4, 1), (7, 1), (8, 2), (10, 2), (11, None), (99, None)]
)
def test_the_address_of_a_line_is_the_first_instruction_from_there(line: int, address: int | None) -> None:
    assert module_of(TEXT).address_of_line(line) == address


def test_without_instructions_no_line_has_an_address() -> None:
    assert module_of("a:\n; nothing\n").address_of_line(1) is None
