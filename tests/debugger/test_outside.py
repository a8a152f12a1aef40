"""Programs that use the world outside, under the debugger."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from debugger.cli import _parser
from debugger.session import Session
from ttvm.cli.parser import machine_options

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="commands of POSIX")

PROGRAM = """\
    PUSH_STR "x"
    PUSH_STR "out/a.txt"
    WRITE_FILE
    PUSH_STR "echo"
    PUSH_STR "hello"
    MAKE_LIST 1
    EXEC
    PRINT
    PUSH_STR "out/a.txt"
    READ_FILE
"""


def session_of(folder: Path, text: str, *options: str) -> Session:
    """A session with the options of a command line."""
    path = folder / "program.ttvm"
    path.write_text(text, encoding="utf-8")
    read = _parser().parse_args([*options, str(path)])
    return Session(read.file, machine_options(read))


def test_the_flags_of_the_command_line_hold_in_the_debugger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    session = session_of(tmp_path, PROGRAM, "--allow-write=out", "--allow-run=echo")
    session.continue_()
    lines = [line.text for line in session.output()]
    assert lines[:2] == ["hello", "0"]
    assert "READ_FILE may not read out/a.txt: --allow-read=out/a.txt would allow it" in lines[2]
    assert (tmp_path / "out" / "a.txt").read_text(encoding="utf-8") == "x"
    session.close()


def test_a_process_is_shown_waiting_for_its_command(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = f'PUSH_STR "cat"\nPUSH_STR "{pipe}"\nMAKE_LIST 1\nEXEC\nHALT\n'
    session = session_of(tmp_path, text, "--allow-run=cat")
    session.step(4)
    assert session.view().did.endswith("1 main: EXEC: 1 main waits for the command cat")
    pipe.write_text("through\n", encoding="utf-8")
    session.continue_()
    assert [line.text for line in session.output()] == ["through"]
    session.close()


def test_a_restart_ends_what_the_old_run_has_outside(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ("sh", "-c", f"exec 9>'{pipe}'; echo begun >&9; sleep 1000")
    pushes = "".join(f'PUSH_STR "{word}"\n' for word in words)
    session = session_of(tmp_path, f"{pushes}MAKE_LIST 2\nEXEC\n", "--allow-run=sh")
    session.step(5)
    with open(pipe, encoding="ascii") as source:
        assert source.readline() == "begun\n"
        session.restart()
        assert source.read() == ""
    session.close()
