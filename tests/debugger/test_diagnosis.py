"""``why``: deadlocks as circles, crashes with the origin of what was wrong, and what is left over at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.choices import Freeze
from debugger.session import Session
from tests.debugger.programs import COUNTING, session_of
from tests.machines import ROOT

CRASH = """\
    MAKE_FUNCTION worker
    SPAWN
    STORE w
    PUSH_STR "7"
    LOAD w
    SEND
    HALT
worker:
    RECEIVE
    CALL triple n
    PRINT
triple:
    LOAD n
    PUSH_INT 3
    MUL
    RET
"""
PAIR = """\
    MAKE_FUNCTION other
    SPAWN
    STORE other
    PUSH_STR "hello"
    LOAD other
    SEND
    RECEIVE "hello yourself"
other:
    RECEIVE
    POP
    PUSH_STR "what?"
    SEND 1
    RECEIVE "I said hello"
"""


def explained(session: Session) -> list[str]:
    session.continue_()
    before = session.view()
    lines = list(session.explain())
    assert session.view() == before
    return lines


def test_a_deadlock_is_told_as_a_circle() -> None:
    lines = explained(Session(str(ROOT / "examples" / "dining_philosophers_deadlock.ttvm"), checkpoint_spacing=11))
    assert lines[0].startswith("deadlock: main waits, no process can run, and no timer is set")
    assert lines[1] == (
        "they wait in a circle: 2 fork waits for 5 philosopher; 5 philosopher waits for 3 fork; "
        "3 fork waits for 6 philosopher; 6 philosopher waits for 4 fork; 4 fork waits for 7 philosopher; "
        "7 philosopher waits for 2 fork"
    )
    assert (
        '  5 philosopher waits for "yours": it wrote #5 5 to 3 fork at step 82 and has had no answer; '
        "its last send was at step 82, its last receive at step 69"
    ) in lines
    assert "  what each waits for is certain; from whom is a guess, made from the messages so far" in lines
    assert '  1 main waits for "full": nobody is known whom it has asked' in lines
    assert "  #5 5 from 5 philosopher (sent at step 82) lies in the mailbox of 3 fork" in lines


def test_mail_that_does_not_fit_is_no_answer(tmp_path: Path) -> None:
    lines = explained(session_of(tmp_path, PAIR))
    assert lines[1] == "they wait in a circle: 1 main waits for 2 other; 2 other waits for 1 main"
    assert '  #2 "what?" from 2 other (sent at step 11) lies in the mailbox of 1 main' in lines


def test_who_waits_for_an_end_waits_for_certain(tmp_path: Path) -> None:
    text = 'MAKE_FUNCTION f\nSPAWN_MONITOR\nSTORE r\nPOP\nRECEIVE {type: "DOWN", ref: $r}\nf:\nRECEIVE\n'
    lines = explained(session_of(tmp_path, text))
    assert lines[1:] == [
        "no circle can be seen in the messages; these wait:",
        '  1 main waits for {type: "DOWN", ref: $r}: it watches process 2 and waits for the end of that',
        "  2 f waits for any message: nobody is known whom it has asked",
    ]


def test_who_asked_the_dead_waits_in_vain(tmp_path: Path) -> None:
    text = 'PUSH_STR "anybody?"\nSENDNAMED nobody\nRECEIVE\n'
    lines = explained(session_of(tmp_path, text))
    assert ('  1 main waits for any message: it wrote #1 "anybody?" to nobody at step 2, and nobody was there') in lines
    assert lines[-2:] == [
        "messages that were dropped, as nobody was there:",
        '  1 main sent #1 "anybody?" to nobody at step 2',
    ]


def test_a_crash_tells_the_calls_and_where_its_operands_came_from(tmp_path: Path) -> None:
    lines = explained(session_of(tmp_path, CRASH, spacing=5))
    assert lines == [
        "stopped: all processes have ended",
        '2 worker crashes: TypeMismatch: MUL needs two numbers: a is Str "7", b is Int 3 (shop.ttvm:15), at step 12',
        "  in triple (shop.ttvm:15)",
        "  called from worker (shop.ttvm:10)",
        '  a is Str "7": put there by LOAD of n at shop.ttvm:13 (step 10), '
        "passed as n by CALL at shop.ttvm:10 (step 9), "
        "taken from message #1 by RECEIVE at shop.ttvm:9 (step 8), which 1 main sent at shop.ttvm:6 (step 6), "
        "put there by PUSH_STR at shop.ttvm:4 (step 4)",
        "  b is Int 3: put there by PUSH_INT at shop.ttvm:14 (step 11)",
    ]


def test_a_crash_is_told_right_behind_it_too(tmp_path: Path) -> None:
    session = session_of(tmp_path, CRASH)
    session.goto(12)
    lines = session.explain()
    assert lines[0] == "stopped: all processes have ended" or lines[0].startswith("stopped: at step 12")
    assert any(line.startswith("2 worker crashes") for line in lines)
    session.goto(11)
    assert not any("crashes" in line for line in session.explain())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("LOAD nothing", 'UndefinedVariable: LOAD finds no variable "nothing"'),
        ("ADD", "StackUnderflow: ADD needs 2 values"),
        ('PUSH_STR "oh"\nTHROW', "Thrown: oh"),
    ],
)
def test_crashes_of_other_kinds(tmp_path: Path, text: str, line: str) -> None:
    lines = explained(session_of(tmp_path, text))
    assert any(line in each for each in lines)


def test_the_end_tells_what_was_left(tmp_path: Path) -> None:
    text = "MAKE_FUNCTION f\nSPAWN\nPOP\nPUSH_INT 1\nSEND 1\nHALT\nf:\nRECEIVE\n"
    assert explained(session_of(tmp_path, text)) == [
        "stopped: at the end 1 process still waited",
        "nobody will wake those who still wait:",
        "  2 f waits for any message",
        "messages that nobody will read:",
        "  1 main ended with 1 unread (step 6)",
    ]


def test_any_other_stop_tells_its_reason(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, "watch i")
    lines = explained(session)
    assert lines[0] == "stopped: watch 1: i of 1 main is Int 0 now, there was none before (STORE at shop.ttvm:2)"
    session.step()
    assert session.explain()[1].startswith("the last that was done: 1 main: LOAD")


def test_nobody_is_said_to_be_in_a_deadlock_whom_the_user_holds_back(tmp_path: Path) -> None:
    session = session_of(tmp_path, PAIR)
    session.goto(3)
    session.choose(Freeze(2))
    lines = explained(session)
    assert "frozen" in lines[0]
    assert not any("deadlock" in line for line in lines)


def test_letters_are_looked_for_further_back_than_the_chronicle_remembers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("debugger.chronicle.MOST_ENTRIES", 20)
    monkeypatch.setattr("debugger.chronicle.KEPT_ENTRIES", 10)
    chatter = "PUSH_INT 200\nSTORE n\nmore:\nPUSH_INT 1\nSEND 1\nRECEIVE int\nPOP\n"
    loop = "LOAD n\nPUSH_INT 1\nSUB\nDUP\nSTORE n\nJNZ more\n"
    text = PAIR.replace('RECEIVE "hello y', f'{chatter}{loop}RECEIVE "hello y')
    lines = explained(session_of(tmp_path, text, spacing=100))
    assert lines[1] == "they wait in a circle: 1 main waits for 2 other; 2 other waits for 1 main"
