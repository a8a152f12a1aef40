"""Hostile programs, closed streams, signals, odd file names and odd terminals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Done, program, ttvm
from tests.machines import ROOT

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
HELLO = '    PUSH_STR "hello"\n    PRINT\n'


def shell(line: str, *words: str | Path) -> Done:
    """Run a shell command in which ``ttvm`` is the command and $1 ... are the words."""
    script = f'ttvm() {{ "{sys.executable}" -m ttvm "$@"; }}\n{line}'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *map(str, words)],
        capture_output=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )
    result = Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
    assert "Traceback" not in result.errors, result.errors
    assert "Exception ignored" not in result.errors, result.errors
    return result


# -- one mistake each: message, place, status


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("PSUH_INT 1", 5, "unknown instruction PSUH_INT"),
        ("PUSH_INT", 13, "PUSH_INT: the operand value is missing"),
        ("PUSH_INT 9223372036854775808", 14, "PUSH_INT: 9223372036854775808 does not fit in 64 bits"),
        ("JMP 7", 9, "there is no instruction 7"),
        ("JMP nowhere", 9, "unknown label nowhere"),
        ('PUSH_STR "open', 14, "PUSH_STR: this text is never closed"),
        ("TRY", 5, "this TRY has no CATCH"),
    ],
)
def test_a_mistake_has_a_place_and_stops_everything(tmp_path: Path, line: str, column: int, message: str) -> None:
    done = ttvm(program(tmp_path, f"{HELLO}    {line}\n"))
    assert (done.status, done.output) == (2, "")
    assert f"program.ttvm:3:{column}: error: {message}\n" in done.errors
    shown, carets = done.errors.split("\n")[1:3]
    assert shown == f"    3 |     {line}"
    assert carets.index("^") == len("    3 | ") + column - 1


def test_an_import_that_fails_says_where_in_which_file(tmp_path: Path) -> None:
    program(tmp_path, "\n    PSUH 1\n", "library.ttvm")
    done = ttvm(program(tmp_path, '    IMPORT "library"\n'))
    assert done.status == 1
    assert re.search(r"ImportError: .*library\.ttvm:2:5: unknown instruction PSUH \(program\.ttvm:1\)", done.errors)
    missing = ttvm(program(tmp_path, '    IMPORT "nothing"\n'))
    assert missing.status == 1
    assert 'IMPORT finds no module "nothing" (program.ttvm:1)' in missing.errors


def test_modules_are_found_by_the_search_path(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    program(folder, "    PUSH_INT 7\n    STORE seven\n    EXPORT seven\n", "numbers.ttvm")
    path = program(tmp_path, '    IMPORT "numbers"\n    LOAD seven\n    PRINT\n')
    assert ttvm(path).status == 1
    assert ttvm(path, environment={"TTVM_PATH": str(folder)}).output == "7\n"


# -- the same run everywhere


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("    RECEIVE [$a, $b, $c, $d, $e]\n", id="which unknown variable is named"),
        pytest.param(
            "    MAKE_FUNCTION f\n"
            + "    DUP\n    SPAWN_LINK\n    POP\n" * 9
            + "    ADD\nf:\n    TRUE\n    TRAP_EXIT\n"
            "    RECEIVE\n    PRINT\n    SELF\n    PRINT\n",
            id="who hears of an end first",
        ),
        pytest.param(
            "".join(f'    REGISTER "{name}"\n' for name in "abcdefgh"),
            id="which name is free first",
        ),
    ],
)
def test_a_run_does_not_depend_on_pythons_hashes(tmp_path: Path, text: str) -> None:
    path = program(tmp_path, text)
    runs = {ttvm("--trace-procs", path, environment={"PYTHONHASHSEED": str(seed)}) for seed in range(5)}
    assert len(runs) == 1


# -- large and endless things


BIG = """\
    PUSH_STR "x"
    PUSH_INT 0
    STORE i
double:
    DUP
    CONCAT
    LOAD i
    PUSH_INT 1
    ADD
    DUP
    STORE i
    PUSH_INT 23
    LT
    JNZ double
    STORE s
    PUSH_INT 0
    STORE i
more:
    LOAD s
    UPPER
    LOAD i
    PUSH_INT 1
    ADD
    DUP
    STORE i
    PUSH_INT 100
    LT
    JNZ more
    PUSH_STR "used 800 MB"
    PRINT
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells how much memory is used")
def test_the_limit_on_memory_holds_for_a_few_large_values_too(tmp_path: Path) -> None:
    done = ttvm("--max-memory-mb", "100", program(tmp_path, BIG))
    assert done.status == 4
    assert done.output == ""
    assert "(--max-memory-mb)" in done.errors


