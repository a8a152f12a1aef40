"""Going back is exact: whatever way led to a step, everything is as in a run that went there directly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from debugger.session import Session
from debugger.views import StopView
from tests.property.programs import FILES, Generated, programs
from tests.property.state import of_system
from tests.unit.helpers import FOLDER, PACKAGE, MemoryFiles
from ttvm.asm.loader import Loader

PATH = f"{FOLDER}/test.ttvm"
MOST_STEPS = 120
ENDLESS = 10**9


def session_of(program: Generated, spacing: int) -> Session:
    files = MemoryFiles({**FILES, PATH: program.text})
    return Session(PATH, program.options, program.input_text, Loader(files, PACKAGE), checkpoint_spacing=spacing)


def state_of(session: Session) -> dict[str, Any]:
    """Everything a student could see, and what the machine will do next."""
    view = session.view()
    return {
        **of_system(session._vm),
        "world": session._world.save(),
        "output": list(session.output()),
        "exited": [row.pid for row in view.processes if row.state == "exited"],
        "next": view.next,
    }


class Reference:
    """The states of a run that only ever went forward, one instruction at a time."""

    def __init__(self, program: Generated) -> None:
        session = session_of(program, ENDLESS)
        self.states = [state_of(session)]
        self.dids = [""]
        self.end: dict[str, Any] | None = None
        while len(self.states) <= MOST_STEPS:
            before = session.view().step
            session.step()
            if session.view().step == before:
                self.end = state_of(session)
                break
            self.states.append(state_of(session))
            self.dids.append(session.view().did)

    @property
    def last(self) -> int:
        return len(self.states) - 1

    def check(self, session: Session, stop: StopView) -> None:
        """The session is where the reference was, and says the same of it."""
        if stop.reason in ("breakpoint", "pause"):
            # A turn had to begin, or time may have passed, since the last step; what follows must be the same.
            if session.view().step >= self.last:
                return
            stop = session.step()
        step = session.view().step
        note(f"{stop.reason} at {step}: {stop.text}")
        state = state_of(session)
        if stop.reason in ("end", "deadlock") and step == self.last and self.end is not None:
            assert state in (self.end, self.states[step])
        else:
            assert state == self.states[step]


VERBS = st.lists(
    st.tuples(
        st.sampled_from(("step", "back", "tick", "tick_back", "goto", "first", "latest", "run", "continue_back")),
        st.integers(1, 12),
    ),
    min_size=1,
    max_size=12,
)


def do(session: Session, verb: str, number: int, last: int) -> StopView:
    """One verb, never further than the reference knows."""
    step = session.view().step
    if verb in ("step", "back"):
        return session.step(min(number, max(1, last - step))) if verb == "step" else session.back(number)
    if verb == "goto":
        return session.goto(last * number // 12)
    if verb == "run":
        session.start_continue()
        stop = session.advance(max(1, min(5 * number, last - step)))
        return session.pause() if stop is None else stop
    if verb in ("tick", "tick_back"):
        return session.tick() if verb == "tick" else session.tick_back(number % 3 + 1)
    stop = getattr(session, verb)()
    assert isinstance(stop, StopView)
    return stop


def check_travel(program: Generated, verbs: list[tuple[str, int]], spacing: int, line: int) -> None:
    note(f"{program.options}\n{program.text}")
    reference = Reference(program)
    session = session_of(program, spacing)
    session.break_at_line(line)
    for verb, number in verbs:
        if verb in ("step", "tick", "run") and session.view().step >= reference.last:
            continue
        stop = do(session, verb, number, reference.last)
        if session.view().step > reference.last:
            session.goto(reference.last)
        else:
            reference.check(session, stop)


@given(programs(), VERBS, st.integers(1, 9), st.integers(1, 20))
@settings(max_examples=80)
def test_every_way_to_a_step_leads_to_the_same_state(
    program: Generated, verbs: list[tuple[str, int]], spacing: int, line: int
) -> None:
    check_travel(program, verbs, spacing, line)


@pytest.mark.slow
@given(programs(), VERBS, st.integers(1, 9), st.integers(1, 20))
@settings(max_examples=600)
def test_every_way_to_a_step_leads_to_the_same_state_thoroughly(
    program: Generated, verbs: list[tuple[str, int]], spacing: int, line: int
) -> None:
    check_travel(program, verbs, spacing, line)


@given(programs(), st.integers(1, 9), st.data())
@settings(max_examples=60)
def test_did_is_the_same_wherever_one_comes_from(program: Generated, spacing: int, data: st.DataObject) -> None:
    reference = Reference(program)
    session = session_of(program, spacing)
    session.goto(reference.last)
    for _ in range(5):
        step = data.draw(st.integers(1, max(1, reference.last)))
        if step <= reference.last:
            session.goto(step)
            assert session.view().did == reference.dids[step]
