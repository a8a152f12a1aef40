"""The REPL without a terminal: lines in, plain results out, an exit status."""

from __future__ import annotations

import io
import signal
from pathlib import Path

import pytest

from debugger.repl import cli
from debugger.repl.plain import run_plain
from debugger.session import Session


def run(text: str, *options: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command with a text as its standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return cli.main(["--config", "", *options])


def test_blocks_commands_and_errors(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "twice:\n\tDUP\n\tADD\n\tRET\nPUSH_INT 4\r\nCALL twice\nMUL\nPRINT\nback\nquit\nPUSH_INT 9\n"
    assert run(text, monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == (
        "defined twice: 3 instructions\n"
        "stack: [Int 4]\n"
        "stack: [Int 8]\n"
        "error: MUL needs 2 values (a, b) on the stack, which holds only 1 value\n"
        "  MUL\n"
        "  ^^^\n"
        "8\n"
        "stack: []\n"
        "back at step 12\n"
        "1 line of output taken back\n"
        "stack: [Int 8]\n"
    )


def test_strict_ends_at_the_first_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("PUSH_INT 1\nADD\nPUSH_INT 2\n", "--strict", monkeypatch=monkeypatch) == 1
    assert "Int 2" not in capsys.readouterr().out


@pytest.mark.parametrize("text", ["POP\n", "nonsense", ":nonsense", "f:\nJMP nowhere"])
def test_every_kind_of_error_counts(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(text, "--strict", monkeypatch=monkeypatch) == 1


def test_a_block_that_is_not_finished_is_entered_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("here:\n  PUSH_INT 1", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == "stack: [Int 1]\n"


def test_a_file_to_begin_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "functions.ttvm"
    file.write_text("five:\n    PUSH_INT 5\n    RET\n", encoding="utf-8")
    assert run("CALL five\n", str(file), monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == "defined five: 2 instructions\nstack: [Int 5]\n"
    assert run("", "--strict", str(tmp_path / "none.ttvm"), monkeypatch=monkeypatch) == 1


def test_input_permissions_and_auto(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "input"
    file.write_text("typed before\n", encoding="utf-8")
    assert run("READ_LINE\nPRINT\n", "--input", str(file), "--auto", monkeypatch=monkeypatch) == 0
    assert "typed before" in capsys.readouterr().out
    assert run('PUSH_STR "x" ;; READ_FILE', "--strict", monkeypatch=monkeypatch) == 1
    assert "--allow-read" in capsys.readouterr().out


def test_a_saved_run_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.ttvmrun"
    assert run(f"PUSH_INT 4\nsave {file}\n", monkeypatch=monkeypatch) == 0
    capsys.readouterr()
    assert run("DUP\n", str(file), monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == "stack: [Int 4, Int 4]\n"


def test_output_of_others_is_marked() -> None:
    target = io.StringIO()
    lines = 'hello:\n PUSH_STR "hi"\n PRINT\n RET\nPUSH_STR "hello" ;; SPAWN\nturn\n'
    run_plain(Session("<repl>"), io.StringIO(lines), target)
    assert "\n[2] hi\n" in target.getvalue()


class Keyboard(io.StringIO):
    """Lines that come from a terminal."""

    def isatty(self) -> bool:
        return True


class Interrupting(io.StringIO):
    """A target whose reader presses Ctrl-C as soon as something is printed."""

    def write(self, text: str) -> int:
        if text == "running":
            signal.raise_signal(signal.SIGINT)
        return super().write(text)


def test_on_a_terminal_there_is_a_prompt_and_ctrl_c_stops_what_runs() -> None:
    target = Interrupting()
    lines = 'up:\n PUSH_STR "running"\n PRINT\n JMP up\nJMP up\nPUSH_INT 5\nquit\n'
    before = signal.getsignal(signal.SIGINT)
    assert run_plain(Session("<repl>"), Keyboard(lines), target) == 0
    assert signal.getsignal(signal.SIGINT) is before
    said = target.getvalue()
    assert said.startswith("1 main 0> up ...> up ...> up ...> defined up: 3 instructions\n1 main 3> running\n")
    assert "stopped at repl:" in said
    assert "Int 5]" in said
