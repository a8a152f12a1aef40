"""A list to choose from: type to narrow it down, Enter takes the line under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Piece
from debugger.tui.widgets.line_pane import LinePane, text_width

WIDEST_TEXT = 34


class Choice(NamedTuple):
    """A line to choose: its text, and what it means."""

    text: str
    meaning: str = ""


class ChoicePane(LinePane):
    """The choices that are left, one of them under the cursor."""

    class Clicked(Message):
        """The line of the cursor was clicked."""

    can_focus = False

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.cursor = 0
        self._choices: Sequence[Choice] = ()
        self._name_width = 0

    def show(self, choices: Sequence[Choice]) -> None:
        """Show these, the first one under the cursor."""
        self._choices = choices
        self._name_width = min(WIDEST_TEXT, max((text_width(each.text) for each in choices), default=0))
        self.cursor = 0
        meanings = max((text_width(each.meaning) for each in choices), default=0)
        self.show_lines(len(choices), self._name_width + meanings + 4)
        self.scroll_to(0, 0, animate=False, force=True)

    def move(self, distance: int) -> None:
        """Move the cursor by so many lines."""
        self.redraw_line(self.cursor)
        self.cursor = max(0, min(self.cursor + distance, self.count - 1))
        self.redraw_line(self.cursor)
        self.reveal(self.cursor)

    def build(self, index: int) -> Line:
        """A choice and its meaning."""
        choice = self._choices[index]
        text = choice.text if not choice.meaning else self.fit(choice.text, self._name_width)
        return Line(
            (Piece(f" {text}", "strong"), Piece(f"  {choice.meaning}", "muted")),
            role="cursor" if index == self.cursor else "",
        )

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and round(self.scroll_y) + offset.y < self.count:
            self.move(round(self.scroll_y) + offset.y - self.cursor)
            self.post_message(self.Clicked())


class Chooser(ModalScreen[int | None]):
    """A titled list. Its result is the number of the chosen line, from 0, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", priority=True),
        Binding("up", "move(-1)", "Up", priority=True),
        Binding("down", "move(1)", "Down", priority=True),
        Binding("pageup", "move(-10)", "Page up", priority=True),
        Binding("pagedown", "move(10)", "Page down", priority=True),
        Binding("enter", "choose", "Choose", priority=True),
    ]

    def __init__(self, glyphs: Glyphs, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._left = list(range(len(choices)))
        self._input = Input(placeholder="type to narrow down", compact=True, max_length=100)
        self._pane = ChoicePane(glyphs)

    def compose(self) -> ComposeResult:
        with Vertical(id="chooser") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content("Enter chooses, Escape closes")
            yield self._input
            yield self._pane

    def on_mount(self) -> None:
        self._input.cursor_blink = False
        self._pane.show(self._choices)
        self._input.focus()

    def type_ahead(self, event: events.Key) -> bool:
        """Take a key that was typed before there was a line to type in; False when it is none for the line."""
        if event.is_printable and event.character is not None:
            self._input.value += event.character
            self._input.cursor_position = len(self._input.value)
            return True
        return False

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        words = event.value.casefold().split()
        texts = [f"{each.text} {each.meaning}".casefold() for each in self._choices]
        self._left = [index for index, text in enumerate(texts) if all(word in text for word in words)]
        if words:  # what begins with the word comes first
            self._left.sort(key=lambda index: not texts[index].startswith(words[0]))
        self._pane.show([self._choices[index] for index in self._left])

    def action_move(self, distance: int) -> None:
        """Move the cursor."""
        self._pane.move(distance)

    @on(ChoicePane.Clicked)
    def action_choose(self) -> None:
        """Take the line under the cursor."""
        if self._left:
            self.dismiss(self._left[self._pane.cursor])

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.dismiss(None)
