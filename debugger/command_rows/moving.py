"""Commands that run the program, forward and back."""

from __future__ import annotations

from collections.abc import Callable

from debugger import render
from debugger.breakpoint_text import parse_breakpoint
from debugger.command_rows.row import (
    Command,
    CommandError,
    Result,
    Subject,
    counted,
    expect_nothing,
    read_number,
    verb,
)
from debugger.descriptions import Breakpoint, Place
from debugger.session import Session


def _goto(line: Subject, rest: str) -> Result:
    if any(rest == each.name for each in line.session.bookmarks()):
        line.session.go_to_bookmark(rest)
    else:
        line.session.goto(read_number(rest))
    return line.where()


def _until(backward: bool) -> Callable[[Subject, str], Result]:
    def handle(line: Subject, rest: str) -> Result:
        what = parse_breakpoint(rest)
        if not isinstance(what.what, Place) or what != Breakpoint(what.what):
            raise CommandError("where to? a line, a label, file:line or @address")
        line.session.continue_to(what.what, backward)
        return line.where()

    return handle


def _bookmark(line: Subject, rest: str) -> Result:
    bookmark = line.session.add_bookmark(rest)
    return Result(f"bookmark {bookmark.name}: step {bookmark.step:,} of branch {bookmark.branch}")


def _bookmarks(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return Result(render.bookmarks(line.session.bookmarks()))


def _remove_bookmark(line: Subject, rest: str) -> Result:
    line.session.remove_bookmark(rest)
    return Result(f"bookmark {rest} is removed")


ROWS = (
    Command("step", ("s",), "[N]", "Execute one instruction, or N.", counted(Session.step)),
    Command("back", ("S",), "[N]", "Undo the last instruction of the whole system, or N.", counted(Session.back)),
    Command(
        "next",
        ("n",),
        "",
        "Execute one instruction of the process that runs next, calls included.",
        verb(Session.step_over),
    ),
    Command("next-back", ("N", "rnext"), "", "Undo that: a call with all that is in it.", verb(Session.step_over_back)),
    Command("finish", ("f",), "", "Run until the call is over.", verb(lambda session: session.step_over(outward=True))),
    Command(
        "finish-back",
        ("F", "rfinish"),
        "",
        "Go back to the CALL that led here.",
        verb(lambda session: session.step_over_back(True)),
    ),
    Command(
        "turn", ("t", "tick"), "[N]", "Run a turn: the process that runs next has its slice.", counted(Session.tick)
    ),
    Command("turn-back", ("T", "rtick"), "[N]", "Undo a turn, or N.", counted(Session.tick_back)),
    Command("continue", ("c",), "", "Run until a breakpoint or the end.", verb(Session.continue_)),
    Command(
        "continue-back",
        ("C", "rcontinue"),
        "",
        "Run back to the last breakpoint, or to the first instruction.",
        verb(Session.continue_back),
    ),
    Command("until", ("u",), "PLACE", "Run until a place is reached, or another stop.", _until(False)),
    Command("until-back", ("U",), "PLACE", "Run back to where a place was reached last.", _until(True)),
    Command(
        "goto",
        ("g",),
        "STEP|BOOKMARK",
        "Go to the moment after so many steps, in either direction, or to a bookmark.",
        _goto,
    ),
    Command("bookmark", ("k",), "[NAME]", "Give this moment a name, so that goto finds it.", _bookmark),
    Command("bookmarks", (), "", "Show the bookmarks.", _bookmarks),
    Command("bookmark-remove", (), "BOOKMARK", "Remove a bookmark.", _remove_bookmark),
    Command("first", (), "", "Go back to the first instruction.", verb(Session.first)),
    Command("latest", (), "", "Go forward to the last step so far.", verb(Session.latest)),
    Command("restart", ("R",), "", "Read the file again and go to its start. Breakpoints stay.", verb(Session.restart)),
)
"""Their rows."""
