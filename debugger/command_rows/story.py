"""Commands about what happened: why the run stands here, where things come from, and diagrams."""

from __future__ import annotations

import re
from collections.abc import Callable

from debugger import render
from debugger.command_rows.row import Command, CommandError, Result, Subject, expect_nothing, read_number
from debugger.session import Session
from debugger.views import StopView
from ttvm.cli.output_files import check_target, write_file

DIAGRAM_ROWS = 20
"""Rows that ``diagram`` shows unless it is told otherwise."""
HAPPENINGS = 20
_FORMATS = {".svg": "svg", ".mmd": "mermaid", ".txt": "diagram"}
"""The formats of diagrams, by how the name of the file ends."""
_WHERE = re.compile(r"(?P<what>.*?)\s*\bin\s+(?P<process>\S+)")


def _why(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return Result("\n".join(line.session.explain()))


def _last(line: Subject, rest: str) -> Result:
    if not rest:
        raise CommandError("last change of what? an expression, mailbox [PROCESS] or name NAME")
    line.session.last(rest, str(line.view_of("").row.pid))
    return line.where()


def _origin(line: Subject, rest: str) -> Result:
    found = _WHERE.fullmatch(rest)
    what, process = (found["what"], found["process"]) if found is not None else (rest, "")
    pid = line.pid_of(process) if process else line.view_of("").row.pid
    origin = line.session.origin(what.removeprefix("stack[").removesuffix("]") or "0", str(pid))
    return Result(render.origin(origin))


def _message(line: Subject, rest: str) -> Result:
    return Result(line.session.letter(_message_number(rest)).words)


def _message_number(rest: str) -> int:
    return read_number(rest.removeprefix("#"), 1)


def _to_message(go: Callable[[Session, int], StopView]) -> Callable[[Subject, str], Result]:
    def handle(line: Subject, rest: str) -> Result:
        go(line.session, _message_number(rest))
        return line.where()

    return handle


def _history(line: Subject, rest: str) -> Result:
    count = read_number(rest, 1) if rest else HAPPENINGS
    return Result(render.happenings(line.session.chronicle(-count), line.session.view(line.selected)))


def _diagram(line: Subject, rest: str) -> Result:
    return Result(line.session.diagram(read_number(rest, 1) if rest else DIAGRAM_ROWS).removesuffix("\n"))


def _export(line: Subject, rest: str) -> Result:
    what, _, path = rest.partition(" ")
    path = path.strip()
    ending = next((each for each in (*_FORMATS, ".json") if path.endswith(each)), "")
    session = line.session
    notes: tuple[str, ...] = ()
    if what == "state" and ending == ".json":
        check_target(path, session.program, "give another file")
        text = render.state(session.view(line.selected)) + "\n"
    elif what == "diagram" and ending in _FORMATS:
        check_target(path, session.program, "give another file")
        text, notes = session.trace(_FORMATS[ending])
    else:
        raise CommandError(f"export what? diagram FILE ({', '.join(_FORMATS)}) or state FILE.json")
    write_file(path, text.encode("utf-8", "replace"))
    return Result("\n".join([f"{what} is written to {path}", *notes]))


ROWS = (
    Command("why", (), "", "Explain why the run stands here: a deadlock, a crash, the end, or what stopped it.", _why),
    Command(
        "last",
        (),
        "WHAT [in PROCESS]",
        "Go back to where a thing last changed: an expression, mailbox [PROCESS] or name NAME. Again: further back.",
        _last,
    ),
    Command(
        "origin",
        (),
        "[INDEX|VARIABLE] [in PROCESS]",
        "Tell where a value on the stack (0: the top), or of a variable, came from.",
        _origin,
    ),
    Command("message", (), "NUMBER", "Tell who sent a message, and who took it.", _message),
    Command("sent", (), "NUMBER", "Go to where a message was sent.", _to_message(Session.sent)),
    Command("received", (), "NUMBER", "Go to where it was taken, back or forward.", _to_message(Session.received)),
    Command("history", (), "[N]", "Tell what happened last.", _history),
    Command("diagram", (), "[N]", "Show the last rows of the message diagram.", _diagram),
    Command(
        "export",
        (),
        "diagram|state FILE",
        "Write a diagram of the run so far (.svg, .mmd for Mermaid, .txt), or all that is shown (.json).",
        _export,
    ),
)
"""Their rows."""
