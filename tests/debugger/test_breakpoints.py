"""Breakpoints with conditions, counts and log points, and breaks on events: where they stop, and what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.breakpoint_text import parse_breakpoint
from debugger.descriptions import EVENTS, Breakpoint, Event, Place
from debugger.scope import ExpressionError
from debugger.session import Session
from tests.debugger.programs import COUNTING, SHOP, run_back, run_on, session_of
from ttvm.errors import TtvmError
from ttvm.setup import MachineOptions


def texts(session: Session) -> list[str]:
    """What the log points wrote so far."""
    return [line.text for line in session.output() if line.kind == "log"]


def steps(session: Session, most: int = 60) -> list[int]:
    """The steps of all stops, forward from the start; backward must find the same."""
    session.first()
    forward = [step for step, _ in run_on(session, most)]
    last = session.view().step
    backward = [step for step, _ in run_back(session)]
    assert sorted(set(forward) - {0, last}) == sorted(set(backward) - {0})
    return forward


# -- options


def test_a_condition_is_part_of_the_reason(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "loop if total > 2")
    stop = session.continue_()
    assert stop.text == "breakpoint 1 at shop.ttvm:20 in 2 barista: total > 2"
    assert (stop.reason, stop.pid, session.view().step) == ("breakpoint", 2, 20)
    assert session.continue_().reason == "deadlock"
    assert session.continue_back() == stop
    assert session.view().step == 20


def test_a_condition_that_fails_stops_and_says_so(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "loop if totl > 2")
    assert session.continue_().text == (
        "breakpoint 1 at shop.ttvm:20 in 2 barista; its condition has no value here: "
        'there is no variable "totl" in 2 barista; did you mean "total"?'
    )


def test_only_in_one_process(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "@2 in 2", "25 in barista", "26 in 1")
    stop = session.continue_()
    assert stop.text == "breakpoint 2 at shop.ttvm:25 in 2 barista"
    assert session.continue_().reason == "deadlock"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", [2, 7, 12, 17, 22, 27, 32, 37]),
        ("if i % 2 == 0", [2, 12, 22, 32]),
        ("hits 3", [12, 17, 22, 27, 32, 37]),
        ("once", [2]),
        ("hits 3 once", [12]),
        ("if i % 2 == 1 hits 2", [17, 27, 37]),
        ("in 2", []),
        ("in main once", [2]),
    ],
)
def test_counts_depend_on_the_run_alone(tmp_path: Path, options: str, expected: list[int]) -> None:
    session = session_of(tmp_path, COUNTING, f"loop {options}", spacing=7)
    assert steps(session, 40) == expected
    # Whatever way somebody came by, and whenever the breakpoint was set.
    late = session_of(tmp_path, COUNTING, spacing=9)
    late.goto(40)
    late.add_breakpoint(parse_breakpoint(f"loop {options}"))
    for step in (13, 2, 30, 40):
        late.goto(step)
    assert steps(late, 40) == expected


def test_passing_by_counts_too(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, "loop hits 3")
    for _ in range(10):
        session.step()
    assert session.continue_().text == "breakpoint 1 at shop.ttvm:4 in 1 main"
    assert session.view().step == 12


def test_one_arms_another(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, "watch i in 1 if i == 3", "loop hits 2 after 1")
    expected = [(16, "watch"), *((step, "breakpoint") for step in (22, 27, 32, 37))]
    assert [(step, stop.reason) for step, stop in run_on(session, 40)] == expected
    assert [(step, stop.reason) for step, stop in run_back(session)] == expected[::-1]


def test_what_waited_for_a_removed_one_waits_no_more(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, "exit", "loop after 1")
    assert steps(session, 20) == []
    session.remove_breakpoint(1)
    assert [view.text for view in session.breakpoints()] == ["loop"]
    assert steps(session, 20) == [2, 7, 12, 17]


# -- log points


def test_a_log_point_writes_and_does_not_stop(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, 'loop log "total {total} of {name}, {len(mailbox)} left"')
    assert session.continue_().reason == "deadlock"
    assert texts(session) == ["total 0 of barista, 1 left", "total 3 of barista, 0 left"]
    line = session.output()[1]
    assert (line.pid, line.kind, line.step) == (2, "log", 13)
    assert session.continue_back().reason == "start"
    assert texts(session) == []


def test_its_lines_go_back_and_forth_with_the_run(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, 'loop log "{i}"', spacing=6)
    expected = {0: [], 2: [], 3: ["0"], 7: ["0"], 8: ["0", "1"], 23: ["0", "1", "2", "3", "4"]}
    for step in (23, 3, 8, 7, 2, 0, 23):
        session.goto(step)
        assert texts(session) == expected[step]
    session.first()
    session.step(23)
    assert texts(session) == expected[23]
    session.back(15)
    assert texts(session) == expected[8]
    session.tick()
    assert len(texts(session)) == 200


def test_a_log_point_set_late_has_been_there_all_the_time(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, spacing=6)
    session.goto(23)
    session.add_breakpoint(parse_breakpoint('loop log "{i}"'))
    assert session.view().step == 23
    assert texts(session) == ["0", "1", "2", "3", "4"]
    session.goto(15)
    assert texts(session) == ["0", "1", "2"]


def test_a_log_point_with_options(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, 'loop if i > 1 hits 2 log "{i}"', 'watch i in 1 once log "watch {i}"')
    session.goto(30)
    assert texts(session) == ["watch 0", "3", "4", "5"]


def test_a_log_point_on_an_event(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, 'send log "{pid}: {msg}"')
    session.continue_()
    assert texts(session) == ["1: 3", "1: tea", "1: true"]


def test_an_expression_of_a_log_point_that_fails_stops(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, 'loop log "{j}"')
    assert session.continue_().text == (
        'breakpoint 1 at shop.ttvm:4 in 1 main; its expression has no value here: there is no variable "j" in 1 main'
    )


# -- events

HAPPENINGS = {
    "send": [
        (6, "1 main sent 3 to 2 barista"),
        (8, '1 main sent "tea" to "nobody", which nobody is called'),
        (25, "1 main sent true to 1 main"),
    ],
    "send to 2": [(6, "1 main sent 3 to 2 barista")],
    "send to nobody": [(8, '1 main sent "tea" to "nobody", which nobody is called')],
    "send in 2": [],
    'send if msg == "tea"': [(8, '1 main sent "tea" to "nobody", which nobody is called: msg == "tea"')],
    "receive": [(14, "2 barista took 3, sent by 1 main"), (26, "1 main took true, sent by 1 main")],
    "receive barista": [(14, "2 barista took 3, sent by 1 main")],
    "receive if depth == 1 and msg == 3": [(14, "2 barista took 3, sent by 1 main: depth == 1 and msg == 3")],
    "spawn": [(2, "1 main started 2 barista")],
    "register": [(11, '2 barista is called "barista" now')],
    "block": [
        (10, "1 main sleeps until 100 ms"),
        (21, "2 barista waits for any message"),
        (25, "1 main waits for any message"),
        (27, "1 main waits for any message"),
    ],
    "block 2": [(21, "2 barista waits for any message")],
    "mailbox 2 > 0": [(6, "the mailbox of 2 barista holds 1 message now, the last is 3 from 1 main")],
    "mailbox 2 > 1": [],
    "timer": [(21, "the time is over that 1 main waited for"), (25, "a timer of 1 main sent true to 1 main")],
    "print": [(19, '2 barista printed "3"')],
    "exit": [],
}


@pytest.mark.parametrize("text", HAPPENINGS)
@pytest.mark.parametrize("spacing", [1, 4, 1000])
def test_events_stop_right_behind_their_instruction(tmp_path: Path, text: str, spacing: int) -> None:
    session = session_of(tmp_path, SHOP, text, spacing=spacing)
    expected = [(step, f"break 1: {words}") for step, words in HAPPENINGS[text]]
    stops = run_on(session)
    assert [(step, stop.text) for step, stop in stops] == expected
    assert {stop.reason for _, stop in stops} <= {"break"}
    back = run_back(session)
    assert [(step, stop.text) for step, stop in back] == [each for each in expected[::-1] if each[0] < 27]


ENDS = """\
    MAKE_FUNCTION good
    SPAWN
    POP
    MAKE_FUNCTION bad
    SPAWN
    STORE victim
    YIELD
    MAKE_FUNCTION lazy
    SPAWN_LINK
    POP
    YIELD
    HALT
