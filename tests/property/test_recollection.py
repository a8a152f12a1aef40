"""Explanations and searches only look: afterwards the session is exactly where it was, and goes on as it would have."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, note, settings
from hypothesis import strategies as st

from debugger.breakpoint_text import parse_breakpoint
from debugger.chronicle import Entry
from debugger.session import Session
from tests.property.programs import Generated, programs
from tests.property.test_stops import busy_programs
from tests.property.test_time_travel import session_of, state_of
from ttvm.errors import TtvmError

PROGRAMS = st.one_of(programs(), busy_programs(), busy_programs())
MOST_STEPS = 150
PLACES = st.tuples(st.integers(0, MOST_STEPS), st.sampled_from(("goto", "run", "step", "break")))
LOOKS: tuple[Callable[[Session], object], ...] = (
    lambda session: session.explain(),
    lambda session: session.letter(1),
    lambda session: session.letter(3),
    lambda session: session.origin("0", "1"),
    lambda session: session.origin("1", "2"),
    lambda session: session.origin("x", "1"),
    lambda session: session.origin("x", "2"),
    lambda session: session.trace("text"),
    lambda session: session.diagram(10),
)


def arrive(program: Generated, spacing: int, step: int, how: str) -> Session:
    """A session that came to a moment in one of several ways: also into the middle of a turn, and behind its end."""
    session = session_of(program, spacing)
    if how == "break":
        session.add_breakpoint(parse_breakpoint("receive hits 2"))
        session.add_breakpoint(parse_breakpoint("watch x"))
    if how == "goto":
        session.goto(MOST_STEPS)
        session.goto(min(step, session.steps))
    elif how == "step":
        session.step(max(1, step))
    else:
        session.start_continue()
        if session.advance(max(1, step)) is None:
            session.pause()
    return session


def everything(session: Session) -> object:
    return state_of(session), session.view(), session.chronicle()


def followed(session: Session) -> list[object]:
    """How it goes on."""
    states: list[object] = []
    for _ in range(3):
        session.start_continue()
        if session.advance(7) is None:
            session.pause()
        states.append((state_of(session), session.chronicle(), session.view().stop))
    return states


@given(PROGRAMS, st.integers(1, 40), PLACES)
@settings(max_examples=60)
def test_looking_changes_nothing(program: Generated, spacing: int, place: tuple[int, str]) -> None:
    note(f"{program.options}\n{program.text}")
    session, other = (arrive(program, spacing, *place) for _ in range(2))
    before = everything(session)
    assert before == everything(other)
    for look in LOOKS:
        try:
            look(session)
        except TtvmError as error:
            note(str(error))
        assert everything(session) == before
    assert followed(session) == followed(other)


SUBJECTS = st.sampled_from(
    (
        *(("x", "1"), ("x", "2"), ("stack[0]", "1"), ("stack[0]", "2")),
        *(("mailbox", "1"), ("mailbox 2", ""), ("name alice", "")),
    )
)


@given(PROGRAMS, st.integers(1, 40), SUBJECTS)
@settings(max_examples=60)
def test_last_goes_back_through_the_moments_of_the_run(
    program: Generated, spacing: int, subject: tuple[str, str]
) -> None:
    note(f"{program.options}\n{program.text}")
    what, within = subject
    session = session_of(program, spacing)
    session.goto(MOST_STEPS)
    last = session.steps
    states = {last: state_of(session)}
    steps = [last + 1]
    while (stop := session.last(what, within)).reason == "change" and len(steps) < 12:
        assert session.steps <= steps[-1]
        steps.append(session.steps)
        states[session.steps] = state_of(session)
    if stop.reason != "change":
        states[session.steps] = state_of(session)
    fresh = session_of(program, 10**9)
    for step in sorted(states):
        fresh.goto(step)
        assert state_of(fresh) == states[step]


@given(busy_programs(), st.integers(1, 40))
@settings(max_examples=40)
def test_the_chronicle_is_that_of_a_run_that_went_there_directly(program: Generated, spacing: int) -> None:
    note(f"{program.options}\n{program.text}")
    session = session_of(program, spacing)
    session.goto(MOST_STEPS)
    for step in (MOST_STEPS // 3, MOST_STEPS // 2, 7, MOST_STEPS - 10):
        session.goto(min(step, session.steps if session.view().ended else step))
        fresh = session_of(program, 10**9)
        fresh.goto(session.steps)
        known: list[Entry] = list(session._chronicle.entries())
        assert known == list(fresh._chronicle.entries())


@given(busy_programs(), st.integers(1, 40), st.sampled_from(("x", "depth", "stack[0]")), st.sampled_from(("1", "2")))
@settings(max_examples=40)
def test_last_finds_what_a_watch_stops_at(program: Generated, spacing: int, what: str, within: str) -> None:
    note(f"{program.options}\n{program.text}")
    watching = session_of(program, spacing)
    watching.add_breakpoint(parse_breakpoint(f"watch {what} in {within}"))
    watching.goto(MOST_STEPS)
    searching = session_of(program, spacing)
    searching.goto(MOST_STEPS)
    for _ in range(6):
        if watching.steps != searching.steps:
            break
        stop = searching.last(what, within)
        if stop.reason == "change" and searching.steps == watching.steps:
            stop = searching.last(what, within)  # a watch going back does not stop where it stands
        found = watching.continue_back()
        while found.reason == "breakpoint":  # a BREAKPOINT of the program
            found = watching.continue_back()
        assert (stop.reason == "change") == (found.reason == "watch")
        if found.reason != "watch":
            break
        assert searching.steps == watching.steps
        assert found.text == f"watch 1: {stop.text}"
