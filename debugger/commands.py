"""The command language: one table of commands, for the plain mode, for scripts, and for whoever else speaks lines.

A command is a row of ``COMMANDS``: its words, what it takes, what it does, and a handler. The rows stand in
``debugger.command_rows``. Help, completion and docs/commands.md are made from them.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from debugger.command_rows import changing, keeping, looking, moving, prospects, stopping, story
from debugger.command_rows.row import Command, CommandError, Failed, Result, Subject, expect_nothing
from debugger.session import Session


class CommandLine(Subject):
    """Executes commands on a session, and remembers which process they are about."""

    def __init__(self, session: Session, commands: Sequence[Command] | None = None) -> None:
        """``commands`` is the table of those it knows; without one it knows ``COMMANDS``."""
        super().__init__(session)
        self._commands = commands

    def execute(self, line: str) -> Result:
        """Do what a line says. Raises TtvmError: CommandError, Failed, or one of the session."""
        word, _, rest = line.strip().partition(" ")
        if not word or word.startswith("#"):
            return Result()
        command = find_command(word, self._commands)
        return command.handler(self, rest.strip())


def find_command(word: str, commands: Sequence[Command] | None = None) -> Command:
    """The command with this name, alias, or unambiguous beginning. Raises CommandError."""
    commands = COMMANDS if commands is None else commands
    for command in commands:
        if word == command.name or word in command.aliases:
            return command
    close = [command for command in commands if command.name.startswith(word.lower())]
    if len(close) == 1:
        return close[0]
    if close:
        raise CommandError(f"{word} may mean {', '.join(command.name for command in close)}")
    import difflib  # only needed once something is wrong

    near = difflib.get_close_matches(word.lower(), [command.name for command in commands], 1)
    raise CommandError(f"there is no command {word}" + (f"; did you mean {near[0]}?" if near else "; try help"))


def complete(line: str, session: Session, commands: Sequence[Command] | None = None) -> list[str]:
    """The words that the last word of a line may become: commands, then labels, processes, or lines of the program."""
    commands = COMMANDS if commands is None else commands
    first, space, rest = line.lstrip().partition(" ")
    if not space:
        return sorted(command.name for command in commands if command.name.startswith(first))
    view = session.view(0)
    last = rest.rpartition(" ")[2]
    candidates = set[str]()
    try:
        usage = find_command(first, commands).usage
    except CommandError:
        return []
    if "COMMAND" in usage:
        candidates |= {command.name for command in commands}
    if "PROCESS" in usage:
        candidates |= {row.name or str(row.pid) for row in view.processes if row.state != "exited"}
    if "PLACE" in usage:
        candidates |= set(session.labels())
    return sorted(each for each in candidates if each.startswith(last))


# -- scripts and help


def _quit(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    return Result(ends=True)


def _expect(line: Subject, rest: str) -> Result:
    what, _, wanted = rest.partition(" ")
    try:
        wanted = " ".join(shlex.split(wanted))
    except ValueError as error:
        raise CommandError(f"{str(error).lower()}: {wanted}") from None
    view = line.session.view(line.selected)
    found = {
        "step": str(view.step),
        "turn": str(view.tick),
        "stop": view.stop.reason,
        "did": view.did,
        "next": view.next,
        "why": view.stop.text,
        "output": "\n".join(each.text for each in line.session.output()),
        "last": next((each.text for each in reversed(line.session.output())), ""),
    }
    if what not in found:
        raise CommandError(f"expect what? {', '.join(found)}")
    exact = what in ("step", "turn", "stop", "last")
    if (wanted != found[what]) if exact else (wanted not in found[what]):
        raise Failed(f"expected {what} {wanted}, found {found[what] or 'nothing'}")
    return Result()


def _help(line: Subject, rest: str) -> Result:
    return Result(help_on(find_command(rest)) if rest else overview(COMMANDS))


def help_on(command: Command) -> str:
    """All about one command."""
    also = f"\nalso: {', '.join(command.aliases)}" if command.aliases else ""
    return f"{command.name} {command.usage}".rstrip() + f"\n{command.help}{also}"


def overview(commands: Sequence[Command]) -> str:
    """A line for each command."""
    width = max(len(f"{each.name} {each.usage}") for each in commands)
    return "\n".join(f"{f'{each.name} {each.usage}':{width}}  {_first_sentence(each.help)}" for each in commands)


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")


COMMANDS = (
    *moving.ROWS,
    *looking.ROWS,
    *stopping.ROWS,
    *story.ROWS,
    *changing.ROWS,
    *prospects.ROWS,
    *keeping.ROWS,
    Command(
        "expect",
        (),
        "WHAT TEXT",
        "Fail unless it is so: a script then ends with status 1. step, turn, stop (its reason: breakpoint, deadlock, "
        "end, ...) and last (line of output) must be equal; did, next, why and output must contain the text.",
        _expect,
    ),
    Command("help", ("?",), "[COMMAND]", "Show all commands, or tell of one.", _help),
    Command("quit", ("q", "exit"), "", "Leave the debugger.", _quit),
)
"""The table."""


def reference() -> str:
    """docs/commands.md: the commands as Markdown."""
    lines = [
        "# The commands of the debugger",
        "",
        "Made by `ttvm-debug --commands`; do not edit it by hand.",
        "",
        "`ttvm-debug --plain FILE` reads them line by line and prints plain text; `ttvm-debug --batch SCRIPT FILE`",
        "reads them from a file and ends with status 1 at the first `expect` that is not met. A command may be",
        "shortened as long as it is clear which one is meant; `#` begins a comment.",
        "",
        "| command | also | what it does |",
        "|---|---|---|",
    ]
    for each in COMMANDS:
        names = " ".join(f"`{alias}`" for alias in each.aliases)
        lines.append(f"| `{f'{each.name} {each.usage}'.rstrip()}` | {names} | {each.help} |")
    return "\n".join(lines) + "\n"
