"""`ttvm FILE`: streams, exit statuses, options and limits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import program, ttvm
from tests.machines import EXAMPLES, ROOT, folder_for, promises

HELLO = '    PUSH_STR "hello"\n    PRINT\n'


def test_output_is_alone_on_standard_output(tmp_path: Path) -> None:
    text = HELLO + '    PUSH_STR "lost"\n    SEND 9\n    PUSH_INT 1\n    PUSH_INT 0\n    DIV\n'
    done = ttvm(program(tmp_path, text))
    assert done.output == "hello\n"
    assert done.status == 1
    assert 'warning: the message Str "lost" from process 1 was dropped' in done.errors
    assert "process 1 crashed: DivisionByZero: DIV cannot divide by zero: a is Int 1, b is Int 0" in done.errors
    assert "program.ttvm:7" in done.errors


STATUSES = [
    ("    NOP\n", 0, ""),
    ("    ADD\n", 1, "process 1 crashed: StackUnderflow"),
    ('    PUSH_STR "gone"\n    EXIT_PROCESS\n', 1, 'process 1 ended with reason Str "gone"'),
    ("    PSUH 1\n", 2, "unknown instruction PSUH"),
    ("    RECEIVE\n", 3, "deadlock: the main process waits"),
    ("    PUSH_INT 77\n    EXIT\n", 77, ""),
    (
        "    MAKE_FUNCTION f\n    SPAWN\n    HALT\nf:\n    RECEIVE str\n",
        0,
        "process 2 waits for a message that fits str",
    ),
]


@pytest.mark.parametrize(("text", "status", "errors"), STATUSES)
def test_exit_status(tmp_path: Path, text: str, status: int, errors: str) -> None:
    done = ttvm(program(tmp_path, text))
    assert done.status == status
    assert errors in done.errors
    if not errors:
        assert done.errors == ""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_interrupt(tmp_path: Path) -> None:
    path = program(tmp_path, '    PUSH_STR "on my way"\n    PRINT\n    READ_LINE\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "ttvm", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"on my way\n"  # now it waits for input
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted after" in errors
    assert b"Traceback" not in errors


def test_reader_that_goes_away(tmp_path: Path) -> None:
    path = program(tmp_path, '    PUSH_STR "again"\nloop:\n    DUP\n    PRINT\n    JMP loop\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "ttvm", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"again\n"
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 141


def test_words_behind_the_file_go_to_the_program(tmp_path: Path) -> None:
    path = program(tmp_path, "    GET_ARGS\n    PRINT\n")
    assert ttvm(path, "a", "b c", "-x").output == "[a, b c, -x]\n"
    done = ttvm(path, "--quantum", "1")
    assert done.output == "[--quantum, 1]\n"
    assert "note: --quantum stands behind the file" in done.errors


def test_program_on_standard_input() -> None:
    assert ttvm("-", input_text=HELLO).output == "hello\n"


def test_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "windows.ttvm"
    path.write_bytes(b"\xef\xbb\xbf" + HELLO.replace("\n", "\r\n").encode())
    assert ttvm(path).output == "hello\n"


def test_debug_writes_a_line_for_each_instruction(tmp_path: Path) -> None:
    done = ttvm("--debug", program(tmp_path, "    PUSH_INT 2\n    DUP\n    ADD\n    PRINT\n"))
    assert done.output == "4\n"
    assert [line.split() for line in done.errors.splitlines()][:3] == [
        ["1", "0", "PUSH_INT", "2", "[]"],
        ["1", "1", "DUP", "[Int", "2]"],
        ["1", "2", "ADD", "[Int", "2,", "Int", "2]"],
    ]


def test_trace_tells_what_processes_do(tmp_path: Path) -> None:
    text = "    MAKE_FUNCTION f\n    SPAWN\n    PUSH_INT 5\n    SEND 2\n    HALT\nf:\n    REGISTER f\n    RECEIVE\n"
    lines = ttvm("--trace-procs", program(tmp_path, text)).errors
    for part in (
        "spawned by 1: f",
        "sends #1 to 2: Int 5",
        "is called f from now on",
        "receives #1 from 1: Int 5",
        "exits",
    ):
        assert part in lines


TWO_PRINTS = """\
    MAKE_FUNCTION f
    SPAWN
    PUSH_STR "main"
    PRINT
    HALT
f:
    PUSH_STR "child"
    PRINT
