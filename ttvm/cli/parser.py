"""Read command lines. Only imported when there is an option or a command to read: most runs have neither."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ttvm import __version__
from ttvm.cli.main import COMMANDS
from ttvm.cli.options import RunOptions
from ttvm.cli.terminal import harmless, say
from ttvm.errors import TtvmError
from ttvm.observers.exporters import FORMATS
from ttvm.outside import ALL, Grants
from ttvm.process.state import Limits
from ttvm.setup import ENGINES, POLICIES, MachineOptions

_DEFAULTS = MachineOptions()

_EXAMPLES = """\
examples:
  ttvm examples/coffee_shop_demo.ttvm        run a program
  ttvm --trace-procs examples/ring.ttvm      ... and tell what its processes do
  ttvm --policy random --seed 7 prog.ttvm    ... with another schedule
  ttvm check prog.ttvm                       list all mistakes of a program
  ttvm isa SEND                              what an instruction means
  ttvm std map                               what a function of the library does
  ttvm-debug prog.ttvm                       step through it

exit status: 0 fine, 1 main process crashed, 2 usage or source error, 3 deadlock,
4 a limit was passed, 130 interrupted; EXIT in the program gives its own.
"""


_OTHERS = sorted({*COMMANDS} - {"run", "help", "version"})
_OTHER_USAGE = f"\n       ttvm {{{','.join(_OTHERS)}}} ..."
_ALL_USAGE = f"ttvm [options] FILE [ARGS ...]{_OTHER_USAGE}"


_PERMISSIONS = {
    "read": ("PATH", "read files, or those at and below these paths"),
    "write": ("PATH", "write, make and delete files"),
    "net": ("HOST[:PORT]", "connect, listen, and look names up"),
    "run": ("COMMAND", "run commands, which then may do whatever you may"),
    "env": ("NAME", "see and set environment variables"),
}
"""What can be allowed: kind, what its option lists, and what it means."""

_EVERYTHING = "\0"
"""The value of ``--allow-KIND`` without one. Nobody can write it: ``--allow-read=$EMPTY`` does not mean everything."""


class CleanParser(argparse.ArgumentParser):
    """An argument parser whose error messages can show any word without harm.

    An option ``--allow-KIND`` takes a value only behind an equals sign: the next word is the program.
    """

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As in ``argparse``, with a value of its own for an option ``--allow-KIND`` without one."""
        return super().parse_known_args(self._complete(sys.argv[1:] if args is None else list(args)), namespace)

    def _complete(self, words: list[str]) -> list[str]:
        complete: list[str] = []
        while words and words[0].startswith("-") and words[0] not in ("-", "--"):
            word = words.pop(0)
            complete.append(f"{word}={_EVERYTHING}" if word.removeprefix("--allow-") in _PERMISSIONS else word)
            action = self._option_string_actions.get(word)
            if action is not None and action.nargs is None and words and complete[-1] == word:
                complete.append(words.pop(0))
        return complete + words

    def error(self, message: str) -> NoReturn:
        """End with a usage error."""
        self.print_usage(sys.stderr)
        self.exit(2, harmless(f"{self.prog}: error: {message.replace('FILE, ARGS', 'FILE')}\n"))


def whole_number(least: int, most: int = 1 << 62) -> Callable[[str], int]:
    """Reads a whole number from ``least`` to ``most``."""

    def read(word: str) -> int:
        try:
            number = int(word.replace("_", ""))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{word!r} is not a whole number") from None
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{word} is not a whole number from {least} to {most:,}")
        return number

    return read


def seconds(word: str) -> float:
    """Read a time above 0."""
    try:
        number = float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of seconds") from None
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{word} is not a number of seconds above 0 and below 1e9")
    return number


