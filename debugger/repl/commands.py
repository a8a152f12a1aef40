"""The commands of the REPL: those of the debugger, and a few that only make sense where lines are entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from debugger import commands
from debugger.command_rows import keeping
from debugger.command_rows.row import Command, CommandError, Result, Subject, expect_nothing, read_count
from debugger.commands import CommandLine, find_command
from debugger.session import Session
from ttvm.cli import reference
from ttvm.cli.output_files import check_target, write_file
from ttvm.host.sources import SourceFiles
from ttvm.isa import ISA
from ttvm.source import BytecodeFile

SUFFIX = ".ttvm"
BUDGET = 10_000
"""Instructions between two looks at whether the user wants to stop."""
MODES = ("emacs", "vi")


@dataclass
class Chosen:
    """What the user has switched on or off."""

    auto: bool = False
    """Whether the other processes run after each line, until they wait."""
    trace: bool = False
    time: bool = False
    mode: str = MODES[0]
    """How keys edit: as in emacs, or as in vi."""


class ReplSubject(CommandLine):
    """What the commands of the REPL need besides a session."""

    chosen: Chosen
    in_command: bool
    """Whether an interrupt may end a command anywhere."""

    def is_interrupted(self) -> bool:
        """Whether the user wants what runs to stop."""
        raise NotImplementedError

    def show_printed(self, session: Session, start: int) -> int:
        """Show the output of a session from a line on; gives how many lines there are."""
        raise NotImplementedError

    def enter_text(self, text: str) -> str:
        """Enter a text as one block; what is to be said of it. Raises TtvmError."""
        raise NotImplementedError


def _own(handle: Callable[[ReplSubject, str], Result]) -> Callable[[Subject, str], Result]:
    """A handler that needs more than a session."""

    def handler(line: Subject, rest: str) -> Result:
        if not isinstance(line, ReplSubject):
            raise TypeError("a command of the REPL")
        return handle(line, rest)

    return handler


def _back(line: ReplSubject, rest: str) -> Result:
    count, entries = read_count(rest), line.session.entries()
    if not entries:
        raise CommandError("nothing was entered before this")
    line.session.goto(entries[max(0, len(entries) - count)])
    if all(row.pid != line.selected for row in line.session.view().processes):
        line.selected = 1
    return Result(f"back at step {line.session.steps:,}")


def _continue(line: ReplSubject, rest: str) -> Result:
    expect_nothing(rest)
    line.in_command = False  # it looks by itself whether it is to stop, and keeps what it has done
    session = line.session
    session.start_continue()
    shown = session.view().output_count
    while session.advance(BUDGET) is None:
        shown = line.show_printed(session, shown)
        if line.is_interrupted():
            session.pause()
    return line.where()


def _attach(line: ReplSubject, rest: str) -> Result:
    line.selected = line.pid_of(rest) if rest else 1
    if line.session.awaits(line.selected):
        return Result(f"lines go to {line.selected}, at the end of the text")
    return Result(f"lines go to {line.selected}: each instruction is executed where it is, before its next one")


def _switch(name: str) -> Callable[[ReplSubject, str], Result]:
    """A handler that switches something on or off, or says which it is."""

    def handle(line: ReplSubject, rest: str) -> Result:
        if rest not in ("on", "off", ""):
            raise CommandError(f"{name} is on or off")
        if rest:
            setattr(line.chosen, name, rest == "on")
        return Result(f"{name} is {'on' if getattr(line.chosen, name) else 'off'}")

    return handle


def _mode(line: ReplSubject, rest: str) -> Result:
    if rest and rest not in MODES:
        raise CommandError(f"keys are those of {' or '.join(MODES)}")
    line.chosen.mode = rest or line.chosen.mode
    return Result(f"keys are those of {line.chosen.mode}")


def _load(line: ReplSubject, rest: str) -> Result:
    if not rest:
        raise CommandError("load which file? load functions.ttvm")
    source = SourceFiles().read(rest)
    if isinstance(source, BytecodeFile):
        raise CommandError(f"{rest} is bytecode, which has no text to enter; run runs it")
    return Result(line.enter_text(source.text))


def _run(line: ReplSubject, rest: str) -> Result:
    words = rest.split()
    if not words:
        raise CommandError("run which file? run prog.ttvm")
    line.in_command = False  # a machine of its own: it looks by itself whether it is to stop
    options = line.session.options.replace(arguments=tuple(words[1:]))
    session = Session(words[0], options)
    try:
        session.start_continue()
        shown = 0
        while (stop := session.advance(BUDGET)) is None:
            shown = line.show_printed(session, shown)
            if line.is_interrupted():
                stop = session.pause()
                break
        line.show_printed(session, shown)
        word = "deadlock: " if stop.reason == "deadlock" else ""
        return Result(f"{words[0]}: {word}{stop.text}, {session.steps:,} steps")
    finally:
        session.close()


def _save(line: Subject, rest: str) -> Result:
    if not rest.endswith(SUFFIX):
        return SAVE.handler(line, rest)
    session = line.session
    if not session.is_live:
        raise CommandError(f"the program comes from {session.program}; save FILE.ttvmrun writes the run")
    check_target(rest, session.program)
    write_file(rest, session.text.encode("utf-8", "surrogatepass"))
    count = session.changes_by_hand()
    plural = "" if count == 1 else "s"
    without = f", without {count} change{plural} made by commands; save FILE.ttvmrun keeps all" if count else ""
    return Result(f"the text is saved{without}; ttvm {rest} runs it")


def _text(line: Subject, rest: str) -> Result:
    expect_nothing(rest)
    if not line.session.is_live:
        raise CommandError("list shows the code of this program")
    return Result(line.session.text.rstrip("\n") or "nothing was entered")


def _help(line: Subject, rest: str) -> Result:
    word = rest.removeprefix(":")
    found = ISA.find(word)
    is_command = any(word == each.name or word in each.aliases for each in COMMANDS)
    if found is not None and (word.isupper() or not is_command):
        return Result(reference.page(found[0]).rstrip("\n"))
    if not word:
        return Result(f"{_OVERVIEW}\n\n{commands.overview(COMMANDS)}")
    return Result(commands.help_on(find_command(word, COMMANDS)))


_OVERVIEW = """\
An instruction runs at once, ;; stands between two on one line: PUSH_INT 2 ;; DUP ;; ADD
A label begins a block, which RET, HALT or JMP ends, or an empty line. A block that nothing leaves behind its end is a
definition: it is kept, and run when it is called, spawned or jumped to. A : before a word makes it a command.
help ADD tells of an instruction, help back of a command. Commands:"""

SAVE = keeping.ROWS[0]

_OWN = (
    Command(
        "back",
        ("S",),
        "[N]",
        "Undo the last line that was entered, or N: all that happened since, output included.",
        _own(_back),
    ),
    Command("continue", ("c",), "", "Run until a breakpoint, or until nobody can.", _own(_continue)),
    Command(
        "attach",
        (),
        "[PROCESS]",
        "Let lines go to a process, by pid or name; without one: to process 1.",
        _own(_attach),
    ),
    Command(
        "auto",
        (),
        "[on|off]",
        "Let the other processes run after each line, until all wait. Off: turn and continue run them.",
        _own(_switch("auto")),
    ),
    Command("text", (), "", "Show all that was entered, as the program it is.", _text),
    Command("load", (), "FILE", "Enter a file, as if it were typed in one go.", _own(_load)),
    Command("run", (), "FILE [ARGS]", "Run a program in a machine of its own; nothing here changes.", _own(_run)),
    Command(
        "save",
        (),
        "FILE",
        "FILE.ttvm: write what was entered as a program; FILE.ttvmrun: all branches, to go on another day.",
        _save,
    ),
    Command("time", (), "[on|off]", "Tell how long each line took.", _own(_switch("time"))),
    Command(
        "trace", (), "[on|off]", "Show each instruction before it is executed, with the stack.", _own(_switch("trace"))
    ),
    Command("mode", (), "[emacs|vi]", "Choose the keys that edit a line.", _own(_mode)),
    Command("help", ("?",), "[WORD]", "Show all commands, or tell of a command or an instruction.", _help),
    Command(
        "quit",
        ("q", "exit"),
        "",
        "Leave the REPL.",
        next(each for each in commands.COMMANDS if each.name == "quit").handler,
    ),
)
_NAMES = {each.name for each in _OWN}

COMMANDS = (*(each for each in commands.COMMANDS if each.name not in _NAMES), *_OWN)
"""The table of the REPL."""
