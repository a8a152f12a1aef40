"""Commands for breakpoints and watches."""

from __future__ import annotations

from debugger import render
from debugger.breakpoint_text import parse_breakpoint
from debugger.command_rows.row import Command, Result, Subject, read_number


def _break(line: Subject, rest: str) -> Result:
    if not rest:
        return Result(render.breakpoints(line.session.breakpoints()))
    return Result(render.breakpoint_line(line.session.add_breakpoint(parse_breakpoint(rest))))


def _watch(line: Subject, rest: str) -> Result:
    return _break(line, f"watch {rest}")


def _clear(line: Subject, rest: str) -> Result:
    if not rest:
        line.session.clear_breakpoints()
        return Result("no breakpoints are left")
    number = read_number(rest, 1)
    line.session.remove_breakpoint(number)
    return Result(f"breakpoint {number} is removed")


ROWS = (
    Command(
        "break",
        ("b",),
        "[PLACE|EVENT]",
        "Stop at a line, a label or an event: see [breakpoints](breakpoints.md). Without anything: show them.",
        _break,
    ),
    Command("watch", (), "EXPRESSION", "Stop when the value changes, in either direction.", _watch),
    Command("clear", (), "[NUMBER]", "Remove a breakpoint, or all.", _clear),
)
"""Their rows."""
