"""The command language: one table of commands, for the plain mode, for scripts, and for whoever else speaks lines.

A command is a row of ``COMMANDS``: its words, what it takes, what it does, and a handler. Help, completion and
docs/commands.md are made from the rows.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import NamedTuple

from debugger import render
from debugger.breakpoint_text import parse_breakpoint
from debugger.session import Session
from debugger.views import ProcessView, StopView
from ttvm.errors import TtvmError

MOST_COUNT = 10**12
OUTPUT_LINES = 20
"""Lines that ``output`` shows unless it is told otherwise."""


class CommandError(TtvmError):
    """A command that cannot be done: what is wrong with it, in words."""


class Failed(TtvmError):
    """An ``expect`` that was not met."""


class Result(NamedTuple):
    """What a command says, and whether it ends the debugger."""

    text: str = ""
    ends: bool = False


class Command(NamedTuple):
    """One row of the table. ``usage`` is what stands behind the name; ``aliases`` are other names."""

    name: str
    aliases: tuple[str, ...]
    usage: str
    help: str
    handler: Callable[[CommandLine, str], Result]


class CommandLine:
    """Executes commands on a session, and remembers which process they are about."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.selected = 0
        """The process whose code, stack and mailbox are shown; 0: the one that runs next."""

    def execute(self, line: str) -> Result:
        """Do what a line says. Raises TtvmError: CommandError, Failed, or one of the session."""
        word, _, rest = line.strip().partition(" ")
        if not word or word.startswith("#"):
            return Result()
        command = find_command(word)
        return command.handler(self, rest.strip())

    def view_of(self, word: str) -> ProcessView:
        """A process by pid or name, or, without a word, the selected one."""
        view = self.session.view(self.selected)
        if word:
            view = self.session.view(self.pid_of(word))
        if view.selected is None:
            raise CommandError("no process is alive")
        return view.selected

    def pid_of(self, word: str) -> int:
        """The pid of a live process by pid or name. Raises CommandError."""
        for row in self.session.view(0).processes:
            if word in (str(row.pid), row.name) and row.state != "exited":
                return row.pid
        raise CommandError(f"there is no live process {word}")

    def where(self) -> Result:
        """What is said after a verb: where the run is now, and why."""
        return Result(render.where(self.session.view(self.selected)))


def find_command(word: str) -> Command:
    """The command with this name, alias, or unambiguous beginning. Raises CommandError."""
    for command in COMMANDS:
        if word == command.name or word in command.aliases:
            return command
    close = [command for command in COMMANDS if command.name.startswith(word.lower())]
    if len(close) == 1:
        return close[0]
    if close:
        raise CommandError(f"{word} may mean {', '.join(command.name for command in close)}")
    import difflib  # only needed once something is wrong

    near = difflib.get_close_matches(word.lower(), [command.name for command in COMMANDS], 1)
    raise CommandError(f"there is no command {word}" + (f"; did you mean {near[0]}?" if near else "; try help"))


def complete(line: str, session: Session) -> list[str]:
    """The words that the last word of a line may become: commands, then labels, processes, or lines of the program."""
    first, space, rest = line.lstrip().partition(" ")
    if not space:
        return sorted(command.name for command in COMMANDS if command.name.startswith(first))
    view = session.view(0)
    last = rest.rpartition(" ")[2]
    candidates = set[str]()
    try:
        usage = find_command(first).usage
    except CommandError:
        return []
    if "COMMAND" in usage:
        candidates |= {command.name for command in COMMANDS}
    if "PROCESS" in usage:
        candidates |= {row.name or str(row.pid) for row in view.processes if row.state != "exited"}
    if "PLACE" in usage:
        candidates |= set(session.labels())
    return sorted(each for each in candidates if each.startswith(last))


# -- reading what stands behind a command


def _count(word: str) -> int:
    return 1 if not word else _number(word, 1)


def _number(word: str, least: int = 0) -> int:
    digits = word.replace("_", "").replace(",", "")
    if not (digits.isascii() and digits.isdigit()) or not least <= int(digits) <= MOST_COUNT:
        raise CommandError(f"{word or 'nothing'} is not a number from {least} on")
    return int(digits)


def _nothing(word: str) -> None:
    if word:
        raise CommandError(f"nothing may stand behind this command, found {word}")


# -- handlers: verbs


def _verb(do: Callable[[Session], StopView]) -> Callable[[CommandLine, str], Result]:
    def handle(line: CommandLine, rest: str) -> Result:
        _nothing(rest)
        do(line.session)
        return line.where()

    return handle


def _counted(do: Callable[[Session, int], StopView]) -> Callable[[CommandLine, str], Result]:
    def handle(line: CommandLine, rest: str) -> Result:
        do(line.session, _count(rest))
        return line.where()

    return handle


def _goto(line: CommandLine, rest: str) -> Result:
    line.session.goto(_number(rest))
    return line.where()


def _quit(line: CommandLine, rest: str) -> Result:
    _nothing(rest)
    return Result(ends=True)