"""


def test_quantum_and_policy_options(tmp_path: Path) -> None:
    path = program(tmp_path, TWO_PRINTS)
    assert ttvm(path).output == "main\nchild\n"
    assert ttvm("--no-smp", path).output == "main\nchild\n"
    assert ttvm("--policy", "scripted", "--schedule", "1,1,1,1,2,2,2", "--quantum", "1", path).output == "main\nchild\n"
    assert ttvm("--schedule", "1,1,2,2,2", "--quantum", "1", path).output == "child\nmain\n"
    for seed in ("1", "2", "3"):
        runs = {ttvm("--policy", "random", "--seed", seed, "--quantum", "1", path).output for _ in range(2)}
        assert len(runs) == 1


CONTRADICTIONS = [
    ("--policy", "smp", "--no-smp"),
    ("--smp", "2", "--no-smp"),
    ("--policy", "scripted"),
    ("--policy", "random", "--schedule", "1"),
    ("--quantum", "-1"),
    ("--quantum", "many"),
    ("--seed", "1.5"),
    ("--timeout", "0"),
    ("--policy", "fair"),
    ("--colour",),
    ("--max-steps",),
]


@pytest.mark.parametrize("options", CONTRADICTIONS, ids=" ".join)
def test_wrong_options(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = ttvm(*options, program(tmp_path, HELLO))
    assert done.status == 2
    assert done.output == ""
    assert "error" in done.errors


def test_schedule_that_cannot_be_followed(tmp_path: Path) -> None:
    done = ttvm("--schedule", "2", program(tmp_path, HELLO))
    assert done.status == 2
    assert "turn 1 of the schedule wants process 2, which cannot run now; ready: 1" in done.errors


ENDLESS = "loop:\n    JMP loop\n"
LIMITS = [
    (("--max-steps", "5000"), ENDLESS, 4, "stopped after 5,000 steps, process 1 was at program.ttvm:2 (--max-steps)"),
    (("--timeout", "0.2"), ENDLESS, 4, "stopped after 0.2 s, process 1 was at program.ttvm:2 (--timeout)"),
    (("--timeout", "0.2"), "    PUSH_INT 900000\n    SLEEP\n", 4, "(--timeout)"),
    (("--max-processes", "50"), 'loop:\n    MAKE_FUNCTION wait\n    SPAWN\n    JMP loop\nwait:\n    RECEIVE\n', 4,
     "SPAWN would make more than 50 processes (--max-processes) (program.ttvm:3)"),
    ((), "f:\n    CALL f\n", 1, "CALL would open more than 500,000 calls (--max-calls) (program.ttvm:2)"),
    (("--max-stack", "1000"), "loop:\n    NULL\n    JMP loop\n", 1, "more than 1,000 values on the stack"),
    (("--max-mailbox", "100"), "loop:\n    NULL\n    SEND 1\n    JMP loop\n", 1,
     "found 100 messages in the mailbox of process 1 (--max-mailbox) (program.ttvm:3)"),
    ((), '    PUSH_STR "ab"\nloop:\n    DUP\n    CONCAT\n    JMP loop\n', 1, "would make a text of more than"),
    (("--max-memory-mb", "64"), "loop:\n    PUSH_INT 0\n    PUSH_INT 1000000\n    RANGE\n    JMP loop\n", 4,
     "(--max-memory-mb)"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "text", "status", "errors"), LIMITS)
def test_limits(tmp_path: Path, options: tuple[str, ...], text: str, status: int, errors: str) -> None:
    done = ttvm(*options, program(tmp_path, text))
    assert done.status == status, done.errors
    assert errors in done.errors


def test_spawn_bomb_of_children_ends(tmp_path: Path) -> None:
    done = ttvm("--max-processes", "200", program(tmp_path, "bomb:\n    MAKE_FUNCTION bomb\n    SPAWN\n    JMP bomb\n"))
    assert done.status == 4
    assert "could not spawn any more" in done.errors


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run_as_shown(path: Path, tmp_path: Path) -> None:
    promised = promises(path)
    done = ttvm(*promised.options, path, *promised.arguments, folder=folder_for(path, tmp_path))
    expected = [
        line.partition("; expect: ")[2] for line in path.read_text("utf-8").splitlines() if "; expect: " in line
    ]
    assert done.output.splitlines() == expected
    assert done.status == (3 if path.stem == "dining_philosophers_deadlock" else 0)


def test_no_colour_in_a_pipe(tmp_path: Path) -> None:
    assert "\x1b" not in ttvm(program(tmp_path, "    ADD\n")).errors


def test_control_characters_never_reach_the_terminal_through_messages(tmp_path: Path) -> None:
    text = '    REGISTER "a\\x1B[31mb"\n    PUSH_STR "\\x1B]0;title\\x07"\n    DUP\n    SEND 9\n    THROW\n'
    path = program(tmp_path, text)
    for options in ((), ("--debug",), ("--trace-procs",)):
        assert "\x1b" not in ttvm(*options, path).errors


def test_standard_error_can_be_closed(tmp_path: Path) -> None:
    path = program(tmp_path, "    ADD\n")
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m ttvm "{path}" 2>&-'],
        stdout=subprocess.PIPE,
        check=False,
        cwd=ROOT,
        env=dict(os.environ),
    )
    assert done.returncode == 1
