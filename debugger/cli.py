"""``ttvm-debug``: open a program in the debugger."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from debugger.breakpoint_text import parse_breakpoint
from debugger.memory import Memory
from debugger.opening import open_session
from ttvm import __version__
from ttvm.cli.main import USAGE_ERROR, report_errors
from ttvm.cli.options import RunOptions
from ttvm.cli.parser import CleanParser, add_machine_options, machine_options
from ttvm.cli.running import limit_memory
from ttvm.errors import SourceError, TtvmError
from ttvm.host.sources import SourceFiles
from ttvm.setup import MachineOptions

if TYPE_CHECKING:
    from debugger.session import Session
    from debugger.tui.options import ScreenOptions

_EXAMPLES = """\
examples:
  ttvm-debug examples/coffee_shop_demo.ttvm          step through a program
  ttvm-debug --break order prog.ttvm                 ... with a breakpoint at a label, or a line number
  ttvm-debug --policy random --seed 7 prog.ttvm      ... under another schedule
  ttvm-debug --input answers.txt prog.ttvm           ... with standard input from a file
  ttvm-debug --web prog.ttvm                         the same screen in a browser
  ttvm-debug --plain prog.ttvm                       commands and text instead of a screen; help lists them

keys: s step, t turn, c continue (S, T, C: backward), b breakpoint, R restart, [ ] choose a process, ? help, q quit
"""


def _parser() -> argparse.ArgumentParser:
    parser = CleanParser(
        prog="ttvm-debug",
        usage="ttvm-debug [options] [FILE [ARGS ...]]",
        description="Step through a TinyTotVM program. Options stand before the file; words behind it go to it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default="",
        help="a .ttvm program, or a run that `ttvm record`, or `save` here, wrote; without one: an example to choose",
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
    parser.add_argument("--theme", choices=("dark", "light", "high-contrast"), default="", help="how the screen looks")
    parser.add_argument("--keys", metavar="NAME", default="", help="the keys of another debugger: gdb, vscode, thonny")
    parser.add_argument("--web", action="store_true", help="show the screen in a browser on this machine instead")
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="where the browser finds it (8000)")
    parser.add_argument("--traceback", action="store_true", help="show Python's traceback of an internal error")
    add_machine_options(parser, whole_run=False)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 1 when a script fails, or 2 for a usage or source error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return report_errors(lambda: _open(words), "--traceback" in words)


def _open(words: list[str]) -> int:
    parser = _parser()
    if words == ["--commands"]:
        from debugger.commands import reference

        sys.stdout.write(reference())
        return 0
    options = parser.parse_args(words)
    if options.web:
        return _serve(options, words)
    shows_screen = not options.plain and not options.batch and _has_screen()
    screen = _screen_options(options) if shows_screen else None
    if not options.file:
        if screen is None:
            parser.print_help(sys.stderr)
            return USAGE_ERROR
        from debugger.tui.front_door import pick_example

        options.file = pick_example(screen)
        if not options.file:
            return 0
    if options.file == "-":
        raise TtvmError("a program from standard input cannot be debugged: the keyboard is needed for the debugger")
    session = _session(options, screen)
    if session is None:
        return USAGE_ERROR
    try:
        return _debug(session, options, screen)
    finally:
        session.close()


def _serve(options: argparse.Namespace, words: list[str]) -> int:
    """Serve the screen to a browser; a program there gets no permissions, whoever may be looking."""
    if machine_options(options).grants != MachineOptions().grants:
        raise TtvmError("a program in the browser has no permissions: leave out -A and --allow-...")
    if not 1 <= options.port <= 65_535:
        raise TtvmError("a port is a number from 1 to 65535")
    try:
        from debugger.web.server import serve
    except ModuleNotFoundError as error:
        raise TtvmError(f"--web needs {error.name}: install this package anew") from None
    place = words.index("--web")
    return serve([*words[:place], *words[place + 1 :]], f"ttvm-debug {options.file}".strip(), options.port)


def _session(options: argparse.Namespace, screen: ScreenOptions | None) -> Session | None:
    """The session on the program. Mistakes are shown on the screen, if there is one, until the program has none;
    None when the user leaves before."""
    input_text = SourceFiles().read(options.input).text if options.input else ""
    # A script is a test: it must not depend on what was left from another day.
    memory = None if options.batch else Memory()
    made: list[Session] = []

    def load() -> None:
        made.append(open_session(options.file, machine_options(options), input_text, memory))

    try:
        load()
    except SourceError as error:
        if screen is None:
            raise
        from debugger.tui.front_door import show_mistakes

        if not show_mistakes(screen, error, load):
            return None
    return made[-1]


def _debug(session: Session, options: argparse.Namespace, screen: ScreenOptions | None) -> int:
    for text in options.breaks:
        session.add_breakpoint(parse_breakpoint(text))
    script = SourceFiles().read(options.batch).lines if options.batch else None
    limit_memory(RunOptions("").max_memory_mb)
    if script is not None:
        from debugger.plain import run_batch

        return run_batch(session, script, options.batch)
    if screen is None:
        from debugger.plain import run_plain

        if sys.stdin is None:
            raise TtvmError("standard input is closed, so no commands can come")
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        return run_plain(session, sys.stdin, sys.stdout)
    # Only now: errors of the program should not wait for the screen library.
    from debugger.tui.app import run

    return run(session, screen)


def _screen_options(options: argparse.Namespace) -> ScreenOptions:
    """How the screen shall be. Raises TtvmError for a key map with mistakes."""
    # Textual paints at most so often a second, and so waits before it paints; here a frame follows a key, at once.
    os.environ.setdefault("TEXTUAL_FPS", "250")
    from debugger.tui.keymap import load_keymap
    from debugger.tui.options import ScreenOptions

    return ScreenOptions(options.ascii or not _draws_boxes(), options.theme, load_keymap(options.keys), welcome=True)


def _has_screen() -> bool:
    """Whether there is a terminal to draw on; a screen library would write its codes into a file just as well."""
    if "web_driver" in os.environ.get("TEXTUAL_DRIVER", ""):
        return True  # a browser, behind pipes
    terminals = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    return terminals and os.environ.get("TERM", "") not in ("dumb", "")


def _draws_boxes() -> bool:
    """Whether the encoding of the terminal has the characters that frames are drawn with."""
    try:
        "\u250f\u25b6\u25cf\u2026".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
