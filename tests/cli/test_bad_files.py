"""Files that are no programs, and programs that are wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.cli.command import program, ttvm

TEN_MISTAKES = """\
    PSUH_INT 1
    PUSH_INT
    PUSH_INT 99999999999999999999
    JMP nowhere
    JMP 999
    DUP 1
    PUSH_STR "open
    TRY
    RECEIVE {type:
twice:
twice:
"""


def test_missing_file(tmp_path: Path) -> None:
    done = ttvm(tmp_path / "missing.ttvm")
    assert done.status == 2
    assert "there is no such file" in done.errors


def test_directory(tmp_path: Path) -> None:
    done = ttvm(tmp_path)
    assert done.status == 2
    assert "this is a directory" in done.errors


def test_wrong_encoding(tmp_path: Path) -> None:
    path = tmp_path / "latin.ttvm"
    path.write_bytes('    NOP\n    PUSH_STR "caf\xe9"\n'.encode("latin-1"))
    done = ttvm(path)
    assert done.status == 2
    assert "latin.ttvm:2: this is not UTF-8 text: byte 0xE9" in done.errors


def test_ten_megabytes_of_random_bytes(tmp_path: Path) -> None:
    path = tmp_path / "random.ttvm"
    path.write_bytes(random.Random(1).randbytes(10_000_000))
    done = ttvm(path)
    assert done.status == 2
    assert "this is not UTF-8 text" in done.errors


def test_ten_megabytes_of_random_text(tmp_path: Path) -> None:
    letters = random.Random(1).choices(' \nabc\x1b;:"[]{}\t0\\', k=10_000_000)
    done = ttvm(program(tmp_path, "".join(letters)))
    assert done.status == 2
    assert "1,000 problems or more" in done.errors
    assert "\x1b" not in done.errors


@pytest.mark.slow
def test_million_lines(tmp_path: Path) -> None:
    done = ttvm(program(tmp_path, "    NOP\n" * 999_998 + "    PUSH_INT 1\n    PRINT\n"))
    assert (done.status, done.output, done.errors) == (0, "1\n", "")


def test_all_mistakes_are_listed_with_carets(tmp_path: Path) -> None:
    done = ttvm("check", program(tmp_path, TEN_MISTAKES))
    assert done.status == 2
    errors = [line for line in done.output.splitlines() if ": error: " in line]
    assert [line.partition("program.ttvm:")[2].partition(": error: ")[0] for line in errors] == [
        "1:5", "2:13", "3:14", "4:9", "5:9", "6:9", "7:14", "8:5", "9:19", "11:1",
    ]  # fmt: skip
    assert sum(line.strip(" |^") == "" and "^" in line for line in done.output.splitlines()) == 11  # one is a note
    assert "did you mean PUSH_INT?" in done.output
    assert done.output.endswith("10 errors, 0 warnings in 1 file\n")
    run = ttvm(tmp_path / "program.ttvm")
    assert run.status == 2
    assert run.output == ""
    assert run.errors.count(": error: ") == 10


def test_check_as_json(tmp_path: Path) -> None:
    good = program(tmp_path, "    PUSH_STR hello\n    PRINT\n", "good.ttvm")
    bad = program(tmp_path, "    NOPE\n", "bad.ttvm")
    done = ttvm("check", "--json", good, bad, tmp_path / "missing.ttvm")
    assert done.status == 2
    report = json.loads(done.output)
    assert (report["version"], report["errors"], report["warnings"]) == (1, 2, 1)
    first, second, third = report["files"]
    assert first["problems"][0]["severity"] == "warning"
    problem = second["problems"][0]
    assert (problem["line"], problem["column"], problem["width"]) == (1, 5, 4)
    assert problem["message"] == "unknown instruction NOPE"
    assert "no such file" in third["unreadable"]


def test_check_follows_imports(tmp_path: Path) -> None:
    program(tmp_path, "    NOPE\n", "library.ttvm")
    done = ttvm("check", program(tmp_path, '    IMPORT "library"\n'))
    assert done.status == 2
    assert "library.ttvm:1:5: error: unknown instruction NOPE" in done.output


def test_recursive_import(tmp_path: Path) -> None:
    program(tmp_path, '    IMPORT "b"\n', "a.ttvm")
    program(tmp_path, '    IMPORT "a"\n', "b.ttvm")
    done = ttvm(tmp_path / "a.ttvm")
    assert done.status == 1
    assert "CircularImport: IMPORT goes round in a circle: a.ttvm -> b.ttvm -> a.ttvm (b.ttvm:1)" in done.errors


def test_receive_that_can_never_succeed(tmp_path: Path) -> None:
    text = "    NULL\n    SEND 1\n    RECEIVE int\n"
    done = ttvm(program(tmp_path, text))
    assert done.status == 3
    assert "process 1 waits for a message that fits int at program.ttvm:3" in done.errors
    assert "its mailbox holds 1, first Null from 1" in done.errors
