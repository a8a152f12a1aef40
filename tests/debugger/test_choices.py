"""What the user may change in a run, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.commands import CommandLine
from debugger.session import Session
from debugger.steering import Steering
from tests.debugger.programs import SHOP, session_of
from tests.unit.helpers import machine
from ttvm.errors import TtvmError
from ttvm.setup import MachineOptions

TWO = """\
    MAKE_FUNCTION worker
    SPAWN
    POP
    MAKE_FUNCTION worker
    SPAWN
    POP
    PUSH_INT 1
    STORE total
    RECEIVE
    PRINT
    HALT
worker:
    SELF
    PRINT
    RECEIVE
    PRINT
    RECEIVE AFTER 500 late
    PRINT
late:
    PUSH_STR "late"
    PRINT
"""
"""Two workers that print their pid and wait, and a main process that does."""


def line_of(tmp_path: Path, text: str = TWO, steps: int = 8, options: MachineOptions | None = None) -> CommandLine:
    session = session_of(tmp_path, text, options=options or MachineOptions(policy="round-robin"))
    session.goto(steps)
    return CommandLine(session)


def do(line: CommandLine, *commands: str) -> list[str]:
    """What the last of some commands says, line by line."""
    return [line.execute(command).text for command in commands][-1].split("\n")


def did(line: CommandLine, *commands: str) -> str:
    do(line, *commands)
    return line.session.view().did


def printed(session: Session) -> list[str]:
    return [each.text for each in session.output() if each.kind == "output"]


# -- who runs


def test_the_user_chooses_who_runs_next(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    assert do(line, "run-next 3") == [
        "step 9, turn 1: you have changed the run",
        "DID  you let 3 worker run next",
        "NEXT 3 worker: SELF: puts its own pid on the stack",
    ]
    do(line, "turn")
    assert printed(line.session) == ["3"]
    assert line.session.view().queues == ((2, 1),)


def test_only_the_last_choice_of_who_runs_next_counts(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    do(line, "run-next 3", "run-next 2", "turn")
    assert printed(line.session) == ["2"]
    do(line, "turn 2")
    assert printed(line.session) == ["2", "3"]


@pytest.mark.parametrize("policy", ["smp", "round-robin", "random"])
def test_every_policy_can_be_overruled(tmp_path: Path, policy: str) -> None:
    for pid in (2, 3):
        line = line_of(tmp_path, options=MachineOptions(policy=policy, seed=3))
        do(line, f"run-next {pid}", "turn")
        assert printed(line.session) == [str(pid)]


def test_a_locked_scheduler_runs_one_process_only(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    do(line, "lock 3")
    assert line.session.view().locked == 3
    assert do(line, "continue")[0] == (
        "step 12, turn 2: the scheduler is locked to 3 worker, which waits; unlock it, and 2 worker, 1 main can run"
    )
    assert printed(line.session) == ["3"]
    assert line.session.view().next.startswith("nothing: the scheduler is locked to 3 worker")
    assert not line.session.view().ended
    do(line, "back")  # one instruction of the locked process
    assert line.session.view().did == "3 worker: PRINT: printed 3"
    assert do(line, "latest", "lock", "continue")[0].endswith("the main process waits, and nobody can ever wake it")
    assert printed(line.session) == ["3", "2"]


def test_a_frozen_process_waits_until_it_is_thawed(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    do(line, "freeze 2", "continue")
    assert line.session.view().stop.reason == "held"
    assert line.session.view().stop.text == "nobody runs: 2 worker could, but you have frozen them"
    assert line.session.view().frozen == {2}
    assert printed(line.session) == ["3"]
    do(line, "thaw 2", "continue")
    assert printed(line.session) == ["3", "2"]


def test_the_policy_can_change_on_the_way(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    assert did(line, "policy random 5") == "you change the policy to random with seed 5"
    assert line.session.view().policy == "random, seed 5"
    assert did(line, "policy smp 2") == "you change the policy to smp with 2 schedulers"
    assert len(line.session.view().queues) == 2
    do(line, "back 2")
    assert line.session.view().policy == "round-robin"


# -- what processes have


def test_values_come_from_expressions(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    assert did(line, 'push [total + 1, {"a": null}, true]') == ("you push [2, {a: null}, true] on the stack of 1 main")
    assert did(line, "set total = total * 10") == "you set total of 1 main to 10"
    assert did(line, "set fresh = 1.5") == "you set fresh of 1 main to 1.5"
    assert did(line, 'send "job" to 1') == 'you send "job" to 1 main'
    do(line, "continue")
    assert "job" in printed(line.session)


def test_a_message_wakes_who_waits_for_it(tmp_path: Path) -> None:
    line = line_of(tmp_path, steps=16)
    assert did(line, "send 7 to 2") == "you send 7 to 2 worker; 2 worker wakes"


def test_a_variable_of_the_module_is_changed_where_it_is(tmp_path: Path) -> None:
    text = "    PUSH_INT 1\n    STORE total\n    CALL f\n    LOAD total\n    PRINT\n    HALT\nf:\n    NOP\n    RET\n"
    line = line_of(tmp_path, text, 3)
    do(line, "set total = 5", "continue")
    assert printed(line.session) == ["5"]


def test_the_time_of_a_process_can_be_over(tmp_path: Path) -> None:
    line = line_of(tmp_path, steps=16)
    do(line, "send 7 to 2", "step 2", "step")
    assert line.session.view(2).processes[1].state == "waiting"
    assert did(line, "timeout 2") == "you let the time of 2 worker be over; 2 worker wakes: its time is over"
    do(line, "continue")
    assert printed(line.session)[-1] == "late"


def test_an_instruction_can_be_skipped_even_by_one_who_waits_in_it(tmp_path: Path) -> None:
    line = line_of(tmp_path, steps=16)
    assert did(line, "skip 2") == "you let 2 worker skip an instruction; 2 worker wakes"
    do(line, "step")
    assert line.session.view().did.startswith("2 worker: PRINT failed: PRINT needs a value")


def test_a_killed_process_ends_with_its_next_step(tmp_path: Path) -> None:
    line = line_of(tmp_path, steps=16)
    assert did(line, "kill 2") == "you kill 2 worker: its next step is its end; 2 worker wakes"
    do(line, "step")
    assert line.session.view().did == '2 worker ended: reason "killed"'


def test_a_process_can_be_started(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    assert did(line, "spawn worker") == "you start a process that runs worker"
    assert [row.pid for row in line.session.view().processes] == [1, 2, 3, 4]


def test_an_instruction_is_executed_as_if_it_stood_there(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    assert did(line, "execute PUSH_INT 5 in 2") == "you let 2 worker execute PUSH_INT 5"
    do(line, "x PUSH_INT 6 in 2", "x ADD in 2", "x PRINT in 2")
    assert printed(line.session) == ["11"]
    assert line.session.view(2).selected.line == 13  # type: ignore[union-attr]
    do(line, "back 4")
    assert printed(line.session) == []


def test_a_call_comes_back_to_where_it_was_made(tmp_path: Path) -> None:
    text = "    PUSH_INT 1\n    PRINT\n    HALT\nf:\n    PUSH_INT 9\n    PRINT\n    RET\n"
    line = line_of(tmp_path, text, 1)
    do(line, "execute CALL f", "continue")
    assert printed(line.session) == ["9", "1"]


@pytest.mark.parametrize("instruction", ["HALT", "EXIT_PROCESS", "EXIT"])
def test_an_instruction_may_end_its_process_or_all(tmp_path: Path, instruction: str) -> None:
    line = line_of(tmp_path)
    do(line, "push 3 in 2", f"execute {instruction} in 2")
    if instruction == "EXIT":
        assert line.session.view().ended
    else:
        assert [row.state for row in line.session.view().processes] == ["running", "exited", "ready"]
    line.session.continue_()


# -- what is refused, in which words; nothing is then changed


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("run-next 9", "there is no live process 9"),
        ("run-next 2", "2 worker waits, so it cannot run next; send, timeout or skip ends the wait"),
        ("push 1 in 2", "2 worker waits, so it will look for its operands where they are now"),
        ("push", "an expression is missing here"),
        ("push nothing", 'there is no variable "nothing" in 1 main'),
        ("set total", "write a name, =, and a value: set total = 3"),
        ("set total == 3", "write a name, =, and a value: set total = 3"),
        ("send 3", 'write a value, to, and a process: send "stop" to worker'),
        ("timeout 2", "2 worker waits without a limit of time"),
        ("timeout 1", "1 main does not wait"),
        ("thaw 2", "2 worker is not frozen"),
        ("policy", "which policy? smp, round-robin, random"),
        ("policy smp 65", "smp has at most 64 schedulers"),
        ("policy random x", "x is not a number from 0 on"),
        ("execute", 'execute which instruction? execute PUSH_STR "x"'),
        ("execute ADD", "ADD needs 2 values (a, b) on the stack, which is empty"),
        ("execute RECEIVE", "RECEIVE would wait here, and only the program itself can wait"),
        ("execute NONSENSE", "unknown instruction NONSENSE"),
        ("execute JMP nowhere", "unknown label nowhere"),
        ("execute label:", "one instruction, and nothing else, is wanted here"),
        ("execute TRY", "TRY belongs to other instructions of the text"),
        ("spawn", "spawn what? a label, a program or a template"),
        ("branch 2", "there is no branch 2; there are 1 to 1"),
        ("goto start", "start is not a number from 0 on"),
        ("bookmark-remove x", "there is no bookmark x"),
        ("until nowhere", "has no code at a label nowhere"),
        ("until send to worker", "where to?"),
        ("save here", "save where? the name of a file that ends in .ttvmrun"),
        ("save /nowhere/at/all.ttvmrun", "there is no directory"),
    ],
)
def test_refusals(tmp_path: Path, command: str, words: str) -> None:
    line = line_of(tmp_path)
    do(line, "run-next 2", "turn")
    line.selected = 1
    before = line.session.view()
    with pytest.raises(TtvmError) as refused:
        line.execute(command)
    problems = getattr(refused.value, "problems", ())
    assert words in "\n".join([str(refused.value), *map(str, problems)])
    after = line.session.view()
    assert (after.step, after.processes, after.branch) == (before.step, before.processes, 1)


def test_functions_cannot_be_given_away(tmp_path: Path) -> None:
    line = line_of(tmp_path, steps=1)
    with pytest.raises(TtvmError, match="only numbers, texts"):
        line.execute("push stack[0]")


# -- branches, bookmarks, places


def test_a_change_of_the_past_begins_a_branch(tmp_path: Path) -> None:
    line = line_of(tmp_path, steps=12)
    do(line, "goto 8", "bookmark here", "run-next 3")
    assert do(line, "branches") == [
        "  1: the first run; up to step 12",
        "> 2: from step 8 of branch 1: you let 3 worker run next; up to step 9",
    ]
    assert do(line, "branch 1")[0] == "step 8 of 12, turn 1: on branch 1, at step 8"
    assert do(line, "branch 2")[0].startswith("step 9, turn 1: on branch 2, at step 9")
    assert do(line, "goto here")[0] == "step 8 of 12, turn 1: at bookmark here, step 8"
    assert do(line, "bookmarks") == ["here: step 8 of branch 1"]
    do(line, "bookmark-remove here")
    assert do(line, "bookmarks") == ["no bookmarks"]


def test_doing_the_same_again_begins_none(tmp_path: Path) -> None:
    line = line_of(tmp_path, steps=12)
    do(line, "goto 8", "run-next 3", "step 2", "goto 8", "run-next 3")
    assert len(line.session.branches()) == 2
    assert line.session.view().step == 9
    assert line.session.view().latest == 11


def test_a_choice_is_undone_and_done_again(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    do(line, "push 3")
    assert do(line, "back")[0] == "step 8 of 9, turn 1: one step back"
    assert line.session.view(1).selected.stack == ()  # type: ignore[union-attr]
    assert did(line, "step") == "you push 3 on the stack of 1 main"


def test_on_the_way_to_a_place_and_back(tmp_path: Path) -> None:
    line = CommandLine(session_of(tmp_path, SHOP))
    assert do(line, "until loop")[0].endswith(": arrived at shop.ttvm:20 in 2 barista")
    assert do(line, "until-back barista")[0].endswith(": arrived at shop.ttvm:16 in 2 barista")
    assert line.session.breakpoints() == ()
    line.execute("break loop")
    assert "breakpoint 3 at" in do(line, "until loop")[0]
    assert len(line.session.breakpoints()) == 1


def test_a_watch_does_not_stop_for_what_the_user_does(tmp_path: Path) -> None:
    line = line_of(tmp_path)
    do(line, "watch total in 1", "push 3", "set total = 4", "step")
    assert line.session.view().stop.reason == "step"


def test_turns_are_not_taken_together_while_somebody_is_favoured_or_wanted() -> None:
    process = machine("NOP\n").process()
    steering = Steering(MachineOptions(policy="round-robin"))
    steering.add(process)

    def steers() -> bool:
        return steering.run_queues is None

    assert not steers()
    steering.favour(2)
    assert steers()
    steering.favour(0)
    steering.run_next(process, {process.pid: process})
    assert steers()
    assert steering.choose() == process.pid
    assert not steers()
