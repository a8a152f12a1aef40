"""`ttvm FILE` on a terminal: reading what is typed, and the questions of --ask."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import program, ttvm
from tests.machines import ROOT

pexpect = pytest.importorskip("pexpect") if sys.platform != "win32" else pytest.skip("POSIX", allow_module_level=True)


class Terminal:
    """A run of ``ttvm`` on a terminal."""

    def __init__(self, folder: Path, text: str, *options: str) -> None:
        path = program(folder, text)
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "ttvm", *options, str(path)],
            cwd=str(folder),
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "NO_COLOR": "1", "LANG": "C.UTF-8"},
            encoding="utf-8",
            timeout=30,
        )

    def until(self, text: str) -> None:
        """Read until this text has come."""
        self.child.expect_exact(text)

    def type(self, text: str) -> None:
        """Type a line."""
        self.child.sendline(text)

    def ends_with(self, status: int) -> str:
        """Read to the end; what was still written."""
        rest = self.child.read()
        self.child.close()
        assert (self.child.signalstatus, self.child.exitstatus) == (None, status), rest
        assert "Traceback" not in rest
        return str(rest)


@contextmanager
def running(folder: Path, text: str, *options: str) -> Iterator[Terminal]:
    """A run on a terminal; it is ended when the test is over, whatever happens."""
    terminal = Terminal(folder, text, *options)
    try:
        yield terminal
    finally:
        terminal.child.close(force=True)


ECHO = """\
    READ_LINE
    PUSH_STR "line: "
    SWAP
    CONCAT
    PRINT
"""
TWO_WAIT = f"""\
    MAKE_FUNCTION reader
    SPAWN
    POP
    PUSH_INT 3
loop:
    PUSH_INT 10
    SLEEP
    DUP
    PRINT
    PUSH_INT 1
    SUB
    DUP
    JNZ loop
    PUSH_STR "over"
    PRINT
    HALT
reader:
{ECHO}"""


def test_others_run_while_one_waits_for_a_line(tmp_path: Path) -> None:
    with running(tmp_path, TWO_WAIT) as terminal:
        terminal.until("over")
        terminal.type("héllo")
        terminal.until("line: héllo")
        terminal.ends_with(0)


def test_readers_get_lines_in_the_order_in_which_they_asked(tmp_path: Path) -> None:
    text = """\
    MAKE_FUNCTION other
    SPAWN
    POP
    YIELD
    READ_LINE
    READ_CHAR
    MAKE_LIST 2
    PRINT
    HALT
other:
    READ_LINE
    PRINT
"""
    with running(tmp_path, text, "--no-smp") as terminal:
        terminal.type("one")
        terminal.until("one\r\none\r\n")
        terminal.type("two")
        terminal.until("two\r\n")
        terminal.type("three")
        terminal.until("[two, t]")
        terminal.ends_with(0)


def test_a_character_leaves_the_rest_of_the_line(tmp_path: Path) -> None:
    with running(tmp_path, "READ_CHAR\nPRINT\nREAD_LINE\nPRINT\n") as terminal:
        terminal.type("äbc")
        terminal.until("äbc\r\nä\r\nbc\r\n")
        terminal.ends_with(0)


def test_the_end_of_input_is_an_empty_text_and_stays_one(tmp_path: Path) -> None:
    with running(
        tmp_path, "READ_INPUT\nREAD_LINE\nREAD_CHAR\nREAD_INPUT\nMAKE_LIST 4\nJSON_STRINGIFY\nPRINT\n"
    ) as terminal:
        terminal.type("one")
        terminal.until("one\r\n")
        terminal.type("two")
        terminal.until("two\r\n")
        terminal.child.sendeof()
        terminal.until('["one\\ntwo\\n","","",""]')
        terminal.ends_with(0)


def test_a_reader_that_is_killed_leaves_the_line_to_the_next(tmp_path: Path) -> None:
    text = """\
    MAKE_FUNCTION reader
    SPAWN_MONITOR
    STORE ref
    STORE reader
    PUSH_INT 5
    SLEEP
    PUSH_STR "stop"
    LOAD reader
    KILL
    RECEIVE {type: "DOWN", ref: $ref}
    POP
    PUSH_STR "your turn"
    PRINT
    READ_LINE
    UPPER
    PRINT
    HALT
reader:
    READ_LINE
    PRINT
"""
    with running(tmp_path, text) as terminal:
        terminal.until("your turn")
        terminal.type("mine")
        terminal.until("MINE")
        terminal.ends_with(0)


def test_interrupt_while_a_line_is_waited_for(tmp_path: Path) -> None:
    with running(tmp_path, TWO_WAIT) as terminal:
        terminal.until("over")
        terminal.child.sendintr()
        assert "interrupted after" in terminal.ends_with(130)


def test_a_time_limit_ends_a_wait_for_a_line(tmp_path: Path) -> None:
    with running(tmp_path, ECHO, "--timeout", "0.3") as terminal:
        assert "stopped after 0.3 s" in terminal.ends_with(4)


def test_what_was_typed_is_recorded_and_replayed(tmp_path: Path) -> None:
    path = program(tmp_path, TWO_WAIT)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "ttvm", "record", "-o", "run.ttvmrun", str(path)],
        cwd=str(tmp_path),
        env={"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "LANG": "C.UTF-8"},
        encoding="utf-8",
        timeout=30,
    )
    try:
        child.expect_exact("over")
        child.sendline("typed once")
        child.expect_exact("line: typed once")
        child.read()
    finally:
        child.close(force=True)
    done = ttvm("replay", "run.ttvmrun", folder=tmp_path)
    assert (done.status, done.output) == (0, "3\n2\n1\nover\nline: typed once\n")


ASKS = """\
    PUSH_STR "a.txt"
    FILE_EXISTS
    PRINT
    PUSH_STR "b.txt"
    FILE_EXISTS
    PRINT
    PUSH_STR "./a.txt"
    FILE_EXISTS
    PRINT
