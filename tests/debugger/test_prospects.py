"""What can still happen: exploring from the present moment, and the way to an outcome as a branch of history."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger import foresight
from debugger.commands import CommandLine
from debugger.comparison import side_by_side
from debugger.live_module import LIVE
from debugger.opening import open_session
from debugger.session import Session
from tests.debugger.programs import session_of
from tests.debugger.test_choices import did, do, printed
from tests.debugger.test_recordings import recorded
from ttvm.errors import TtvmError
from ttvm.setup import MachineOptions

PHILOSOPHERS = str(Path(__file__).parents[2] / "examples" / "dining_philosophers_deadlock.ttvm")
RACE = """\
    MAKE_FUNCTION one
    SPAWN
    POP
    MAKE_FUNCTION other
    SPAWN
    POP
    RECEIVE
    PRINT
    HALT
one:
    PUSH_STR "one"
    SEND 1
    HALT
other:
    PUSH_STR "other"
    SEND 1
    HALT
"""
"""Two processes send to main, which prints what comes first."""
TIMES = """\
    PUSH_STR "tick"
    SEND_AFTER 50 1
    POP
    PUSH_INT 20
    SLEEP
    RECEIVE AFTER 30 late
    PRINT
    HALT
late:
    PUSH_STR "late"
    PRINT
