"""``ttvm-repl``: type instructions and watch what they do."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from debugger.live_module import LIVE
from debugger.opening import is_run_file, open_session
from debugger.repl.settings import Settings, read_settings, settings_page
from debugger.session import Session
from ttvm import __version__
from ttvm.cli.main import report_errors
from ttvm.cli.options import RunOptions
from ttvm.cli.parser import CleanParser, add_machine_options, machine_options
from ttvm.cli.running import limit_memory
from ttvm.errors import InternalError, TtvmError
from ttvm.host.sources import SourceFiles

_EXAMPLES = """\
examples:
  ttvm-repl                            type PUSH_INT 2 ;; DUP ;; ADD, and help for more
  ttvm-repl functions.ttvm             ... with what is in a file, as if it were typed first
  ttvm-repl session.ttvmrun            ... where `save session.ttvmrun` left off
  ttvm-repl --strict < lines.txt       without a terminal: status 1 at the first error
"""


def _parser() -> argparse.ArgumentParser:
    parser = CleanParser(
        prog="ttvm-repl",
        usage="ttvm-repl [options] [FILE [ARGS ...]]",
        description="Type TinyTotVM instructions and watch what they do. Options stand before the file.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="a text to begin with, or a run that `save` here wrote")
    parser.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER, help="words for GET_ARGS")
    parser.add_argument("--version", action="version", version=f"ttvm-repl {__version__}")
    parser.add_argument("--input", metavar="FILE", help="what the program reads from standard input")
    parser.add_argument("--plain", action="store_true", help="read lines and print plain text, as without a terminal")
    parser.add_argument("--strict", action="store_true", help="with plain text: end with status 1 at the first error")
    parser.add_argument("--auto", action="store_true", help="let the other processes run after each line")
    parser.add_argument("--config", metavar="FILE", help="settings from there; an empty name: none")
    parser.add_argument("--settings", action="store_true", help="print a file of settings that explains each, and end")
    parser.add_argument("--traceback", action="store_true", help="show Python's traceback of an internal error")
    add_machine_options(parser, whole_run=False)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 1 at an error when strict, or 2 for a usage error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return report_errors(lambda: _open(words), "--traceback" in words)


def _open(words: list[str]) -> int:
    options = _parser().parse_args(words)
    if options.settings:
        sys.stdout.write(settings_page())
        return 0
    settings = Settings() if options.config == "" else read_settings(Path(options.config) if options.config else None)
    if options.auto:
        settings = settings.replace(auto=True)
    input_text = SourceFiles().read(options.input).text if options.input else ""
    is_run = options.file is not None and is_run_file(options.file)
    session = open_session(options.file if is_run else LIVE, machine_options(options), input_text)
    limit_memory(RunOptions("").max_memory_mb)
    first = f":load {options.file}" if options.file is not None and not is_run else ""
    try:
        return _run(session, settings, options, first)
    except (TtvmError, OSError):
        raise
    except Exception as error:
        raise InternalError(f"{type(error).__name__}: {error}") from error
    finally:
        session.close()


def _run(session: Session, settings: Settings, options: argparse.Namespace, first: str) -> int:
    if options.plain or not _has_terminal():
        from debugger.repl.plain import run_plain

        if sys.stdin is None:
            raise TtvmError("standard input is closed, so no lines can come")
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        return run_plain(session, sys.stdin, sys.stdout, options.strict, settings.chosen(), first)
    from debugger.repl.prompt import run_repl

    return run_repl(session, settings, first)


def _has_terminal() -> bool:
    """Whether there is a terminal to edit lines on."""
    terminals = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    return terminals and os.environ.get("TERM", "") not in ("dumb", "")
