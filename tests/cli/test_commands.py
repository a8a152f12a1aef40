"""`ttvm` with programs that run commands: however the run ends, its commands end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import program, ttvm
from tests.machines import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="commands of POSIX")


def endless(folder: Path) -> tuple[Path, Path]:
    """A program with a command that never ends, and the pipe that is open as long as anything of it is left."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    script = f"exec 9>'{pipe}'; echo begun >&9; sleep 1000 & sleep 1000"
    return program(folder, f'PUSH_STR "sh"\nPUSH_STR "-c"\nPUSH_STR "{script}"\nMAKE_LIST 2\nEXEC\n'), pipe


@pytest.mark.parametrize(
    ("options", "number", "status"),
    [((), signal.SIGINT, 130), (("--timeout", "0.5"), 0, 4)],
)
def test_commands_end_with_the_run(tmp_path: Path, options: tuple[str, ...], number: int, status: int) -> None:
    path, pipe = endless(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "ttvm", "--allow-run", *options, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as run:
        with open(pipe, encoding="ascii") as source:
            assert source.readline() == "begun\n"
            if number:
                run.send_signal(number)
            assert source.read() == ""
        output, errors = run.communicate(timeout=30)
    assert (run.returncode, output) == (status, b"")
    assert b"Traceback" not in errors
    assert errors.count(b"\n") == 1


def test_a_command_ends_with_exit(tmp_path: Path) -> None:
    path, pipe = endless(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        "MAKE_FUNCTION runner\nSPAWN\nPOP\nPUSH_STR cat\nPUSH_STR "
        f'"{tmp_path}/begun"\nMAKE_LIST 1\nEXEC\nEXIT\nrunner:\n'
        + text.replace("echo begun >&9", f"echo begun >&9; echo >'{tmp_path}/begun'"),
        encoding="utf-8",
    )
    os.mkfifo(tmp_path / "begun")
    with subprocess.Popen(
        [sys.executable, "-m", "ttvm", "--allow-run", str(path)], stdin=subprocess.DEVNULL, stdout=-1, cwd=ROOT
    ) as run:
        with open(pipe, encoding="ascii") as source:
            assert source.read() == "begun\n"
        assert run.communicate(timeout=30)[0] == b"\n"
    assert run.returncode == 0


def test_a_recorded_command_is_not_run_again(tmp_path: Path) -> None:
    path = program(
        tmp_path,
        'PUSH_STR "sh"\nPUSH_STR "-c"\nPUSH_STR "echo ran >> log; echo out; echo err >&2; exit 3"\nMAKE_LIST 2\n'
        "EXEC\nPRINT\n",
    )
    first = ttvm("record", "-o", "run.ttvmrun", "--allow-run=sh", path, folder=tmp_path)
    again = ttvm("replay", "run.ttvmrun", folder=tmp_path)
    assert first.output == again.output == "out\nerr\n3\n"
    assert (tmp_path / "log").read_text(encoding="utf-8") == "ran\n"
