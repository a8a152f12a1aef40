"""A REPL without a terminal, and what it said."""

from __future__ import annotations

from collections.abc import Sequence

from debugger.live_module import LIVE
from debugger.repl.commands import Chosen
from debugger.repl.evaluator import Answer, Evaluator
from debugger.session import Session
from debugger.views import OutputLine
from ttvm.setup import MachineOptions


class Recorder:
    """A front end that keeps what it is shown. ``patience``: how often it is asked before it wants an end."""

    def __init__(self) -> None:
        self.printed: list[str] = []
        self.traced: list[str] = []
        self.patience = 1_000

    def show_output(self, lines: Sequence[OutputLine], own: int) -> None:
        self.printed += (line.text if line.pid == own else f"{line.pid}: {line.text}" for line in lines)

    def show_trace(self, line: str) -> None:
        self.traced.append(line)

    def is_interrupted(self) -> bool:
        self.patience -= 1
        return self.patience < 0


class Repl:
    """An evaluator on a new session; ``enter`` gives what was said, as one text."""

    def __init__(self, program: str = LIVE, options: MachineOptions | None = None, auto: bool = False) -> None:
        self.session = Session(program, options)
        self.front = Recorder()
        self.now = 0.0
        self.evaluator = Evaluator(self.session, self.front, Chosen(auto), clock=self.clock)

    def clock(self) -> float:
        """A clock that is a quarter of a second later whenever it is asked."""
        self.now += 0.25
        return self.now

    def answers(self, text: str) -> list[Answer]:
        """All that was answered."""
        return list(self.evaluator.enter(text))

    def enter(self, *texts: str) -> str:
        """What was said of the last text: words, effect, error, a line each."""
        said = ""
        for text in texts:
            parts = [part for each in self.answers(text) for part in (each.text, each.effect, _error(each))]
            said = "\n".join(filter(None, parts))
        return said

    @property
    def stack(self) -> list[str]:
        """The stack of the process that lines go to, the bottom first."""
        selected = self.session.view(self.evaluator.pid).selected
        assert selected is not None
        return [value.text for value in reversed(selected.stack)]


def _error(answer: Answer) -> str:
    return f"error: {answer.error}" if answer.error else ""
