"""The foundation of the screen: the session, the widgets, drawing, and errors. What keys do stands above it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Footer
from textual.worker import Worker

from debugger.tui.glyphs import ASCII, UNICODE
from debugger.tui.keymap import keys_of
from debugger.tui.keys import BINDINGS, COUNTED, DIMMED, Count, refusal
from debugger.tui.options import ScreenOptions
from debugger.tui.painting import ROLES, row_piece
from debugger.tui.running import Clock, Play, Run, Sleep
from debugger.tui.themes import HIGH_CONTRAST, THEMES
from debugger.tui.widgets.chooser import Chooser
from debugger.tui.widgets.code_pane import CodePane
from debugger.tui.widgets.explanation_line import ExplanationLine
from debugger.tui.widgets.header_line import HeaderLine, Status, state_word
from debugger.tui.widgets.mailbox_pane import MailboxPane
from debugger.tui.widgets.names_pane import NamesPane
from debugger.tui.widgets.output_pane import OutputPane
from debugger.tui.widgets.overlay import Overlay, Paragraph, message
from debugger.tui.widgets.pane import Pane
from debugger.tui.widgets.process_pane import ProcessPane
from debugger.tui.widgets.prompt import Prompt
from debugger.tui.widgets.space_time_pane import SpaceTimePane
from debugger.tui.widgets.stack_pane import StackPane
from debugger.tui.widgets.tab_bar import TabBar
from debugger.tui.widgets.timeline_line import TimelineLine
from ttvm.errors import SourceError, TtvmError

if TYPE_CHECKING:
    from debugger.session import Session


USUAL = ScreenOptions()
USUAL_SPEED = 4.0
"""Steps per second of a play."""
MOST_TOLD = 5_000
"""Happenings that are marked on the line of the run at a time; the chronicle does not remember many more."""


def words_of(error: TtvmError) -> str:
    """An error as text of one or more lines."""
    if isinstance(error, SourceError):
        return "\n\n".join(map(str, error.problems))
    return str(error) or type(error).__name__


class BaseApp(App[None]):
    """The debugger on one session, as far as it can be looked at.

    The panes follow the process that ran, until the user pins one. ``clock`` and ``sleep`` drive a long run;
    tests bring their own.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "ttvm-debug"
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS
    COMPONENT_CLASSES: ClassVar[set[str]] = set(ROLES)
    ENABLE_COMMAND_PALETTE = False
    # Textual declares these two so that mypy refuses a ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (32, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        session: Session,
        options: ScreenOptions = USUAL,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        # Textual answers NO_COLOR with greys unless the terminal's own colours are in use.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.set_class(options.ascii, "-ascii")
        glyphs = ASCII if options.ascii else UNICODE
        self.register_theme(HIGH_CONTRAST)
        if options.theme:
            self.theme = THEMES[options.theme]
        self.set_class(options.theme == "high-contrast", "-high-contrast")
        self.set_keymap(dict(options.keymap))
        self._options = options
        self._glyphs = glyphs
        self._session = session
        self._clock = clock
        self._sleep = sleep
        self._view = session.view(0)
        self._read_stamp = 0
        self._read_stamp = self._stamp()
        self._drawn_step = self._view.step
        self._pinned = 0
        self._notice = ""
        self._count = Count()
        self._before_digits: tuple[Pane, bool] | None = None
        """The focused pane, and whether it was maximised, before a digit that may begin a number."""
        self._run: Run | None = None
        self._worker: Worker[None] | None = None
        self._unseen: set[int] = set()
        self._refused: frozenset[str] = frozenset()
        self._header = HeaderLine(glyphs)
        self._explanation = ExplanationLine(glyphs)
        self._code = CodePane(glyphs)
        self._processes = ProcessPane(glyphs)
        self._output = OutputPane(glyphs, session.output)
        self._space_time = SpaceTimePane(glyphs, lambda: session.chronicle_count, session.chronicle)
        self._timeline = TimelineLine(glyphs)
        self._told = 0
        """How many happenings are marked on the line of the run."""
        self._told_branch = 1
        self._speed = USUAL_SPEED
        self._tabbed: tuple[Pane, ...] = (
            StackPane(glyphs),
            MailboxPane(glyphs),
            NamesPane(glyphs),
            self._space_time,
            self._output,
        )
        self._panes: tuple[Pane, ...] = (self._code, self._processes, *self._tabbed)
        self._tabs = TabBar(glyphs, self._tabbed)

    def compose(self) -> ComposeResult:
        yield self._header
        with Container(id="panes"):
            yield self._code
            yield self._processes
            yield self._tabs
            for pane in self._tabbed:
                pane.add_class("tabbed")
                yield pane
        yield self._explanation
        yield self._timeline
        yield Footer()

    def on_mount(self) -> None:
        self._restore_terminal_on_signals()
        self._tabbed[0].add_class("-active")
        self._code.focus()
        self._draw()

    def _restore_terminal_on_signals(self) -> None:
        """Leave in good order when a signal ends the program; Textual would leave the terminal as it is."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"):
            number = getattr(signal, name, None)
            if number is not None:
                # Not the main thread (a test), or a system without signals: then nobody sends any.
                with suppress(NotImplementedError, RuntimeError, ValueError):
                    loop.add_signal_handler(number, self.exit, None, 128 + number)

    # Drawing

    def _redraw(self) -> None:
        """Ask the session for a new view and show it."""
        with self._guarded():
            self._view = self._session.view(self._pinned)
            if self._pinned and (self._view.selected is None or self._view.selected.row.pid != self._pinned):
                self._notice = f"process {self._pinned} has ended, so the panes follow again"
                self._pinned = 0
            self._draw()

    def _draw(self) -> None:
        """Give the view to every widget."""
        self._processes.pinned = self._pinned
        moved, self._drawn_step = self._view.step != self._drawn_step, self._view.step
        for pane in self._panes:
            pane.show(self._view)
            if pane.display:
                self._unseen.discard(pane.NUMBER)
            elif pane.changed and moved:
                self._unseen.add(pane.NUMBER)
        self._explanation.show(self._view)
        self._draw_frame()

    def _forget(self) -> None:
        """The run begins anew, with the file as it is."""
        self._read_stamp = self._stamp()
        self._output.clear()
        self._space_time.forget()
        self._timeline.forget()
        self._told = 0

    def _draw_timeline(self) -> None:
        count = self._session.chronicle_count
        if self._view.branch != self._told_branch:
            self._told_branch, self._told = self._view.branch, 0
        first = max(self._told, count - MOST_TOLD)
        fresh = self._session.chronicle(first, count) if count > first else ()
        self._told = count
        plays = isinstance(self._run, Play) or self._speed != USUAL_SPEED
        note = f"{self._speed:g} steps/s" if plays else ""
        word = state_word(self._view, self._run is not None)
        if not self._header.display and word in ("PAST", "DEADLOCK", "RUNNING"):
            note = f"{word} {note}".rstrip()  # a small screen has no header
        self._timeline.show(self._view, fresh, self._session.bookmarks(), note)

    def _draw_frame(self) -> None:
        """The parts that depend on more than the view: header, tabs, and which keys are dim."""
        running = self._run is not None
        self._header.show(self._view, Status(running, self._notice, self._badge(), self._count.number))
        self._tabs.show(next(pane.NUMBER for pane in self._tabbed if pane.has_class("-active")), self._unseen)
        self._draw_timeline()
        refused = frozenset(name for name in DIMMED if refusal(name, self._view, running))
        if refused != self._refused:
            self._refused = refused
            self.refresh_bindings()

    def _badge(self) -> str:
        """That the file is another one now; or who stopped, when it is not the process the user looks at."""
        if self._stamp() != self._read_stamp:
            return "the file has changed: R reads it"
        stopped = self._view.stop.pid
        if self._run is not None or self._view.ended or not self._pinned or stopped in {0, self._pinned}:
            return ""
        row = next((row for row in self._view.processes if row.pid == stopped), None)
        return f"stopped in {row_piece(row).text}" if row else ""

    def _stamp(self) -> int:
        """When the program file was written last; what it was read as when there is none."""
        try:
            return os.stat(self._session.program).st_mtime_ns
        except (OSError, ValueError):
            return self._read_stamp

    def _give_up(self) -> bool:
        """End what looks ahead by itself; whether there was anything of the kind."""
        return False

    def _notify(self, text: str) -> None:
        """Say something in the header until the next key."""
        self._notice = text
        self._draw_frame()

    def _pin(self, pid: int) -> None:
        self._pinned = pid
        self._redraw()

    # Errors

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Show an error of the session instead of dying of it."""
        try:
            yield
        except TtvmError as error:
            self._complain(f"{error} in the program" if isinstance(error, SourceError) else "Error", words_of(error))

    def _fatal_error(self) -> None:
        # Textual would print a traceback here. ``run`` raises an error of ours instead, for its caller.
        self._close_messages_no_wait()

    def _complain(self, title: str, text: str) -> None:
        self._overlay(title, message(text))

    def _overlay(self, title: str, paragraphs: list[Paragraph]) -> None:
        self.push_screen(Overlay(self._glyphs, title, paragraphs))

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None for an action that can do nothing now: its key is dim in the footer, not hidden."""
        return None if self._refusal(action) else True

    def _refusal(self, action: str) -> str:
        """Why an action can do nothing now; empty when it can."""
        return refusal(action, self._view, self._run is not None)

    def on_key(self, event: events.Key) -> None:
        """Before the bindings get a key: numbers, and why a dim key is dim."""
        if isinstance(self.screen, Prompt | Chooser) and self.screen.type_ahead(event):
            event.prevent_default()
            return
        if isinstance(self.screen, ModalScreen):
            return
        self._notice = ""
        self._explanation.say("")
        if event.key.isdigit():
            self._type_digit(event)
        else:
            active = self.active_bindings.get(event.key)
            action = active.binding.action.partition("(")[0] if active else ""
            self._notice = self._refusal(action)
            self._before_digits = None
            if action not in COUNTED or self._notice:
                self._count.clear()
        self._draw_frame()

    def _type_digit(self, event: events.Key) -> None:
        """A digit chooses a pane; when it turns out to begin a number, all is as before it."""
        self._count.type(event.key, self._clock())
        if not self._count.counting:
            self._before_digits = (self._focused_pane or self._code, self._maximised)
            return  # the binding of the digit does the rest
        event.prevent_default()
        if self._before_digits is not None:
            pane, maximised = self._before_digits
            self._before_digits = None
            self._maximise(maximised)
            self._go_to(pane)

    def _keys_of(self, binding: Binding) -> str:
        """The keys of a binding in words, with the changes of the user's key map."""
        keys = keys_of(binding, self._options.keymap)
        return " ".join(self.get_key_display(Binding(key, binding.action)) for key in keys)

    def get_key_display(self, binding: Binding) -> str:
        """The name of a key; its sign is an arrow where the terminal has one."""
        shown = super().get_key_display(binding)
        return shown if shown.isascii() or not self._glyphs.only_ascii else binding.key

    # Panes

    @property
    def _focused_pane(self) -> Pane | None:
        return self.focused if isinstance(self.focused, Pane) else None

    @property
    def _maximised(self) -> bool:
        return self.screen_stack[0].has_class("-maximised")

    def _maximise(self, wanted: bool) -> None:
        self.screen_stack[0].set_class(wanted, "-maximised")

    def _go_to(self, pane: Pane) -> None:
        """Give a pane the focus, and open its tab where it has one."""
        if pane in self._tabbed:
            self._open_tab(pane)
        pane.focus()

    @on(events.DescendantFocus)
    def _pane_focused(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, Pane):
            for pane in self._panes:
                pane.set_class(pane is event.widget, "-largest")
            if event.widget in self._tabbed:
                self._open_tab(event.widget)

    def _open_tab(self, opened: Pane) -> None:
        for pane in self._tabbed:
            pane.set_class(pane is opened, "-active")
        self._unseen.discard(opened.NUMBER)
        self._draw_frame()
