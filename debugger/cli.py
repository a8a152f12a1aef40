"""``ttvm-debug``: open a program in the debugger."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from debugger.breakpoint_text import parse_breakpoint
from debugger.memory import Memory
from debugger.opening import open_session
from ttvm import __version__
from ttvm.cli.main import USAGE_ERROR, report_errors
from ttvm.cli.options import RunOptions
from ttvm.cli.parser import CleanParser, add_machine_options, machine_options
from ttvm.cli.running import limit_memory
from ttvm.errors import TtvmError
from ttvm.host.sources import SourceFiles

_EXAMPLES = """\
examples:
  ttvm-debug examples/coffee_shop_demo.ttvm          step through a program
  ttvm-debug --break order prog.ttvm                 ... with a breakpoint at a label, or a line number
  ttvm-debug --policy random --seed 7 prog.ttvm      ... under another schedule
  ttvm-debug --input answers.txt prog.ttvm           ... with standard input from a file
  ttvm-debug --plain prog.ttvm                       commands and text instead of a screen; help lists them

keys: s step, t turn, c continue (S, T, C: backward), b breakpoint, R restart, [ ] choose a process, ? help, q quit
"""


def _parser() -> argparse.ArgumentParser:
    parser = CleanParser(
        prog="ttvm-debug",
        usage="ttvm-debug [options] FILE [ARGS ...]",
        description="Step through a TinyTotVM program. Options stand before the file; words behind it go to it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file", metavar="FILE", help="a .ttvm program, or a run that `ttvm record`, or `save` here, wrote"
    )
    parser.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER, help="words for GET_ARGS")
    parser.add_argument("--version", action="version", version=f"ttvm-debug {__version__}")
    parser.add_argument(
        "--break",
        dest="breaks",
        action="append",
        default=[],
        metavar="WHAT",
        help="stop there, a line, a label, or any breakpoint in words: 'send to worker'; may be repeated",
    )
    parser.add_argument("--input", metavar="FILE", help="what the program reads from standard input")
    parser.add_argument("--plain", action="store_true", help="read commands and print text instead of a screen")
    parser.add_argument("--batch", metavar="SCRIPT", help="read commands from a file; status 1 when an expect fails")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    parser.add_argument("--traceback", action="store_true", help="show Python's traceback of an internal error")
    add_machine_options(parser, whole_run=False)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 1 when a script fails, or 2 for a usage or source error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return report_errors(lambda: _open(words), "--traceback" in words)


def _open(words: list[str]) -> int:
    parser = _parser()
    if not words:
        parser.print_help(sys.stderr)
        return USAGE_ERROR
    if words == ["--commands"]:
        from debugger.commands import reference

        sys.stdout.write(reference())
        return 0
    options = parser.parse_args(words)
    if options.file == "-":
        raise TtvmError("a program from standard input cannot be debugged: the keyboard is needed for the debugger")
    input_text = SourceFiles().read(options.input).text if options.input else ""
    # A script is a test: it must not depend on what was left from another day.
    session = open_session(options.file, machine_options(options), input_text, None if options.batch else Memory())
    for text in options.breaks:
        session.add_breakpoint(parse_breakpoint(text))
    script = SourceFiles().read(options.batch).lines if options.batch else None
    limit_memory(RunOptions("").max_memory_mb)
    try:
        if script is not None:
            from debugger.plain import run_batch

            return run_batch(session, script, options.batch)
        if options.plain or not _has_screen():
            from debugger.plain import run_plain

            if sys.stdin is None:
                raise TtvmError("standard input is closed, so no commands can come")
            if isinstance(sys.stdin, io.TextIOWrapper):
                sys.stdin.reconfigure(encoding="utf-8", errors="replace")
            return run_plain(session, sys.stdin, sys.stdout)
        # Only now: errors of the program should not wait for the screen library.
        from debugger.tui.app import run

        return run(session, options.ascii or not _draws_boxes())
    finally:
        session.close()


def _has_screen() -> bool:
    """Whether there is a terminal to draw on; a screen library would write its codes into a file just as well."""
    terminals = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    return terminals and os.environ.get("TERM", "") not in ("dumb", "")


def _draws_boxes() -> bool:
    """Whether the encoding of the terminal has the characters that frames are drawn with."""
    try:
        "\u250f\u25b6\u25cf\u2026".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
