"""What `ttvm` says by itself: crashes, lost messages, warnings, and who still waits at the end."""

from __future__ import annotations

import pytest

from tests.unit.helpers import machine
from ttvm.events import OutputWritten
from ttvm.observers.reporter import MOST_LINES, Reporter, end_report


def report_of(text: str) -> tuple[list[str], list[str]]:
    """What the reporter says during a run, and the report of its end, both by lines."""
    running = machine(text)
    said: list[str] = []
    reporter = Reporter(said.append)
    reporter.attach(running.vm)
    running.run()
    reporter.summarize()
    end = end_report(running.vm.system.processes.values())
    return "\n".join(said).split("\n") if said else [], end.split("\n") if end else []


def test_a_program_without_trouble_is_not_commented() -> None:
    assert report_of("TRUE\nPRINT\n") == ([], [])


def test_a_crash_tells_who_what_and_where() -> None:
    said, end = report_of("REGISTER shop\nCALL work\nHALT\nwork:\nPUSH_INT 1\nPUSH_INT 0\nDIV\nRET\n")
    assert said == [
        "process 1 (shop) crashed: DivisionByZero: DIV cannot divide by zero: a is Int 1, b is Int 0 (test.ttvm:7)",
        "  at work (test.ttvm:7)",
        "  called from main (test.ttvm:2)",
    ]
    assert end == []


def test_a_thrown_value_is_shown_on_one_line() -> None:
    said, _ = report_of('PUSH_STR "two\\nlines\\x1b[31m"\nTHROW\n')
    assert said[0] == "process 1 crashed: Thrown: two\ufffdlines\ufffd[31m"


def test_a_crash_of_a_child_is_told_too() -> None:
    said, _ = report_of("MAKE_FUNCTION f\nSPAWN\nPOP\nHALT\nf:\nADD\n")
    assert said[0].startswith("process 2 crashed: StackUnderflow: ADD needs 2 values (a, b) on the stack")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('PUSH_STR "bored"\nEXIT_PROCESS', ['process 1 ended with reason Str "bored"']),
        ("PUSH_INT 7\nEXIT_PROCESS", ["process 1 ended with reason Int 7"]),
        ('PUSH_STR "normal"\nEXIT_PROCESS', []),
        ("MAKE_FUNCTION f\nSPAWN\nPOP\nHALT\nf:\nNULL\nEXIT_PROCESS", []),
    ],
)
def test_only_the_main_process_must_say_why_it_ended(code: str, said: list[str]) -> None:
    assert report_of(code + "\n")[0] == said


def test_lost_messages_and_warnings() -> None:
    said, _ = report_of('PUSH_STR "a\\n"\nSEND 9\nREGISTER me\nTRUE\nSENDNAMED boss\nDELETE x\n')
    assert said == [
        'warning: the message Str "a\\n" from process 1 was dropped: process 9 is not alive (test.ttvm:2)',
        'warning: the message Bool true from process 1 (me) was dropped: nobody is called "boss" (test.ttvm:5)',
        'warning: process 1 (me): DELETE finds no variable "x" in this frame (test.ttvm:6)',
    ]


def test_a_lost_message_of_a_timer() -> None:
    said, _ = report_of("TRUE\nSEND_AFTER 10 9\nHALT\n")
    assert said == [
        "warning: the message Bool true from a timer of an ended process was dropped: process 9 is not alive"
    ]


def test_many_crashes_and_lost_messages_are_only_counted() -> None:
    lost = "PUSH_INT 0\nSTORE i\nl:\nTRUE\nSEND 9\nLOAD i\nPUSH_INT 1\nADD\nDUP\nSTORE i\nPUSH_INT 1250\nLT\nJNZ l\n"
    said, _ = report_of(lost)
    assert len(said) == MOST_LINES + 1
    assert said[-1] == f"note: {1250 - MOST_LINES:,} more lost messages are not shown"
    crashes = lost.replace("TRUE\nSEND 9\n", "MAKE_FUNCTION f\nSPAWN\nPOP\n") + "HALT\nf:\nADD\n"
    said, _ = report_of(crashes)
    assert len(said) == 2 * MOST_LINES + 1
    assert said[-1] == f"note: {1250 - MOST_LINES:,} more crashes are not shown"


def test_an_observer_that_fails_is_named() -> None:
    running = machine("TRUE\nPRINT\n")
    said: list[str] = []
    Reporter(said.append).attach(running.vm)

    def clumsy(event: OutputWritten) -> None:
        raise ValueError("dropped it")

    running.vm.observe(OutputWritten, clumsy)
    running.run()
    assert len(said) == 1
    assert "clumsy" in said[0]
    assert "dropped it" in said[0]


def test_a_deadlock_lists_who_waits_for_what_and_where() -> None:
    _, end = report_of(
        "MAKE_FUNCTION f\nSPAWN\nREGISTER main\nPUSH_INT 5\nSEND 1\nPUSH_INT 6\nSEND 1\n"
        "ask:\nRECEIVE {type: str}\nf:\nRECEIVE\n"
    )
    assert end == [
        "deadlock: the main process waits, and nobody can ever wake it",
        "  process 1 (main) waits for a message that fits {type: str} at test.ttvm:9 in ask; "
        "its mailbox holds 2, first Int 5 from 1",
        "  process 2 waits for any message at test.ttvm:11 in f",
    ]


@pytest.mark.parametrize(("count", "head"), [(1, "1 process"), (2, "2 processes"), (1234, "1,234 processes")])
def test_servers_left_waiting_are_only_a_note(count: int, head: str) -> None:
    _, end = report_of(
        f"PUSH_INT {count}\nSTORE n\nl:\nMAKE_FUNCTION f\nSPAWN\nPOP\n"
        "LOAD n\nPUSH_INT 1\nSUB\nDUP\nSTORE n\nJNZ l\nHALT\nf:\nRECEIVE\n"
    )
    assert end[0] == f"note: at the end {head} still waited"
    assert len(end) == 1 + min(count, MOST_LINES) + (count > MOST_LINES)
    if count > MOST_LINES:
        assert end[-1] == f"  and {count - MOST_LINES:,} more"