good:
    REGISTER "good"
    HALT
bad:
    PUSH_INT 1
    PUSH_INT 0
    DIV
lazy:
    PUSH_STR "tired"
    KILL 1
    RECEIVE
"""


def test_ends_and_crashes(tmp_path: Path) -> None:
    session = session_of(tmp_path, ENDS, "exit")
    assert [(stop.pid, stop.text) for _, stop in run_on(session)] == [
        (2, 'break 1: 2 good ended, reason "normal"'),
        (
            3,
            'break 1: 3 bad crashed: DivisionByZero: "DIV cannot divide by zero: a is Int 1, b is Int 0 '
            '(shop.ttvm:19)"',
        ),
        (1, 'break 1: 1 main ended, reason "tired"'),
        (4, 'break 1: 4 lazy ended, reason "tired"'),
    ]
    assert [stop.pid for _, stop in run_on(session_of(tmp_path, ENDS, "crash"))] == [3]
    assert [stop.pid for _, stop in run_on(session_of(tmp_path, ENDS, "exit good"))] == [2]


def test_a_deadlock_can_be_logged(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "deadlock")
    stop = session.continue_()
    assert (stop.reason, stop.text) == (
        "deadlock",
        "break 1: deadlock: the main process waits, and nobody can ever wake it",
    )
    session = session_of(tmp_path, SHOP, 'deadlock log "stuck with {len(mailbox)}"')
    session.continue_()
    assert texts(session) == ["stuck with 0"]


def test_step_and_turn_stop_too(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "send", "watch total in 2")
    assert session.step(20).text == "break 1: 1 main sent 3 to 2 barista"
    assert session.view().did.endswith("SEND: put 3 in the mailbox of 2 barista")
    assert session.step().reason == "step"
    assert session.step().text.startswith('break 1: 1 main sent "tea"')
    assert session.tick().reason == "tick"
    assert session.tick().reason == "watch"
    assert session.view().step == 13


def test_a_turn_that_a_log_point_interrupts_is_still_one_turn(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, 'send log "{msg}"', 'block log "waits"', options=MachineOptions("round-robin"))
    plain = session_of(tmp_path, SHOP, options=MachineOptions("round-robin"))
    while not plain.view().ended:
        assert session.tick().reason == plain.tick().reason
        assert session.view().step == plain.view().step
        assert session.view().tick == plain.view().tick
    assert texts(session) == ["3", "tea", "waits", "waits", "waits", "true", "waits"]


def test_going_to_a_step_stops_nowhere(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "send", "watch total in 2", "loop", "receive hits 2")
    assert session.goto(20).reason == "back"
    assert session.view().step == 20
    assert session.back(3).reason == "back"
    assert session.latest().reason == "back"
    assert session.view().step == 20


def test_the_breakpoint_instruction_and_a_place_behind_it(tmp_path: Path) -> None:
    text = "    NOP\n    BREAKPOINT\n    NOP\n    NOP\n"
    session = session_of(tmp_path, text, "3 if depth > 0", options=MachineOptions(quantum=1))
    assert [(step, stop.text) for step, stop in run_on(session)] == [(2, "breakpoint at shop.ttvm:3 in 1 main")]
    session = session_of(tmp_path, text, "3")
    assert [(step, stop.text) for step, stop in run_on(session)] == [(2, "breakpoint 1 at shop.ttvm:3 in 1 main")]


# -- setting and removing


def test_views_tell_all_of_it(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "19", "send to barista if msg > 3", "watch total in 2", '25 log "a" once')
    assert [
        (each.number, each.kind, each.line, each.label, each.text, each.logs) for each in session.breakpoints()
    ] == [
        (1, "place", 20, "loop", "20", False),
        (2, "event", 0, "", "send to barista if msg > 3", False),
        (3, "watch", 0, "", "watch total in 2", False),
        (4, "place", 25, "", '25 log "a" once', True),
    ]
    assert session.view().breakpoints == session.breakpoints()
    assert session.add_breakpoint(parse_breakpoint("loop")).number == 1
    assert session.add_breakpoint(parse_breakpoint("loop once")).number == 5
    session.remove_breakpoint(3)
    assert [each.number for each in session.breakpoints()] == [1, 2, 4, 5]
    with pytest.raises(TtvmError, match="there is no breakpoint 3"):
        session.remove_breakpoint(3)
    identity = session.breakpoints()[0].identity
    assert session.toggle_breakpoint(identity, 20) is None
    assert [each.number for each in session.breakpoints()] == [2, 4]
    session.clear_breakpoints()
    assert session.add_breakpoint(parse_breakpoint("exit")).number == 6
    assert session.continue_().reason == "deadlock"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("99", "shop.ttvm has no instruction at or behind line 99"),
        ("lop", 'shop.ttvm has no code at a label lop; did you mean "loop"?'),
        ("@99", "shop.ttvm has no instruction at address 99"),
        ("shp.ttvm:3", 'no program file shp.ttvm is loaded; did you mean "shop.ttvm"?'),
        ("12 after 7", "there is no breakpoint 7"),
    ],
)
def test_what_cannot_be_set(tmp_path: Path, wanted: str, words: str) -> None:
    session = session_of(tmp_path, SHOP)
    with pytest.raises(TtvmError) as caught:
        session.add_breakpoint(parse_breakpoint(wanted))
    assert str(caught.value) == words
    assert session.breakpoints() == ()


def test_records_are_checked_like_texts(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP)
    with pytest.raises(ExpressionError):
        session.add_breakpoint(Breakpoint(Place(1), condition="x ="))
    with pytest.raises(ExpressionError):
        session.add_breakpoint(Breakpoint(Place(1), log="{"))
    with pytest.raises(TtvmError, match='no event sent; did you mean "send"'):
        session.add_breakpoint(Breakpoint(Event("sent")))
    with pytest.raises(TtvmError, match="counts from 1"):
        session.add_breakpoint(Breakpoint(Place(1), hits=0))
    for kind in EVENTS:
        session.add_breakpoint(Breakpoint(Event(kind)))
    assert session.tick().reason == "break"


def test_a_label_is_followed_when_the_program_changes(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, "loop", "2")
    Path(session.program).write_text("    NOP\n    NOP\n" + COUNTING, encoding="utf-8")
    session.restart()
    assert [(each.line, each.label) for each in session.breakpoints()] == [(6, "loop"), (2, "")]
    assert session.continue_().text == "breakpoint 2 at shop.ttvm:2 in 1 main"
    assert session.continue_().text == "breakpoint 1 at shop.ttvm:6 in 1 main"


def test_breakpoints_in_a_module_that_is_imported_later(tmp_path: Path) -> None:
    (tmp_path / "inner.ttvm").write_text("    PUSH_INT 1\n    STORE inside\n", encoding="utf-8")
    session = session_of(tmp_path, '    NOP\n    IMPORT "inner"\n    NOP\n')
    session.continue_()
    session.add_breakpoint(parse_breakpoint("inner.ttvm:2 if depth == 1"))
    assert [view.text for view in session.breakpoints()] == ["inner.ttvm:2 if depth == 1"]
    session.restart()
    assert session.continue_().text == "breakpoint 1 at inner.ttvm:2 in 1 main: depth == 1"
    assert session.view().step == 3
    session.goto(4)
    assert session.continue_back().reason == "breakpoint"
    assert session.view().step == 3


def test_a_breakpoint_set_while_a_search_goes_on_does_no_harm(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, "4 if i == 0", spacing=10)
    session.goto(2_000)
    session.start_continue_back()
    assert session.advance_back() is None
    session.add_breakpoint(parse_breakpoint('loop log "{i}"'))
    while (stop := session.advance_back()) is None:
        pass
    assert (stop.reason, session.view().step) == ("breakpoint", 2)
    session.goto(13)
    assert texts(session) == ["0", "1", "2"]
