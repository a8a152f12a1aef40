"""Commands that change the run: who runs next, and what the processes are and have."""

from __future__ import annotations

import re
from collections.abc import Callable

from debugger import render
from debugger.choice_records import check_value
from debugger.choices import (
    ChangePolicy,
    Choice,
    Execute,
    Freeze,
    Kill,
    Lock,
    Push,
    RunNext,
    Send,
    SetVariable,
    Skip,
    Spawn,
    Thaw,
    Timeout,
)
from debugger.command_rows.row import Command, CommandError, Result, Subject, expect_nothing, read_number
from ttvm.setup import POLICIES
from ttvm.values import Value

_WHERE = re.compile(r"^(?P<what>.*\S)\s+in\s+(?P<process>[^\s\"']+)$")
_ASSIGNMENT = re.compile(r"^(?P<name>[^\s=]+)\s*=(?!=)\s*(?P<value>.+)$")
_RECEIVER = re.compile(r"^(?P<value>.+)\s+to\s+(?P<process>[^\s\"']+)$")


def _choose(line: Subject, choice: Choice) -> Result:
    line.session.choose(choice)
    return line.where()


def _of_process(make: Callable[[int], Choice]) -> Callable[[Subject, str], Result]:
    """A handler for a choice about the process that is named, or that is looked at."""

    def handle(line: Subject, rest: str) -> Result:
        return _choose(line, make(line.view_of(rest).row.pid))

    return handle


def _split(line: Subject, rest: str) -> tuple[str, int]:
    """What is to be done, and in which process: the one behind ``in``, or the one that is looked at."""
    found = _WHERE.match(rest)
    if found is None:
        return rest, line.view_of("").row.pid
    return found["what"], line.pid_of(found["process"])


def _value(line: Subject, text: str, pid: int) -> Value:
    value = line.session.evaluate(text, pid)
    check_value(value)
    return value


def _lock(line: Subject, rest: str) -> Result:
    return _choose(line, Lock(line.pid_of(rest) if rest and rest != "off" else 0))


def _policy(line: Subject, rest: str) -> Result:
    name, _, number = rest.partition(" ")
    if name not in POLICIES or name == "scripted":
        raise CommandError(f"which policy? {', '.join(each for each in POLICIES if each != 'scripted')}")
    if name == "round-robin":
        expect_nothing(number)
    count = read_number(number, 1 if name == "smp" else 0) if number else (4 if name == "smp" else 0)
    if name == "smp" and count > 64:
        raise CommandError("smp has at most 64 schedulers")
    return _choose(line, ChangePolicy(name, count if name == "smp" else 1, count if name == "random" else 0))


def _push(line: Subject, rest: str) -> Result:
    text, pid = _split(line, rest)
    return _choose(line, Push(pid, _value(line, text, pid)))


def _set(line: Subject, rest: str) -> Result:
    text, pid = _split(line, rest)
    found = _ASSIGNMENT.match(text)
    if found is None:
        raise CommandError("write a name, =, and a value: set total = 3")
    return _choose(line, SetVariable(pid, found["name"], _value(line, found["value"], pid)))


def _send(line: Subject, rest: str) -> Result:
    found = _RECEIVER.match(rest)
    if found is None:
        raise CommandError('write a value, to, and a process: send "stop" to worker')
    pid = line.pid_of(found["process"])
    return _choose(line, Send(pid, _value(line, found["value"], line.view_of("").row.pid)))


def _execute(line: Subject, rest: str) -> Result:
    if not rest:
        raise CommandError('execute which instruction? execute PUSH_STR "x"')
    text, pid = _split(line, rest)
    return _choose(line, Execute(pid, text))


def _spawn(line: Subject, rest: str) -> Result:
    if not rest:
        raise CommandError("spawn what? a label, a program or a template")
    return _choose(line, Spawn(line.view_of("").row.pid, rest))


def _branches(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return Result(render.branches(line.session.branches()))


def _branch(line: Subject, rest: str) -> Result:
    if not rest:
        return _branches(line, rest)
    line.session.switch_branch(read_number(rest, 1))
    return line.where()


ROWS = (
    Command(
        "run-next", ("i",), "[PROCESS]", "Let a process have the next turn, whatever the policy.", _of_process(RunNext)
    ),
    Command("lock", (), "[PROCESS]", "Let only this process run from now on; without one: let all run again.", _lock),
    Command("freeze", (), "[PROCESS]", "Give a process no turns any more.", _of_process(Freeze)),
    Command("thaw", (), "[PROCESS]", "Undo freeze.", _of_process(Thaw)),
    Command(
        "policy",
        (),
        "NAME [N]",
        "Choose the scheduling policy: smp with N schedulers, round-robin, or random with seed N.",
        _policy,
    ),
    Command("push", (), "VALUE [in PROCESS]", "Put a value on a stack.", _push),
    Command("set", (), "NAME = VALUE [in PROCESS]", "Give a variable a value.", _set),
    Command("send", (), "VALUE to PROCESS", "Put a message in a mailbox; its sender is 0.", _send),
    Command("kill", (), "[PROCESS]", "End a process by an exit signal that cannot be trapped.", _of_process(Kill)),
    Command("skip", (), "[PROCESS]", "Go on behind its next instruction without executing it.", _of_process(Skip)),
    Command("timeout", (), "[PROCESS]", "Let the time be over that it waits for.", _of_process(Timeout)),
    Command(
        "execute",
        ("x",),
        "INSTRUCTION [in PROCESS]",
        "Execute an instruction as if it stood before the next one of the program.",
        _execute,
    ),
    Command("spawn", (), "TARGET", "Start a process that runs a label, a program or a template.", _spawn),
    Command("branches", (), "", "Show the branches of history: each change of the past begins one.", _branches),
    Command("branch", (), "[N]", "Go to another branch of history, where you were last on it.", _branch),
)
"""Their rows. Each change is a step of the run: back undoes it. In the past it begins a new branch."""