def _schedule(words: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in words.split(",") if word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is not a list of pids such as 1,2,1") from None


def add_machine_options(parser: argparse.ArgumentParser, whole_run: bool = True) -> None:
    """The options that decide how a program runs, for ``ttvm`` and ``ttvm-debug``.

    ``whole_run`` adds the limits of a run from start to end, which mean nothing to somebody who steps.
    """
    group = parser.add_argument_group("scheduling")
    group.add_argument("--smp", type=whole_number(1, 1024), metavar="N", help="simulate N schedulers (default: 4)")
    group.add_argument("--no-smp", action="store_true", help="one run queue")
    group.add_argument(
        "--policy",
        choices=POLICIES,
        help="who runs next (default: smp; the others have one run queue)",
    )
    group.add_argument("--schedule", type=_schedule, metavar="1,2,1", help="the pids of --policy scripted, one a turn")
    group.add_argument(
        "--quantum",
        type=whole_number(0),
        default=_DEFAULTS.quantum,
        metavar="N",
        help="instructions of a turn; 0: until the process yields or waits (default: %(default)s)",
    )
    group.add_argument(
        "--seed", type=whole_number(0, (1 << 64) - 1), default=0, metavar="N", help="of --policy random and RANDOM"
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default=_DEFAULTS.engine,
        help="compile what runs often, or execute each instruction by itself, for doubts (default: %(default)s)",
    )
    add_permission_options(parser)
    limits = parser.add_argument_group("limits")
    if whole_run:
        limits.add_argument("--max-steps", type=whole_number(1), metavar="N", help="end after N instructions")
        limits.add_argument("--timeout", type=seconds, metavar="S", help="end after S seconds")
        limits.add_argument(
            "--max-memory-mb",
            type=whole_number(16),
            default=RunOptions("").max_memory_mb,
            metavar="N",
            help="end at N MB (default: %(default)s)",
        )
    add_limit_options(limits)
    limits.add_argument(
        "--net-timeout",
        type=seconds,
        metavar="S",
        help="longest wait of a network instruction (default: 30; none for TCP_ACCEPT and UDP_RECV)",
    )


def add_limit_options(group: argparse._ArgumentGroup) -> None:
    """How much a program may use."""
    for name, what, default in (
        ("processes", "processes alive at once", _DEFAULTS.limits.processes),
        ("stack", "values on a stack", _DEFAULTS.limits.stack),
        ("calls", "open calls", _DEFAULTS.limits.calls),
        ("mailbox", "messages in a mailbox", _DEFAULTS.limits.mailbox),
    ):
        group.add_argument(
            f"--max-{name}",
            type=whole_number(1),
            default=default,
            metavar="N",
            help=f"most {what} (default: {default:,})",
        )


def read_limits(options: argparse.Namespace) -> Limits:
    """What the options of ``add_limit_options`` say."""
    return Limits(options.max_stack, options.max_calls, options.max_mailbox, options.max_processes)


def add_permission_options(parser: argparse.ArgumentParser) -> None:
    """What a program may do outside of itself: nothing without these."""
    group = parser.add_argument_group("permissions", "Nothing is allowed by default; without =... all of a kind is.")
    for kind, (things, what) in _PERMISSIONS.items():
        group.add_argument(
            f"--allow-{kind}", type=_things(kind), action="append", default=[], metavar=f"[={things},...]", help=what
        )
    group.add_argument("-A", "--allow-all", action="store_true", help="allow everything")


def _things(kind: str) -> Callable[[str], tuple[str, ...]]:
    """Reads what is allowed of a kind: things with commas between them, ``,,`` for a comma; () for everything."""

    def read(words: str) -> tuple[str, ...]:
        if words == _EVERYTHING:
            return ()
        things = tuple(thing.replace("\0", ",") for thing in words.replace(",,", "\0").split(","))
        if "" in things:
            raise argparse.ArgumentTypeError(f"{words!r} has an empty entry; without = all of the kind is allowed")
        if kind == "net":
            from ttvm.host.addresses import read_place  # few runs are allowed to use the network

            try:
                for thing in things:
                    read_place(thing)
            except ValueError as error:
                raise argparse.ArgumentTypeError(str(error)) from None
        if kind == "env" and any("=" in thing for thing in things):
            raise argparse.ArgumentTypeError(f"{words!r} has a =; only the names of variables are wanted")
        return things

    return read


def _grants(options: argparse.Namespace) -> Grants:
    """What the options of ``add_permission_options`` allow."""
    if options.allow_all:
        return ALL
    grants: dict[str, tuple[str, ...] | None] = {}
    for kind in _PERMISSIONS:
        given = getattr(options, f"allow_{kind}")
        grants[kind] = None if not given else () if () in given else tuple(each for things in given for each in things)
    return Grants(**grants)


def program_parser(command: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """A parser for ``ttvm COMMAND [options] FILE [ARGS]``; ``run_options`` makes one value of what it reads.

    A command with options of its own adds them.
    """
    prog = f"ttvm {command}".strip()
    parser = CleanParser(
        prog=prog,
        usage=f"{prog} [options] FILE [ARGS ...]" if command else _ALL_USAGE,
        description=f"{description} Options stand before the file; words behind it go to the program.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a .ttvm program, or - for standard input")
    parser.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER, help="words for GET_ARGS")
    parser.add_argument("--version", action="version", version=f"ttvm {__version__}")
    parser.add_argument("--debug", action="store_true", help="a line for every instruction, on standard error")
    parser.add_argument("--trace-procs", action="store_true", help="a line for everything processes do to each other")
    parser.add_argument("--traceback", action="store_true", help="show Python's traceback of an internal error")
    parser.add_argument("--ask", action="store_true", help="ask on the terminal about what is not allowed")
    add_machine_options(parser)
    return parser


def run_parser() -> argparse.ArgumentParser:
    """The parser of ``ttvm [options] FILE [ARGS]``."""
    return program_parser("", "Run a TinyTotVM program.", _EXAMPLES)


def command_parser() -> argparse.ArgumentParser:
    parser = CleanParser(prog="ttvm", usage=_ALL_USAGE, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, prog="ttvm")
    check = commands.add_parser("check", help="list all errors and warnings of programs", allow_abbrev=False)
    check.add_argument("files", metavar="FILE", nargs="+")
    check.add_argument("--json", action="store_true", help="as one JSON object")
    _add_compile(commands)
    dis = commands.add_parser("dis", help="write the instructions of a program with their addresses")
    dis.add_argument("file", metavar="FILE")
    dis.add_argument("--compiled", action="store_true", help="the Python that its hot places become instead")
    _add_fmt(commands)
    isa = commands.add_parser("isa", help="the reference of the instructions")
    isa.add_argument("mnemonic", metavar="INSTRUCTION", nargs="?", help="one instruction, in any case")
    isa.add_argument("--markdown", action="store_true", help="all of it as Markdown")
    std = commands.add_parser("std", help="the reference of the standard library")
    std.add_argument("name", metavar="NAME", nargs="?", help="one function or module")
    std.add_argument("--markdown", action="store_true", help="all of it as Markdown")
    commands.add_parser("test-coffee-shop", help="run the coffee shop example and check what it prints")
    return parser


def _add_compile(commands: argparse._SubParsersAction[CleanParser]) -> None:
    compile_ = commands.add_parser(
        "compile", help="write a program and all it imports as one bytecode file", allow_abbrev=False
    )
    compile_.add_argument("file", metavar="FILE", help="a program, or - for standard input")
    compile_.add_argument("-o", dest="output", metavar="FILE", help="where to (default: FILE.ttb; -: standard output)")
    compile_.add_argument("--strip", action="store_true", help="leave out the source texts that a debugger shows")


def _add_fmt(commands: argparse._SubParsersAction[CleanParser]) -> None:
    fmt = commands.add_parser(
        "fmt", help="format source files: columns, canonical instructions, comments kept", allow_abbrev=False
    )
    fmt.add_argument("files", metavar="FILE", nargs="+", help="a program, or - for standard input")
    fmt.add_argument("--check", action="store_true", help="change nothing; status 1 when a file is not formatted")
    fmt.add_argument("--diff", action="store_true", help="change nothing; show what would change")
    fmt.add_argument("-o", dest="output", metavar="FILE", help="write there instead; -: standard output")


def add_trace_options(parser: argparse.ArgumentParser) -> None:
    """What ``ttvm trace`` has besides the options of a run."""
    group = parser.add_argument_group("trace")
    group.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="(default: %(default)s)")
    group.add_argument("-o", dest="output", default="-", metavar="OUT", help="where to (default: standard output)")
    group.add_argument("--max-events", type=whole_number(1), metavar="N", help="keep the first N (default: 100,000)")
    group.add_argument("--no-output", action="store_true", help="drop what the program prints")


