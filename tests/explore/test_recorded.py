"""A recorded run answers for the world outside, in all schedules in which its answers hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.explore.helpers import exploration_of, finish
from tests.explore.programs import spawn
from tests.explore.test_parallel import PoolInThisProcess
from ttvm.cli.main import main
from ttvm.errors import ReplayError, TtvmError
from ttvm.explore import parallel
from ttvm.explore.exploring import Exploration
from ttvm.explore.options import Options
from ttvm.explore.parallel import ParallelExploration
from ttvm.explore.report import Report
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.host.world import FixedSurroundings, SeededRandomness, SeededSecrets, World
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.recording.log import Header, LogWriter
from ttvm.recording.recorder import RecordingScheduler, record_world
from ttvm.recording.runs import ending_of, write_options
from ttvm.setup import MachineOptions, make_scheduler, make_vm
from ttvm.values import Pid, Value
from ttvm.vm import Status, make_loader


class Web(Outside):
    """Answers everything with what was asked, a moment later; what is in ``silent`` never."""

    def __init__(self, silent: str) -> None:
        self._silent = silent
        self._asked: list[str] = []
        self._open: list[int] = []

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        words = f"{request.verb} {' '.join(map(str, request.arguments))}"
        self._asked.append(words)
        if words != self._silent:
            self._open.append(len(self._asked))
        return Pending(len(self._asked))

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        arrived = [(ticket, self._asked[ticket - 1]) for ticket in self._open]
        self._open.clear()
        return arrived

    def wait(self, milliseconds: int | None) -> bool:
        return bool(self._open)

    def leave(self, pid: Pid) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""


def record(tmp_path: Path, text: str, source: str = "", silent: str = "", **options: Any) -> tuple[str, str]:
    """Write a program and a recording of its run; returns both paths."""
    program, run = tmp_path / "prog.ttvm", tmp_path / "prog.ttvmrun"
    program.write_text(text)
    lines: list[str] = []
    machine = MachineOptions(**options)
    log = LogWriter(lines.append, Header(str(program), write_options(machine)))
    loader = make_loader()
    loader.on_load = lambda module: log.module(module.name, module.source.text_hash)
    module = loader.load(str(program))
    clock = VirtualClock()
    chance = SeededRandomness(machine.seed), SeededSecrets(machine.seed)
    world = World(MemoryConsole(source), clock, *chance, FixedSurroundings(machine.arguments), lambda: Web(silent))
    scheduler = RecordingScheduler(make_scheduler(machine), log)
    vm = make_vm(module, loader, record_world(world, log), scheduler, machine)
    while vm.run(10_000) is Status.IDLE and (not vm.system.parked or not silent):
        vm.wait()
    log.end(ending_of(vm, 0))
    run.write_text("".join(lines))
    return str(program), str(run)


def exploration_with(program: str, run: str, **options: Any) -> Exploration:
    """A finished exploration with a recording."""
    loader = make_loader()
    return finish(Exploration(loader.load(program), Options(recorded=run, **options), loader))


def recorded(tmp_path: Path, text: str, source: str = "", silent: str = "", **options: Any) -> Report:
    """What is found out about a program with the recording of a usual run."""
    return exploration_with(*record(tmp_path, text, source, silent), **options).report()


def asks(verb: str, *words: str) -> str:
    """Push the words and ask."""
    return "".join(f'PUSH_STR "{word}"\n' for word in words) + f"{verb}\n"


def outputs(report: Report) -> set[Any]:
    return {each.outcome.output for each in report.outcomes}


GET_TWO = (
    f"{spawn('one')}{spawn('two')}RECEIVE\nPRINT\nRECEIVE\nPRINT\nHALT\n"
    f"one:\n{asks('HTTP_GET', 'http://a/1')}SEND 1\nHALT\ntwo:\n{asks('HTTP_GET', 'http://a/2')}SEND 1\nHALT\n"
)
FILE = (
    f"{spawn('writer')}{asks('FILE_EXISTS', 'f')}PRINT\nRECEIVE\nPOP\n{asks('READ_FILE', 'f')}PRINT\nHALT\n"
    f"writer:\n{asks('WRITE_FILE', 'text', 'f')}TRUE\nSEND 1\nHALT\n"
)
"""Main looks whether there is a file that another one writes, waits until it is written, and reads it."""


# -- answers


def test_answers_that_take_time_come_in_every_order(tmp_path: Path) -> None:
    report = recorded(tmp_path, GET_TWO)
    assert outputs(report) == {
        ((1, ("get http://a/1", "get http://a/2")),),
        ((1, ("get http://a/2", "get http://a/1")),),
    }
    assert (report.executions, report.complete, report.findings) == (2, True, ())
    assert "the world outside answers what it answered in " in report.notes[-1]
    assert "refused" not in "".join(report.notes)


def test_without_a_recording_the_world_is_refused(tmp_path: Path) -> None:
    assert {each.kind for each in exploration_of(FILE).report().findings} <= {"crash", "lost message"}


def test_a_refusal_is_an_answer_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"TRY\n{asks('READ_FILE', 'gone')}POP\nCATCH\nERROR_KIND\nPRINT\nEND_TRY\n"
    monkeypatch.chdir(tmp_path)
    Path("prog.ttvm").write_text(text)
    assert main(["record", "--allow-read", "-o", "prog.ttvmrun", "prog.ttvm"]) == 0
    assert outputs(exploration_with("prog.ttvm", "prog.ttvmrun").report()) == {((1, ("FileError",)),)}


@pytest.mark.parametrize("policy", ["round-robin", "random"])
def test_pids_are_those_of_the_recorded_run(policy: str, tmp_path: Path) -> None:
    """The child of the first child may have been made before or after the second one."""
    text = (
        f"{spawn('one')}YIELD\n{spawn('two')}HALT\none:\n{spawn('three')}HALT\ntwo:\nSELF\nPRINT\nHALT\n"
        f"three:\n{asks('GET_ENV', 'A')}PRINT\nSELF\nPRINT\nHALT\n"
    )
    program, run = record(tmp_path, text, policy=policy, seed=3, quantum=2)
    report = exploration_with(program, run).report()
    [outcome] = report.outcomes
    printed = dict(outcome.outcome.output)
    assert sorted(printed.values()) == sorted(
        [(str(pid),) if len(lines) == 1 else ("get_variable A", str(pid)) for pid, lines in printed.items()]
    )
    assert report.pids == "stable: every process has the pid that it has in the recorded run"


def test_input_seed_arguments_and_time_are_those_of_the_recording(tmp_path: Path) -> None:
    text = (
        "READ_LINE\nPRINT\nREAD_CHAR\nPRINT\nPUSH_INT 1000000\nRANDOM\nPRINT\nGET_ARGS\nPRINT\n"
        "PUSH_INT 30\nSLEEP\nGET_MONOTONIC\nPRINT\nGET_TIME\nPRINT\n"
    )
    program, run = record(tmp_path, text, "tea\nx", seed=7, arguments=("a", "b"))
    lines = [json.loads(line) for line in Path(run).read_text().splitlines()]
    told = {line["ask"]: line["answer"] for line in lines if "ask" in line}
    report = exploration_with(program, run).report()
    [(_, printed)] = report.outcomes[0].outcome.output
    assert printed[:4] == ("tea", "x", str(told["random"]), "[a, b]")
    assert printed[4:] == (str(told["milliseconds"]), str(int(told["time"])))


def test_who_looks_at_the_clock_more_often_than_there_sees_it_go_on(tmp_path: Path) -> None:
    """There the message came before the time was over; where it did not, the clock is looked at once more."""
    text = (
        f"{spawn('other', '', 'self')}GET_MONOTONIC\nPRINT\nRECEIVE AFTER 100 late\nPOP\nHALT\n"
        "late:\nPUSH_INT 7\nSLEEP\nGET_MONOTONIC\nPRINT\nHALT\nother:\nTRUE\nLOAD a1\nSEND\nHALT\n"
    )
    report = recorded(tmp_path, text)
    assert outputs(report) == {((1, ("0",)),), ((1, ("0", "7")),)}


# -- the order of questions


def test_what_was_looked_at_in_another_order_is_not_answered(tmp_path: Path) -> None:
    report = recorded(tmp_path, FILE, silent="-")
    [finding] = report.findings
    assert (finding.kind, finding.process) == ("not recorded", 1)
    assert finding.place.endswith("prog.ttvm:5")
    assert 'files.exists with ["f"]' in finding.text
    assert finding.race.startswith("had the FILE_EXISTS of 1 (main)")
    assert (len(report.outcomes), report.complete) == (1, False)
    assert report.bound == "a process was given up because it asked what was not recorded (--recorded)"


def test_files_of_their_own_are_in_nobody_s_way(tmp_path: Path) -> None:
    text = f"{spawn('a')}{spawn('b')}HALT\n"
    for name in ("a", "b"):
        text += f"{name}:\n{asks('WRITE_FILE', 'text', name)}{asks('READ_FILE', name)}PRINT\nHALT\n"
    report = recorded(tmp_path, text)
    assert (report.executions, report.complete, report.findings) == (1, True, ())


def test_who_looks_before_a_change_sees_what_others_saw_then(tmp_path: Path) -> None:
    """Recorded is: 1 looks, 2 changes. When 3, which looks afterwards there, comes first, 1 has told what it sees."""
    text = (
        f"{asks('FILE_EXISTS', 'f')}PRINT\n{spawn('writer')}{spawn('reader')}HALT\n"
        f"writer:\n{asks('WRITE_FILE', 'text', 'f')}HALT\nreader:\n{asks('FILE_EXISTS', 'f')}PRINT\nHALT\n"
    )
    report = recorded(tmp_path, text)
    assert (report.executions, report.complete) == (2, True)


def test_a_question_that_nobody_asked_there(tmp_path: Path) -> None:
    """Who comes second asks for another file; in the recorded run that was the other one."""
    text = (
        f'{spawn("one")}{spawn("two")}HALT\none:\nREGISTER "first"\n{asks("READ_FILE", "a")}PRINT\nHALT\n'
        f'two:\nWHEREIS "first"\nJZ early\n{asks("READ_FILE", "b")}PRINT\nHALT\n'
        f"early:\n{asks('READ_FILE', 'c')}PRINT\nHALT\n"
    )
    report = recorded(tmp_path, text)
    [finding] = report.findings
    assert finding.text == (
        'process 3 asks for files.read_text with ["c"], which it did not ask in the recorded run, or not so often'
    )


def test_a_question_without_an_answer(tmp_path: Path) -> None:
    report = recorded(tmp_path, GET_TWO, silent="get http://a/2")
    [finding] = report.findings
    assert (finding.kind, finding.process) == ("not recorded", 3)
    assert finding.text.endswith("and had no answer yet when the recorded run ended")


def test_more_input_than_was_read(tmp_path: Path) -> None:
    text = (
        f'{spawn("named")}WHEREIS "nm"\nJZ none\nREAD_LINE\nPRINT\nnone:\nHALT\nnamed:\nREGISTER "nm"\nRECEIVE\nHALT\n'
    )
    report = recorded(tmp_path, text, "tea\n")
    assert [each.kind for each in report.findings] == ["not recorded"]
    assert "reads more of the input" in report.findings[0].text


# -- other ways to search, files, and mistakes


@pytest.mark.parametrize("options", [{"random": 30}, {"preemptions": 2}, {"pids": "counter"}, {"ordered_output": True}])
def test_all_ways_to_search_get_the_answers(options: dict[str, Any], tmp_path: Path) -> None:
    assert len({each.outcome.output for each in recorded(tmp_path, GET_TWO, **options).outcomes}) == 2
    assert {each.kind for each in recorded(tmp_path, FILE, **options).findings} <= {"not recorded"}


def test_several_workers_read_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "UNIT_SIZE", 1)
    monkeypatch.setattr(parallel, "_FIRST", 1)
    program, run = record(tmp_path, GET_TWO)
    shared = finish(ParallelExploration(program, Options(recorded=run), PoolInThisProcess))
    assert set(shared.collection.outcomes) == set(exploration_with(program, run).collection.outcomes)


def test_a_search_goes_on_with_the_same_recording_only(tmp_path: Path) -> None:
    program, run = record(tmp_path, GET_TWO)
    saved = exploration_with(program, run, max_executions=1).save()
    loader = make_loader()
    again = Exploration(loader.load(program), Options(recorded=run), loader)
    again.load(json.loads(json.dumps(saved)))
    assert finish(again).executions == 2
    _, other = record(tmp_path, GET_TWO, seed=5)
    with pytest.raises(TtvmError, match="other options"):
        Exploration(loader.load(program), Options(recorded=other), loader).load(saved)


@pytest.mark.parametrize("text", [GET_TWO, FILE])
def test_saved_runs_replay(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ttvm.cli.exploring.limit_memory", lambda megabytes: None)
    _, run = record(tmp_path, text)
    assert main(["explore", "--recorded", run, "--save", "runs", "prog.ttvm"]) == (1 if text is FILE else 0)
    capfd.readouterr()
    statuses = {path.stem: main(["replay", str(path)]) for path in Path("runs").iterdir()}
    assert set(statuses.values()) <= {0, 4}
    assert statuses["outcome-1"] == 0
    assert statuses.get("1-not-recorded", 4) == 4
    assert ("get http://a/1" if text is GET_TWO else "read_text f") in capfd.readouterr().out


def test_recordings_that_cannot_be_used(tmp_path: Path) -> None:
    program, run = record(tmp_path, GET_TWO)
    lines = Path(run).read_text().splitlines(keepends=True)
    for text, message in (
        ("", "is not a recorded run"),
        ("".join(lines[:-1]), "the recording has no end"),
        ("".join([*lines[:-3], lines[-1]]), "the recorded run"),
        ("".join(lines).replace('"arrived":1', '"arrived":[]'), "this answer is damaged"),
        ("".join(lines).replace('"module":', '"module":{},"was":'), "the run loads prog"),
    ):
        Path(run).write_text(text)
        with pytest.raises(TtvmError, match=message):
            exploration_with(program, run)
    Path(run).write_text("".join(lines))
    Path(program).write_text(FILE)
    with pytest.raises(ReplayError, match="it has changed since the recording"):
        exploration_with(program, run)


@pytest.mark.parametrize("words", [["prog.ttvm", "word"], ["--seed", "3", "prog.ttvm"], ["-"]])
def test_what_the_recording_says_is_not_said_twice(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "--recorded", "prog.ttvmrun", *words]) == 2
    assert "are those of the recording" in capfd.readouterr().err
