"""A line to type in at the bottom of the screen, with completion and history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Painted, Piece, line

Complete = Callable[[str], Sequence[str]]
"""Gives the words that the last word of a line may become."""

LONGEST_LINE = 1_000


class Sign(Painted):
    """What stands before the typed text."""

    def __init__(self, glyphs: Glyphs, text: str) -> None:
        super().__init__(glyphs)
        self._text = text

    def render_line(self, y: int) -> Strip:
        """The only row."""
        return self.paint_row(line(Piece(self._text, "prompt")), self.size.width)


class Candidates(Painted):
    """The row above: a hint, or the words that could stand there, as many as fit."""

    def __init__(self, glyphs: Glyphs, hint: str) -> None:
        super().__init__(glyphs)
        self._hint = hint
        self._words: Sequence[str] = ()
        self._chosen = ""

    def show(self, words: Sequence[str], chosen: str = "") -> None:
        """Show words, ``chosen`` marked; without words the hint."""
        self._words, self._chosen = words, chosen
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The only row."""
        if not self._words:
            return self.paint_row(line(Piece(f" {self._hint}", "muted")), self.size.width)
        pieces: list[Piece] = []
        first = self._words.index(self._chosen) if self._chosen in self._words else 0
        for word in self._words[max(0, first - 3) :]:
            pieces += [Piece(" "), Piece(word, "tab-active" if word == self._chosen else "")]
        return self.paint_row(Line(tuple(pieces)), self.size.width)


class Prompt(ModalScreen[str | None]):
    """Asks for a line. Its result is the line, or None when the user thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", priority=True),
        Binding("tab", "complete(1)", "Complete", priority=True),
        Binding("shift+tab", "complete(-1)", "Complete back", priority=True),
        Binding("up", "recall(-1)", "Older", priority=True),
        Binding("down", "recall(1)", "Newer", priority=True),
    ]

    def __init__(
        self,
        glyphs: Glyphs,
        sign: str,
        text: str = "",
        hint: str = "",
        complete: Complete | None = None,
        history: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._sign = Sign(glyphs, sign)
        self._input = Input(text, compact=True, max_length=LONGEST_LINE, select_on_focus=False)
        self._candidates = Candidates(glyphs, hint)
        self._complete = complete
        self._history = [*history, text]
        self._place = len(history)
        self._completed = ""
        """What the last Tab made of the line; another Tab then takes the next word."""
        self._words: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        yield self._candidates
        with Horizontal(id="prompt"):
            yield self._sign
            yield self._input

    def on_mount(self) -> None:
        self._input.cursor_blink = False
        self._input.cursor_position = len(self._input.value)
        self._input.focus()

    def type_ahead(self, event: events.Key) -> bool:
        """Take a key that was typed before there was a line to type in: over a slow connection they come at once.

        False when it is none for the line.
        """
        if event.key == "enter":
            self.dismiss(self._input.value)
        elif event.is_printable and event.character is not None:
            self._replace(self._input.value + event.character)
        else:
            return False
        return True

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        if event.value != self._completed:
            self._completed, self._words = "", ()
            self._candidates.show(())

    def action_cancel(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def action_recall(self, direction: int) -> None:
        """An older or a newer line of the history."""
        if self._place == len(self._history) - 1:
            self._history[-1] = self._input.value
        self._place = max(0, min(self._place + direction, len(self._history) - 1))
        self._replace(self._history[self._place])

    def action_complete(self, direction: int) -> None:
        """Complete the last word: first what all candidates share, then one after the other."""
        if self._complete is None:
            return
        value = self._input.value
        before, _, last = value.rpartition(" ")
        before += " " if before or value.startswith(" ") else ""
        if self._completed and len(self._words) > 1:
            place = self._words.index(last) + direction if last in self._words else min(0, direction)
            word = self._words[place % len(self._words)]
        else:
            self._words = self._complete(value)
            if not self._words:
                return
            word = f"{self._words[0]} " if len(self._words) == 1 else _shared(self._words) or last
        self._completed = before + word
        self._replace(self._completed)
        self._candidates.show(self._words, word)

    def _replace(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)


def _shared(words: Sequence[str]) -> str:
    """The beginning that all words have."""
    first, last = min(words), max(words)
    length = next((index for index, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[:length]