# -- handlers: looking


def _where(line: CommandLine, rest: str) -> Result:
    _nothing(rest)
    return line.where()


def _list(line: CommandLine, rest: str) -> Result:
    view = line.session.view(line.selected)
    places = frozenset((each.identity, each.line) for each in view.breakpoints)
    return Result(render.code(line.view_of(""), places, _number(rest) if rest else render.AROUND))


def _processes(line: CommandLine, rest: str) -> Result:
    _nothing(rest)
    return Result(render.processes(line.session.view(line.selected)))


def _process(line: CommandLine, rest: str) -> Result:
    if not rest:
        line.selected = 0
        return Result("the process that runs next is shown")
    line.selected = line.pid_of(rest)
    return _list(line, "")


def _stack(line: CommandLine, rest: str) -> Result:
    return Result(render.stack(line.view_of(rest)))


def _mailbox(line: CommandLine, rest: str) -> Result:
    return Result(render.mailbox(line.view_of(rest)))


def _names(line: CommandLine, rest: str) -> Result:
    _nothing(rest)
    return Result(render.names(line.session.view(line.selected)))


def _output(line: CommandLine, rest: str) -> Result:
    lines = line.session.output()
    count = _number(rest, 1) if rest else OUTPUT_LINES
    return Result(render.output(lines[max(0, len(lines) - count) :]))


def _state(line: CommandLine, rest: str) -> Result:
    _nothing(rest)
    return Result(render.state(line.session.view(line.selected)))


# -- handlers: breakpoints


def _break(line: CommandLine, rest: str) -> Result:
    if not rest:
        return Result(render.breakpoints(line.session.breakpoints()))
    return Result(render.breakpoint_line(line.session.add_breakpoint(parse_breakpoint(rest))))


def _watch(line: CommandLine, rest: str) -> Result:
    return _break(line, f"watch {rest}")


def _clear(line: CommandLine, rest: str) -> Result:
    if not rest:
        line.session.clear_breakpoints()
        return Result("no breakpoints are left")
    number = _number(rest, 1)
    line.session.remove_breakpoint(number)
    return Result(f"breakpoint {number} is removed")


# -- handlers: scripts and help


def _expect(line: CommandLine, rest: str) -> Result:
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


def _help(line: CommandLine, rest: str) -> Result:
    if rest:
        command = find_command(rest)
        also = f"\nalso: {', '.join(command.aliases)}" if command.aliases else ""
        return Result(f"{command.name} {command.usage}".rstrip() + f"\n{command.help}{also}")
    width = max(len(f"{each.name} {each.usage}") for each in COMMANDS)
    return Result(
        "\n".join(f"{f'{each.name} {each.usage}':{width}}  {_first_sentence(each.help)}" for each in COMMANDS)
    )


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")


COMMANDS = (
    Command("step", ("s",), "[N]", "Execute one instruction, or N.", _counted(Session.step)),
    Command("back", ("S",), "[N]", "Undo the last instruction of the whole system, or N.", _counted(Session.back)),
    Command(
        "next",
        ("n",),
        "",
        "Execute one instruction of the process that runs next, calls included.",
        _verb(Session.step_over),
    ),
    Command(
        "next-back", ("N", "rnext"), "", "Undo that: a call with all that is in it.", _verb(Session.step_over_back)
    ),
    Command(
        "finish", ("f",), "", "Run until the call is over.", _verb(lambda session: session.step_over(outward=True))
    ),
    Command(
        "finish-back",
        ("F", "rfinish"),
        "",
        "Go back to the CALL that led here.",
        _verb(lambda session: session.step_over_back(True)),
    ),
    Command(
        "turn", ("t", "tick"), "[N]", "Run a turn: the process that runs next has its slice.", _counted(Session.tick)
    ),
    Command("turn-back", ("T", "rtick"), "[N]", "Undo a turn, or N.", _counted(Session.tick_back)),
    Command("continue", ("c",), "", "Run until a breakpoint or the end.", _verb(Session.continue_)),
    Command(
        "continue-back",
        ("C", "rcontinue"),
        "",
        "Run back to the last breakpoint, or to the first instruction.",
        _verb(Session.continue_back),
    ),
    Command("goto", ("g",), "STEP", "Go to the moment after so many instructions, in either direction.", _goto),
    Command("first", (), "", "Go back to the first instruction.", _verb(Session.first)),
    Command("latest", (), "", "Go forward to the last step so far.", _verb(Session.latest)),
    Command(
        "restart", ("R",), "", "Read the file again and go to its start. Breakpoints stay.", _verb(Session.restart)
    ),
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
    Command(
        "break",
        ("b",),
        "[PLACE|EVENT]",
        "Stop at a line, a label or an event: see [breakpoints](breakpoints.md). Without anything: show them.",
        _break,
    ),
    Command("watch", (), "EXPRESSION", "Stop when the value changes, in either direction.", _watch),
    Command("clear", (), "[NUMBER]", "Remove a breakpoint, or all.", _clear),
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
