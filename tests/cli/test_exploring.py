"""``ttvm explore`` as a command: output, exit status, files, and bad input."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from debugger.opening import open_session
from tests.explore.programs import calls, lost_update, philosophers, take_any
from tests.machines import ROOT
from ttvm.cli.main import main
from ttvm.errors import TtvmError
from ttvm.explore.collecting import Key
from ttvm.explore.execution import Followed
from ttvm.explore.search import Search
from ttvm.explore.shrinking import Shrinker
from ttvm.setup import MachineOptions


@pytest.fixture
def prog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in an empty folder. The limit of memory would hold for all tests of this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ttvm.cli.exploring.limit_memory", lambda megabytes: None)
    path = tmp_path / "prog.ttvm"
    path.write_text(calls(2))
    return path


def test_nothing_found_is_status_0(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "prog.ttvm"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("prog.ttvm: 2 executions (observers), 1 outcome, 0 findings; these are all outcomes\n")
    assert out.endswith("nothing wrong was found\n")
    assert err == ""


def test_something_found_is_status_1(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prog.write_text('RECEIVE "never"\n')
    assert main(["explore", "prog.ttvm"]) == 1
    out, _ = capfd.readouterr()
    assert "finding 1: deadlock: the main process waits, and nobody can ever wake it (prog.ttvm:1)" in out
    assert '1 (main) waits at prog.ttvm:1 for a message that fits "never"; its mailbox is empty' in out


def test_a_search_that_is_cut_off_is_status_2_and_comes_with_advice(
    prog: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    prog.write_text(take_any(8, 8))
    assert main(["explore", "--max-executions", "5", "prog.ttvm"]) == 2
    out, err = capfd.readouterr()
    assert "these are the outcomes seen so far" in out
    assert "note: these may not be all outcomes: it was stopped after 5 executions (--max-executions)" in err
    assert "RECEIVE with a pattern" in err


def test_time_is_a_bound(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prog.write_text(take_any(8, 8))
    assert main(["explore", "--timeout", "0.000001", "prog.ttvm"]) == 2
    assert "(--timeout)" in capfd.readouterr().err


def test_ctrl_c_keeps_what_was_found(
    prog: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prog.write_text(lost_update(3))
    advance = Search.advance

    def interrupted(search: Search, most_blocked: int) -> object:
        if search.executions == 7:
            raise KeyboardInterrupt
        return advance(search, most_blocked)

    monkeypatch.setattr(Search, "advance", interrupted)
    assert main(["explore", "--json", "prog.ttvm"]) == 2
    report = json.loads(capfd.readouterr().out)
    assert (report["executions"], report["bound"], report["complete"]) == (7, "it was interrupted", False)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_waits_for_a_moment_at_which_the_search_can_be_kept(
    times: int, prog: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a step some races may not have been looked at: who went on from there would miss outcomes."""
    prog.write_text(lost_update(2))
    plan = Search._plan

    def press(search: Search) -> None:
        if search.executions == 5:
            monkeypatch.setattr(Search, "_plan", plan)
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        plan(search)

    monkeypatch.setattr(Search, "_plan", press)
    assert main(["explore", "--resume", "s.json", "prog.ttvm"]) == 2
    err = capfd.readouterr().err
    assert "note: these may not be all outcomes: it was interrupted" in err
    assert ("error: this search ended in the middle of a step" in err) is (times == 2)
    assert main(["explore", "--resume", "s.json", "--json", "prog.ttvm"]) == 0
    assert json.loads(capfd.readouterr().out)["executions"] == 12


