"""``ttvm``: read the command line and do what it says.

Exit status: 0 fine, 1 the main process crashed, 2 usage or source error, 3 deadlock, 4 a limit,
130 interrupted, otherwise the status of EXIT.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from ttvm import __version__
from ttvm.cli.terminal import say
from ttvm.errors import InternalError, SourceError, TtvmError

USAGE_ERROR = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
_COMMANDS = ("run", "check", "dis", "isa", "test-coffee-shop")

_EXAMPLES = """\
examples:
  ttvm examples/coffee_shop_demo.ttvm        run a program
  ttvm --trace-procs examples/ring.ttvm      ... and tell what its processes do
  ttvm --policy random --seed 7 prog.ttvm    ... with another schedule
  ttvm check prog.ttvm                       list all mistakes of a program
  ttvm isa SEND                              what an instruction means
  ttvm-debug prog.ttvm                       step through it

exit status: 0 fine, 1 main process crashed, 2 usage or source error, 3 deadlock,
4 a limit was passed, 130 interrupted; EXIT in the program gives its own.
"""


def _whole_number(least: int, most: int = 1 << 62) -> Callable[[str], int]:
    def read(word: str) -> int:
        try:
            number = int(word.replace("_", ""))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{word!r} is not a whole number") from None
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{number} is not between {least} and {most}")
        return number

    return read


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of seconds") from None
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError("seconds must be more than 0")
    return seconds


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
    group.add_argument("--smp", type=_whole_number(1, 1024), metavar="N", help="simulate N schedulers (default: 4)")
    group.add_argument("--no-smp", action="store_true", help="one run queue")
    group.add_argument(
        "--policy",
        choices=("smp", "round-robin", "random", "scripted"),
        help="who runs next (default: smp; the others have one run queue)",
    )
    group.add_argument("--schedule", type=_schedule, metavar="1,2,1", help="the pids of --policy scripted, one a turn")
    group.add_argument(
        "--quantum",
        type=_whole_number(0),
        default=1000,
        metavar="N",
        help="instructions of a turn; 0: until the process yields or waits (default: 1000)",
    )
    group.add_argument(
        "--seed", type=_whole_number(0, (1 << 64) - 1), default=0, metavar="N", help="of --policy random and RANDOM"
    )
    limits = parser.add_argument_group("limits")
    if whole_run:
        limits.add_argument("--max-steps", type=_whole_number(1), metavar="N", help="end after N instructions")
        limits.add_argument("--timeout", type=_seconds, metavar="S", help="end after S seconds")
        limits.add_argument(
            "--max-memory-mb", type=_whole_number(16), default=4096, metavar="N", help="end at N MB (default: 4096)"
        )
    for name, what, default in (
        ("processes", "processes alive at once", 262_144),
        ("stack", "values on a stack", 1_000_000),
        ("calls", "open calls", 500_000),
        ("mailbox", "messages in a mailbox", 1_000_000),
    ):
        limits.add_argument(
            f"--max-{name}",
            type=_whole_number(1),
            default=default,
            metavar="N",
            help=f"most {what} (default: {default:,})",
        )


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ttvm",
        usage="ttvm [options] FILE [ARGS ...]\n       ttvm {check,dis,isa,test-coffee-shop} ...",
        description="Run a TinyTotVM program. Options stand before the file; words behind it go to the program.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a .ttvm program, or - for standard input")
    parser.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER, help="words for GET_ARGS")
    parser.add_argument("--version", action="version", version=f"ttvm {__version__}")
    parser.add_argument("--debug", action="store_true", help="a line for every instruction, on standard error")
    parser.add_argument("--trace-procs", action="store_true", help="a line for everything processes do to each other")
    parser.add_argument("--traceback", action="store_true", help="show Python's traceback of an internal error")
    add_machine_options(parser)
    return parser


def _command_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ttvm", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="list all errors and warnings of programs", allow_abbrev=False)
    check.add_argument("files", metavar="FILE", nargs="+")
    check.add_argument("--json", action="store_true", help="as one JSON object")
    dis = commands.add_parser("dis", help="write the instructions of a program with their addresses")
    dis.add_argument("file", metavar="FILE")
    isa = commands.add_parser("isa", help="the reference of the instructions")
    isa.add_argument("mnemonic", metavar="INSTRUCTION", nargs="?", help="one instruction, in any case")
    isa.add_argument("--markdown", action="store_true", help="all of it as Markdown")
    commands.add_parser("test-coffee-shop", help="run the coffee shop example and check what it prints")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return report_errors(lambda: _dispatch(words), "--traceback" in words)


def report_errors(command: Callable[[], int], show_traceback: bool) -> int:
    """Run a command; every error becomes a message on standard error and an exit status."""
    try:
        status = command()
        sys.stdout.flush()
        return status
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE_ERROR
    except BrokenPipeError:
        # Who read our output has gone. Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except SourceError as error:
        for problem in error.problems:
            say(str(problem))
        say(f"error: {error}")
        return USAGE_ERROR
    except InternalError as error:
        if show_traceback:
            raise
        say(f"error: this is a bug of ttvm, please report it: {error} (--traceback shows more)")
        return USAGE_ERROR
    except TtvmError as error:
        say(f"error: {error}")
        return USAGE_ERROR
    except OSError as error:
        say(f"error: {error.strerror or error}")
        return USAGE_ERROR


def _dispatch(words: list[str]) -> int:
    if words and words[0] in _COMMANDS and words[0] != "run":
        # Imported only now: running a program must not wait for what it does not need.
        from ttvm.cli import inspection

        options = _command_parser().parse_args(words)
        return inspection.execute(options)
    from ttvm.cli.running import run_file

    if words and words[0] == "run":
        words = words[1:]
    if not words:
        _run_parser().print_help(sys.stderr)
        return USAGE_ERROR
    return run_file(read_run_options(words))


def read_run_options(words: Sequence[str]) -> argparse.Namespace:
    """Read ``[options] FILE [ARGS]``; a usage error ends with SystemExit, as argparse does it."""
    parser = _run_parser()
    options = parser.parse_args(words)
    for word in options.args:
        if word.startswith("--") and parser.format_help().find(f" {word.partition('=')[0]} ") >= 0:
            say(f"note: {word} stands behind the file, so it goes to the program; options of ttvm stand before it")
            break
    return options
