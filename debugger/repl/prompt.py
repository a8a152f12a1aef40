"""The line editor around the evaluator: keys, colours, completion, history, and the toolbar."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import is_searching
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from debugger.repl.colours import STYLE, TypedLexer
from debugger.repl.commands import Chosen
from debugger.repl.evaluator import Answer, Evaluator
from debugger.repl.interrupts import Interrupts
from debugger.repl.plain import output_text
from debugger.repl.settings import Settings, history_file
from debugger.repl.suggestions import suggest
from debugger.repl.typed import INDENTATION
from debugger.session import Session
from debugger.views import OutputLine

GREETING = "TinyTotVM: instructions run at once, help tells more, Ctrl-D leaves"


class Words(Completer):
    """Offers what ``suggest`` knows."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for each in suggest(self._evaluator, document.text_before_cursor):
            yield Completion(each.text, -each.length, display_meta=each.note)


class Prompt:
    """The REPL on one terminal. ``input`` and ``output`` are those of a test."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        pid: int = 1,
        in_thread: bool = False,
        input: Input | None = None,  # noqa: A002
        output: Output | None = None,
    ) -> None:
        """``in_thread``: the prompt has an event loop in a thread of its own, as another one runs in this thread."""
        self.evaluator = Evaluator(session, self, settings.chosen(), pid)
        self._settings = settings
        self._interrupts = Interrupts()
        self._in_thread = in_thread
        colours = settings.colours and not os.environ.get("NO_COLOR")
        self._depth = None if colours else ColorDepth.DEPTH_1_BIT
        self._style = Style.from_dict(STYLE)
        self._lines: PromptSession[str] = PromptSession(
            message=self._message,
            multiline=True,
            prompt_continuation=self._continuation,
            completer=Words(self.evaluator) if settings.completion != "never" else None,
            complete_while_typing=settings.completion == "typing",
            complete_style=CompleteStyle.COLUMN,
            auto_suggest=AutoSuggestFromHistory() if settings.suggestions else None,
            history=_history(settings),
            lexer=TypedLexer(self.evaluator) if colours else None,
            style=self._style,
            color_depth=self._depth,
            bottom_toolbar=self._toolbar if settings.toolbar else None,
            key_bindings=self._keys(),
            input=input,
            output=output,
        )

    @property
    def _output(self) -> Output:
        return self._lines.app.output

    # -- the loop

    def run(self, first: str = "", greeting: str = GREETING) -> int:
        """Do ``first``, then what is typed, until the user leaves. Returns 0."""
        self._write([("class:quiet", greeting)])
        if first and not self._evaluate(first):
            return 0
        while True:
            self._lines.app.editing_mode = EditingMode.VI if self.evaluator.chosen.mode == "vi" else EditingMode.EMACS
            try:
                text = self._read()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return 0
            if not self._evaluate(text):
                return 0

    def _read(self) -> str:
        """What is typed next. Raises KeyboardInterrupt and EOFError, as the user gives it up or leaves."""
        return self._lines.prompt(in_thread=self._in_thread)

    def _evaluate(self, text: str) -> bool:
        """Do what was typed and write what is said of it; whether the REPL goes on."""
        with self._interrupts.heard(lambda: self.evaluator.in_command):
            for answer in self.evaluator.enter(text):
                self._show_answer(answer)
                if answer.ends:
                    return False
        return True

    # -- as a front of the evaluator

    def show_output(self, lines: Sequence[OutputLine], own: int) -> None:
        words: StyleAndTextTuples = []
        for line in lines:
            words.append(("" if line.kind == "output" else "class:warning", f"{output_text(line, own)}\n"))
        self._write(words, end="")

    def show_trace(self, line: str) -> None:
        self._write([("class:quiet", line)])

    def is_interrupted(self) -> bool:
        return self._interrupts.take()

    def _show_answer(self, answer: Answer) -> None:
        if answer.text:
            self._write([("", answer.text)])
        if answer.effect:
            self._write([("class:effect", answer.effect)])
        if answer.error:
            if self._settings.bell:
                self._output.bell()
            self._write([("class:error", "error: "), ("", answer.error)])

    def _write(self, words: StyleAndTextTuples, end: str = "\n") -> None:
        print_formatted_text(
            FormattedText(words), end=end, output=self._output, style=self._style, color_depth=self._depth
        )

    # -- what is on the screen around the text

    def _message(self) -> StyleAndTextTuples:
        return [("class:prompt", self.evaluator.prompt), ("", "> ")]

    def _continuation(self, width: int, number: int, wraps: int) -> StyleAndTextTuples:
        """What stands before a further line: what is open there."""
        if wraps:
            return [("", " " * width)]
        lines = self._lines.default_buffer.text.split("\n")[:number]
        nesting = str(self.evaluator.nesting("\n".join(lines)))
        return [("class:quiet", f"{nesting} ...> ".rjust(width))]

    def _toolbar(self) -> StyleAndTextTuples:
        view = self.evaluator.session.view(self.evaluator.pid)
        alive = [row for row in view.processes if row.state != "exited"]
        ready = sum(row.state in ("ready", "running") for row in alive)
        chosen = self.evaluator.chosen
        past = f" of {view.latest:,}: the past" if view.step < view.latest else ""
        state = f" step {view.step:,}{past} | {view.stop.text} | {len(alive)} alive, {ready} can run | "
        keys = f"F2 auto {_on(chosen.auto)}  F3 trace {_on(chosen.trace)}  F4 {chosen.mode} "
        return [("", state + keys)]

    # -- keys

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter", filter=~is_searching)
        def enter(event: KeyPressEvent) -> None:
            """Take the text when it is complete, else go on in the next line, as deep as this one."""
            buffer = event.current_buffer
            if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
                buffer.complete_state = None
            elif self.evaluator.is_complete(buffer.text):
                buffer.validate_and_handle()
            else:
                line = buffer.document.current_line
                begins = line.rstrip().endswith(":")
                depth = line[: len(line) - len(line.lstrip())] or (INDENTATION if begins else "")
                buffer.insert_text(f"\n{depth if line.strip() else ''}")

        self._switch(keys, "f2", lambda chosen: setattr(chosen, "auto", not chosen.auto))
        self._switch(keys, "f3", lambda chosen: setattr(chosen, "trace", not chosen.trace))

        @keys.add("f4")
        def mode(event: KeyPressEvent) -> None:
            vi = self.evaluator.chosen.mode == "vi"
            self.evaluator.chosen.mode = "emacs" if vi else "vi"
            event.app.editing_mode = EditingMode.EMACS if vi else EditingMode.VI

        return keys

    def _switch(self, keys: KeyBindings, key: str, change: Callable[[Chosen], None]) -> None:
        @keys.add(key)
        def switch(event: KeyPressEvent) -> None:
            change(self.evaluator.chosen)


def _on(is_on: bool) -> str:
    return "on" if is_on else "off"


def _history(settings: Settings) -> History:
    """What was typed before, in this and in other sessions; in this one only where nothing can be kept."""
    if not settings.history:
        return InMemoryHistory()
    file = history_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.open("ab").close()
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))


def run_repl(
    session: Session,
    settings: Settings | None = None,
    first: str = "",
    pid: int = 1,
    in_thread: bool = False,
    greeting: str = GREETING,
) -> int:
    """Let lines be typed on a session until the user leaves; the caller closes the session. Returns 0.

    They go to process ``pid``. ``in_thread``: an event loop runs in this thread already.
    """
    return Prompt(session, settings or Settings(), pid, in_thread).run(first, greeting)
