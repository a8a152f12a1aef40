"""Watches: a value that changes stops the run behind the instruction that changed it, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.breakpoint_text import parse_breakpoint
from debugger.session import Session
from tests.debugger.programs import COUNTING, SHOP, run_back, run_on, session_of
from ttvm.setup import MachineOptions

CALLS = """\
    PUSH_INT 1
    STORE x
    PUSH_INT 5
    CALL inner x
    CALL other
    PUSH_INT 1
    STORE x
    PUSH_INT 2
    STORE x
    DELETE x
    HALT
inner:
    PUSH_INT 6
    STORE x
    RET
other:
    LOAD x
    POP
    RET
"""
"""``x`` is a variable of main, and another one of ``inner``."""


def words(session: Session, most: int = 60) -> list[tuple[int, str]]:
    """The stops forward from the start; backward must find the same."""
    forward = [(step, stop.text) for step, stop in run_on(session, most)]
    last = session.view().step
    backward = [(step, stop.text) for step, stop in run_back(session)]
    assert backward[::-1] == [each for each in forward if each[0] < last]
    return forward


def test_a_variable_from_old_to_new(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "watch total in 2")
    stop = session.continue_()
    assert (stop.reason, stop.pid) == ("watch", 2)
    assert stop.text == ("watch 1: total of 2 barista is Int 0 now, there was none before (STORE at shop.ttvm:18)")
    assert session.view().step == 13
    assert session.continue_().text == (
        "watch 1: total of 2 barista changed from Int 0 to Int 3 (STORE at shop.ttvm:23)"
    )
    assert session.view().did == "ran 4 instructions in 0 turns"
    assert session.continue_().reason == "deadlock"


def test_backward_it_finds_who_changed_a_variable(tmp_path: Path) -> None:
    text = COUNTING.replace("JMP loop", "LOAD i\n    PUSH_INT 7\n    EQ\n    JZ loop\n    CALL culprit\n    JMP loop")
    session = session_of(tmp_path, f"{text}culprit:\n    NOP\n    RET\n", spacing=10)
    session.goto(400)
    session.add_breakpoint(parse_breakpoint("watch i in main if i == 7"))
    stop = session.continue_back()
    assert stop.text == "watch 1: i of 1 main changed from Int 6 to Int 7 (STORE at shop.ttvm:7): i == 7"
    assert session.view().did == "1 main: STORE: stored 7 in i"
    step = session.view().step
    assert session.continue_back().reason == "start"
    assert session.continue_() == stop
    assert session.view().step == step


def test_of_each_process_when_none_is_named(tmp_path: Path) -> None:
    assert words(session_of(tmp_path, SHOP, "watch total")) == words(session_of(tmp_path, SHOP, "watch total in 2"))


def test_of_a_process_by_its_name(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "watch barista.total")
    assert words(session) == [
        (13, "watch 1: barista.total is Int 0 now, there was none before (STORE at shop.ttvm:18)"),
        (17, "watch 1: barista.total changed from Int 0 to Int 3 (STORE at shop.ttvm:23)"),
    ]


def test_the_variable_of_another_call_is_another_variable(tmp_path: Path) -> None:
    session = session_of(tmp_path, CALLS, "watch x in 1")
    assert words(session) == [
        (2, "watch 1: x of 1 main is Int 1 now, there was none before (STORE at shop.ttvm:2)"),
        (6, "watch 1: x of 1 main changed from Int 5 to Int 6 (STORE at shop.ttvm:14)"),
        (15, "watch 1: x of 1 main changed from Int 1 to Int 2 (STORE at shop.ttvm:9)"),
        (16, "watch 1: x of 1 main is gone, it was Int 2 (DELETE at shop.ttvm:10)"),
    ]


def test_stack_and_depth(tmp_path: Path) -> None:
    text = "    PUSH_INT 1\n    DUP\n    PUSH_INT 2\n    CALL f a\n    HALT\nf:\n    NOP\n    RET\n"
    assert words(session_of(tmp_path, text, "watch stack[0] in 1")) == [
        (1, "watch 1: stack[0] of 1 main is Int 1 now, there was none before (PUSH_INT at shop.ttvm:1)"),
        (3, "watch 1: stack[0] of 1 main changed from Int 1 to Int 2 (PUSH_INT at shop.ttvm:3)"),
        (4, "watch 1: stack[0] of 1 main changed from Int 2 to Int 1 (CALL at shop.ttvm:4)"),
    ]
    assert [step for step, _ in words(session_of(tmp_path, text, "watch depth in 1"))] == [1, 2, 3, 4]


def test_the_length_of_a_mailbox_and_what_a_timer_does(tmp_path: Path) -> None:
    session = session_of(tmp_path, SHOP, "watch len(mailbox) in 1", "watch len(mailbox) in 2", spacing=3)
    assert words(session) == [
        (6, "watch 2: len(mailbox) of 2 barista changed from Int 0 to Int 1 (SEND at shop.ttvm:6 in 1 main)"),
        (14, "watch 2: len(mailbox) of 2 barista changed from Int 1 to Int 0 (RECEIVE at shop.ttvm:20)"),
        (25, "watch 1: len(mailbox) of 1 main changed from Int 0 to Int 1 (a timer)"),
        (26, "watch 1: len(mailbox) of 1 main changed from Int 1 to Int 0 (RECEIVE at shop.ttvm:13)"),
    ]


def test_a_name(tmp_path: Path) -> None:
    text = """\
    MAKE_FUNCTION child
    SPAWN
    POP
    YIELD
    REGISTER "it"
    HALT
