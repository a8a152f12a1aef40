"""Completion: what a word may become, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.repl.suggestions import suggest
from tests.repl.typing import Repl


@pytest.fixture
def repl() -> Repl:
    repl = Repl()
    repl.enter(
        "square:\n  DUP\n  MUL\n  RET",
        'PUSH_INT 1 ;; STORE total ;; PUSH_STR "boss" ;; REGISTER "boss" ;; POP',
        'PUSH_STR "square" ;; SPAWN ;; POP',
    )
    return repl


def words(repl: Repl, text: str) -> list[str]:
    return [each.text for each in suggest(repl.evaluator, text)]


def test_instructions_come_with_their_effect_and_help(repl: Repl) -> None:
    [found] = suggest(repl.evaluator, "PUSH_INT 1 ;; SWA")
    assert (found.text, found.length) == ("SWAP", 3)
    assert found.note.startswith("( a b -- b a )  ")


def test_lower_case_means_commands_first(repl: Repl) -> None:
    assert words(repl, "st")[:2] == ["step", "stack"]
    assert "STORE" in words(repl, "st")
    assert words(repl, "ST")[0] == "STORE"
    assert words(repl, ":st") == ["step", "stack", "state"]
    [found] = suggest(repl.evaluator, ":att")
    assert found.note.startswith("[PROCESS]  Let lines go to a process")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CALL sq", ["square"]),
        ("here:\nJMP he", ["here"]),
        ("LOAD to", ["total"]),
        ("STORE ", ["total"]),
        ('PUSH_STR "sq', ["square"]),
        ('PUSH_STR "bo', ["boss"]),
        ("REGISTER bo", ["boss"]),
        ("SEND ", ["1", "2"]),
        ("SEND 2", ["2"]),
        ("attach bo", ["boss"]),
        ("help SWA", ["SWAP"]),
        ("help atta", ["attach"]),
        ("until sq", ["square"]),
        ("set to", ["total"]),
        ("auto ", ["on", "off"]),
        ("mode v", ["vi"]),
        ("; PUSH", []),
        ("", []),
        ("PUSH_INT ", []),
        ("nonsense ", []),
    ],
)
def test_what_is_offered_behind_a_word(repl: Repl, text: str, expected: list[str]) -> None:
    assert words(repl, text) == expected


def test_files_are_offered(repl: Repl, tmp_path: Path) -> None:
    (tmp_path / "prog.ttvm").touch()
    (tmp_path / "programs").mkdir()
    start = str(tmp_path / "pro")
    expected = [f"{tmp_path}/prog.ttvm", f"{tmp_path}/programs/"]
    assert words(repl, f"load {start}") == expected
    assert words(repl, f'PUSH_STR "{start}') == expected
