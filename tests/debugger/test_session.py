"""Session: the verbs, why they stop, and what the views show."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.driver import LONGEST_TURN
from debugger.output_log import MOST_OUTPUT
from debugger.session import Session
from tests.machines import EXAMPLES, ROOT, Watched, beside, options_of, promises
from ttvm.errors import SourceError, TtvmError, UnreadableError
from ttvm.outside import Grants
from ttvm.setup import MachineOptions

TALK = """\
    MAKE_FUNCTION child
    SPAWN
    STORE kid
    PUSH_STR "hello"
    LOAD kid
    SEND
    HALT
child:
    REGISTER "child"
    RECEIVE
    PRINT
"""


def session_of(tmp_path: Path, text: str, options: MachineOptions | None = None) -> Session:
    path = tmp_path / "program.ttvm"
    path.write_text(text, encoding="utf-8")
    return Session(str(path), options)


def test_a_message_goes_from_the_stack_to_the_mailbox_to_the_stack(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    assert session.view().next == "1 main: MAKE_FUNCTION: puts the function child on the stack"
    session.step(5)
    assert session.view().next == '1 main: SEND: puts "hello" in the mailbox of 2 child'
    session.step()
    view = session.view(2)
    assert view.did == '1 main: SEND: put "hello" in the mailbox of 2 child'
    assert view.selected is not None
    assert [(each.text, each.sender, each.new) for each in view.selected.mailbox] == [('Str "hello"', 1, True)]
    session.step(2)
    session.step()
    view = session.view(2)
    assert view.did == '2 child: RECEIVE: took message #1 "hello" from 1 out of the mailbox and put it on the stack'
    assert view.selected is not None
    assert view.selected.mailbox == ()
    assert [(each.text, each.changed) for each in view.selected.stack] == [('Str "hello"', True)]
    assert [(each.name, each.pid) for each in view.relations.names] == [("child", 2)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_steps_are_those_of_a_plain_run(path: Path) -> None:
    options = options_of(promises(path))
    with beside(path):
        plain = Watched(path, options, promises(path).input).run_to_end()
    with beside(path):
        session = Session(str(path), options, promises(path).input)
        stop = session.continue_()
        session.close()
    assert stop.reason == ("deadlock" if plain.status == 3 else "end")
    if options.grants == Grants():  # how often a process looks for what it waits for is up to the world
        assert session.view().step == plain.steps
    printed = "".join(f"{line.text}\n" for line in session.output() if line.kind == "output")
    assert printed == plain.output


def test_tick_runs_one_turn(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    assert session.tick().reason == "tick"
    assert session.view().step == 7
    assert session.view().tick == 1
    assert session.tick().pid == 2
    assert session.tick().reason == "end"


def test_a_turn_without_end_gives_control_back(tmp_path: Path) -> None:
    session = session_of(tmp_path, "loop:\n    JMP loop\n", MachineOptions(quantum=0))
    stop = session.tick()
    assert stop.reason == "pause"
    assert session.view().step == LONGEST_TURN


def test_counts(tmp_path: Path) -> None:
    session = session_of(tmp_path, "loop:\n    NOP\n    JMP loop\n")
    assert session.step(10_001).text == "after 10,001 steps"
    assert session.view().step == 10_001
    assert session.view().did == "10,001 instructions ran, the last: 1 main: NOP: did nothing"
    session.tick(3)
    assert session.view().tick == 13


def test_breakpoint_stops_before_the_line_and_lets_go(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    breakpoint_view = session.break_at_label("child")
    assert breakpoint_view.line == 9
    stop = session.continue_()
    assert (stop.reason, stop.pid, stop.text) == ("breakpoint", 2, "breakpoint 1 at program.ttvm:9 in 2 child")
    assert session.view().step == 7
    assert session.continue_().reason == "end"


def test_breakpoint_in_a_loop_stops_each_time(tmp_path: Path) -> None:
    session = session_of(tmp_path, "loop:\n    NOP\n    JMP loop\n")
    session.break_at_line(2)
    steps = []
    for _ in range(3):
        assert session.continue_().reason == "breakpoint"
        steps.append(session.view().step)
    assert steps == [2, 4, 6]
    session.clear_breakpoints()
    session.start_continue()
    assert session.advance(1000) is None


def test_breakpoint_stops_a_long_step_and_a_turn(tmp_path: Path) -> None:
    session = session_of(tmp_path, "    NOP\n    NOP\n    NOP\n    NOP\n")
    session.break_at_line(3)
    assert session.step(4).reason == "breakpoint"
    assert session.view().step == 2
    session.restart()
    assert session.tick().reason == "breakpoint"


def test_breakpoint_instruction_stops_behind_itself(tmp_path: Path) -> None:
    session = session_of(tmp_path, "    NOP\n    BREAKPOINT\n    NOP\n")
    stop = session.continue_()
    assert (stop.reason, session.view().step) == ("breakpoint", 2)
    session.restart()
    session.step()
    assert session.step().reason == "breakpoint"


def test_toggle_breakpoint(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    selected = session.view().selected
    assert selected is not None
    identity = selected.code.identity
    view = session.toggle_breakpoint(identity, 8)
    assert view is not None
    assert (view.line, view.label) == (9, "child")
    assert session.view().breakpoints == (view,)
    assert session.toggle_breakpoint(identity, 9) is None
    assert session.view().breakpoints == ()
    assert session.toggle_breakpoint(identity, 99) is None
    assert session.toggle_breakpoint("nowhere", 1) is None


def test_breakpoint_nowhere(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    with pytest.raises(TtvmError, match="no code at a label nobody"):
        session.break_at_label("nobody")
    with pytest.raises(TtvmError, match="no instruction at or behind line 99"):
        session.break_at_line(99)


def test_continue_in_pieces_can_be_paused(tmp_path: Path) -> None:
    session = session_of(tmp_path, "loop:\n    JMP loop\n")
    session.start_continue()
    while session.steps < 5000:
        assert session.advance(5000 - session.steps) is None
    assert session.view().running
    stop = session.pause()
    assert stop.reason == "pause"
    assert session.view().step == 5000
    assert session.view().did == "ran 5,000 instructions in 5 turns"
    assert session.advance(10) == stop


def test_restart_reads_the_file_again(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    session.break_at_line(11)
    session.continue_()
    path = Path(session.program)
    path.write_text(TALK.replace("hello", "again"), encoding="utf-8")
    assert session.restart().reason == "start"
    assert session.view().step == 0
    assert session.continue_().reason == "breakpoint"
    session.continue_()
    assert [line.text for line in session.output()] == ["again"]


def test_failed_restart_loses_nothing(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    session.step(3)
    before = session.view()
    path = Path(session.program)
    path.write_text("    PSUH_INT 1\n", encoding="utf-8")
    with pytest.raises(SourceError):
        session.restart()
    assert session.view() == before
    path.unlink()
    with pytest.raises(UnreadableError):
        session.restart()
    assert session.view() == before


def test_deadlock_and_end_are_told_apart(tmp_path: Path) -> None:
    assert session_of(tmp_path, "    RECEIVE\n").continue_().reason == "deadlock"
    assert session_of(tmp_path, "    NOP\n").continue_().text == "all processes have ended"
    left = session_of(tmp_path, "    MAKE_FUNCTION f\n    SPAWN\n    HALT\nf:\n    RECEIVE\n").continue_()
    assert left.text == "at the end 1 process still waited"
    exited = session_of(tmp_path, "    PUSH_INT 7\n    EXIT\n").continue_()
    assert exited.text == "EXIT ended the machine with status 7"


def test_end_stays_the_end(tmp_path: Path) -> None:
    session = session_of(tmp_path, "    NOP\n")
    session.continue_()
    steps = session.view().step
    assert session.step().reason == "end"
    assert session.tick().reason == "end"
    view = session.view()
    assert (view.step, view.ended, view.selected) == (steps, True, None)
    assert view.next == "nothing: the program is over (S goes back a step, R starts again)"


def test_time_passes_only_when_nobody_can_run(tmp_path: Path) -> None:
    session = session_of(tmp_path, "    PUSH_INT 60000\n    SLEEP\n    GET_MONOTONIC\n    PRINT\n")
    session.step()
    session.step()
    view = session.view()
    assert view.did == "1 main: SLEEP: 1 main sleeps until 60000 ms"
    assert view.next == "time passes until 60000 ms"
    session.step()
    assert session.view().did.startswith("1 main: SLEEP: slept 60000 milliseconds")
    session.continue_()
    assert [line.text for line in session.output()] == ["60000"]


def test_crash_and_lost_message_are_in_the_output(tmp_path: Path) -> None:
    session = session_of(tmp_path, '    PUSH_STR "x"\n    SEND 9\n    PUSH_INT 1\n    PUSH_INT 0\n    DIV\n')
    session.continue_()
    kinds = [(line.kind, line.pid) for line in session.output()]
    assert kinds == [("warning", 1), ("crash", 1), ("crash", 1)]
    row = session.view().processes[0]
    assert row.state == "exited"
    assert row.last.startswith("DIV cannot divide by zero")


def test_output_is_bounded_and_keeps_its_numbers(tmp_path: Path) -> None:
    text = f"""\
    PUSH_INT {3 * MOST_OUTPUT}
    STORE left