"""


def test_one_question_for_each_thing(tmp_path: Path) -> None:
    with running(tmp_path, ASKS, "--ask") as terminal:
        terminal.until(
            f"ttvm: FILE_EXISTS wants to read {tmp_path}/a.txt (process 1). Allow it? [y/n/a(ll of this kind)] "
        )
        terminal.type("y")
        terminal.until("false")
        terminal.until(f"ttvm: FILE_EXISTS wants to read {tmp_path}/b.txt (process 1). Allow it?")
        terminal.type("what?")
        terminal.until("Allow it?")
        terminal.type(" YES ")
        terminal.until("false")
        assert "Allow" not in terminal.ends_with(0)


def test_all_of_a_kind(tmp_path: Path) -> None:
    with running(tmp_path, f"{ASKS}PUSH_STR x\nPUSH_STR a.txt\nWRITE_FILE\n", "--ask") as terminal:
        terminal.until("Allow it?")
        terminal.type("a")
        terminal.until("false\r\nfalse\r\nfalse\r\n")
        terminal.until("WRITE_FILE wants to write")
        terminal.type("n")
        rest = terminal.ends_with(1)
    assert "PermissionDenied: WRITE_FILE may not write a.txt: --allow-write=a.txt would allow it" in rest
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize("answer", ["n", "no", "", "\x04"])
def test_no_means_no_and_is_remembered(tmp_path: Path, answer: str) -> None:
    text = "TRY\nPUSH_STR a\nFILE_EXISTS\nCATCH\nERROR_KIND\nPRINT\nEND_TRY\nPUSH_STR a\nFILE_EXISTS\n"
    with running(tmp_path, text, "--ask") as terminal:
        terminal.until("Allow it?")
        if answer == "\x04":
            terminal.child.sendeof()
        else:
            terminal.type(answer)
        terminal.until("PermissionDenied\r\n")
        rest = terminal.ends_with(1)
        assert "Allow it?" not in rest
        assert "--allow-read=a would allow it" in rest


def test_what_was_granted_is_not_asked_about(tmp_path: Path) -> None:
    with running(tmp_path, ASKS, "--ask", "--allow-read") as terminal:
        assert "Allow" not in terminal.ends_with(0)


def test_a_question_while_another_process_waits_for_a_line(tmp_path: Path) -> None:
    text = f"MAKE_FUNCTION reader\nSPAWN\nPOP\nYIELD\nPUSH_INT 20\nSLEEP\n{ASKS}HALT\nreader:\n{ECHO}"
    with running(tmp_path, text, "--ask") as terminal:
        terminal.until("Allow it?")
        terminal.type("a")
        terminal.until("false\r\nfalse\r\nfalse\r\n")
        terminal.type("for the program")
        terminal.until("line: for the program")
        terminal.ends_with(0)


def test_what_was_typed_before_a_question_is_no_answer(tmp_path: Path) -> None:
    """A program could have someone type y for another reason, and ask then."""
    text = 'PUSH_STR "press y and enter"\nPRINT\nREAD_LINE\nPRINT\nPUSH_STR "now"\nPRINT\nPUSH_INT 300\nSLEEP\n' + ASKS
    with running(tmp_path, text, "--ask") as terminal:
        terminal.until("enter")
        terminal.type("y")
        terminal.until("now")
        terminal.type("y")
        terminal.until("Allow it?")
        terminal.type("n")
        assert "PermissionDenied" in terminal.ends_with(1)


def test_a_path_cannot_disturb_the_question(tmp_path: Path) -> None:
    text = 'PUSH_STR "a\\x1b[2K\\rttvm: nothing bad"\nFILE_EXISTS\n'
    with running(tmp_path, text, "--ask") as terminal:
        terminal.until("FILE_EXISTS wants to read")
        terminal.until("Allow it?")
        assert "\x1b" not in terminal.child.before
        terminal.type("n")
        terminal.ends_with(1)


def test_interrupt_at_a_question(tmp_path: Path) -> None:
    with running(tmp_path, ASKS, "--ask") as terminal:
        terminal.until("Allow it?")
        terminal.child.sendintr()
        assert "interrupted" in terminal.ends_with(130)


@pytest.mark.parametrize("command", [[], ["record"], ["trace"]])
def test_nobody_is_asked_without_a_terminal(tmp_path: Path, command: list[str]) -> None:
    done = ttvm(*command, "--ask", program(tmp_path, ASKS), input_text="y\ny\n", folder=tmp_path)
    assert (done.status, done.output) == (2, "")
    assert "--ask needs a terminal" in done.errors
