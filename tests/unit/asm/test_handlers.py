"""TRY, CATCH and END_TRY of the structured form are matched by their nesting, labelled ones among them or not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.helpers import module_of, problems_of


def matches(text: str) -> dict[int, Any]:
    """What each TRY and CATCH of a text was matched with: address of the CATCH, of the END_TRY, or None."""
    module = module_of(text)
    return {address: op.operands[1] for address, op in enumerate(module.ops) if op.row.mnemonic in ("TRY", "CATCH")}


def program(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_one_structured_handler() -> None:
    assert matches(program("TRY", "NOP", "CATCH e", "NOP", "END_TRY")) == {0: 2, 2: 4}


def test_one_after_the_other() -> None:
    assert matches(program("TRY", "CATCH", "END_TRY", "TRY", "CATCH", "END_TRY")) == {0: 1, 1: 2, 3: 4, 4: 5}


def test_nested_in_the_body() -> None:
    text = program("TRY", "TRY", "CATCH", "END_TRY", "CATCH", "END_TRY")
    assert matches(text) == {0: 4, 1: 2, 2: 3, 4: 5}


def test_nested_in_the_handler() -> None:
    text = program("TRY", "CATCH", "TRY", "CATCH", "END_TRY", "END_TRY")
    assert matches(text) == {0: 1, 1: 5, 2: 3, 3: 4}


def test_nested_in_both_three_deep() -> None:
    text = program("TRY", "TRY", "TRY", "CATCH", "END_TRY", "CATCH", "TRY", "CATCH", "END_TRY", "END_TRY", "CATCH",
                   "END_TRY")  # fmt: skip
    assert matches(text) == {0: 10, 1: 5, 2: 3, 3: 4, 5: 9, 6: 7, 7: 8, 10: 11}


def test_the_labelled_form_matches_nothing() -> None:
    text = program("TRY h", "NOP", "END_TRY", "HALT", "h:", "CATCH", "END_TRY")
    assert matches(text) == {0: None, 4: None}


def test_a_labelled_handler_behind_the_code_it_guards() -> None:
    """Its END_TRY is not the one of a structured TRY around it."""
    text = program(
        "TRY", "TRY h", "NOP", "END_TRY", "CATCH", "END_TRY", "HALT", "h:", "CATCH", "END_TRY"
    )  # fmt: skip
    assert matches(text) == {0: 4, 1: None, 4: 5, 7: None}


def test_a_labelled_handler_inside_the_body_of_a_structured_one() -> None:
    text = program(
        "TRY",  # 0
        "TRY h",  # 1
        "NOP",
        "END_TRY",  # 3
        "JMP on",
        "h:",
        "CATCH",  # 5
        "END_TRY",  # 6
        "on:",
        "NOP",
        "CATCH",  # 8
        "END_TRY",  # 9
    )
    assert matches(text) == {0: 8, 1: None, 5: None, 8: 9}


def test_a_structured_one_inside_a_labelled_body_and_handler() -> None:
    text = program(
        "TRY h",  # 0
        "TRY",  # 1
        "CATCH",  # 2
        "END_TRY",  # 3
        "END_TRY",  # 4
        "HALT",
        "h:",
        "CATCH",  # 6
        "TRY",  # 7
        "CATCH",  # 8
        "END_TRY",  # 9
        "END_TRY",  # 10
    )
    assert matches(text) == {0: None, 1: 2, 2: 3, 6: None, 7: 8, 8: 9}


def test_a_labelled_try_whose_body_leaves_by_a_jump() -> None:
    """The only END_TRY of the handler stands in it."""
    text = program("TRY h", "THROW", "h:", "CATCH", "END_TRY", "TRY", "CATCH", "END_TRY")
    assert matches(text) == {0: None, 2: None, 4: 5, 5: 6}


def test_two_labelled_tries_that_share_a_handler() -> None:
    text = program(
        "TRY",  # 0
        "TRY h",  # 1
        "END_TRY",
        "TRY h",  # 3
        "END_TRY",
        "CATCH",  # 5
        "END_TRY",  # 6
        "HALT",
        "h:",
        "CATCH",  # 8
        "END_TRY",
    )
    assert matches(text) == {0: 5, 1: None, 3: None, 5: 6, 8: None}


def test_a_handler_without_catch_at_its_label() -> None:
    text = program("TRY h", "NOP", "END_TRY", "HALT", "h:", "PRINT", "END_TRY", "TRY", "CATCH", "END_TRY")
    assert matches(text) == {0: None, 6: 7, 7: 8}


@pytest.mark.parametrize(
    ("lines", "errors"),
    [
        (("TRY",), ["1:1: this TRY has no CATCH"]),
        (("TRY", "END_TRY"), ["1:1: this TRY has no CATCH"]),
        (("TRY", "CATCH"), ["2:1: this CATCH has no END_TRY"]),
        (("TRY", "TRY", "CATCH", "END_TRY"), ["1:1: this TRY has no CATCH"]),
        (("TRY", "CATCH", "TRY", "CATCH", "END_TRY"), ["2:1: this CATCH has no END_TRY"]),
        (("TRY", "TRY"), ["1:1: this TRY has no CATCH", "2:1: this TRY has no CATCH"]),
        (("NOP", "  TRY", "NOP"), ["2:3: this TRY has no CATCH"]),
    ],
)
def test_what_does_not_match_is_an_error(lines: tuple[str, ...], errors: list[str]) -> None:
    assert problems_of(program(*lines)) == errors


@pytest.mark.parametrize("lines", [("END_TRY",), ("CATCH",), ("CATCH e", "END_TRY"), ("END_TRY", "END_TRY")])
def test_what_could_belong_to_a_jump_is_none(lines: tuple[str, ...]) -> None:
    assert problems_of(program(*lines)) == []