def add_profile_options(parser: argparse.ArgumentParser) -> None:
    """What ``ttvm profile`` has besides the options of a run."""
    group = parser.add_argument_group("profile")
    group.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    group.add_argument("--top", type=whole_number(1), metavar="N", help="rows a table (default: 20; in JSON: all)")
    group.add_argument(
        "-o", dest="output", metavar="OUT", help="where to (default: standard error; -: standard output)"
    )
    group.add_argument("--no-output", action="store_true", help="drop what the program prints")


def read_own_options(
    parser: argparse.ArgumentParser, add_options: Callable[[argparse.ArgumentParser], None], words: Sequence[str]
) -> tuple[argparse.Namespace, RunOptions]:
    """Read the words of a command with options of its own, which may also stand behind the file.

    The other words behind the file go to the program, and so does everything behind ``--``.
    """
    add_options(parser)
    options = parser.parse_args(words)
    behind = argparse.ArgumentParser(prog=parser.prog, usage=parser.usage, add_help=False, allow_abbrev=False)
    add_options(behind)
    end = options.args.index("--") if "--" in options.args else len(options.args)
    unread = tuple(options.args[end + 1 :])
    _, options.args = behind.parse_known_args(options.args[:end], options)
    run = run_options(parser, options)
    return options, run.replace(machine=run.machine.replace(arguments=run.machine.arguments + unread))


