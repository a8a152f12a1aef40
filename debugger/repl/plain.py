"""The REPL without a terminal: lines in, plain results out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import TextIO

from debugger.repl.commands import Chosen
from debugger.repl.evaluator import Answer, Evaluator
from debugger.repl.interrupts import Interrupts
from debugger.session import Session
from debugger.views import OutputLine

FAILED = 1


class PlainFront:
    """Writes lines."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self.interrupts = Interrupts()

    def show_output(self, lines: Sequence[OutputLine], own: int) -> None:
        for line in lines:
            print(output_text(line, own), file=self._target)
        self._target.flush()

    def show_trace(self, line: str) -> None:
        print(line, file=self._target)

    def is_interrupted(self) -> bool:
        return self.interrupts.take()


def output_text(line: OutputLine, own: int) -> str:
    """A line of output as it is shown: with the process, unless it is the one that lines go to."""
    kind = "" if line.kind == "output" else f"{line.kind}: "
    return f"{kind}{line.text}" if line.pid == own else f"[{line.pid or '-'}] {kind}{line.text}"


def run_plain(
    session: Session,
    source: TextIO,
    target: TextIO,
    strict: bool = False,
    chosen: Chosen | None = None,
    first: str = "",
) -> int:
    """Do ``first``, then read lines to the end, or ``quit``. Returns 0, or, when ``strict``, 1 at the first error.

    On a terminal there is a prompt, and Ctrl-C stops what runs; otherwise it ends the program, as it does any other.
    """
    front = PlainFront(target)
    evaluator = Evaluator(session, front, chosen)
    for text in itertools.chain([first] if first else [], _inputs(evaluator, source, target)):
        with front.interrupts.heard(lambda: evaluator.in_command) if source.isatty() else nullcontext():
            for answer in evaluator.enter(text):
                write_answer(answer, target)
                if answer.ends:
                    return 0
                if answer.error and strict:
                    return FAILED
    return 0


def _inputs(evaluator: Evaluator, source: TextIO, target: TextIO) -> Iterator[str]:
    """The lines of a source, as many at once as belong together."""
    text = ""
    while True:
        if source.isatty():
            print(
                f"{evaluator.nesting(text)} ...> " if text else f"{evaluator.prompt}> ", end="", file=target, flush=True
            )
        line = source.readline()
        if not line:
            break
        text += line.removesuffix("\n").removesuffix("\r")
        if _is_whole(evaluator, text):
            yield text
            text = ""
        else:
            text += "\n"
    if text:
        yield text


def _is_whole(evaluator: Evaluator, text: str) -> bool:
    """Whether what was read can be entered: a command in the middle of a block is one too."""
    last = text.rpartition("\n")[2]
    return evaluator.is_complete(text) or last.lstrip().startswith(":")


def write_answer(answer: Answer, target: TextIO) -> None:
    """Write what was answered."""
    if answer.text:
        print(answer.text, file=target)
    if answer.effect:
        print(answer.effect, file=target)
    if answer.error:
        print(f"error: {answer.error}", file=target)
    target.flush()
