"""The sentences of the debugger: none fails, none shows how it is made."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from debugger.session import Session
from debugger.views import SystemView
from tests.property.programs import FILES, Generated, programs
from tests.unit.helpers import FOLDER, PACKAGE, MemoryFiles
from ttvm.asm.loader import Loader

LEFT_OVER = re.compile(r"\{\w+(:\w+)?\}|\(\w*\|\w*\)|\bNone\b|\bTrue\b|\bFalse\b|<\w+[ .]\w+|object at 0x")
"""Templates of the table that were not filled in, and forms of Python that mean nothing to a student."""
MOST = 80


def session_of(program: Generated) -> Session:
    path = f"{FOLDER}/test.ttvm"
    loader = Loader(MemoryFiles({**FILES, path: program.text}), PACKAGE)
    return Session(path, program.options, program.input_text, loader)


def check_sentence(sentence: str) -> None:
    assert sentence.strip()
    assert sentence.isprintable(), repr(sentence)
    assert not LEFT_OVER.search(sentence), sentence


def check_view(view: SystemView) -> None:
    check_sentence(view.next)
    check_sentence(view.stop.text)
    if view.did:
        check_sentence(view.did)
    for row in view.processes:
        assert row.state in ("running", "ready", "waiting", "exited")
    if view.selected is not None:
        assert all(value.text.isprintable() for value in view.selected.stack)


def check_session(program: Generated, turns: bool) -> None:
    note(f"{program.options}\n{program.text}")
    session = session_of(program)
    view = session.view()
    check_view(view)
    for _ in range(MOST):
        if view.ended:
            break
        before = (view.step, view.next)
        if turns:
            session.tick()
        else:
            session.step()
        view = session.view()
        check_view(view)
        if view.step == before[0] + 1 and not turns:
            assert view.did, before
    assert session.view() == session.view()


@given(programs(), st.booleans())
def test_every_step_can_be_told_in_words(program: Generated, turns: bool) -> None:
    check_session(program, turns)


@pytest.mark.slow
@given(programs(), st.booleans())
@settings(max_examples=300)
def test_every_step_can_be_told_in_words_thoroughly(program: Generated, turns: bool) -> None:
    check_session(program, turns)


@given(programs())
@settings(max_examples=30)
def test_a_session_goes_where_the_machine_goes(program: Generated) -> None:
    """Stepping in the debugger executes what an undisturbed run executes."""
    note(f"{program.options}\n{program.text}")
    session, whole = session_of(program), session_of(program)
    for _ in range(MOST):
        if session.view().ended:
            break
        session.step()
    steps = session.view().step
    while whole.view().step < steps:  # a BREAKPOINT on the way stops it earlier
        whole.step(steps - whole.view().step)
    ours, theirs = session.view(), whole.view()
    assert (ours.step, ours.tick, ours.queues, ours.current) == (
        theirs.step,
        theirs.tick,
        theirs.queues,
        theirs.current,
    )
    assert list(session.output()) == list(whole.output())
