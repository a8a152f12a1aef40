"""The plain mode: commands in, text out, and nothing that a pipe or a screen reader could stumble over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from debugger import render
from debugger.command_rows.row import Failed
from debugger.commands import CommandLine
from debugger.session import Session
from ttvm.errors import InternalError, SourceError, TtvmError

PROMPT = "(ttvm) "
FAILED = 1


def run_plain(session: Session, source: TextIO, target: TextIO) -> int:
    """Read commands until the end or ``quit``; an error is told and changes nothing. Returns 0."""
    line = CommandLine(session)
    prompt = PROMPT if source.isatty() else ""
    print(render.where(session.view()), file=target)
    while True:
        print(prompt, end="", file=target, flush=True)
        text = source.readline()
        if not text:
            return 0
        try:
            result = line.execute(text)
        except KeyboardInterrupt:
            print("\ninterrupted", file=target)
            session.pause()
            # Compiled code may have been in the middle of a turn. Executed again, from a checkpoint, it is whole.
            session.goto(session.steps)
            continue
        except InternalError:
            raise
        except TtvmError as error:
            print(f"error: {_words(error)}", file=target)
            continue
        if result.text:
            print(result.text, file=target)
        if result.ends:
            return 0


def run_batch(session: Session, lines: Iterable[str], name: str, target: TextIO | None = None) -> int:
    """Execute a script; the first line that fails ends it. Returns 0, or 1 when an ``expect`` was not met.

    Raises TtvmError with the place when a line is no command.
    """
    line = CommandLine(session)
    for number, text in enumerate(lines, 1):
        try:
            result = line.execute(text)
        except Failed as failed:
            print(f"{name}:{number}: {failed}", file=target)
            return FAILED
        except InternalError:
            raise
        except TtvmError as error:
            raise TtvmError(f"{name}:{number}: {_words(error)}") from None
        if result.text:
            print(result.text, file=target)
        if result.ends:
            break
    return 0


def _words(error: TtvmError) -> str:
    if isinstance(error, SourceError):
        return "\n".join([str(error), *map(str, error.problems)])
    return str(error)
