"""The real programs on a real terminal: the REPL alone, and lent the terminal of the debugger."""

from __future__ import annotations

import re
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from tests.machines import ROOT
from tests.tui.test_terminal import LEAVE_SCREEN, SHOW_CURSOR, UNKNOWN_TO_PYTE, Terminal

CURSOR_WANTED = "\x1b[6n"
REPL = "from debugger.repl.start import main; sys.exit(main())"
DEBUGGER = "from debugger.start import main; sys.exit(main())"
CRASH = """
from debugger.repl.evaluator import Evaluator
def crash(evaluator, text):
    raise ZeroDivisionError("a bug")
Evaluator.enter = crash
"""


class Answering(Terminal):
    """A terminal with a second screen, that says where its cursor is: prompt_toolkit wants to know before it draws."""

    def _read(self) -> None:
        text = self.child.read_nonblocking(65536, timeout=30)
        self.received += text
        for part in re.split(r"(?=\x1b\[\?1049[hl])", text):  # pyte has only one: each change of it begins a new one
            if part.startswith("\x1b[?1049"):
                self.screen.reset()
            self._stream.feed(UNKNOWN_TO_PYTE.sub("", part))
        for _ in range(text.count(CURSOR_WANTED)):
            self.child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")

    @property
    def echoes(self) -> bool:
        """Whether it is as a shell leaves it: what is typed is shown by the system."""
        modes = termios.tcgetattr(self.child.child_fd)[3]
        return bool(modes & termios.ECHO) and bool(modes & termios.ICANON)

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        self.child.send(f"{line}\r")


@contextmanager
def started(code: str, *words: str, home: Path) -> Iterator[Answering]:
    """A program on a terminal; ``code`` begins it."""
    (home / "ttvm-debug").mkdir()
    (home / "ttvm-debug" / "welcomed").touch()
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-c", f"import sys\n{code}", *words],
        cwd=str(ROOT),
        dimensions=(40, 120),
        encoding="utf-8",
        env={
            "TERM": "xterm-256color",
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
        },
    )
    child.delaybeforesend = None
    try:
        yield Answering(child)
    finally:
        child.close(force=True)


@pytest.fixture
def repl(tmp_path: Path) -> Iterator[Answering]:
    with started(REPL, home=tmp_path) as terminal:
        terminal.until("1 main 0>")
        yield terminal


@pytest.fixture
def debugger(tmp_path: Path) -> Iterator[Answering]:
    with started(DEBUGGER, "examples/02_message_passing.ttvm", home=tmp_path) as terminal:
        terminal.until('PUSH_STR: puts "receiver" on the stack')
        terminal.child.send("!")
        terminal.until("1 main 0>")
        yield terminal


def test_lines_effects_and_the_end(repl: Answering) -> None:
    repl.until("F2 auto off  F3 trace off  F4 emacs")
    repl.type("PUSH_INT 2 ;; DUP ;; ADD")
    repl.until("stack: [Int 4]")
    repl.type("square:")
    repl.until("square ...>")
    repl.type("DUP\rMUL\rRET")
    repl.until("defined square: 3 instructions")
    repl.type("CALL square")
    repl.until("stack: [Int 16]")
    repl.type("back")
    repl.until("8 of 14>")
    repl.child.send("\x04")
    assert repl.until_end() == 0
    assert repl.received.rfind(SHOW_CURSOR) > 0
    assert repl.received.count("\x1b[?2004h") == repl.received.count("\x1b[?2004l")  # bracketed paste is off again


def test_ctrl_c_stops_what_runs_and_the_terminal_is_well(repl: Answering) -> None:
    repl.type('up:\rPUSH_STR "running"\rPRINT\rJMP up')
    repl.until("defined up")
    repl.type("JMP up")
    repl.until("running   ")
    repl.child.sendintr()
    repl.until("continue goes on, back undoes the line")
    repl.until(">")
    repl.type("PUSH_INT 5")
    repl.until("Int 5]")
    repl.type("quit")
    assert repl.until_end() == 0


def test_a_crash_gives_the_terminal_back(tmp_path: Path) -> None:
    with started(CRASH + REPL, home=tmp_path) as terminal:
        terminal.until("1 main 0>")
        assert not terminal.echoes
        terminal.type("PUSH_INT 1")
        assert terminal.until_end() == 2
        assert "this is a bug of ttvm" in terminal.received.replace("\r\n", " ")
        assert "Traceback" not in terminal.received


def test_the_debugger_lends_the_terminal_and_gets_it_back(debugger: Answering) -> None:
    debugger.type("PUSH_INT 77")
    debugger.until("stack: [Int 77]")
    debugger.until("1 main 1>")  # between two prompts Ctrl-D is a key of the terminal itself
    debugger.child.send("\x04")
    debugger.until("1 Code")
    debugger.until("Int 77")
    assert not debugger.echoes
    debugger.child.send("s")
    debugger.until('DID 1 main: PUSH_STR: put "receiver" on the stack')
    debugger.child.send("!")
    debugger.until("1 main 2>")
    debugger.type("quit")
    debugger.until("1 Code")
    debugger.child.send("q")
    assert debugger.until_end() == 0
    assert debugger.received.rfind(LEAVE_SCREEN) > debugger.received.rfind("1 Code")


def test_ctrl_c_in_the_lent_terminal_means_the_repl(tmp_path: Path) -> None:
    program = tmp_path / "forever.ttvm"
    program.write_text('again:\n    PUSH_STR "running"\n    PRINT\n    JMP again\n', encoding="utf-8")
    with started(DEBUGGER, str(program), home=tmp_path) as terminal:
        terminal.until("1 Code")
        terminal.child.send("!")
        terminal.until("1 main 0>")
        terminal.type("continue")
        terminal.until("running   ")
        terminal.child.sendintr()
        terminal.until("paused")
        terminal.type("quit")
        terminal.until("1 Code")
        terminal.child.send("q")
        assert terminal.until_end() == 0


def test_a_crash_in_the_lent_terminal_restores_it(tmp_path: Path) -> None:
    with started(CRASH + DEBUGGER, "examples/02_message_passing.ttvm", home=tmp_path) as terminal:
        terminal.until("1 Code")
        terminal.child.send("!")
        terminal.until("1 main 0>")
        terminal.type("PUSH_INT 1")
        assert terminal.until_end() == 2
        assert "this is a bug of ttvm" in terminal.received.replace("\r\n", " ")
        assert terminal.received.rfind(LEAVE_SCREEN) > terminal.received.rfind("1 Code")
