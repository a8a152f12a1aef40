"""Stops are the same in both directions, for any program and any breakpoint, event break or watch.

Programs from the instruction table reach every corner and mostly end soon; busy ones go on, so much happens in them.
"""

from __future__ import annotations

from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from debugger.breakpoint_text import parse_breakpoint
from debugger.session import Session
from tests.property.programs import FILES, OPTIONS, Generated, programs
from tests.property.state import of_system
from tests.property.test_time_travel import VERBS, Reference, do
from tests.unit.helpers import FOLDER, PACKAGE, MemoryFiles
from ttvm.asm.loader import Loader
from ttvm.errors import TtvmError

PATH = f"{FOLDER}/test.ttvm"
MOST_STEPS = 120
MET = {"breakpoint", "break", "watch"}

PLACES = st.one_of(
    st.integers(1, 40).map(str),
    st.sampled_from(("main", "again", "more", "p1", "p1_loop", "p2", "f1", "f2")),
    st.integers(0, 30).map(lambda address: f"@{address}"),
)
EVENTS = st.sampled_from(
    (
        *("send", "send to 1", "send to alice", "receive", "receive 2", "spawn", "exit", "exit 2", "crash"),
        *("register", "block", "block 1", "timer", "timer in 2", "print", "deadlock"),
        *("mailbox 1 > 0", "mailbox alice > 1", "mailbox 2 >= 1"),
    )
)
WATCHES = st.sampled_from(
    (
        *("watch x", "watch x in 1", "watch x in 2", "watch y in 2", "watch z in alice", "watch alice.x"),
        *("watch stack[0] in 1", "watch depth in 2", "watch len(mailbox) in 1", "watch len(mailbox) in 2"),
        *("watch name alice", "watch x + 1 in 1", "watch mailbox in 2"),
    )
)
WHEN = st.sampled_from(
    (
        *("", "", "", "", "if depth > 1", "if x == 3", "hits 2", "hits 3", "once", "hits 2 once", "in 1", "in alice"),
        *('log "{depth}"', "if not msg", "if len(mailbox) > 0 hits 2"),
    )
)


@st.composite
def breakpoints(draw: st.DrawFn) -> str:
    """The text of a breakpoint."""
    what = draw(st.one_of(PLACES, PLACES, EVENTS, EVENTS, WATCHES))
    options = draw(WHEN)
    return what if options.startswith("in ") and " in " in what else f"{what} {options}".rstrip()


ACTS = (
    "LOAD x\nPUSH_INT 1\nADD\nSTORE x",
    "PUSH_INT 3\nSTORE x",
    "DELETE x\nPUSH_INT 1\nSTORE x",
    "SELF\nSEND 1",
    "LOAD x\nSEND 2",
    "LOAD x\nSENDNAMED alice",
    "RECEIVE AFTER 3 {label}\nSTORE z\n{label}:",
    "RECEIVE int AFTER 0 {label}\nSTORE y\n{label}:",
    "RECEIVE\nSTORE y",
    "TRUE\nSEND_AFTER 5 1\nPOP",
    "LOAD x\nSEND_AFTER 0 2\nPOP",
    "PUSH_INT 2\nSLEEP",
    "YIELD",
    "LOAD x\nPRINT",
    "BREAKPOINT",
    "PUSH_INT 7\nCALL f1 x",
    "MAKE_FUNCTION f2\nSPAWN_MONITOR\nPOP\nPOP",
    "MAKE_FUNCTION f2\nSPAWN_LINK\nPOP",
    "TRY\nREGISTER alice\nCATCH\nPOP\nEND_TRY",
    'UNREGISTER "alice"',
    "PUSH_STR stop\nKILL 3",
)
"""What the processes of a busy program do, again and again; ``{label}`` is a new one each time."""
ENDS = """\
f1:
    PUSH_INT 8
    STORE x
    RET
f2:
    NOP
    PUSH_INT 1
    PUSH_INT 0
    DIV
"""


@st.composite
def busy_programs(draw: st.DrawFn) -> Generated:
    """Three processes that talk without end."""
    lines = ["main:", "MAKE_FUNCTION p1", "SPAWN", "POP", "MAKE_FUNCTION p2", "SPAWN", "POP"]
    number = 0
    for start, loop in (("", "again"), ("p1", "p1_loop"), ("p2", "more")):
        lines += [f"{start}:"] * bool(start) + ["PUSH_INT 0", "STORE x", f"{loop}:"]
        for act in draw(st.lists(st.sampled_from(ACTS), min_size=1, max_size=6)):
            number += 1
            lines += act.replace("{label}", f"l{number}").split("\n")
        lines.append(f"JMP {loop}")
    return Generated("\n".join(lines) + "\n" + ENDS, draw(OPTIONS), "")


