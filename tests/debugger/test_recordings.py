"""Recordings and saved runs in the debugger: the run goes back and forth in them as in any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from debugger.choices import Push, RunNext, Send
from debugger.opening import open_session
from debugger.session import Session
from debugger.views import ProcessRow
from tests.machines import EXAMPLES, Watched, cheap_keys, folder_for, options_of, promises
from tests.test_programs import ALL, name_of
from ttvm.errors import ReplayError, TtvmError
from ttvm.recording.runs import ending_of
from ttvm.setup import MachineOptions

PHILOSOPHERS = next(str(path) for path in EXAMPLES if path.stem == "dining_philosophers_deadlock")


def printed(session: Session) -> list[str]:
    return [line.text for line in session.output() if line.kind == "output"]


def unmarked(session: Session) -> list[ProcessRow]:
    """The processes, without marks for what has changed since the last stop."""
    return [replace(row, changed=frozenset(), recent=0) for row in session.view().processes]


def recorded(path: Path, tmp_path: Path) -> str:
    """Record a program; the path of the file."""
    lines: list[str] = []
    machine = Watched(path, options_of(promises(path)), promises(path).input, record=lines.append)
    ended = machine.run_to_end()
    assert machine.log is not None
    machine.log.end(ending_of(machine.vm, ended.status))
    file = tmp_path / "a.ttvmrun"
    file.write_text("".join(lines), encoding="utf-8", errors="surrogatepass")
    return str(file)


RUNS = [
    path for path in ALL if "examples" in path.parts or path.parent.name in ("async", "network", "console", "modules")
]


@pytest.mark.parametrize("path", RUNS, ids=name_of)
def test_a_recording_opens_at_its_end_and_goes_back_and_forth(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder_for(path, tmp_path))
    with cheap_keys():
        file = recorded(path, tmp_path)
        session = open_session(file, MachineOptions())
        try:
            end, output, processes = session.view(), printed(session), unmarked(session)
            assert json.loads(Path(file).read_text(encoding="utf-8").splitlines()[-1])["end"]["steps"] == end.step
            for step in (end.step // 2, end.step // 3, end.step):
                session.goto(step)
                assert session.view().step == step
            assert printed(session) == output
            assert unmarked(session) == processes
        finally:
            session.close()


def test_a_choice_leaves_the_recording(tmp_path: Path) -> None:
    """Behind it the run goes on by itself; the recorded branch stays what it was."""
    session = open_session(recorded(Path(PHILOSOPHERS), tmp_path), MachineOptions())
    assert session.view().stop.reason == "deadlock"
    session.goto(60)
    session.choose(RunNext(7))
    assert session.continue_().reason == "end"
    assert [branch.latest for branch in session.branches()] == [133, session.steps]
    session.switch_branch(1)
    assert session.latest().reason == "deadlock"


def test_a_changed_program_is_not_the_recorded_one(tmp_path: Path) -> None:
    program = tmp_path / "p.ttvm"
    program.write_text("; expect: 1\nPUSH_INT 1\nPRINT\n")
    file = recorded(program, tmp_path)
    program.write_text("PUSH_INT 2\nPRINT\n")
    with pytest.raises(ReplayError, match="has changed since the recording"):
        open_session(file, MachineOptions())


# -- saved runs


def branched() -> Session:
    """The deadlock, a happy end beside it, a bookmark and a breakpoint."""
    session = Session(PHILOSOPHERS)
    session.continue_()
    session.goto(60)
    session.add_bookmark("before it")
    session.choose(RunNext(7))
    session.choose(Push(7, "text"))
    session.choose(Send(5, 3))
    session.back(2)
    session.choose(Push(7, 1.0))
    session.break_at_line(107)
    session.goto(62)
    return session


def saved(tmp_path: Path, lines: list[str]) -> str:
    file = tmp_path / "saved.ttvmrun"
    file.write_text("".join(lines), encoding="utf-8")
    return str(file)


def test_a_saved_run_goes_on_where_it_was(tmp_path: Path) -> None:
    session = branched()
    again = open_session(saved(tmp_path, list(session.save())), MachineOptions())
    assert again.branches() == session.branches()
    assert again.bookmarks() == session.bookmarks()
    assert [each.text for each in again.breakpoints()] == [each.text for each in session.breakpoints()]
    assert (again.view().step, again.view().branch, again.view().did) == (62, 3, session.view().did)
    assert again.switch_branch(2) == session.switch_branch(2)
    assert again.go_to_bookmark("before it") == session.go_to_bookmark("before it")
    assert list(again.save()) == list(session.save())


def test_a_saved_recording_is_still_that_recording(tmp_path: Path) -> None:
    session = open_session(recorded(Path(PHILOSOPHERS), tmp_path), MachineOptions())
    session.goto(60)
    session.choose(RunNext(7))
    again = open_session(saved(tmp_path, list(session.save())), MachineOptions())
    again.switch_branch(1)
    assert again.latest().reason == "deadlock"
    assert again.steps == 133


def test_values_of_other_types_are_other_choices() -> None:
    """1, 1.0 and true are equal to Python, and not the same push."""
    session = Session(PHILOSOPHERS)
    session.goto(61)
    session.goto(60)
    session.choose(Push(7, 1))
    for value in (1.0, 1):
        session.goto(60)
        session.choose(Push(7, value))
    assert len(session.branches()) == 4
    session.switch_branch(2)
    session.goto(60)
    session.choose(Push(7, 1))
    assert len(session.branches()) == 4
    assert session.view().branch == 2


def damages(lines: list[str]) -> Iterator[list[str]]:
    """The file with each line left out or cut, and with each field left out or something else."""
    for index, line in enumerate(lines):
        entry: dict[str, object] = json.loads(line)
        others: tuple[object, ...] = (None, -1, "x", [], {}, 10**9)
        changed = [{**entry, key: value} for key in entry for value in others]
        changed += [{name: entry[name] for name in entry if name != key} for key in entry]
        for each in ("", line[: len(line) // 2] + "\n", *(json.dumps(each) + "\n" for each in changed)):
            yield [*lines[:index], each, *lines[index + 1 :]]


def test_damaged_files_are_refused_in_words_or_still_run(tmp_path: Path) -> None:
    program = tmp_path / "p.ttvm"
    program.write_text("PUSH_INT 1\nPUSH_INT 2\nADD\nPRINT\n")
    session = Session(str(program))
    session.step(2)
    session.choose(Push(1, 5))
    session.add_bookmark()
    session.break_at_line(3)
    session.first()
    session.choose(Send(1, "x"))
    refused: list[str] = []
    for lines in damages(list(session.save())):
        try:
            open_session(saved(tmp_path, lines), MachineOptions()).close()
        except TtvmError as error:
            refused.append(str(error))
    assert len(refused) > 100
    assert [error for error in refused if str(tmp_path) not in error] == []


def test_a_recording_is_known_by_how_it_begins(tmp_path: Path) -> None:
    program = tmp_path / "prog.ttvm"
    program.write_text('PUSH_STR "hello"\nPRINT\n', encoding="utf-8")
    other_name = Path(recorded(program, tmp_path)).rename(tmp_path / "x.run")
    session = open_session(str(other_name), MachineOptions())
    assert printed(session) == ["hello"]
    session.close()
