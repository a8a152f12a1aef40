"""`ttvm check`, `dis`, `isa`, `test-coffee-shop`, `record`, `replay`, help and version."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import program, ttvm
from ttvm import __version__
from ttvm.isa import ISA


def test_version_and_help() -> None:
    assert ttvm("--version").output == f"ttvm {__version__}\n"
    done = ttvm("--help")
    assert done.status == 0
    assert "examples:" in done.output
    assert "exit status:" in done.output
    nothing = ttvm()
    assert nothing.status == 2
    assert "usage: ttvm" in nothing.errors


def test_isa_lists_every_instruction() -> None:
    output = ttvm("isa").output
    assert all(row.syntax in output for row in ISA.values())


def test_isa_of_one_instruction() -> None:
    output = ttvm("isa", "receive_match").output
    assert output.startswith("RECEIVE [pattern] [AFTER ms label]   ( -- message )\n\nTake the first message that fits")
    assert "also written: RECEIVE_MATCH" in output


def test_isa_of_an_unknown_instruction() -> None:
    done = ttvm("isa", "SENT")
    assert done.status == 2
    assert "there is no instruction SENT; did you mean SEND" in done.errors


def test_disassembly_assembles_to_the_same(tmp_path: Path) -> None:
    path = program(
        tmp_path, '    NEW_LIST\nloop:\n    push_str "a\\n"\n    RECEIVE {a: 1} AFTER 5 loop\n    JMP loop\n'
    )
    first = ttvm("dis", path).output
    assert "MAKE_LIST 0" in first
    again = ttvm("dis", program(tmp_path, first, "again.ttvm")).output
    assert [line.partition(";")[0] for line in again.splitlines()] == [
        line.partition(";")[0] for line in first.splitlines()
    ]


def test_coffee_shop() -> None:
    done = ttvm("test-coffee-shop")
    assert done.status == 0
    assert "coffee_shop_demo.ttvm: ok: 4 processes" in done.errors
    assert done.output.startswith("The shop opens.\n")


def test_record_and_replay(tmp_path: Path) -> None:
    text = "    READ_LINE\n    PRINT\n    PUSH_INT 1000000\n    RANDOM\n    PRINT\n    GET_MONOTONIC\n    PRINT\n"
    path = program(tmp_path, text)
    recording = tmp_path / "run.ttvmrun"
    first = ttvm("record", "--seed", "8", "-o", recording, path, input_text="tea\n")
    assert first.status == 0
    assert "the run is recorded" in first.errors
    assert ttvm("replay", recording).output == first.output
    path.write_text(text + "    NOP\n", encoding="utf-8")
    changed = ttvm("replay", recording)
    assert changed.status == 2
    assert "program.ttvm is not the text that ran" in changed.errors


def test_recording_of_a_limited_run_replays_to_the_same_step(tmp_path: Path) -> None:
    path = program(tmp_path, "loop:\n    JMP loop\n")
    recording = tmp_path / "run.ttvmrun"
    assert ttvm("record", "--max-steps", "12345", "-o", recording, path).status == 4
    done = ttvm("replay", recording)
    assert done.status == 4
    assert "after 12,345 steps" in done.errors


def test_recording_that_cannot_be_read(tmp_path: Path) -> None:
    assert "no such file" in ttvm("replay", tmp_path / "missing").errors
    assert "not a recorded run" in ttvm("replay", program(tmp_path, "    NOP\n")).errors
    assert ttvm("record", tmp_path / "missing.ttvm", folder=tmp_path).status == 2
    assert list(tmp_path.glob("*.unfinished")) == []


LOOP = """
    PUSH_INT 2000
    STORE i
again:
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    LOAD i
    PRINT
"""


def test_the_python_of_hot_code(tmp_path: Path) -> None:
    done = ttvm("dis", "--compiled", program(tmp_path, LOOP))
    assert done.status == 0
    assert "def region(process, system, end, left, entry):" in done.output
    assert "t1 = v_i - 1\n" in done.output
    compile(done.output, "compiled", "exec")


def test_both_engines_do_the_same(tmp_path: Path) -> None:
    path = program(tmp_path, LOOP)
    assert ttvm("--engine", "stepper", path) == ttvm("--engine", "fast", path) == ttvm(path)
    assert "invalid choice: 'slow'" in ttvm("--engine", "slow", path).errors
