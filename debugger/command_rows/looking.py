"""Commands that show something and change nothing."""

from __future__ import annotations

from debugger import render
from debugger.command_rows.row import Command, Result, Subject, expect_nothing, read_number

OUTPUT_LINES = 20
"""Lines that ``output`` shows unless it is told otherwise."""


def _where(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return line.where()


def _list(line: Subject, rest: str) -> Result:
    view = line.session.view(line.selected)
    places = frozenset((each.identity, each.line) for each in view.breakpoints)
    return Result(render.code(line.view_of(""), places, read_number(rest) if rest else render.AROUND))


def _processes(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return Result(render.processes(line.session.view(line.selected)))


def _process(line: Subject, rest: str) -> Result:
    if not rest:
        line.selected = 0
        return Result("the process that runs next is shown")
    line.selected = line.pid_of(rest)
    return _list(line, "")


def _stack(line: Subject, rest: str) -> Result:
    return Result(render.stack(line.view_of(rest)))


def _mailbox(line: Subject, rest: str) -> Result:
    return Result(render.mailbox(line.view_of(rest)))


def _names(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return Result(render.names(line.session.view(line.selected)))


def _output(line: Subject, rest: str) -> Result:
    lines = line.session.output()
    count = read_number(rest, 1) if rest else OUTPUT_LINES
    return Result(render.output(lines[max(0, len(lines) - count) :]))


def _state(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return Result(render.state(line.session.view(line.selected)))


ROWS = (
    Command("where", ("w",), "", "Tell the step, why the run stopped, what happened and what is next.", _where),
    Command("list", ("l",), "[LINES]", "Show the code around the next instruction.", _list),
    Command("processes", ("ps",), "", "Show all processes and the run queues.", _processes),
    Command(
        "process", ("p",), "[PROCESS]", "Look at a process, by pid or name. Without one: at whoever runs.", _process
    ),
    Command("stack", (), "[PROCESS]", "Show a stack, the open calls and their variables.", _stack),
    Command("mailbox", ("m",), "[PROCESS]", "Show the messages that wait in a mailbox.", _mailbox),
    Command("names", (), "", "Show names, links and monitors.", _names),
    Command("output", ("o",), "[N]", "Show the last lines of the output.", _output),
    Command("state", (), "", "Show everything as JSON.", _state),
)
"""Their rows."""