"""
"""A message and a timeout, either of which may come first."""


def philosophers() -> Session:
    return Session(PHILOSOPHERS, MachineOptions(policy="round-robin"))


def kinds(session: Session) -> list[str]:
    return [each.kind for each in session.prospects().prospects]


# -- the search


def test_exploring_finds_the_deadlock_and_the_happy_end_and_changes_nothing() -> None:
    session = philosophers()
    session.goto(40)
    view, saved = session.view(), list(session.save())
    found = session.explore()
    assert (found.branch, found.step, found.bound) == (1, 40, "")
    assert kinds(session) == ["deadlock", "outcome", "outcome"]
    assert found.prospects[1].lines[0] == "1 prints all have eaten"
    assert "had the SEND of 7 (philosopher)" in found.prospects[0].lines[0]
    assert session.view() == view
    assert list(session.save()) == saved


def test_less_can_happen_later() -> None:
    session = philosophers()
    deadlock = session.explore().prospects[0]
    assert deadlock.lines[-1].startswith("a circle: 2 (fork) waits for 5 (philosopher), 5 (philosopher) waits for 3 ")
    session.open_prospect(1)
    assert session.view().stop.text.startswith("at what decides about the deadlock: 5 (philosopher) sends Int 5 to 2")
    latest = session.view().latest
    session.goto(latest)
    assert session.view().stop.reason == "deadlock"
    session.goto(latest - 5)
    found = session.explore()
    assert (found.executions, kinds(session)) == (1, ["deadlock", "outcome"])


def test_a_search_ends_when_it_has_found_what_is_wanted_or_has_done_enough() -> None:
    session = philosophers()
    assert session.explore("dead").bound == "deadlock was found"
    found = session.explore(most=3)
    assert (found.executions, found.bound) == (3, "it was stopped after 3 executions")


def test_a_search_goes_on_piece_by_piece_and_can_be_ended() -> None:
    session = philosophers()
    session.start_explore()
    assert session.advance_explore(2) == "exploring: 2 executions, 1 outcome, 0 findings"
    session.end_explore()
    assert session.prospects().executions == 2
    assert session.advance_explore(2) is None
    assert session.prospects().bound == "it was stopped"


# -- the way there


def test_each_outcome_is_a_branch_that_leads_there() -> None:
    session = philosophers()
    session.goto(40)
    session.explore()
    stop = session.open_prospect(2)
    assert stop.text.startswith("at the end of outcome 2, on branch 1: 1 prints all have eaten")
    assert printed(session)[-1] == "all have eaten"
    stop = session.open_prospect(3)
    assert stop.text.startswith("at the end of outcome 3, on branch 2: 5 prints philosopher 1 has the left fork")
    assert stop.text.endswith("(the main process waits, and nobody can ever wake it)")
    assert session.branches()[1].reason.startswith("opened outcome 3: 5 prints")
    assert len(printed(session)) == 3


def test_the_way_is_made_of_choices_that_can_be_undone(tmp_path: Path) -> None:
    line = CommandLine(session_of(tmp_path, RACE, options=MachineOptions(policy="round-robin")))
    session = line.session
    session.goto(6)
    session.latest()
    do(line, "continue")
    assert printed(session) == ["one"]
    session.goto(6)
    ends = {each.text.partition(";")[0]: each.number for each in session.explore().prospects if each.kind == "outcome"}
    assert set(ends) == {"1 prints one", "1 prints other"}
    other = ends["1 prints other"]
    do(line, f"outcome {other}")
    assert printed(session) == ["other"]
    end = session.steps
    assert did(line, "goto 7").startswith("you let ")
    assert printed(session) == []
    session.goto(end)
    assert printed(session) == ["other"]
    do(line, "branch 1")
    session.latest()
    assert printed(session) == ["one"]


def test_the_same_outcome_again_is_the_same_branch(tmp_path: Path) -> None:
    session = session_of(tmp_path, RACE)
    session.continue_()
    session.goto(6)
    session.explore()
    for _ in range(2):
        session.open_prospect(1)
        assert len(session.branches()) == 2
    session.goto(3)
    session.open_prospect(2)
    assert "otherwise" not in session.view().stop.text
    assert len(session.branches()) == 3


@pytest.mark.parametrize("step", [0, 2, 4, 5, 6, 7])
def test_time_and_timers_come_as_the_outcome_has_them(tmp_path: Path, step: int) -> None:
    session = session_of(tmp_path, TIMES)
    session.goto(step)
    found = session.explore().prospects
    seen = set()
    for each in found:
        stop = session.open_prospect(each.number)
        assert "otherwise" not in stop.text
        session.latest()
        seen.add(printed(session)[-1])
    assert seen == {"tick", "late"}


def test_a_branch_to_an_outcome_is_saved_and_taken_up_again(tmp_path: Path) -> None:
    session = session_of(tmp_path, TIMES)
    session.goto(4)
    session.explore()
    ends = []
    for each in session.prospects().prospects:
        session.open_prospect(each.number)
        session.latest()
        ends.append((session.view().branch, session.steps, printed(session)))
    file = tmp_path / "ways.ttvmrun"
    file.write_text("".join(session.save()), encoding="utf-8")
    again = open_session(str(file), MachineOptions())
    for branch, step, lines in ends:
        again.switch_branch(branch)
        again.goto(step)
        assert printed(again) == lines


def test_an_end_that_is_not_what_was_promised_is_said(tmp_path: Path) -> None:
    session = session_of(tmp_path, 'PUSH_STR "never.txt"\nREAD_FILE\nHALT\n')
    session.explore()
    stop = session.open_prospect(1)
    assert stop.text.startswith("opened crash 1 on branch 1, but it came otherwise: these have ended: 1 Str")
    assert "--allow-read" in stop.text


def test_a_recording_is_explored_from_any_of_its_moments(tmp_path: Path) -> None:
    session = open_session(recorded(Path(PHILOSOPHERS), tmp_path), MachineOptions())
    session.goto(20)
    session.explore()
    assert kinds(session) == ["deadlock", "outcome", "outcome"]
    assert "otherwise" not in session.open_prospect(2).text
    assert printed(session)[-1] == "all have eaten"
    session.switch_branch(1)
    session.latest()
    assert session.view().stop.reason == "deadlock"


def test_an_interrupt_ends_a_search_with_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    session = philosophers()
    session.start_explore()
    advance = session.advance_explore

    def interrupted(executions: int) -> str | None:
        monkeypatch.setattr(session, "advance_explore", advance)
        advance(5)
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "advance_explore", interrupted)
    found = session.explore()
    assert (found.executions, found.bound) == (5, "it was stopped")


# -- refusals


def test_what_cannot_be_explored_or_opened_is_refused(tmp_path: Path) -> None:
    session = session_of(tmp_path, RACE)
    line = CommandLine(session)
    for command, words in (
        ("outcomes", "nothing was explored yet"),
        ("outcome 1", "nothing was explored yet"),
        ("explore foo", "explore how"),
        ("explore until", "explore how"),
        ("explore until rain", "until what? deadlock, crash"),
        ("compare 1", "compare what"),
    ):
        with pytest.raises(TtvmError, match=words.replace("?", r"\?")):
            line.execute(command)
    session.explore()
    for number in (0, 9):
        with pytest.raises(TtvmError, match=f"there is no outcome {number}; there are 1 to"):
            session.open_prospect(number)
    do(line, "lock 1")
    with pytest.raises(TtvmError, match="exploring lets everybody run"):
        session.explore()
    do(line, "lock off", "continue")
    with pytest.raises(TtvmError, match="nothing can happen any more"):
        session.explore()


def test_a_way_that_is_too_long_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(tmp_path, RACE)
    session.explore()
    monkeypatch.setattr(foresight, "LONGEST_WAY", 10)
    with pytest.raises(TtvmError, match=r"the way there has \d+ instructions, more than 10"):
        session.open_prospect(1)
    assert session.steps == 0


def test_a_text_that_grows_is_not_explored() -> None:
    with pytest.raises(TtvmError, match="save it as a program"):
        Session(LIVE).explore()


# -- side by side


def test_two_outcomes_and_two_branches_side_by_side() -> None:
    line = CommandLine(philosophers())
    do(line, "explore", "outcome 1", "outcome 2")
    here = line.session.view()
    rows = do(line, "compare 1 2")
    assert rows[0].split() == ["outcome", "1", "outcome", "2"]
    assert rows[1] == "      ... 4 more that are the same"
    [first] = [row for row in rows if row.startswith(">")]
    assert first == ">  8  6 (philosopher) sends Int 6 to 3             2 (fork) receives Int 5 from 5"
    [first] = [row for row in do(line, "compare branches 1 2") if row.startswith(">")]
    assert first.split("  ")[1:] == ["6 philosopher sends #2 to 3 fork: 6", *first.split("  ")[2:]]
    assert "2 fork takes #1 from 5 philosopher: 5" in first
    assert line.session.view() == here
    assert do(line, "compare 2 2") == ["outcome 2 and outcome 2 are the same in all 61 steps"]


def test_a_story_that_ends_earlier_differs_where_it_ends() -> None:
    assert side_by_side(["a", "b"], ["a"], ("x", "y")).split("\n") == ["     x  y", "  1  a  a", "> 2  b"]


# -- in pieces


@pytest.mark.parametrize("pieces", [1, 4, 9, 14])
def test_an_opening_that_is_given_up_changes_nothing(pieces: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was still finding out what decides, on the known part of the run, or on a branch of its own."""
    monkeypatch.setattr(foresight, "_TURNS_AT_ONCE", 5)
    session = philosophers()
    session.goto(60)
    session.goto(40)
    session.explore()
    session.open_prospect(2)
    session.goto(100)
    saved, view, branches = list(session.save()), session.view(), session.branches()
    session.start_open(1)
    for _ in range(pieces):
        assert session.advance_back() is None
    assert session.opening
    assert session.pause().text == "gave up the way there"
    assert (list(session.save()), session.view().step, session.opening) == (saved, view.step, "")
    assert session.branches() == branches
    session.open_prospect(1)
    assert session.view().stop.text.startswith("at what decides about the deadlock")


def test_a_search_that_is_ended_while_it_simplifies_keeps_what_it_found() -> None:
    session = philosophers()
    session.start_explore()
    while "simplifying" not in (session.advance_explore(10) or ""):
        pass
    session.end_explore()
    assert kinds(session) == ["deadlock", "outcome", "outcome"]
    assert session.prospects().bound == ""
    assert session.advance_explore(1) is None
