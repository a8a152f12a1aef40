"""The whole program on a real terminal: it starts, it answers, and it always gives the terminal back."""

from __future__ import annotations

import re
import signal
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.machines import ROOT

LEAVE_SCREEN = "\x1b[?1049l"
SHOW_CURSOR = "\x1b[?25h"
UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>=?]\d*u")


class Terminal:
    """A program on a terminal of 120 columns and 40 rows. ``received`` is all it wrote, ``screen`` what one sees."""

    def __init__(self, child: pexpect.spawn[str]) -> None:
        self.child = child
        self.received = ""
        self.screen = pyte.Screen(120, 40)
        self._stream = pyte.Stream(self.screen)

    def until(self, text: str) -> None:
        """Read until ``text`` can be seen."""
        while not any(text in row for row in self.screen.display):
            self._read()

    def until_screen(self, rows: list[str]) -> None:
        """Read until the screen is exactly this, row by row."""
        while [row.rstrip() for row in self.screen.display] != rows:
            self._read()

    def until_end(self) -> int:
        """Read to the end; gives the exit status."""
        try:
            while True:
                self._read()
        except pexpect.EOF:
            self.child.close()
        assert self.child.signalstatus is None
        assert self.child.exitstatus is not None
        return self.child.exitstatus

    def _read(self) -> None:
        text = self.child.read_nonblocking(65536, timeout=30)
        self.received += text
        self._stream.feed(UNKNOWN_TO_PYTE.sub("", text))


@contextmanager
def debugger(
    *options: str, program: str = "examples/02_message_passing.ttvm", **environment: str
) -> Iterator[Terminal]:
    """``ttvm-debug`` on an example, with the first screen drawn."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ttvm-debug").mkdir()
        (Path(folder) / "ttvm-debug" / "welcomed").touch()
        with _debugger(folder, *options, program, **environment) as terminal:
            yield terminal


@contextmanager
def _debugger(home: str, *options: str, **environment: str) -> Iterator[Terminal]:
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-m", "debugger.start", *options],
        cwd=str(ROOT),
        dimensions=(40, 120),
        encoding="utf-8",
        env={
            "TERM": "xterm-256color",
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": home,
            "XDG_CONFIG_HOME": home,
            **environment,
        },
    )
    child.delaybeforesend = None
    terminal = Terminal(child)
    try:
        terminal.until("NEXT 1 main")
        yield terminal
    finally:
        child.close(force=True)


def test_first_steps_and_quit() -> None:
    with debugger() as terminal:
        terminal.child.send("s")
        terminal.until('DID 1 main: PUSH_STR: put "receiver" on the stack')
        terminal.child.send("q")
        assert terminal.until_end() == 0
        assert LEAVE_SCREEN in terminal.received
        assert SHOW_CURSOR in terminal.received


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"])
def test_a_signal_gives_the_terminal_back(name: str) -> None:
    number = getattr(signal, name)
    with debugger() as terminal:
        local_modes = termios.tcgetattr(terminal.child.child_fd)[3]
        assert not local_modes & termios.ECHO  # it reads single keys
        terminal.child.kill(number)
        assert terminal.until_end() == 128 + number
        assert LEAVE_SCREEN in terminal.received
        assert SHOW_CURSOR in terminal.received


def test_ctrl_c_leaves() -> None:
    with debugger() as terminal:
        terminal.child.sendcontrol("c")
        assert terminal.until_end() == 0


def test_ascii_draws_nothing_else() -> None:
    with debugger("--ascii", NO_COLOR="1") as terminal:
        terminal.child.send("q")
        terminal.until_end()
        assert terminal.received.isascii()