child:
    REGISTER "it"
    HALT
"""
    session = session_of(tmp_path, text, "watch name it", options=MachineOptions("round-robin"))
    assert words(session) == [
        (5, 'watch 1: the name "it" belongs to 2 it now (REGISTER at shop.ttvm:8)'),
        (6, 'watch 1: the name "it" belongs to nobody now, before to 2 (HALT at shop.ttvm:9 in 2 child)'),
        (7, 'watch 1: the name "it" belongs to 1 it now (REGISTER at shop.ttvm:5)'),
        (8, 'watch 1: the name "it" belongs to nobody now, before to 1 (HALT at shop.ttvm:6 in 1 main)'),
    ]


def test_a_value_that_cannot_be_told_any_more(tmp_path: Path) -> None:
    text = '    PUSH_INT 1\n    STORE x\n    PUSH_STR "a"\n    STORE x\n    PUSH_INT 2\n    STORE x\n'
    session = session_of(tmp_path, text, "watch x + 1 in 1")
    assert [each.partition(" of 1 main ")[2] for _, each in words(session)] == [
        "is Int 2 now, there was none before (STORE at shop.ttvm:2)",
        'cannot be told any more: this needs two numbers: found "a" and 1 (STORE at shop.ttvm:4)',
        "is Int 3 now, there was none before (STORE at shop.ttvm:6)",
    ]


def test_the_same_value_again_is_no_change(tmp_path: Path) -> None:
    text = "    MAKE_LIST 0\n    STORE x\n    MAKE_LIST 0\n    STORE x\n    PUSH_INT 1\n    STORE x\n"
    assert [step for step, _ in words(session_of(tmp_path, text, "watch x in 1"))] == [2, 6]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("if i > 2", [16, 21, 26]),
        ("hits 3", [11, 16, 21, 26]),
        ("once", [2]),
        ("hits 2 once", [6]),
        ("if i % 2 == 0", [2, 11, 21]),
    ],
)
def test_options(tmp_path: Path, options: str, expected: list[int]) -> None:
    session = session_of(tmp_path, COUNTING, f"watch i in 1 {options}", spacing=4)
    assert [step for step, _ in words(session, 30)] == expected


def test_turns_and_steps_stop_at_changes(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, "watch i in 1")
    assert session.tick().reason == "watch"
    assert session.step().reason == "step"
    assert session.step(100).reason == "watch"
    assert session.view().step == 6
    session.goto(20)
    assert session.step().reason == "watch"
    assert session.step(2).reason == "step"


def test_going_by_quietly_is_no_change(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, "watch i in 1")
    session.continue_()
    session.goto(14)
    assert session.step().reason == "step"
    assert session.step().text == "watch 1: i of 1 main changed from Int 2 to Int 3 (STORE at shop.ttvm:7)"


def test_a_process_of_later_is_watched_from_its_start(tmp_path: Path) -> None:
    start = "    PUSH_INT 7\n    STORE a\n    CAPTURE a\n    MAKE_LAMBDA f\n    SPAWN\n    HALT\n"
    text = f"{start}f:\n    PUSH_INT 8\n    STORE a\n"
    assert [each for _, each in words(session_of(tmp_path, text, "watch a"))] == [
        "watch 1: a of 1 main is Int 7 now, there was none before (STORE at shop.ttvm:2)",
        "watch 1: a of 2 f changed from Int 7 to Int 8 (STORE at shop.ttvm:9)",
    ]
