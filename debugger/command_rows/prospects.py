"""Commands about what can still happen: explore, look at the outcomes, go to one, compare two."""

from __future__ import annotations

from debugger import render
from debugger.command_rows.row import Command, CommandError, Result, Subject, expect_nothing, read_number
from debugger.comparison import side_by_side

ALL_EXECUTIONS = 1_000_000_000
"""More than anybody waits for: the search ends when it knows everything, or the user ends it."""


def read_explore(rest: str) -> tuple[str, int]:
    """What stands behind ``explore``: the kind of finding that ends it, and the most executions (0: as usual).

    Raises CommandError.
    """
    words = rest.split()
    count = 0
    if words and words[-1] == "all":
        words, count = words[:-1], ALL_EXECUTIONS
    elif words and words[-1][0].isdigit():
        count = read_number(words.pop(), 1)
    if not words:
        return "", count
    if words[0] not in ("until", "--until") or len(words) == 1:
        raise CommandError("explore how? explore [until KIND] [N|all]: explore until deadlock")
    return " ".join(words[1:]), count


def _explore(line: Subject, rest: str) -> Result:
    return Result(render.prospects(line.session.explore(*read_explore(rest))))


def _outcomes(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return Result(render.prospects(line.session.prospects()))


def _outcome(line: Subject, rest: str) -> Result:
    line.session.open_prospect(read_number(rest, 1))
    return line.where()


def _compare(line: Subject, rest: str) -> Result:
    words = rest.split()
    branches = words[:1] == ["branches"]
    numbers = words[1:] if branches else words
    if len(numbers) != 2:
        raise CommandError("compare what? two outcomes (compare 1 2) or two branches (compare branches 1 2)")
    one, other = (read_number(each, 1) for each in numbers)
    session = line.session
    if branches:
        stories = session.story_of(one), session.story_of(other)
        return Result(side_by_side(*stories, (f"branch {one}", f"branch {other}")))
    schedules = session.schedule_of(one), session.schedule_of(other)
    return Result(side_by_side(*schedules, (f"outcome {one}", f"outcome {other}")))


ROWS = (
    Command(
        "explore",
        (),
        "[until KIND] [N|all]",
        "Find out what can still happen from here, in up to 2,000 executions, N or all; until a deadlock, a crash or "
        "another [kind](exploring.md) is found. The session stays where it is.",
        _explore,
    ),
    Command("outcomes", (), "", "Show what explore has found.", _outcomes),
    Command(
        "outcome",
        (),
        "NUMBER",
        "Go to an outcome on a branch of history; of a finding, to the step that decides about it.",
        _outcome,
    ),
    Command(
        "compare",
        (),
        "[branches] A B",
        "Show two outcomes side by side, or two branches, with the first difference marked.",
        _compare,
    ),
)
"""Their rows."""
