"""The lines of ``--debug`` and ``--trace-procs``."""

from __future__ import annotations

from tests.unit.helpers import machine
from ttvm.observers.tracer import trace_instructions, trace_processes


def instructions(text: str) -> list[str]:
    running = machine(text)
    lines: list[str] = []
    trace_instructions(running.vm, lines.append)
    running.run()
    return lines


def processes(text: str) -> list[str]:
    """What each line of the trace says behind the step."""
    running = machine(text)
    lines: list[str] = []
    trace_processes(running.vm, lines.append)
    running.run()
    return [line[7:].strip() for line in lines]


def test_a_line_has_pid_address_instruction_and_stack() -> None:
    assert instructions('PUSH_INT 1\nPUSH_STR "a\\n"\nJMP end\nend:\n') == [
        "  1     0  PUSH_INT 1                       []",
        '  1     1  PUSH_STR "a\\n"                   [Int 1]',
        '  1     2  JMP end                          [Int 1, Str "a\\n"]',
        '  1     3  (end of the text)                [Int 1, Str "a\\n"]',
    ]


def test_of_a_deep_stack_the_top_is_shown() -> None:
    assert instructions("TRUE\n" * 1010)[1009].endswith("[1,001 more, " + ", ".join(["Bool true"] * 8) + "]")


def test_the_end_by_an_exit_signal_is_a_line_of_its_own() -> None:
    lines = instructions('MAKE_FUNCTION f\nSPAWN\nPUSH_STR "stop"\nSWAP\nKILL\nHALT\nf:\nNOP\n')
    assert lines[-1].startswith("  2     6  (exit signal)")


def test_what_processes_do_to_each_other() -> None:
    text = """
        REGISTER main
        PUSH_STR "child"
        SPAWN
        POP
        RECEIVE int AFTER 50 late
    late:
        PUSH_INT 5
        SLEEP
        RECEIVE
        TRUE
        SEND 99
        FALSE
        SENDNAMED ghost
        UNREGISTER nothing
        PUSH_STR "bye"
        EXIT_PROCESS
    child:
        PUSH_STR "hi"
        SENDNAMED main
        RECEIVE AFTER 10 gone
    gone:
        ADD
    """
    assert processes(text) == [
        "1  is called main from now on",
        "2  spawned by 1: child",
        "1  waits for int until 50 ms",
        '2  sends #1 to 1 (main): Str "hi"',
        "2  waits for any message until 10 ms",
        "2  wakes: its time is over",
        '2  exits: Str "ADD needs 2 values (a, b) on the stack, which is empty (test.ttvm:23)"',
        "1  wakes: its time is over",
        "1  sleeps until 55 ms",
        "1  wakes: its time is over",
        '1  receives #1 from 2: Str "hi"',
        "1  sends to 99, dropped: Bool true",
        "1  sends to ghost, dropped: Bool false",
        '1  exits: Str "bye"',
        "1  is no longer called main",
    ]


def test_a_line_begins_with_the_step() -> None:
    running = machine("NOP\nNOP\nREGISTER x\n")
    lines: list[str] = []
    trace_processes(running.vm, lines.append)
    running.run()
    assert lines == [
        "      3    1  is called x from now on",
        '      4    1  exits: Str "normal"',
        "      4    1  is no longer called x",
    ]


def test_no_line_can_disturb_a_terminal() -> None:
    text = 'PUSH_STR "\\x1b[2J\\n"\nDUP\nSEND 1\nREGISTER "\\x07"\nEXIT_PROCESS\n'
    for line in instructions(text) + processes(text):
        assert line.isprintable()
