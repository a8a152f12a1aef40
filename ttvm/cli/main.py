"""``ttvm``: read the command line and do what it says.

Exit status: 0 fine, 1 the main process crashed, 2 usage or source error, 3 deadlock, 4 a limit,
130 interrupted, otherwise the status of EXIT.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from ttvm.cli.options import RunOptions
from ttvm.cli.running import run_file
from ttvm.cli.terminal import say
from ttvm.errors import InternalError, SourceError, TtvmError
from ttvm.setup import MachineOptions

USAGE_ERROR = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
_INSPECTIONS = ("check", "compile", "dis", "fmt", "isa", "std", "test-coffee-shop")
COMMANDS = (*_INSPECTIONS, "explore", "record", "replay", "trace", "profile", "run", "help", "version")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return report_errors(lambda: _dispatch(words), "--traceback" in words)


def report_errors(command: Callable[[], int], show_traceback: bool) -> int:
    """Run a command; every error becomes a message on standard error and an exit status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us; Python would fail at the first word
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
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
    except MemoryError:
        say("error: no memory is left")
        return USAGE_ERROR
    except OSError as error:
        say(f"error: {error.strerror or error}")
        return USAGE_ERROR


def _dispatch(words: list[str]) -> int:
    """Do what the words say. Each branch imports only what it needs: that is half of the time a short run takes."""
    if words and words[0] in _INSPECTIONS:
        from ttvm.cli import inspection
        from ttvm.cli.parser import command_parser

        return inspection.execute(command_parser().parse_args(words))
    if words and words[0] in ("record", "replay"):
        from ttvm.cli import recording

        return recording.record(words[1:]) if words[0] == "record" else recording.replay(words[1:])
    if words and words[0] in ("trace", "profile"):
        from ttvm.cli import observing

        return observing.trace(words[1:]) if words[0] == "trace" else observing.profile(words[1:])
    if words and words[0] == "explore":
        from ttvm.cli import exploring

        return exploring.explore(words[1:])
    if words in (["help"], ["version"]):
        words = [f"--{words[0]}"]
    if words and words[0] == "run":
        words = words[1:]
    if words and not any(word.startswith("-") for word in words):
        return run_file(RunOptions(words[0], MachineOptions(arguments=tuple(words[1:]))))
    from ttvm.cli.parser import read_run_options, run_parser

    if not words:
        run_parser().print_help(sys.stderr)
        return USAGE_ERROR
    return run_file(read_run_options(words))
