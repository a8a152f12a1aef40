"""Programs without an end are found out, with words, a place, and a schedule that can be replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.explore.helpers import exploration_of, explored, finish, report_of
from tests.explore.programs import spawn
from tests.explore.test_parallel import PoolInThisProcess
from ttvm.cli.main import main
from ttvm.explore import parallel
from ttvm.explore.exploring import Exploration
from ttvm.explore.options import Options
from ttvm.explore.parallel import ParallelExploration
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.setup import MachineOptions, make_machine
from ttvm.source import Source
from ttvm.vm import make_loader

LOOP = "again:\nJMP again\n"
SPAWNS = "again:\nMAKE_FUNCTION child\nSPAWN\nPOP\nJMP again\nchild:\nHALT\n"
CHAIN = "again:\nMAKE_FUNCTION again\nSPAWN\nPOP\nHALT\n"
TALK = (
    f"{spawn('b', 'other', 'self')}again:\nTRUE\nLOAD other\nSEND\nRECEIVE\nPOP\nJMP again\n"
    "b:\nRECEIVE\nPOP\nTRUE\nLOAD a1\nSEND\nJMP b\n"
)
POLL = f'{spawn("named")}again:\nWHEREIS "nm"\nJZ again\nHALT\nnamed:\nREGISTER "nm"\nRECEIVE\nHALT\n'
"""Main asks for a name until somebody has it: it ends as soon as the other one has had its turn."""


def test_a_loop_before_the_first_visible_step_is_a_finding() -> None:
    report = report_of(LOOP, loop_bound=500)
    [finding] = report.findings
    assert (finding.kind, finding.process, finding.place) == ("process loops", 1, "prog.ttvm:2")
    assert (finding.schedule.steps, report.complete) == ((), False)
    assert report.bound == "a process was given up after 500 instructions (--max-loop)"


@pytest.mark.parametrize(
    ("text", "words", "where"),
    [
        (SPAWNS, "it makes more and more processes; what came most often is SPAWN", (1, "prog.ttvm:3")),
        (CHAIN, "it makes more and more processes; what came most often is SPAWN", (1, "prog.ttvm:3")),
        (TALK, "it goes on and on; what came most often is RECEIVE", (2, "prog.ttvm:13")),
    ],
)
def test_an_execution_without_an_end_is_a_finding(text: str, words: str, where: tuple[int, str]) -> None:
    report = report_of(text, max_steps=60, max_executions=5)
    finding = report.findings[0]
    assert finding.text == f"the program had not ended when it was cut off: {words}"
    assert (finding.kind, (finding.process, finding.place)) == ("bound hit", where)
    assert len(finding.schedule.steps) == 60
    assert not report.complete


@pytest.mark.parametrize("options", [{"random": 20}, {"preemptions": 1}, {"pct": 2, "samples": 20}])
def test_other_ways_to_search_find_it_too(options: dict[str, int]) -> None:
    assert {each.kind for each in report_of(TALK, max_steps=30, **options).findings} == {"bound hit"}


def test_what_ends_in_other_schedules_says_what_decides() -> None:
    report = report_of(POLL, max_steps=20)
    [finding] = report.findings
    assert finding.kind == "bound hit"
    assert 0 < finding.count < report.executions
    assert finding.race == (
        "had the REGISTER of 2 (named) at prog.ttvm:9 come before the WHEREIS of 1 (main) at prog.ttvm:5, "
        "with the rest as it was, it would not have happened"
    )


@pytest.mark.parametrize("text", [f"{spawn('named')}{LOOP}named:\nHALT\n", POLL, TALK])
def test_several_workers_and_a_search_that_goes_on_find_the_same(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "UNIT_SIZE", 3)
    monkeypatch.setattr(parallel, "_FIRST", 1)
    options: dict[str, Any] = {"max_steps": 20, "loop_bound": 300}
    alone = explored(text, **options)
    path = tmp_path / "prog.ttvm"
    path.write_text(text)
    shared = finish(ParallelExploration(str(path), Options(**options), PoolInThisProcess))
    assert {(key.kind, count) for key, (count, _) in shared.collection.found.items()} == {
        (key.kind, count) for key, (count, _) in alone.collection.found.items()
    }
    saved = json.dumps(explored(text, max_executions=2, **options).save())
    resumed = exploration_of(text, **options)
    resumed.load(json.loads(saved))
    assert finish(resumed).collection.found == alone.collection.found


def test_what_went_wrong_on_the_way_to_a_part_belongs_to_its_executions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first step of a part is taken before its worker begins: a fault in it must not be lost."""
    monkeypatch.setattr(parallel, "UNIT_SIZE", 1)
    monkeypatch.setattr(parallel, "_FIRST", 1)
    text = f'{spawn("named")}REGISTER "nm"\nHALT\nnamed:\nREGISTER "nm"\nHALT\n'
    path = tmp_path / "prog.ttvm"
    path.write_text(text)
    shared = finish(ParallelExploration(str(path), Options(), PoolInThisProcess)).collection.findings()
    assert {(each.kind, each.process, each.count) for each in shared} == {
        (each.kind, each.process, each.count) for each in explored(text).collection.findings()
    }


@pytest.mark.parametrize(("text", "name"), [(LOOP, "1-process-loops"), (SPAWNS, "1-bound-hit"), (TALK, "1-bound-hit")])
def test_the_command_tells_and_saves_it(
    text: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ttvm.cli.exploring.limit_memory", lambda megabytes: None)
    Path("prog.ttvm").write_text(text)
    bounds = ["--max-steps", "30", "--max-loop", "200"]
    assert main(["explore", "--json", "--save", "runs", *bounds, "prog.ttvm"]) == 1
    out, err = capfd.readouterr()
    assert "a larger bound looks further" in err
    report = json.loads(out)
    assert [each["kind"] for each in report["findings"]] == [name[2:].replace("-", " ")]
    assert not report["complete"]
    assert report["bound"]
    assert main(["replay", f"runs/{name}.ttvmrun"]) == 4
    assert "error: stopped after" in capfd.readouterr().err


@pytest.mark.parametrize(("text", "steps"), [(SPAWNS, 1_010), (CHAIN, 60)])
def test_many_processes_are_no_fault_of_the_program_where_pids_count(text: str, steps: int) -> None:
    """What a process is called in all schedules grows with those that made it, and is no pid of the program then."""
    report = report_of(text, pids="counter", max_steps=steps, max_executions=1)
    assert [each.kind for each in report.findings] == ["bound hit"]
    loader = make_loader()
    vm = make_machine(loader.add(Source("prog.ttvm", text)), loader, MachineOptions(), MemoryConsole(), VirtualClock())
    exploration = finish(Exploration(vm, Options(pids="counter", max_steps=steps, max_executions=1)))
    assert [each.kind for each in exploration.report(explained=0).findings] == ["bound hit"]
