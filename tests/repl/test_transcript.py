"""The page on the REPL shows what the REPL does."""

from __future__ import annotations

from debugger.repl.commands import _OWN
from tests.repl.transcript import PAGE, shown, transcript


def test_the_transcript_is_what_running_it_gives() -> None:
    assert shown() == transcript(), "python -m tests.repl.transcript"


def test_the_transcript_is_a_story() -> None:
    text = transcript()
    for promised in ("PUSH_INT 1", "SPAWN", "turn", "deadlock: ", "back at step"):
        assert promised in text


def test_each_command_of_its_own_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for command in _OWN:
        if command.name not in ("continue", "quit"):  # those of the debugger, with other hands
            assert f"`{command.name}" in page
