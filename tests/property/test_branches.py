"""Changing a run: whatever was tried before, each branch is what a fresh run with the same choices is."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from debugger.choices import (
    ChangePolicy,
    Choice,
    Execute,
    Fire,
    Freeze,
    Kill,
    Lock,
    Push,
    RunNext,
    Send,
    SetVariable,
    Skip,
    Spawn,
    Thaw,
    Timeout,
)
from debugger.run_files import read_run
from debugger.session import Session
from tests.property.programs import Generated, programs
from tests.property.test_time_travel import ENDLESS, session_of, state_of
from ttvm.errors import InternalError, TtvmError
from ttvm.values import List

MOST_STEPS = 150
INSTRUCTIONS = (
    "DUP",
    "ADD",
    "PUSH_INT 3",
    "RECEIVE",
    "YIELD",
    "HALT",
    "SLEEP",
    "SPAWN",
    "PRINT",
    'PUSH_STR "typed"',
    "STORE typed",
    'REGISTER "typed"',
    "EXIT_PROCESS",
    "SELF",
)

PIDS = st.integers(1, 5)
CHOICES: st.SearchStrategy[Choice] = st.one_of(
    st.builds(RunNext, PIDS),
    st.builds(RunNext, PIDS),
    st.builds(Lock, st.integers(0, 4)),
    st.builds(Freeze, PIDS),
    st.builds(Thaw, PIDS),
    st.builds(ChangePolicy, st.sampled_from(("smp", "round-robin", "random")), st.integers(1, 4), st.integers(0, 9)),
    st.builds(Push, PIDS, st.sampled_from((1, "text", List([1, 2])))),
    st.builds(SetVariable, PIDS, st.sampled_from(("x", "y")), st.integers(0, 9)),
    st.builds(Send, PIDS, st.integers(0, 9)),
    st.builds(Kill, PIDS),
    st.builds(Skip, PIDS),
    st.builds(Timeout, PIDS),
    st.builds(Fire, st.integers(1, 3)),
    st.builds(Execute, PIDS, st.sampled_from(INSTRUCTIONS)),
    st.builds(Execute, PIDS, st.sampled_from(INSTRUCTIONS)),
    st.builds(Execute, PIDS, st.sampled_from(INSTRUCTIONS)),
    st.builds(Spawn, PIDS, st.just("printer")),
)
VERBS = st.tuples(
    st.sampled_from(("step", "step", "back", "tick", "tick_back", "goto", "latest", "continue_back", "switch")),
    st.integers(1, 9),
)
ACTIONS = st.lists(st.one_of(VERBS, CHOICES), min_size=4, max_size=16)


def act(session: Session, verb: str, number: int) -> None:
    """One verb, as far as the tests go."""
    view = session.view()
    if verb == "step":
        session.step(min(number, max(1, MOST_STEPS - view.step)))
    elif verb == "goto":
        session.goto(view.latest * number // 9)
    elif verb == "switch":
        session.switch_branch(number % len(session._timeline.branches) + 1)
    elif verb in ("back", "tick_back"):
        getattr(session, verb)(number)
    elif verb != "tick" or view.step < MOST_STEPS:
        getattr(session, verb)()


def choose(session: Session, choice: Choice) -> None:
    """Make a choice, about a process that lives; one that cannot be made changes nothing."""
    session.goto(session.view().step)
    live = [row.pid for row in session.view().processes if row.state != "exited"]
    pid = getattr(choice, "pid", 0)
    if live and pid:
        choice = choice._replace(pid=live[pid % len(live)])  # type: ignore[attr-defined]
    before = state_of(session)
    try:
        session.choose(choice)
    except InternalError:
        raise
    except TtvmError as error:
        note(f"refused {choice}: {error}")
        assert state_of(session) == before
    else:
        note(f"{choice} at {session.view().step - 1}: {session.view().did}")
        assert session.view().step == before["steps"] + 1


def check_branches(program: Generated, start: int, actions: list[tuple[str, int] | Choice], spacing: int) -> None:
    note(f"{program.options}\n{program.text}")
    session = session_of(program, spacing)
    session.goto(start)
    for action in actions:
        if type(action) is tuple:  # choices are tuples with names
            act(session, *action)
        else:
            choose(session, cast(Choice, action))
    again = session_of(program, spacing)
    again.resume(read_run(session.save(), "run"))
    session.goto(session.view().step)
    assert state_of(again) == state_of(session)
    assert again.branches() == session.branches()
    step = session.view().step
    for branch in session._timeline.branches:
        session.switch_branch(branch.number)
        fresh = session_of(program, ENDLESS)
        for at, choice in branch.choices:
            fresh.goto(at)
            fresh.choose(choice)
        fresh.goto(min(step, branch.latest))
        session.goto(min(step, branch.latest))
        assert state_of(session) == state_of(fresh)
        assert session.view().did == fresh.view().did


@given(programs(), st.integers(1, 25), ACTIONS, st.integers(1, 9))
@settings(max_examples=120)
def test_a_branch_is_what_a_fresh_run_with_its_choices_is(
    program: Generated, start: int, actions: list[tuple[str, int] | Choice], spacing: int
) -> None:
    check_branches(program, start, actions, spacing)


@pytest.mark.slow
@given(programs(), st.integers(1, 25), ACTIONS, st.integers(1, 9))
@settings(max_examples=500)
def test_a_branch_is_what_a_fresh_run_with_its_choices_is_thoroughly(
    program: Generated, start: int, actions: list[tuple[str, int] | Choice], spacing: int
) -> None:
    check_branches(program, start, actions, spacing)
