"""The command language: what each command does and says, and what it says of mistakes."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from debugger.command_rows.row import Failed
from debugger.commands import COMMANDS, CommandLine, complete, find_command
from debugger.plain import run_batch, run_plain
from debugger.session import Session
from tests.machines import ROOT
from ttvm.errors import TtvmError

PROGRAM = """\
    MAKE_FUNCTION child
    SPAWN_LINK
    STORE kid
    PUSH_STR "hello"
    LOAD kid
    SEND
    PUSH_INT 7
    HALT
child:
    REGISTER "child"
    RECEIVE
    PRINT
"""


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    path = tmp_path / "program.ttvm"
    path.write_text(PROGRAM, encoding="utf-8")
    return CommandLine(Session(str(path)))


def do(line: CommandLine, *commands: str) -> str:
    """What the last of some commands says."""
    return [line.execute(command).text for command in commands][-1]


def test_a_verb_tells_where_the_run_is(line: CommandLine) -> None:
    assert do(line, "step 2").split("\n") == [
        "step 2, turn 1: after 2 steps",
        "DID  2 instructions ran, the last: 1 main: SPAWN_LINK: made a linked process that runs function@8 (); "
        "it is process 2",
        "NEXT 1 main: STORE: stores 2 in kid",
    ]
    assert do(line, "back").startswith("step 1 of 2, turn 1: one step back\n")


@pytest.mark.parametrize(
    ("commands", "step"),
    [
        ("s", 1),
        ("step 3", 3),
        ("step 1_000", 12),
        ("goto 5", 5),
        ("c", 12),
        ("c;S 2", 10),
        ("c;first", 0),
        ("c;first;latest", 12),
        ("break child;c", 8),
        ("break 12;c", 10),
        ("break child;c;c;C", 8),
        ("break child;c;c;C;C", 0),
        ("break child;clear 1;c", 12),
        ("break child;clear;c", 12),
        ("break send;c", 6),
        ("c;break send;C", 6),
        ("watch kid in 1;c", 3),
        ("c;watch kid in 1;C", 3),
        ("t", 8),
        ("t;t;T", 8),
        ("t;turn-back", 0),
        ("c;restart", 0),
        ("# nothing;;   ", 0),
    ],
)
def test_verbs(line: CommandLine, commands: str, step: int) -> None:
    do(line, *commands.split(";"))
    assert line.session.view().step == step


def test_looking(line: CommandLine) -> None:
    do(line, "step 9")
    assert do(line, "processes").split("\n")[1:] == [
        "     1  (main)           exited     10      0        0      8  normal",
        ">    2  child            running    11      0        1      1  REGISTER",
        "run queues: - | - | - | -",
    ]
    assert do(line, "mailbox child") == 'mailbox of 2 child: 1 message\n  #1 from 1 at step 6: Str "hello"'
    assert do(line, "names") == "child = 2"
    do(line, "goto 5")
    assert do(line, "stack 1").split("\n") == [
        "stack of 1 main:",
        "  [0] Int 2",
        '  [1] Str "hello"',
        "call main",
        "  kid = Int 2",
    ]
    assert "1 main and 2 child are linked" in do(line, "names")
    assert do(line, "break") == "no breakpoints"
    assert do(line, "break 12", "break") == "1: 12"
    assert do(line, "list 1").split("\n") == [
        "program.ttvm:6 in 1 main",
        "      5      LOAD kid",
        " >    6      SEND",
        "      7      PUSH_INT 7",
    ]
    assert do(line, "process 2").startswith("program.ttvm:10 in 2 child")
    assert do(line, "stack").startswith("stack of 2 child")
    do(line, "process", "clear", "c")
    assert do(line, "output") == "[2] hello"
    state = json.loads(do(line, "first", "state"))
    assert (state["step"], state["latest"], state["selected"]["code"]) == (0, 12, "program.ttvm")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("stepp", "there is no command stepp; did you mean step?"),
        ("xyzzy", "there is no command xyzzy; try help"),
        ("ste", ""),
        ("st", "st may mean step, stack, state"),
        ("step x", "x is not a number from 1 on"),
        ("step 0", "0 is not a number from 1 on"),
        ("step -1", "-1 is not a number from 1 on"),
        ("step ٣", "٣ is not a number from 1 on"),
        (f"step {10**30}", f"{10**30} is not a number from 1 on"),
        ("goto", "nothing is not a number from 0 on"),
        ("goto nowhere", "nowhere is not a number from 0 on"),
        ("c now", "nothing may stand behind this command, found now"),
        ("stack 9", "there is no live process 9"),
        ("process nobody", "there is no live process nobody"),
        ("break nowhere", "program.ttvm has no code at a label nowhere"),
        ("break 999", "program.ttvm has no instruction at or behind line 999"),
        ("break 10 if x +", "this cannot be read: something is missing at the end"),
        ("watch", "an expression is missing here"),
        ("clear 3", "there is no breakpoint 3"),
        ("expect luck", "expect what? step, turn, stop, did, next, why, output, last"),
        ('expect did "', 'no closing quotation: "'),
        ("help nothing", "there is no command nothing"),
    ],
)
def test_mistakes_are_told_and_change_nothing(line: CommandLine, command: str, message: str) -> None:
    before = line.session.view()
    if not message:
        assert do(line, command)
        return
    with pytest.raises(TtvmError) as caught:
        line.execute(command)
    assert str(caught.value).startswith(message)
    assert line.session.view() == before


def test_expectations(line: CommandLine) -> None:
    do(line, "c", "expect stop end", "expect step 12", "expect output hello", 'expect last "hello"', "expect did ran")
    with pytest.raises(Failed, match=r"^expected last bye, found hello$"):
        line.execute("expect last bye")


def test_every_command_has_help_and_a_name_of_its_own(line: CommandLine) -> None:
    words = [word for command in COMMANDS for word in (command.name, *command.aliases)]
    assert len(words) == len(set(words))
    for command in COMMANDS:
        assert command.help.endswith(".")
        assert do(line, f"help {command.name}").startswith(command.name)
        assert command.name in do(line, "help")
        for word in (command.name, *command.aliases):
            assert find_command(word) is command


def test_completion(line: CommandLine) -> None:
    assert complete("st", line.session) == ["stack", "state", "step"]
    assert complete("break ch", line.session) == ["child"]
    assert complete("stack ", line.session) == ["1"]
    assert complete("help turn", line.session) == ["turn", "turn-back"]
    assert complete("nonsense x", line.session) == []


def test_a_command_never_leaves_a_broken_session(line: CommandLine) -> None:
    for command in COMMANDS:
        for rest in ("", " 1", " x", " -", ' "', " 99999999999"):
            if command.name in ("goto", "step", "turn", "back", "turn-back") and len(rest) > 5:
                continue
            with contextlib.suppress(TtvmError):  # anything else is a bug
                line.execute(command.name + rest)
    assert line.session.first().reason == "start"


def test_the_plain_mode_goes_on_after_mistakes(line: CommandLine) -> None:
    target = io.StringIO()
    assert run_plain(line.session, io.StringIO("step\nzzz\nback\nquit\nstep\n"), target) == 0
    said = target.getvalue().split("\n")
    assert said[0] == "step 0, turn 0: at the first instruction"
    assert "error: there is no command zzz; try help" in said
    assert line.session.view().step == 0


def test_the_end_of_the_commands_is_the_end(line: CommandLine) -> None:
    assert run_plain(line.session, io.StringIO("step"), io.StringIO()) == 0
    assert line.session.view().step == 1


def test_a_script_ends_at_the_first_failure(line: CommandLine) -> None:
    target = io.StringIO()
    assert run_batch(line.session, ["# a test", "c", "expect last bye", "first"], "my.txt", target) == 1
    assert target.getvalue().endswith("my.txt:3: expected last bye, found hello\n")
    assert line.session.view().step == 12
    assert run_batch(line.session, ["first", "quit", "c"], "my.txt", target) == 0
    with pytest.raises(TtvmError, match=r"^my\.txt:2: there is no command nonsense"):
        run_batch(line.session, ["first", "nonsense"], "my.txt", target)


def test_the_philosophers_can_be_asked_why_and_walked_back_from_their_deadlock() -> None:
    session = Session(str(ROOT / "examples" / "dining_philosophers_deadlock.ttvm"))
    target = io.StringIO()
    script = ["c", "expect stop deadlock", "processes", "T 3", "expect stop back", "c", "expect stop deadlock"]
    assert run_batch(session, script, "script", target) == 0
    assert target.getvalue().count("waiting") == 7