loop:
    LOAD left
    PRINT
    LOAD left
    PUSH_INT 1
    SUB
    DUP
    STORE left
    JNZ loop
"""
    session = session_of(tmp_path, text)
    session.continue_()
    view = session.view()
    assert view.output_count == 3 * MOST_OUTPUT
    assert len(session.output()) <= 2 * MOST_OUTPUT
    assert [line.text for line in session.output(view.output_count - 2)] == ["2", "1"]


def test_input(tmp_path: Path) -> None:
    path = tmp_path / "echo.ttvm"
    path.write_text("    READ_LINE\n    PRINT\n", encoding="utf-8")
    session = Session(str(path), input_text="hello\n")
    session.continue_()
    assert [line.text for line in session.output()] == ["hello"]


def test_schedule_that_cannot_be_followed(tmp_path: Path) -> None:
    options = MachineOptions(policy="scripted", schedule=(2,))
    session = session_of(tmp_path, TALK, options)
    assert session.view().current == 0
    with pytest.raises(TtvmError, match="wants process 2"):
        session.step()


def test_sources_of_templates_can_be_seen() -> None:
    session = Session(str(ROOT / "examples" / "01_process_spawning.ttvm"))
    for _ in range(200):
        selected = session.view().selected
        if selected is not None and selected.code.name == "hello_world.ttvm":
            break
        session.step()
    else:
        raise AssertionError("the template never ran")
    assert session.code(selected.code.identity) is selected.code


def test_a_deadlock_is_told_to_those_who_step_into_it(tmp_path: Path) -> None:
    session = session_of(tmp_path, "    RECEIVE\n")
    assert session.step().reason == "deadlock"
    assert session.back().reason == "start"
    assert session.goto(1).reason == "deadlock"