def read_run_options(words: Sequence[str]) -> RunOptions:
    """Read ``[options] FILE [ARGS]``; a usage error ends with SystemExit, as argparse does it."""
    parser = run_parser()
    return run_options(parser, parser.parse_args(words))


def run_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> RunOptions:
    """What a ``program_parser`` has read, as one value; it says when an option seems to stand in the wrong place."""
    known = parser.format_help().split()
    for word in options.args:
        if word.startswith("--") and word.partition("=")[0] in known:
            say(f"note: {word} stands behind the file, so it goes to the program; options of ttvm stand before it")
            break
    return RunOptions(
        options.file,
        machine_options(options),
        options.debug,
        options.trace_procs,
        options.max_steps,
        options.timeout,
        options.max_memory_mb,
        options.ask,
    )


def machine_options(options: argparse.Namespace) -> MachineOptions:
    """The options of the command line as one value. Raises TtvmError when they contradict each other."""
    policy = options.policy
    if policy is None:
        policy = "round-robin" if options.no_smp else "scripted" if options.schedule else "smp"
    if policy == "smp" and options.no_smp:
        raise TtvmError("--policy smp and --no-smp contradict each other")
    if options.smp is not None and policy != "smp":
        raise TtvmError(f"--smp goes with --policy smp and not with {'--no-smp' if options.no_smp else policy}")
    if (policy == "scripted") != (options.schedule is not None):
        raise TtvmError("--policy scripted and --schedule 1,2,1 go together")
    return MachineOptions(
        policy,
        options.smp or _DEFAULTS.schedulers,
        options.schedule or (),
        options.quantum,
        options.seed,
        read_limits(options),
        tuple(options.args),
        _grants(options),
        options.net_timeout,
        options.engine,
    )
