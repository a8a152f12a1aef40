"""The core of the REPL: text in, answers out. It knows no terminal, so it can be tested without one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from debugger.command_rows.row import Command, CommandError, Result
from debugger.commands import find_command
from debugger.line_entry import LineFault
from debugger.repl.commands import BUDGET, COMMANDS, Chosen, ReplSubject
from debugger.repl.effects import Picture, changes, take_picture
from debugger.repl.typed import Block, Nesting, as_program, read_block, split_line
from debugger.session import Session
from debugger.views import OutputLine, StopView
from ttvm.errors import InternalError, SourceError, TtvmError
from ttvm.isa import ISA
from ttvm.source import Span, excerpt, visible

TRACED = frozenset({"step", "next", "finish", "turn", "continue", "until"})
"""Commands that go forward from here, so that what they execute can be traced."""


class Front(Protocol):
    """What a front end does while a line runs."""

    def show_output(self, lines: Sequence[OutputLine], own: int) -> None:
        """Show lines that the program printed; ``own`` is the process that lines go to."""
        ...

    def show_trace(self, line: str) -> None:
        """Show an instruction that is about to be executed."""
        ...

    def is_interrupted(self) -> bool:
        """Whether the user wants what runs to stop. Asked often."""
        ...


class Answer(NamedTuple):
    """What is said of an input. ``effect`` is what changed; ``ends``: the REPL is to be left."""

    text: str = ""
    effect: str = ""
    error: str = ""
    ends: bool = False


class Evaluator(ReplSubject):
    """A session that lines are entered in, and the process that they go to."""

    def __init__(
        self,
        session: Session,
        front: Front,
        chosen: Chosen | None = None,
        pid: int = 1,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(session, COMMANDS)
        self.front = front
        self.chosen = chosen or Chosen()
        """What the user can switch: auto, trace, time, the editing mode."""
        self.selected = pid
        self.in_command = False
        self._clock = clock
        self._shown = session.view().output_count

    @property
    def pid(self) -> int:
        """The process that lines go to."""
        return self.selected or 1

    @property
    def prompt(self) -> str:
        """The process that lines go to, and the step: ``1 main 12``."""
        view = self.session.view(self.pid)
        row = next((row for row in view.processes if row.pid == self.pid), None)
        title = f"{self.pid} {row.name or row.target}" if row is not None else str(self.pid)
        if row is None or row.state == "exited":
            title += " ended"
        past = f" of {view.latest}" if view.step < view.latest else ""
        return f"{title} {view.step}{past}"

    # -- what is typed

    def nesting(self, text: str) -> Nesting:
        """What is open in a text, if it is no command."""
        if self.is_command(text):
            return Nesting("", (), 0)
        return self._block(text).nesting

    def is_complete(self, text: str) -> bool:
        """Whether a text can be entered, or wants more lines. An empty line at its end ends what it can."""
        nesting = self.nesting(text)
        last = text.rpartition("\n")[2]
        return nesting.is_complete or ("\n" in text and not last.strip() and not nesting.must_go_on)

    def is_command(self, text: str) -> bool:
        """Whether a line is a command: it has a colon in front, or its first word names one.

        An instruction in upper case is always an instruction; in lower case a command of the same name wins.
        """
        text = text.lstrip()
        word = text.split(None, 1)[0] if text else ""
        if not word or word[0] in '";' or (word.endswith(":") and len(word) > 1):
            return False
        if word[0] in ":#":
            return True
        is_instruction = ISA.find(word) is not None or word.upper() == "LABEL"
        if any(word == each.name or word in each.aliases for each in COMMANDS):
            return not (is_instruction and word.isupper())
        return not is_instruction and any(each.name.startswith(word.lower()) for each in COMMANDS)

    def enter(self, text: str) -> Iterator[Answer]:
        """Do what was typed: each block and each command of it; the first error ends it."""
        block: list[str] = []
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            answers: Iterable[Answer] = ()
            if self.is_command(line) and (not block or line.lstrip().startswith(":")):
                answers = self._command_line(line)
            elif line.strip() or block:
                block.append(line)
                typed = "\n".join(block)
                if number == len(lines) or self.is_complete(typed):
                    block = []
                    answers = (self._enter_timed(typed),)
            for answer in answers:
                yield answer
                if answer.error or answer.ends:
                    return
        if block:
            yield self._enter_timed("\n".join(block))

    # -- for commands

    def is_interrupted(self) -> bool:
        return self.front.is_interrupted()

    def show_printed(self, session: Session, start: int) -> int:
        if session is self.session:
            self._show_output()
            return self._shown
        self.front.show_output(session.output(start), own=1)
        return session.view().output_count

    def enter_text(self, text: str) -> str:
        answer = self._enter_block(text)
        if answer.error:
            raise TtvmError(answer.error)
        return answer.text

    def _block(self, text: str) -> Block:
        return read_block(text, self.session.fragment)

    # -- program text

    def _enter_timed(self, typed: str) -> Answer:
        """Enter a block, and say how long it took if that is wanted."""
        step, began = self.session.steps, self._clock()
        answer = self._enter_block(typed)
        if not self.chosen.time or answer.error:
            return answer
        milliseconds, steps = 1000 * (self._clock() - began), self.session.steps - step
        took = f"{milliseconds:,.1f} ms, {steps:,} step{'' if steps == 1 else 's'}"
        return answer._replace(text=f"{answer.text}\n{took}".lstrip("\n"))

    def _enter_block(self, typed: str) -> Answer:
        """Enter a block; when it fails, all is as before."""
        try:
            block = self._block(typed)
            if not any(not piece.is_comment for piece in block.pieces):
                return Answer()
            before = take_picture(self.session, self.pid)
            text = self._enter_text(block) if self.session.awaits(self.pid) else self._execute(block)
        except InternalError:
            raise
        except TtvmError as error:
            self._shown = min(self._shown, self.session.view().output_count)
            return Answer(error=error_words(error))
        self._show_output()
        return Answer(text, changes(before, take_picture(self.session, self.pid)))

    def _enter_text(self, block: Block) -> str:
        """Add a block to the text and run it; what is to be said of it. Raises TtvmError."""
        if block.problems:
            raise SourceError(block.problems)
        session = self.session
        text, lines_before = as_program(block, session.labels())
        first_line = session.text.count("\n") + lines_before
        session.start_line(self.pid, text)
        trace = self.front.show_trace if self.chosen.trace else None
        try:
            while (stop := session.advance_line(BUDGET, self.chosen.auto, trace)) is None:
                self._show_output()
                if self.front.is_interrupted():
                    stop = session.pause_line()
                    break
        except LineFault as fault:
            raise _typed_fault(fault, block, first_line) from None
        if block.is_definition:
            count = len(block.fragment.ops)
            return f"defined {', '.join(block.fragment.labels)}: {count} instruction{'' if count == 1 else 's'}"
        return self._stop_words(stop)

    def _stop_words(self, stop: StopView) -> str:
        view = self.session.view(self.pid)
        if stop.reason == "line":
            if self.session.awaits(self.pid):
                return ""
            others = any(row.state in ("ready", "running") and row.pid != self.pid for row in view.processes)
            return stop.text + ("; turn lets the others run" if others else "")
        if stop.reason not in ("deadlock", "end", "memory"):
            return f"{stop.text}; continue goes on, back undoes the line"
        word = "deadlock: " if stop.reason == "deadlock" else ""
        return f"{word}{stop.text}; back undoes the line"

    def _execute(self, block: Block) -> str:
        """Execute the instructions of a block where the process is. Raises TtvmError."""
        for piece in block.pieces:
            if piece.is_label:
                where = "its code comes from a file" if not self.session.is_live else "it is in the middle of its code"
                raise CommandError(f"{self.pid} can take no label now: {where}")
        code = [piece.text for piece in block.pieces if not piece.is_comment]
        self.session.execute_line(self.pid, code)
        return ""

    def _show_output(self) -> None:
        """Show what was printed since the last time."""
        count = self.session.view().output_count
        if count > self._shown:
            self.front.show_output(self.session.output(self._shown), self.pid)
        self._shown = count

    # -- commands

    def _command_line(self, line: str) -> Iterator[Answer]:
        """The commands of a line. Nothing behind one that fails is done."""
        for piece in split_line(line):
            answer = self._command(piece.text)
            yield answer
            if answer.error or answer.ends:
                return

    def _command(self, text: str) -> Answer:
        before = take_picture(self.session, self.pid)
        text = text.removeprefix(":").strip()
        try:
            command = find_command(text.split(None, 1)[0], COMMANDS) if text and text[0] != "#" else None
            result = self._traced(command, text) if command is not None else Result()
        except KeyboardInterrupt:
            self.session.goto(before.step)
            return Answer(error="stopped; all is as it was before the command")
        except InternalError:
            raise
        except TtvmError as error:
            return Answer(error=error_words(error) + self._instruction_hint(text))
        finally:
            self.in_command = False
        after = take_picture(self.session, self.pid)
        told = filter(None, (result.text, self._output_taken_back(before, after)))
        return Answer("\n".join(told), changes(before, after), ends=result.ends)

    def _traced(self, command: Command, text: str) -> Result:
        rest = text.partition(" ")[2].strip()
        self.in_command = True
        if self.chosen.trace and command.name in TRACED:
            with self.session.tracing(self.front.show_trace):
                return command.handler(self, rest)
        return command.handler(self, rest)

    def _instruction_hint(self, text: str) -> str:
        word = text.partition(" ")[0]
        if ISA.find(word) is None or word.isupper():
            return ""
        return f"\n  {word} is a command here; {word.upper()} is the instruction"

    def _output_taken_back(self, before: Picture, after: Picture) -> str:
        """Show what was printed, or tell how much of it has not happened any more."""
        if after.output >= self._shown and after.step >= before.step:
            self._show_output()
            return ""
        gone, self._shown = self._shown - after.output, after.output
        return f"{gone:,} line{'' if gone == 1 else 's'} of output taken back" if gone > 0 else ""


def _typed_fault(fault: LineFault, block: Block, first_line: int) -> TtvmError:
    """The fault, with the place where its instruction was typed."""
    span = fault.span
    typed = None
    if span.source.path == "repl":
        typed = block.typed_place(span.line - 1 - first_line, span.column, span.width)
    place = typed or span
    printed = fault.printed
    note = f"\n  {printed:,} line{'' if printed == 1 else 's'} of output taken back" if printed else ""
    named = "" if typed is not None else f"{visible(str(span))}\n"
    return TtvmError(f"{visible(fault.args[0])}\n{named}{_excerpt(place)}{note}")


def _excerpt(span: Span) -> str:
    """The line and the mark below it; a single line needs no number."""
    text = excerpt(span)
    if "\n" in span.source.text:
        return text
    return "\n".join("  " + line.partition("| ")[2] for line in text.split("\n"))


def error_words(error: TtvmError) -> str:
    """An error as people read it, with the line it is in."""
    if not isinstance(error, SourceError):
        return str(error)
    parts: list[str] = []
    for problem in error.problems:
        named = "" if problem.span.source.path == "line" else f"{problem.span}: "
        parts += [f"{named}{visible(problem.text)}", _excerpt(problem.span)]
        if problem.hint:
            parts.append(f"  hint: {visible(problem.hint)}")
    return "\n".join(parts)
