"""Commands that run the program, forward and back."""

from __future__ import annotations

from debugger.command_rows.row import Command, Result, Subject, counted, read_number, verb
from debugger.session import Session


def _goto(line: Subject, rest: str) -> Result:
    line.session.goto(read_number(rest))
    return line.where()


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
    Command("goto", ("g",), "STEP", "Go to the moment after so many instructions, in either direction.", _goto),
    Command("first", (), "", "Go back to the first instruction.", verb(Session.first)),
    Command("latest", (), "", "Go forward to the last step so far.", verb(Session.latest)),
    Command("restart", ("R",), "", "Read the file again and go to its start. Breakpoints stay.", verb(Session.restart)),
)
"""Their rows."""
