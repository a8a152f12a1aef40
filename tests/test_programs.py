"""Every program under tests/programs and every example keeps its promises, however it is run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machines import (
    EXAMPLES,
    PROGRAMS,
    ROOT,
    Run,
    Watched,
    cheap_keys,
    folder_for,
    options_of,
    promises,
    run_program,
)
from ttvm.engine import tiering
from ttvm.recording.log import LogReader
from ttvm.recording.runs import compare_ending, ending_of
from ttvm.setup import MachineOptions
from ttvm.vm import Status

WHOLE_RUN_LIMITS = {"--max-steps", "--timeout", "--max-memory-mb"}
"""Limits that `ttvm` itself watches over: programs that ask for one run as a whole program."""
LIMITED = [path for path in PROGRAMS if WHOLE_RUN_LIMITS & set(promises(path).options)]
ALL = [path for path in (*PROGRAMS, *EXAMPLES) if path not in LIMITED]
SCHEDULES: dict[str, dict[str, object]] = {
    "smp": {},
    "no-smp": {"policy": "round-robin", "engine": "stepper"},
    "quantum-1": {"quantum": 1},
    "no-smp-quantum-1": {"policy": "round-robin", "quantum": 1},
    "quantum-0": {"quantum": 0},
    "random-1": {"policy": "random", "seed": 1, "quantum": 1},
    "random-2": {"policy": "random", "seed": 2, "quantum": 7},
}
"""How programs are run. Where nothing is said of the engine, all code that repeats is compiled, see ``eager``."""
FOR_ALL = ("smp", "no-smp")
"""The schedules under which every program keeps its promise; the others are for those with `; schedules: any`."""


@pytest.fixture(autouse=True, scope="module")
def keys_are_cheap() -> Iterator[None]:
    with cheap_keys():
        yield


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most programs are too short for the compiler; here it does not wait."""
    monkeypatch.setattr(tiering, "HOT", 1)
    monkeypatch.setattr(tiering, "WORTHWHILE", 1)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT).with_suffix(""))


def check(path: Path, run: Run, schedule: str = "") -> None:
    """Compare a run with everything the program promises."""
    expectation = promises(path)
    circumstances = f"{schedule}\n{run.errors}"
    assert run.output == expectation.output, circumstances
    assert run.status == expectation.exit_status, circumstances
    if expectation.fault:
        assert run.fault == expectation.fault, circumstances
    for text in expectation.errors:
        assert text in run.errors


def options_for(path: Path, changes: dict[str, object]) -> MachineOptions:
    """The options of a run; a program that asks for options of its own keeps those."""
    default = MachineOptions()
    wanted = options_of(promises(path))
    free = {key: value for key, value in changes.items() if getattr(wanted, key) == getattr(default, key)}
    if wanted.schedulers != default.schedulers:
        free.pop("policy", None)  # a program that asks for a number of schedulers wants SMP
    return wanted.replace(**free)


@pytest.mark.parametrize("path", LIMITED, ids=name_of)
def test_limited_program(path: Path) -> None:
    expectation = promises(path)
    command = [sys.executable, "-m", "ttvm", *expectation.options, str(path), *expectation.arguments]
    done = subprocess.run(
        command, input=expectation.input, capture_output=True, encoding="utf-8", timeout=60, check=False, cwd=ROOT
    )
    check(path, Run(done.stdout, done.stderr, done.returncode, expectation.fault, 0))


@pytest.mark.parametrize("path", [*ALL, *LIMITED], ids=name_of)
def test_program_promises_something(path: Path) -> None:
    assert promises(path).output is not None, "add `; expect:` or `; expect-exit:` lines"


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_program(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under every schedule for which the program promises its output."""
    monkeypatch.chdir(folder_for(path, tmp_path))
    for schedule, changes in SCHEDULES.items():
        if schedule in FOR_ALL or promises(path).any_schedule:
            check(path, run_program(path, options_for(path, changes), promises(path).input), schedule)


@pytest.mark.slow
@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_program_one_instruction_at_a_time(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short programs are stepped all through; of long ones (more than 20,000 steps) pieces are larger."""
    monkeypatch.chdir(folder_for(path, tmp_path))
    options = options_for(path, {})
    steps = run_program(path, options, promises(path).input).steps
    check(path, run_program(path, options, promises(path).input, budget=1 + steps // 20_000))


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in ALL if promises(path).exit_status != 2], ids=name_of)
def test_program_between_snapshots(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Restoring a snapshot after each of the first pieces of 97 instructions changes nothing."""
    monkeypatch.chdir(folder_for(path, tmp_path))
    watched = Watched(path, options_for(path, {}), promises(path).input)
    for _ in range(40):
        if watched.vm.run(97) is not Status.PAUSED:
            break
        watched.vm.restore(watched.vm.snapshot())
    check(path, watched.run_to_end())


@pytest.mark.parametrize("path", [path for path in ALL if promises(path).exit_status != 2], ids=name_of)
def test_program_recorded_then_replayed(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay knows only the recording: it has no input, no clock and no seed of its own.

    The stepper is recorded and compiled code replays, so each program also does the same on both, step by step.
    """
    monkeypatch.chdir(folder_for(path, tmp_path))
    lines: list[str] = []
    options = options_for(path, {"engine": "stepper"})
    recorded = Watched(path, options, promises(path).input, record=lines.append)
    first = recorded.run_to_end()
    assert recorded.log is not None
    recorded.log.end(ending_of(recorded.vm, first.status))
    log = LogReader(lines, "run.ttvmrun")
    replayed = Watched(path, MachineOptions(), replay=log)
    second = replayed.run_to_end()
    assert second == first
    compare_ending(replayed.vm, second.status, log)
