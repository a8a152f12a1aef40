"""What the REPL says and does, without a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from debugger.views import StopView
from tests.repl.typing import Repl

WORKER = "worker:\n  RECEIVE\n  PRINT\n  JMP worker"


@pytest.fixture
def repl() -> Repl:
    return Repl()


# -- instructions


def test_an_instruction_runs_at_once_and_says_what_changed(repl: Repl) -> None:
    assert repl.enter("PUSH_INT 2") == "stack: [Int 2]"
    assert repl.enter("DUP ;; ADD") == "stack: [Int 4]"
    assert repl.enter("STORE n") == "stack: []; n = Int 4"
    assert repl.enter("NOP") == ""


def test_what_is_printed_is_shown(repl: Repl) -> None:
    assert repl.enter('PUSH_STR "hello" ;; PRINT') == ""
    assert repl.front.printed == ["hello"]


def test_a_separator_in_quotes_or_behind_a_comment_is_none(repl: Repl) -> None:
    assert repl.enter('PUSH_STR "a;;b" ;; PUSH_INT 1 ; one ;; PUSH_INT 2') == 'stack: [Str "a;;b", Int 1]'


def test_comments_and_empty_lines_do_nothing(repl: Repl) -> None:
    assert repl.enter("; nothing", "# nothing", "", ";; nothing") == ""
    assert repl.session.text == ""


def test_a_fault_takes_the_line_back_and_points_at_the_column(repl: Repl) -> None:
    repl.enter("PUSH_INT 4")
    before = (repl.session.steps, repl.session.text)
    said = repl.enter('PUSH_STR "lost" ;; PRINT ;; PUSH_STR "x" ;; SUB')
    assert said == (
        'error: SUB needs two numbers: a is Int 4, b is Str "x"\n'
        '  PUSH_STR "lost" ;; PRINT ;; PUSH_STR "x" ;; SUB\n'
        "                                              ^^^\n"
        "  1 line of output taken back"
    )
    assert (repl.session.steps, repl.session.text) == before
    assert repl.stack == ["Int 4"]
    assert len(repl.session.branches()) == 1
    assert repl.enter("PUSH_INT 1") == "stack: [Int 4, Int 1]"
    assert len(repl.session.branches()) == 1


def test_a_mistake_in_the_text_points_at_the_column(repl: Repl) -> None:
    assert repl.enter("PUSH_INT 1 ;; PUSH_ITN 2") == (
        "error: unknown instruction PUSH_ITN\n"
        "  PUSH_INT 1 ;; PUSH_ITN 2\n"
        "                ^^^^^^^^\n"
        "  hint: did you mean PUSH_INT?"
    )
    assert repl.stack == []


def test_a_fault_in_a_function_shows_the_function(repl: Repl) -> None:
    repl.enter("half:\n  PUSH_INT 0\n  DIV\n  RET")
    said = repl.enter("PUSH_INT 6 ;; CALL half")
    assert "DIV cannot divide by zero: a is Int 6, b is Int 0" in said
    assert "repl:4:5" in said
    assert repl.stack == []


def test_a_fault_in_a_block_shows_its_line(repl: Repl) -> None:
    said = repl.enter("CALL f\nHALT\nf:\n  PUSH_INT 1\n    ADD\n  RET")
    assert "    5 |     ADD" in said


def test_a_fault_in_the_past_leaves_the_future_alone(repl: Repl) -> None:
    repl.enter("PUSH_INT 1", "PUSH_INT 2", "back", "ADD")
    assert len(repl.session.branches()) == 1
    repl.session.latest()
    assert repl.stack == ["Int 1", "Int 2"]


def test_a_caught_fault_is_none(repl: Repl) -> None:
    assert "Exception" in repl.enter("TRY\n  PUSH_INT 1\n  PUSH_INT 0\n  DIV\nCATCH\nEND_TRY")


# -- blocks


@pytest.mark.parametrize(
    ("text", "complete", "nesting"),
    [
        ("PUSH_INT 1", True, ""),
        ("JZ on", False, "on?"),
        ("JZ on\nPUSH_INT 1\non:", True, ""),
        ("JZ else\nPUSH_INT 1\nJMP end\nelse:", False, "end?"),
        ("square:", False, "square"),
        ("square:\n  DUP\n  MUL", False, "square"),
        ("square:\n  DUP\n  MUL\n  RET", True, ""),
        ("abs:\n DUP\n PUSH_INT 0\n GE\n JNZ positive\n NEG\npositive:", False, "abs"),
        ("fact:\n DUP\n JZ base\n RET", False, "base?"),
        ("fact:\n DUP\n JZ base\n RET\nbase:", False, "fact"),
        ("fact:\n DUP\n JZ base\n RET\nbase:\n RET", True, ""),
        ("again:\n PRINT\n JNZ again", False, "again"),
        ("again:\n PRINT\n JNZ again\n", True, "again"),
        ("again:\n JZ done\n JMP again\ndone:", False, "again"),
        ("again:\n JZ done\n JMP again\n", False, "done?"),
        ("CALL f\nHALT\nf:", False, "f"),
        ("TRY", False, "try"),
        ("TRY\n TRY", False, "try try"),
        ("TRY\n PUSH_INT 1\nCATCH\n POP\nEND_TRY", True, ""),
        ("LABEL here", False, "here"),
        ("RECEIVE AFTER 10 late", False, "late?"),
        ("RECEIVE AFTER 10 late\nlate:", True, ""),
        (":help", True, ""),
    ],
)
def test_a_block_is_complete_when_its_labels_are(repl: Repl, text: str, complete: bool, nesting: str) -> None:
    assert repl.evaluator.is_complete(text) is complete
    assert str(repl.evaluator.nesting(text)) == nesting


def test_a_block_that_nothing_leaves_is_kept_and_not_run(repl: Repl) -> None:
    assert repl.enter("square:\n  DUP\n  MUL\n  RET") == "defined square: 3 instructions"
    assert repl.enter("PUSH_INT 7 ;; CALL square") == "stack: [Int 49]"


def test_a_loop_runs_when_it_is_complete(repl: Repl) -> None:
    repl.enter("PUSH_INT 3", "again:\n  DUP ;; PRINT\n  PUSH_INT 1 ;; SUB ;; DUP\n  JNZ again\n")
    assert repl.front.printed == ["3", "2", "1"]
    assert repl.stack == ["Int 0"]


def test_a_pasted_text_may_hold_many_inputs(repl: Repl) -> None:
    said = repl.enter("double:\n  DUP\n  ADD\n  RET\n\nPUSH_INT 4\nCALL double\n:stack")
    assert "defined double: 3 instructions\nstack: [Int 4]\nstack: [Int 8]\nstack of 1 main:" in said


def test_two_definitions_may_have_the_same_name_around_them(repl: Repl) -> None:
    repl.enter("after_f:\n  RET", "f:\n  RET", "CALL f ;; CALL after_f")
    assert "JMP after_f_2" in repl.session.text


def test_a_label_cannot_be_defined_twice(repl: Repl) -> None:
    repl.enter("f:\n  RET")
    assert "the label f is there already, at repl:3" in repl.enter("f:\n  HALT")


def test_what_waits_goes_on_when_a_message_comes(repl: Repl) -> None:
    assert repl.enter("RECEIVE ;; PUSH_INT 1").startswith("deadlock: ")
    repl.enter('send "hello" to 1', "turn")
    assert repl.stack == ['Str "hello"', "Int 1"]


def test_sleeping_takes_no_time_here(repl: Repl) -> None:
    assert repl.enter("PUSH_INT 60000 ;; SLEEP ;; PUSH_INT 1") == "stack: [Int 1]"


# -- processes


def test_the_others_run_when_the_user_says_so(repl: Repl) -> None:
    repl.enter(WORKER)
    assert repl.enter('PUSH_STR "worker" ;; SPAWN') == "stack: [Int 2]; 2 worker is new"
    assert repl.enter('PUSH_STR "hi" ;; SEND 2') == "mailbox of 2: 1 message"
    assert repl.front.printed == []
    repl.enter("turn")
    assert repl.front.printed == ["2: hi"]


def test_auto_lets_the_others_run_after_each_line() -> None:
    repl = Repl(auto=True)
    repl.enter(WORKER, 'PUSH_STR "worker" ;; SPAWN', 'PUSH_STR "hi" ;; SEND 2')
    assert repl.front.printed == ["2: hi"]
    repl.enter(":auto off", 'PUSH_STR "again" ;; SEND 2')
    assert repl.front.printed == ["2: hi"]


def test_a_line_gets_all_turns_until_it_waits_for_others(repl: Repl) -> None:
    repl.enter(WORKER, 'PUSH_STR "worker" ;; SPAWN ;; POP', 'PUSH_STR "hi" ;; SEND 2 ;; YIELD ;; YIELD')
    assert repl.front.printed == []
    said = repl.enter("RECEIVE")
    assert said.startswith("1 main waits for any message; turn lets the others run")


def test_attach_lets_lines_go_to_another_process(repl: Repl) -> None:
    repl.enter("idle:\n  YIELD\n  JMP idle", 'PUSH_STR "idle" ;; SPAWN')
    assert "lines go to 2" in repl.enter("attach 2")
    assert repl.enter("PUSH_INT 5 ;; DUP") == "stack: [Int 5, Int 5]"
    assert repl.evaluator.prompt.startswith("2 idle")
    said = repl.enter("PUSH_INT 5 ;; PUSH_INT 0 ;; DIV")
    assert "DIV cannot divide by zero" in said
    assert repl.stack == ["Int 5", "Int 5"]
    assert "can take no label now" in repl.enter("x:\n  RET")
    assert repl.enter("attach") == "lines go to 1, at the end of the text"


def test_the_end_of_the_process_is_told(repl: Repl) -> None:
    said = repl.enter("HALT")
    assert said == "1 has ended: normal; back undoes the line\n1 has ended: normal"
    assert "there is no live process 1" in repl.enter("PUSH_INT 1")
    repl.enter("back")
    assert repl.enter("PUSH_INT 1") == "stack: [Int 1]"


def test_exit_ends_the_machine_until_back(repl: Repl) -> None:
    assert "EXIT ended the machine with status 3" in repl.enter("PUSH_INT 3 ;; EXIT")
    assert "the machine has ended" in repl.enter("PUSH_INT 1")
    repl.enter("back", "PUSH_INT 1")
    assert repl.stack == ["Int 1"]


# -- stopping


def test_what_runs_for_ever_can_be_stopped_and_keeps_its_state(repl: Repl) -> None:
    repl.enter("PUSH_INT 0", "up:\n  PUSH_INT 1\n  ADD\n  JMP up")
    repl.front.patience = 3
    said = repl.enter("JMP up")
    assert "stopped at repl:" in said
    assert "continue goes on, back undoes the line" in said
    assert int(repl.stack[0].removeprefix("Int ")) > 100
    reached = repl.stack
    repl.front.patience = 3
    repl.enter("continue")
    assert repl.stack != reached
    assert repl.enter('PUSH_STR "x"').endswith('Str "x"]')
    repl.enter("back 2")
    assert repl.stack == ["Int 0"]


def test_a_breakpoint_stops_a_line_which_then_goes_on(repl: Repl) -> None:
    said = repl.enter("PUSH_INT 1 ;; BREAKPOINT ;; PUSH_INT 2")
    assert said == "breakpoint at repl:3 in 1 main; continue goes on, back undoes the line\nstack: [Int 1]"
    repl.enter("continue")
    assert repl.stack == ["Int 1", "Int 2"]


def test_an_interrupted_command_leaves_everything_as_it_was(repl: Repl, monkeypatch: pytest.MonkeyPatch) -> None:
    repl.enter("PUSH_INT 1")

    watch = repl.session._watch

    def interrupted(*arguments: Any, **options: Any) -> StopView | None:
        watch(*arguments, **options)
        monkeypatch.undo()
        raise KeyboardInterrupt

    repl.enter("idle:\n  YIELD\n  JMP idle", 'PUSH_STR "idle" ;; SPAWN ;; POP')
    before = repl.session.steps
    monkeypatch.setattr(repl.session, "_watch", interrupted)
    assert repl.enter("turn") == "error: stopped; all is as it was before the command"
    assert repl.session.steps == before
    assert not repl.evaluator.in_command


# -- commands


def test_back_undoes_lines_with_their_output(repl: Repl) -> None:
    repl.enter("PUSH_INT 1", 'PUSH_STR "a" ;; PRINT', 'PUSH_STR "b" ;; PRINT ;; PUSH_INT 2')
    assert repl.enter("back") == "back at step 7\n1 line of output taken back\nstack: [Int 1]"
    assert repl.enter(":back 2") == "back at step 0\n1 line of output taken back\nstack: []"
    assert repl.session.text == ""
    assert repl.enter("back") == "error: nothing was entered before this"


def test_another_line_in_the_past_begins_a_branch(repl: Repl) -> None:
    repl.enter("PUSH_INT 1", "PUSH_INT 2", "back", "PUSH_INT 3")
    assert repl.stack == ["Int 1", "Int 3"]
    assert [branch.reason for branch in repl.session.branches()] == ["", "enter PUSH_INT 3"]
    repl.enter("branch 1")
    repl.session.latest()
    assert repl.stack == ["Int 1", "Int 2"]
    assert repl.session.text == "    PUSH_INT 1\n    PUSH_INT 2\n"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("SEND", False),
        ("send 1 to 2", True),
        ("Send", False),
        (":SEND", True),
        ("add", False),
        ("step", True),
        ("step:", False),
        (":step", True),
        ("S", True),
        ("proc", True),
        ("LABEL x", False),
        ("nonsense", False),
        ("load x", True),
        ("LOAD x", False),
        ("ps", True),
    ],
)
def test_which_words_are_commands(repl: Repl, text: str, command: bool) -> None:
    assert repl.evaluator.is_command(text) is command


def test_a_command_that_looks_like_an_instruction_says_so(repl: Repl) -> None:
    assert repl.enter("load x").endswith("load is a command here; LOAD is the instruction")


def test_help_tells_of_instructions_and_commands(repl: Repl) -> None:
    assert repl.enter("help ADD").startswith("ADD   ( a b -- sum )")
    assert repl.enter("help add").startswith("ADD   ( a b -- sum )")
    assert repl.enter("help send").startswith("send VALUE to PROCESS")
    assert repl.enter("help SEND").startswith("SEND")
    assert "attach [PROCESS]" in repl.enter("help")
    assert "there is no command nonsense" in repl.enter("help nonsense")


def test_trace_shows_each_instruction(repl: Repl) -> None:
    repl.enter("trace on", "PUSH_INT 1 ;; PUSH_INT 2")
    assert [line.split()[2] for line in repl.front.traced] == ["PUSH_INT", "PUSH_INT", "(end"]
    repl.enter("trace off", "POP")
    assert len(repl.front.traced) == 3


def test_a_trace_shows_nothing_of_what_is_executed_again(repl: Repl) -> None:
    repl.enter("PUSH_INT 1", "trace on", "PUSH_INT 0 ;; DIV", "back")
    assert [line.split()[2] for line in repl.front.traced] == ["PUSH_INT", "DIV"]


def test_time_tells_how_long_a_line_took(repl: Repl) -> None:
    assert repl.enter("time on", "PUSH_INT 1") == "250.0 ms, 3 steps\nstack: [Int 1]"


def test_save_and_load(repl: Repl, tmp_path: Path) -> None:
    repl.enter("square:\n  DUP\n  MUL\n  RET", "PUSH_INT 3 ;; CALL square ;; PRINT")
    file = tmp_path / "session.ttvm"
    assert "the text is saved; ttvm" in repl.enter(f":save {file}")
    again = Repl()
    again.enter(f":load {file}")
    assert again.front.printed == ["9"]
    assert again.session.text == repl.session.text
    repl.enter("push 4")
    assert "without 1 change made by commands" in repl.enter(f"save {file}")


def test_run_uses_a_machine_of_its_own(repl: Repl, tmp_path: Path) -> None:
    program = tmp_path / "prog.ttvm"
    program.write_text("GET_ARGS\nPRINT\nRECEIVE\n", encoding="utf-8")
    said = repl.enter(f":run {program} one two")
    assert repl.front.printed == ["[one, two]"]
    assert "deadlock: the main process waits" in said
    assert repl.session.steps == 0
    program.write_text("again:\nJMP again\n", encoding="utf-8")
    repl.front.patience = 2
    assert "paused" in repl.enter(f":run {program}")


def test_a_run_is_saved_and_goes_on(repl: Repl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from debugger.opening import open_session

    repl.enter("PUSH_INT 1", "PUSH_INT 2", "back", "PUSH_INT 3")
    file = tmp_path / "session.ttvmrun"
    repl.enter(f"save {file}")
    session = open_session(str(file), repl.session.options)
    assert session.text == "    PUSH_INT 1\n    PUSH_INT 3\n"
    assert len(session.branches()) == 2
    session.run_line(1, "    ADD\n")
    selected = session.view(1).selected
    assert selected is not None
    assert [value.text for value in selected.stack] == ["Int 4"]


def test_several_commands_on_a_line(repl: Repl) -> None:
    repl.enter("push 1 ;; push 2")
    assert repl.stack == ["Int 1", "Int 2"]


def test_nothing_behind_an_error_is_done(repl: Repl) -> None:
    repl.enter("PUSH_INT 1\nDIV\nPUSH_INT 2")
    assert repl.stack == ["Int 1"]


def test_lines_on_a_program_from_a_file_are_executed_where_it_is() -> None:
    repl = Repl("examples/02_message_passing.ttvm")
    assert repl.enter("PUSH_INT 5") == "stack: [Int 5]"
    assert repl.enter("step").endswith('stack: [Int 5, Str "receiver"]')
    repl.enter("back")
    assert repl.stack == []
    assert "the program comes from" in repl.enter("save x.ttvm")
    assert "list shows the code" in repl.enter("text")