@pytest.mark.parametrize(
    "code",
    [
        "PUSH_INT 9223372036854775807\n    SLEEP",
        "RECEIVE AFTER 9223372036854775807 end\nend:",
        "TRUE\n    SEND_AFTER 9223372036854775807 1\n    RECEIVE",
    ],
)
def test_a_time_that_never_comes(tmp_path: Path, code: str) -> None:
    done = ttvm("--timeout", "0.3", program(tmp_path, f"    {code}\n"))
    assert done.status == 4
    assert "stopped after 0.3 s" in done.errors
    assert "(--timeout)" in done.errors


@pytest.mark.parametrize(
    "text", ["    READ_LINE\n", "    RECEIVE AFTER 60000 end\nend:\n", "l:\n    YIELD\n    JMP l\n"]
)
def test_the_time_limit_ends_every_kind_of_waiting(tmp_path: Path, text: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ttvm", "--timeout", "0.3", str(program(tmp_path, text))],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stderr is not None
        errors = process.stderr.read().decode()
        assert process.wait(60) == 4
    assert "(--timeout)" in errors
    assert "Traceback" not in errors


def test_a_value_deeper_than_pythons_stack(tmp_path: Path) -> None:
    text = (
        "    MAKE_LIST 0\n    STORE v\n    PUSH_INT 0\n    STORE i\nloop:\n    LOAD v\n    MAKE_LIST 1\n    STORE v\n"
        "    LOAD i\n    PUSH_INT 1\n    ADD\n    DUP\n    STORE i\n    PUSH_INT 100000\n    LT\n    JNZ loop\n"
        "    LOAD v\n    DUP\n    EQ\n    PRINT\n    LOAD v\n    SEND 1\n    RECEIVE [_]\n    THROW\n"
    )
    done = ttvm(program(tmp_path, text))
    assert (done.status, done.output) == (1, "1\n")
    assert "crashed: Thrown: [[[" in done.errors


def test_a_text_that_would_never_end_when_printed(tmp_path: Path) -> None:
    text = (
        "    MAKE_LIST 0\n    STORE v\n    PUSH_INT 0\n    STORE i\nloop:\n    LOAD v\n    LOAD v\n    MAKE_LIST 2\n"
        "    STORE v\n    LOAD i\n    PUSH_INT 1\n    ADD\n    DUP\n    STORE i\n    PUSH_INT 60\n    LT\n"
        "    JNZ loop\n    LOAD v\n    LOAD v\n    EQ\n    PRINT\n    LOAD v\n    THROW\n"
    )
    done = ttvm(program(tmp_path, text))
    assert (done.status, done.output) == (1, "1\n")
    assert "LimitExceeded" in done.errors
    assert len(done.errors) < 100_000


def test_the_measures_of_the_first_milestone(tmp_path: Path) -> None:
    """Recursion to 100,000; a list of 100,000 by APPEND; 10,000 processes with a message each."""
    count = "    LOAD i\n    PUSH_INT 1\n    ADD\n    DUP\n    STORE i\n"
    recursion = (
        "    PUSH_INT 100000\n    CALL down n\n    PRINT\n    HALT\ndown:\n    LOAD n\n    JZ bottom\n    LOAD n\n"
        "    PUSH_INT 1\n    SUB\n    CALL down n\n    PUSH_INT 1\n    ADD\n    RET\nbottom:\n    PUSH_INT 0\n    RET\n"
    )
    appends = (
        "    PUSH_INT 0\n    STORE i\n    NEW_LIST\nloop:\n    LOAD i\n    APPEND\n" + count + "    PUSH_INT 100000\n"
        "    LT\n    JNZ loop\n    LEN\n    PRINT\n"
    )
    processes = (
        "    PUSH_INT 0\n    STORE i\nmore:\n    MAKE_FUNCTION child\n    SPAWN\n    POP\n"
        + count
        + "    PUSH_INT 10000\n"
        "    LT\n    JNZ more\n    PUSH_INT 0\n    STORE i\ntake:\n    RECEIVE\n    POP\n"
        + count
        + "    PUSH_INT 10000\n"
        "    LT\n    JNZ take\n    LOAD i\n    PRINT\n    HALT\nchild:\n    SELF\n    SEND 1\n"
    )
    for text, output in ((recursion, "100000\n"), (appends, "100000\n"), (processes, "10000\n")):
        done = ttvm("--max-memory-mb", "500", program(tmp_path, text))
        assert done == Done(0, output, "")


# -- streams


@POSIX
def test_standard_input_can_be_closed(tmp_path: Path) -> None:
    done = shell("ttvm - <&-")
    assert (done.status, done.errors.count("standard input is closed")) == (2, 1)
    path = program(tmp_path, "    READ_LINE\n    LEN\n    PRINT\n    READ_INPUT\n    LEN\n    PRINT\n")
    assert shell('ttvm "$1" <&-', path).output == "0\n0\n"


@POSIX
def test_standard_output_can_be_closed(tmp_path: Path) -> None:
    assert shell('ttvm "$1" >&-', program(tmp_path, HELLO)).status == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    done = shell('ttvm "$1" > /dev/full', program(tmp_path, HELLO))
    assert done.status not in (0, 1)
    assert "No space left on device" in done.errors


@POSIX
@pytest.mark.parametrize("command", ['ttvm "$1"', "ttvm isa", "ttvm --help", 'ttvm dis "$1"'])
def test_a_reader_that_takes_one_line(tmp_path: Path, command: str) -> None:
    path = program(tmp_path, '    PUSH_STR "first"\nloop:\n    DUP\n    PRINT\n    JMP loop\n' + "    NOP\n" * 20_000)
    done = shell(f"{command} | head -n 1", path)
    assert (done.status, done.errors) == (0, "")
    assert done.output.count("\n") == 1


def test_output_is_utf8_wherever_the_program_runs(tmp_path: Path) -> None:
    text = '    PUSH_STR "é🙂"\n    PRINT\n    READ_LINE\n    PRINT\n    PUSH_STR "ß"\n    THROW\n'
    for locale in ({"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}):
        done = ttvm(program(tmp_path, text), input_text="ü\r\n", environment=locale)
        assert (done.status, done.output) == (1, "é🙂\nü\n")
        assert "crashed: Thrown:" in done.errors


@POSIX
@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_terminals_only(tmp_path: Path, environment: dict[str, str], coloured: bool) -> None:
    terminal, ours = os.openpty()
    clean = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    path = program(tmp_path, "    TRUE\n    SEND 9\n")
    with subprocess.Popen(
        [sys.executable, "-m", "ttvm", str(path)], stderr=ours, env={**clean, "TERM": "xterm", **environment}, cwd=ROOT
    ) as process:
        os.close(ours)
        process.wait(60)
    words = os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert "warning" in words
    assert ("\x1b[" in words) is coloured
    assert "\x1b" not in ttvm(path, environment=environment).errors


# -- signals


@POSIX
@pytest.mark.parametrize(
    "code", ["loop:\n    JMP loop\n", "    PUSH_INT 100000\n    SLEEP\n", "loop:\n    NULL\n    PRINT\n    JMP loop\n"]
)
def test_an_interrupt_ends_a_run_in_peace(tmp_path: Path, code: str) -> None:
    path = program(tmp_path, f"    REGISTER ready\n{code}")
    with subprocess.Popen(
        [sys.executable, "-m", "ttvm", "--trace-procs", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stderr is not None
        assert b"is called ready" in process.stderr.readline()  # now the program runs
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read().decode()
        assert process.wait(60) == 130
    assert "interrupted after" in errors
    assert "program.ttvm:" in errors
    assert "Traceback" not in errors


# -- names of files


@POSIX
@pytest.mark.parametrize("name", [b"a\x1b[31mb.ttvm", b"a\nb.ttvm", b"\xff\xfe.ttvm", "é 漢.ttvm".encode(), b"-x.ttvm"])
def test_odd_names_of_files(tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    missing = ttvm(path)
    assert missing.status == 2
    assert "there is no such file" in missing.errors
    path.write_text("    ADD\n    NOPE\n")
    wrong = ttvm(path)
    assert wrong.status == 2
    assert "unknown instruction NOPE" in wrong.errors
    path.write_text(HELLO + "    ADD\n")
    crash = ttvm(path)
    assert (crash.status, crash.output) == (1, "hello\n")
    checked = ttvm("check", path)
    assert checked.status == 0
    for done in (missing, wrong, crash, checked):
        assert "\x1b" not in done.errors + done.output


def test_a_device_and_a_file_below_a_file_are_no_programs(tmp_path: Path) -> None:
    below = ttvm(program(tmp_path, HELLO) / "below")
    assert below.status == 2
    assert below.errors.startswith("error: ")
    if os.path.exists("/dev/null"):
        assert ttvm("/dev/null") == Done(0, "", "")


# -- command lines


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("check",),
        ("dis",),
        ("dis", "one", "two"),
        ("isa", "ADD", "SUB"),
        ("--smp", "0", "x"),
        ("--smp", "1025", "x"),
        ("--max-stack", "0", "x"),
        ("--max-steps", "0", "x"),
        ("--max-memory-mb", "1", "x"),
        ("--seed", "-1", "x"),
        ("--seed", str(2**64), "x"),
        ("--timeout", "-1", "x"),
        ("--timeout", "nan", "x"),
        ("--timeout", "inf", "x"),
        ("--schedule", "1,x", "x"),
        ("--smp", "2", "--policy", "random", "x"),
        ("--debug",),
        ("--quant", "5", "x"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_status_2_and_a_hint(words: tuple[str, ...], tmp_path: Path) -> None:
    program(tmp_path, HELLO, "x")
    done = ttvm(*words, folder=tmp_path)
    assert (done.status, done.output) == (2, "")
    assert "usage: ttvm" in done.errors or done.errors.startswith("error: ")


def test_run_is_the_long_form(tmp_path: Path) -> None:
    path = program(tmp_path, HELLO)
    assert ttvm("run", path) == ttvm(path) == Done(0, "hello\n", "")
    assert ttvm("run", "--quantum", "1", path).output == "hello\n"


def test_commands_about_a_file_that_is_not_there() -> None:
    for command in ("check", "dis", "run"):
        done = ttvm(command, "no-such-file.ttvm")
        assert done.status == 2
        assert "no-such-file.ttvm: there is no such file" in done.errors


def test_the_shape_of_check_as_json(tmp_path: Path) -> None:
    path = program(tmp_path, "twice:\ntwice:\n    PUSH_STR no quotes\n    PSUH 1\n")
    done = ttvm("check", "--json", path)
    assert (done.status, done.errors) == (2, "")
    report = json.loads(done.output)
    assert set(report) == {"version", "errors", "warnings", "files"}
    assert (report["version"], report["errors"], report["warnings"]) == (1, 2, 1)
    [file] = report["files"]
    assert set(file) == {"file", "problems"}
    assert file["file"] == str(path)
    keys = {"file", "line", "column", "width", "severity", "message", "hint", "related"}
    assert all(set(problem) == keys for problem in file["problems"])
    assert [(each["line"], each["column"], each["severity"]) for each in file["problems"]] == [
        (2, 1, "error"),
        (3, 14, "warning"),
        (4, 5, "error"),
    ]
    [first] = file["problems"][0]["related"]
    assert first == {"file": str(path), "line": 1, "column": 1, "message": "the first one is here"}


# -- the lines of --debug and --trace-procs


def test_the_form_of_the_lines_of_debug(tmp_path: Path) -> None:
    done = ttvm(
        "--debug", "--quantum", "2", program(tmp_path, "    MAKE_FUNCTION f\n    SPAWN\n    HALT\nf:\n    SELF\n")
    )
    lines = done.errors.splitlines()
    assert all(re.fullmatch(r" *\d+ +\d+  .{32} \[.*\]", line) for line in lines), lines
    assert [line.split()[:3] for line in lines] == [
        ["1", "0", "MAKE_FUNCTION"],
        ["1", "1", "SPAWN"],
        ["2", "3", "SELF"],
        ["2", "4", "(end"],
        ["1", "2", "HALT"],
    ]


def test_the_form_of_the_lines_of_trace_procs(tmp_path: Path) -> None:
    text = "    MAKE_FUNCTION f\n    SPAWN\n    RECEIVE int\n    HALT\nf:\n    PUSH_INT 5\n    SEND 1\n"
    lines = ttvm("--trace-procs", program(tmp_path, text)).errors.splitlines()
    assert all(re.fullmatch(r" *\d+ +\d+  \S.*", line) for line in lines), lines
    assert [line.split(None, 1)[1] for line in lines] == [
        "2  spawned by 1: f",
        "1  waits for int",
        "2  sends #1 to 1: Int 5",
        "1  wakes",
        '2  exits: Str "normal"',
        "1  receives #1 from 2: Int 5",
        '1  exits: Str "normal"',
    ]


def test_the_steps_of_trace_procs_never_go_back(tmp_path: Path) -> None:
    lines = ttvm("--trace-procs", ROOT / "examples" / "coffee_shop_demo.ttvm").errors.splitlines()
    steps = [int(line.split()[0]) for line in lines]
    assert len(steps) > 20
    assert steps == sorted(steps)
