"""``ttvm fmt``: put source files into the canonical layout."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from ttvm.asm.formatter import format_source
from ttvm.cli.output_files import write_file
from ttvm.cli.terminal import say
from ttvm.errors import SourceError, TtvmError, UnreadableError
from ttvm.host.sources import SourceFiles, read_standard_input
from ttvm.source import BytecodeFile, Source, visible

_NOT_FORMATTED, _USAGE_ERROR = 1, 2


def format_files(options: argparse.Namespace) -> int:
    """Format the files of a command line; returns the exit status: 2 when one has errors, else 1 for --check.

    A file with errors is not touched, and does not keep the others from being formatted.
    """
    if options.output is not None and (len(options.files) > 1 or options.check or options.diff):
        raise TtvmError("-o goes with one file, and with neither --check nor --diff")
    failed = changed = 0
    for path in options.files:
        try:
            source, text = _format(path)
            changed += text != source.text
            _deliver(path, source, text, options)
        except SourceError as error:
            failed += 1
            for problem in error.problems:
                say(str(problem))
            say(f"error: {path}: {error}; this file is left as it is")
        except TtvmError as error:
            failed += 1
            say(f"error: {error}")
    if failed:
        return _USAGE_ERROR
    return _NOT_FORMATTED if options.check and changed else 0


def _format(path: str) -> tuple[Source, str]:
    """A source and its text in the canonical layout. Raises SourceError, UnreadableError."""
    source = read_standard_input() if path == "-" else SourceFiles().read(path)
    if isinstance(source, BytecodeFile):
        raise UnreadableError(f"{path}: this is bytecode, and fmt formats source texts")
    return source, format_source(source)


def _deliver(path: str, source: Source, text: str, options: argparse.Namespace) -> None:
    """Do with a formatted text what the options say."""
    changed = text != source.text
    if options.check or options.diff:
        if changed and options.diff:
            sys.stdout.writelines(_difference(source, text))
        if changed and options.check:
            say(f"{source.path}: not formatted")
    elif options.output is not None or path == "-":
        write_file(options.output or "-", text.encode())
    elif changed:
        write_file(path, text.encode())
        say(f"formatted {path}")


def _difference(source: Source, text: str) -> Iterator[str]:
    """The difference as a patch, without characters that could disturb a terminal."""
    import difflib  # slow to import

    before, after = source.text.split("\n"), text.split("\n")
    for line in difflib.unified_diff(before, after, source.path, f"{source.path} (formatted)", lineterm=""):
        yield visible(line.rstrip("\r")) + "\n"