def session_of(program: Generated, spacing: int) -> Session:
    files = MemoryFiles({**FILES, PATH: program.text})
    return Session(PATH, program.options, program.input_text, Loader(files, PACKAGE), checkpoint_spacing=spacing)


def add(session: Session, texts: list[str]) -> None:
    for text in texts:
        try:
            session.add_breakpoint(parse_breakpoint(text))
        except TtvmError:  # a place that this program does not have
            assume(False)


def state_of(session: Session) -> object:
    """All that decides how the run goes on, and all that it has printed."""
    return of_system(session._vm), session._world.save(), list(session.output())


def stops_forward(session: Session, most: int = MOST_STEPS) -> dict[int, tuple[str, object]]:
    """Every stop of a continue from the start, by its step, up to ``most``: its words, and the state then."""
    found: dict[int, tuple[str, object]] = {}
    while session.view().step < most:
        session.start_continue()
        stop = None
        while stop is None and session.view().step < most:
            stop = session.advance(most - session.view().step)
        if stop is None:
            session.pause()
        elif stop.reason not in MET:
            break
        else:
            found[session.view().step] = (stop.text, state_of(session))
    return found


def stops_backward(session: Session) -> dict[int, tuple[str, object]]:
    """The same, of ``continue_back`` from where the session is."""
    found: dict[int, tuple[str, object]] = {}
    while (stop := session.continue_back()).reason in MET and session.view().step not in found:
        found[session.view().step] = (stop.text, state_of(session))
    return found


def check_stops(program: Generated, texts: list[str], spacing: int, late: bool) -> None:
    note(f"{texts} {program.options}\n{program.text}")
    session = session_of(program, spacing)
    add(session, texts)
    forward = stops_forward(session)
    last = session.view().step
    note(f"{last} {[(step, stop[0]) for step, stop in forward.items()]}")
    if late:
        other = session_of(program, spacing + 1)
        other.goto(last)
        add(other, texts)
        session.close()
        session = other
    backward = stops_backward(session)
    note(f"{[(step, stop[0]) for step, stop in backward.items()]}")
    wanted = {step: stop for step, stop in forward.items() if step != last}
    assert {step: stop for step, stop in backward.items() if 0 < step < last} == wanted
    session.goto(0)
    again = stops_forward(session)
    assert again == forward
    session.close()


@given(st.one_of(programs(), busy_programs(), busy_programs()), breakpoints(), st.integers(1, 9), st.booleans())
@settings(max_examples=200)
def test_forward_and_backward_find_the_same_stops(program: Generated, text: str, spacing: int, late: bool) -> None:
    check_stops(program, [text], spacing, late)


@given(busy_programs(), breakpoints(), breakpoints(), st.integers(1, 9), st.booleans())
@settings(max_examples=80)
def test_one_waits_for_another_in_both_directions(
    program: Generated, first: str, second: str, spacing: int, late: bool
) -> None:
    check_stops(program, [first, f"{second} after 1"], spacing, late)


@given(busy_programs(), st.one_of(EVENTS, WATCHES), st.integers(1, 50))
@settings(max_examples=80)
def test_steps_stop_where_a_continue_does(program: Generated, text: str, spacing: int) -> None:
    note(f"{text} {program.options}\n{program.text}")
    session = session_of(program, spacing)
    add(session, [text])
    forward = stops_forward(session)
    last = session.view().step
    session.first()
    found: dict[int, tuple[str, object]] = {}
    while session.view().step < last:
        stop = session.step()
        if stop.reason in MET:
            found[session.view().step] = (stop.text, state_of(session))
    assert {step: stop for step, stop in found.items() if step < last} == {
        step: stop for step, stop in forward.items() if step < last
    }
    session.close()


@given(st.one_of(programs(), busy_programs()), VERBS, st.integers(1, 9), st.one_of(PLACES, EVENTS, WATCHES))
@settings(max_examples=80)
def test_what_only_counts_changes_nothing(
    program: Generated, verbs: list[tuple[str, int]], spacing: int, text: str
) -> None:
    note(f"{text} {program.options}\n{program.text}")
    reference = Reference(program)
    session = session_of(program, spacing)
    add(session, [f"{text} hits 1000000"])
    for verb, number in verbs:
        # Whoever pauses a run may find that time has passed since its last step.
        if verb == "run" or (verb in ("step", "tick") and session.view().step >= reference.last):
            continue
        stop = do(session, verb, number, reference.last)
        if session.view().step > reference.last:
            session.goto(reference.last)
        else:
            reference.check(session, stop)
    session.close()