def test_json_has_the_promised_fields(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prog.write_text(lost_update(2))
    assert main(["explore", "--json", "--expect", "only outputs: 2", "prog.ttvm"]) == 1
    report = json.loads(capfd.readouterr().out)
    assert {"complete", "executions", "blocked", "strategy", "pids", "outcomes", "findings", "bound"} <= set(report)
    assert (report["version"], report["complete"], report["executions"], report["blocked"]) == (1, True, 12, 0)
    assert (report["strategy"], report["pids"], report["bound"]) == ("observers", "stable", None)
    for outcome in report["outcomes"]:
        assert {"count", "output", "exits", "blocked", "lost", "schedule"} <= set(outcome)
    assert sorted(outcome["output"]["1"][0] for outcome in report["outcomes"]) == ["1", "2"]
    [finding] = report["findings"]
    assert set(finding) == {"kind", "text", "process", "place", "race", "schedule", "preemptions"}
    assert finding["text"] == "this is printed: 1"


def test_several_workers_find_the_same(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prog.write_text(lost_update(2))
    reports = []
    for jobs in ("1", "2"):
        assert main(["explore", "--json", "--jobs", jobs, "prog.ttvm"]) == 0
        report = json.loads(capfd.readouterr().out)
        reports.append({json.dumps({**each, "schedule": None}, sort_keys=True) for each in report["outcomes"]})
    assert reports[0] == reports[1]


def test_saved_runs_replay(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = philosophers(2).replace("HALT\nfork:", 'RECEIVE "full"\nHALT\nfork:', 1)
    prog.write_text(text)
    assert main(["explore", "--save", "runs", "prog.ttvm"]) == 1
    runs = sorted(path.name for path in (prog.parent / "runs").iterdir())
    assert "1-deadlock.ttvmrun" in runs
    assert "outcome-1.ttvmrun" in runs
    capfd.readouterr()
    assert main(["replay", "runs/1-deadlock.ttvmrun"]) == 3
    assert "deadlock: the main process waits" in capfd.readouterr().err


def test_saved_runs_open_in_the_debugger(prog: Path) -> None:
    """Also when processes are not made in the order of their pids."""
    child = "child:\nMAKE_FUNCTION grandchild\nSPAWN\nPRINT\nHALT\ngrandchild:\nSELF\nPRINT\nHALT\n"
    prog.write_text("MAKE_FUNCTION child\nSPAWN\nPRINT\nMAKE_FUNCTION child\nSPAWN\nPRINT\nHALT\n" + child)
    assert main(["explore", "--ordered-output", "--preemptions", "1", "--save", "runs", "prog.ttvm"]) == 2
    for path in sorted((prog.parent / "runs").iterdir()):
        session = open_session(str(path), MachineOptions())
        lines = [line.text for line in session.output() if line.kind == "output"]
        assert len(lines) == 6
        assert {line.text for line in session.output()} >= {"2", "3", "4", "5"}
        session.close()


def test_a_graph_is_drawn(prog: Path) -> None:
    assert main(["explore", "--graph", "tree.svg", "prog.ttvm"]) == 0
    assert (prog.parent / "tree.svg").read_text().startswith("<svg")
    assert main(["explore", "--graph", "tree.dot", "prog.ttvm"]) == 0
    assert (prog.parent / "tree.dot").read_text().startswith("digraph")


def test_a_search_goes_on(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prog.write_text(lost_update(2))
    assert main(["explore", "--resume", "s.json", "--max-executions", "5", "prog.ttvm"]) == 2
    assert main(["explore", "--resume", "s.json", "--json", "-o", "out.json", "prog.ttvm"]) == 0
    assert "note: going on after 5 executions" in capfd.readouterr().err
    assert json.loads((prog.parent / "out.json").read_text())["executions"] == 12
    prog.write_text(lost_update(3))
    assert main(["explore", "--resume", "s.json", "prog.ttvm"]) == 2
    assert "the program has changed since this search was saved" in capfd.readouterr().err


@pytest.mark.parametrize("data", ["", "[]", "{}", '{"format": "ttvm-search", "version": 9}'])
def test_a_damaged_saved_search(data: str, prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (prog.parent / "s.json").write_text(data)
    assert main(["explore", "--resume", "s.json", "prog.ttvm"]) == 2
    assert "error: s.json: this is no saved search" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.ttvm"], "there is no such file"),
        (["--random", "5", "--preemptions", "1", "prog.ttvm"], "contradict each other"),
        (["--random", "5", "--jobs", "2", "prog.ttvm"], "does not go together with --jobs"),
        (["--jobs", "2", "--resume", "f", "prog.ttvm"], "--resume does not go together"),
        (["--expect", "nonsense", "prog.ttvm"], "it begins with"),
        (["--jobs", "2", "--cluster", "tcp://h:1", "prog.ttvm"], "does not go together with --jobs"),
        (["--jobs", "2", "--graph", "t.svg", "prog.ttvm"], "--graph draws all executions of one search"),
        (["--resume", "/dev/null", "prog.ttvm"], "it is no ordinary file"),
        (["--resume", "no/such/file", "prog.ttvm"], "there is no directory no/such; give another place with --resume"),
        (["--resume", "prog.ttvm", "prog.ttvm"], "this file is the program"),
        (["--save", "runs", "-"], "a program from standard input cannot be saved"),
        (["--pct", "99999999", "prog.ttvm"], "is not a whole number from 1 to 1,000"),
        (["--recorded", ".", "prog.ttvm"], "this is a directory"),
        (["--recorded", "prog.ttvm", "prog.ttvm"], "this is not a recorded run"),
        (["-o", "no/such/folder", "prog.ttvm"], "there is no directory no/such"),
        (["--graph", "prog.ttvm", "prog.ttvm"], "this file is the program"),
        (["--save", "prog.ttvm/runs", "prog.ttvm"], "this folder cannot be made"),
        (["-o", "/dev/full", "prog.ttvm"], "No space left"),
        (["--jobs", "0", "prog.ttvm"], "is not a whole number from 1"),
    ],
)
def test_bad_words(words: list[str], message: str, prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", *words]) == 2
    err = capfd.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_a_full_disk_while_saving(
    prog: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise TtvmError("runs/outcome-1.ttvmrun: it cannot be written: No space left on device")

    monkeypatch.setattr("ttvm.cli.saved_runs.write_file", full)
    assert main(["explore", "--save", "runs", "--graph", "t.dot", "prog.ttvm"]) == 2
    out, err = capfd.readouterr()
    assert (prog.parent / "t.dot").exists()
    assert "these are all outcomes" in out
    assert "error: runs/outcome-1.ttvmrun: it cannot be written: No space left on device" in err


def test_what_cannot_be_told_keeps_no_search_from_being_kept(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prog.write_text(lost_update(2))
    assert main(["explore", "-o", "/dev/full", "--resume", "s.json", "--max-executions", "5", "prog.ttvm"]) == 2
    assert "error: /dev/full: it cannot be written: No space left on device" in capfd.readouterr().err
    assert main(["explore", "--resume", "s.json", "prog.ttvm"]) == 0
    assert "going on after 5 executions" in capfd.readouterr().err


def test_a_saved_search_with_one_number_changed(prog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prog.write_text(lost_update(2))
    assert main(["explore", "--resume", "s.json", "--max-executions", "5", "prog.ttvm"]) == 2
    path = prog.parent / "s.json"
    path.write_text(path.read_text().replace('"executions": 5', '"executions": 6'))
    assert main(["explore", "--resume", "s.json", "prog.ttvm"]) == 2
    assert "error: s.json: this saved search is damaged" in capfd.readouterr().err


@pytest.mark.parametrize("interrupted", [1, 2])
def test_ctrl_c_while_it_simplifies_leaves_what_was_found_as_it_was_met(
    interrupted: int, prog: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prog.write_text(lost_update(2))
    tries = 0
    shows = Shrinker.shows

    def interrupt(shrinker: Shrinker, run: Followed, key: Key) -> bool:
        nonlocal tries
        tries += 1
        if tries == interrupted:
            raise KeyboardInterrupt
        return shows(shrinker, run, key)

    monkeypatch.setattr(Shrinker, "shows", interrupt)
    assert main(["explore", "--json", "--expect", "only outputs: 2", "prog.ttvm"]) == 1
    report = json.loads(capfd.readouterr().out)
    assert (report["complete"], report["executions"]) == (True, 12)
    assert [(each["text"], each["race"]) for each in report["findings"]] == [("this is printed: 1", None)]


def test_no_worker_outlives_a_keeper_that_is_killed(prog: Path) -> None:
    """The workers hold the standard output of the keeper, so its end can be read only when all of them have gone."""
    prog.write_text(take_any(9, 9))
    text = (
        "import sys\n"
        "from ttvm.explore.options import Options\n"
        "from ttvm.explore.parallel import ParallelExploration\n"
        "from ttvm.explore.pools import LocalPool\n"
        "if __name__ == '__main__':\n"
        "    for progress in ParallelExploration(sys.argv[1], Options(), lambda: LocalPool(2)):\n"
        "        print(progress.executions, flush=True)\n"
    )
    script = prog.parent / "keeper.py"
    script.write_text(text)
    command = [sys.executable, str(script), str(prog)]
    keeper = subprocess.Popen(
        command, stdout=subprocess.PIPE, encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert keeper.stdout is not None
    while int(keeper.stdout.readline()) <= 20:  # so many it runs by itself
        pass
    keeper.kill()
    keeper.communicate(timeout=60)


class Terminal(io.StringIO):
    """Standard error that says it is a terminal, and may break."""

    def __init__(self, breaks: bool) -> None:
        super().__init__()
        self._breaks = breaks

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._breaks:
            raise OSError("gone")
        return super().write(text)


@pytest.mark.parametrize("breaks", [False, True])
def test_progress_is_told_on_a_terminal_and_never_ends_the_search(
    breaks: bool, prog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prog.write_text(lost_update(2))
    terminal = Terminal(breaks)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    assert main(["explore", "-o", "out.txt", "prog.ttvm"]) == 0
    assert ("1 executions, 1 outcomes, 0 findings" in terminal.getvalue()) is not breaks


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_program_that_takes_all_memory(jobs: str, prog: Path) -> None:
    prog.write_text("PUSH_INT 0\nagain:\nPUSH_INT 0\nPUSH_INT 3000000\nRANGE\nSELF\nSEND\nJMP again\n")
    command = [sys.executable, "-m", "ttvm", "explore", "--jobs", jobs, "--max-memory-mb", "150", str(prog)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=ROOT, timeout=60)
    assert done.returncode == 2, done.stderr
    assert "no memory is left" in done.stderr
    assert "prog.ttvm:" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_help_tells_the_exit_status(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "--help"]) == 0
    assert "exit status: 0 nothing found" in capfd.readouterr().out
