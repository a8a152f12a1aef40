"""Breakpoints as text: what is written is read as the same, and nothing that is typed does any harm."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from debugger.breakpoint_text import parse_breakpoint, write_breakpoint
from debugger.descriptions import EVENTS, Breakpoint, Event, Place, Watch
from debugger.scope import ExpressionError

NAMES = st.one_of(
    st.sampled_from(("worker", "to", "once", "in", "watch", "12a", "a b", 'q"', "é")), st.text("ab \\'\"", min_size=1)
)
WHERE = st.one_of(
    st.builds(Place, st.integers(1, 10**6)),
    st.builds(Place, st.integers(1, 99), file=st.sampled_from(("a.ttvm", "b c.ttvm"))),
    st.builds(lambda label: Place(label=label), NAMES),
    st.builds(lambda address: Place(address=address), st.integers(0, 99)),
    st.builds(Event, st.sampled_from([each for each in EVENTS if each != "mailbox"])),
    st.builds(Event, st.just("send"), NAMES),
    st.builds(Event, st.just("mailbox"), NAMES, st.integers(0, 9)),
    st.builds(Watch, st.sampled_from(("x", "len(mailbox) + 1", "order['in']", "hits", "name"))),
    st.builds(Watch, st.just(""), NAMES),
)


@given(
    st.builds(
        Breakpoint,
        WHERE,
        st.sampled_from(("", "x > 3", "once", "msg == 'hits 3'", "(hits) > 2")),
        st.integers(1, 9),
        st.one_of(st.just(""), NAMES),
        st.one_of(st.none(), st.text("a{{ \n\t\"'\\é", max_size=6).map(lambda text: text.replace("{", "{{"))),
        st.booleans(),
        st.integers(0, 9),
    )
)
def test_what_is_written_is_read_as_the_same(wanted: Breakpoint) -> None:
    assert parse_breakpoint(write_breakpoint(wanted)) == wanted


@given(st.text("12 ifhtslogcenrmabwx>=(){}[]\"'\\@:.éτ\n\0", max_size=30))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    error = _error(text)
    assert error is None or (error.column >= 1 and str(error))


def _error(text: str) -> ExpressionError | None:
    try:
        parse_breakpoint(text)
    except ExpressionError as error:
        return error
    return None
