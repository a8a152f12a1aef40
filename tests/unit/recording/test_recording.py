"""Recorded runs: what a replay notices, and what a damaged file does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.machines import Watched
from ttvm.errors import ReplayError
from ttvm.process.state import Limits
from ttvm.recording.log import LogReader
from ttvm.recording.runs import compare_ending, ending_of, read_options, write_options
from ttvm.setup import MachineOptions

PROGRAM = """\
    READ_LINE
    STORE line
    PUSH_INT 1000
    RANDOM
    POP
    GET_TIME
    POP
    MAKE_FUNCTION child line
    STORE child
    LOAD line
    LOAD child
    SPAWN 1
    POP
    RECEIVE int AFTER 20 late
late:
    LOAD line
    PRINT
    HALT
child:
    LOAD line
    PRINT
"""


def recorded(tmp_path: Path, program: str = PROGRAM) -> tuple[Path, list[str]]:
    """A program file and the lines of a recorded run of it."""
    path = tmp_path / "program.ttvm"
    path.write_text(program, encoding="utf-8")
    lines: list[str] = []
    watched = Watched(path, MachineOptions(seed=5), "hello\n", record=lines.append)
    run = watched.run_to_end()
    assert watched.log is not None
    watched.log.end(ending_of(watched.vm, run.status))
    return path, lines


def replay(path: Path, lines: list[str]) -> str:
    """The output of a replay that went to its end."""
    log = LogReader(lines, "run.ttvmrun")
    watched = Watched(path, MachineOptions(), replay=log)
    run = watched.run_to_end()
    compare_ending(watched.vm, run.status, log)
    return run.output


def test_replay_needs_nothing_but_the_recording(tmp_path: Path) -> None:
    path, lines = recorded(tmp_path)
    assert replay(path, lines) == "hello\nhello\n"
    asked = [json.loads(line)["ask"] for line in lines if "ask" in json.loads(line)]
    assert asked[:4] == ["line", "random", "time", "milliseconds"]


def test_changed_answer_changes_the_run(tmp_path: Path) -> None:
    path, lines = recorded(tmp_path)
    assert replay(path, [line.replace("hello", "bye") for line in lines]) == "bye\nbye\n"


def test_changed_program_is_refused(tmp_path: Path) -> None:
    path, lines = recorded(tmp_path)
    path.write_text(PROGRAM.replace("1000", "1001"), encoding="utf-8")
    with pytest.raises(ReplayError, match=r"run.ttvmrun:2: program.ttvm is not the text that ran"):
        replay(path, lines)


def changed(lines: list[str], find: str, put: str) -> list[str]:
    assert any(find in line for line in lines), find
    return [line.replace(find, put) for line in lines]


@pytest.mark.parametrize(
    ("find", "put", "complaint"),
    [
        ('"ask":"random"', '"ask":"time"', "asks for random, but the recorded run asked for time"),
        ('{"turns":[1]}', '{"turns":[9]}', r"process 9 had a turn; now these could run: 1"),
        ('{"turns":[1]}', '{"ask":"time","answer":1}', "wants to choose a process, but the recorded run asked"),
        ('{"turns":[1]}', '{"turns":["1"]}', "wants to choose a process"),
        ('"steps":', '"step":', "the run has ended|its end is missing|recording"),
        ('"version":1', '"version":2', "recorded in version 2 of the format; this program reads version 1"),
        ('"format":"ttvmrun"', '"format":"other"', "this is not a recorded run"),
        ('"quantum":1000', '"quantum":"x"', "options in the header of the recording are damaged"),
        ('"seed":5', '"colour":5', "options in the header of the recording are damaged"),
    ],
)  # fmt: skip
def test_divergence_and_damage_are_told(tmp_path: Path, find: str, put: str, complaint: str) -> None:
    path, lines = recorded(tmp_path)
    wrong = changed(lines, find, put)
    if put == '"step":':
        assert LogReader(wrong, "run.ttvmrun").ending is None
        return
    with pytest.raises(ReplayError, match=complaint):
        replay(path, wrong)


def test_every_truncation_is_told(tmp_path: Path) -> None:
    path, lines = recorded(tmp_path)
    text = "".join(lines)
    for length in range(len(text) - 1):
        cut = text[:length].splitlines(keepends=True)
        try:
            log = LogReader(cut, "run.ttvmrun")
            assert log.ending is None
            Watched(path, MachineOptions(), replay=log).run_to_end()
        except ReplayError:
            continue
        # Only what comes behind the last choice may be missing without the run noticing.
        assert text[length:].lstrip("\n").count("\n") <= 1


@pytest.mark.parametrize(
    "text", ["", "\n", "null\n", "[]\n", "{}\n", "[" * 100_000, '{"format":"ttvmrun","version":1}\n']
)
def test_other_files_are_no_recordings(text: str) -> None:
    with pytest.raises(ReplayError):
        LogReader(text.splitlines(keepends=True), "x")


def test_options_survive_being_written_down() -> None:
    options = MachineOptions("scripted", 2, (1, 2), 7, 9, Limits(1, 2, 3, 4), ("a", "b c"))
    assert read_options(json.loads(json.dumps(write_options(options))), "a.ttvmrun") == options


def test_a_run_that_was_interrupted_between_two_instructions_is_repeated_up_to_there(tmp_path: Path) -> None:
    """Ctrl-C comes at any time: here when a process has been chosen and has not done anything yet."""
    path = tmp_path / "program.ttvm"
    path.write_text("MAKE_FUNCTION f\nSPAWN\nPOP\nf:\nagain:\nYIELD\nJMP again\n", encoding="utf-8")
    lines: list[str] = []
    watched = Watched(path, MachineOptions(), "", record=lines.append)
    watched.vm.run(20)
    watched.vm.preempt()
    assert watched.vm.system.scheduler.choose() is not None
    assert watched.log is not None
    watched.log.end(ending_of(watched.vm, 130))
    log = LogReader(lines, "run.ttvmrun")
    again = Watched(path, MachineOptions(), replay=log)
    again.vm.run(20)
    compare_ending(again.vm, 130, log, cut_short=True)
    with pytest.raises(ReplayError, match="the run has ended, but the recorded run gave process"):
        compare_ending(again.vm, 130, log)
