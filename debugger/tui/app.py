"""The screen of ``ttvm-debug``: asks the session for a view after every verb and gives it to the widgets."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Footer
from textual.worker import Worker

from debugger.tui.glyphs import ASCII, UNICODE
from debugger.tui.help import help_page
from debugger.tui.keys import BINDINGS, COUNTED, Count, refusal
from debugger.tui.painting import ROLES, row_piece
from debugger.tui.running import Clock, Continue, ContinueBack, Repeat, Run, Sleep, drive
from debugger.tui.widgets.code_pane import CodePane
from debugger.tui.widgets.explanation_line import ExplanationLine
from debugger.tui.widgets.header_line import HeaderLine, Status
from debugger.tui.widgets.mailbox_pane import MailboxPane
from debugger.tui.widgets.names_pane import NamesPane
from debugger.tui.widgets.output_pane import OutputPane
from debugger.tui.widgets.overlay import Overlay, Paragraph, message
from debugger.tui.widgets.pane import Pane
from debugger.tui.widgets.process_pane import ProcessPane
from debugger.tui.widgets.stack_pane import StackPane
from debugger.tui.widgets.tab_bar import TabBar
from debugger.views import StopView
from ttvm.errors import InternalError, SourceError, TtvmError

if TYPE_CHECKING:
    from debugger.session import Session

STEPS_AT_ONCE = 100_000
TICKS_AT_ONCE = 10
"""How often a verb runs before the keyboard gets its turn; larger counts run in pieces."""


class DebuggerApp(App[None]):
    """The debugger on one session.

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
        ascii: bool = False,  # noqa: A002
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        # Textual answers NO_COLOR with greys unless the terminal's own colours are in use.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.set_class(ascii, "-ascii")
        glyphs = ASCII if ascii else UNICODE
        self._glyphs = glyphs
        self._session = session
        self._clock = clock
        self._sleep = sleep
        self._view = session.view(0)
        self._drawn_step = self._view.step
        self._pinned = 0
        self._notice = ""
        self._count = Count()
        self._focus_before_digits: Pane | None = None
        self._run: Run | None = None
        self._worker: Worker[None] | None = None
        self._unseen: set[int] = set()
        self._refused: frozenset[str] = frozenset()
        self._header = HeaderLine(glyphs)
        self._explanation = ExplanationLine(glyphs)
        self._code = CodePane(glyphs)
        self._processes = ProcessPane(glyphs)
        self._output = OutputPane(glyphs, session.output)
        self._tabbed: tuple[Pane, ...] = (
            StackPane(glyphs),
            MailboxPane(glyphs),
            NamesPane(glyphs),
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

    def _draw_frame(self) -> None:
        """The parts that depend on more than the view: header, tabs, and which keys are dim."""
        running = self._run is not None
        self._header.show(self._view, Status(running, self._notice, self._badge(), self._count.number))
        self._tabs.show(next(pane.NUMBER for pane in self._tabbed if pane.has_class("-active")), self._unseen)
        refused = frozenset(
            name for name in ("step", "step_back", "continue", "pause", "select") if refusal(name, self._view, running)
        )
        if refused != self._refused:
            self._refused = refused
            self.refresh_bindings()

    def _badge(self) -> str:
        """Who stopped, when it is not the process the user looks at."""
        stopped = self._view.stop.pid
        if self._run is not None or self._view.ended or not self._pinned or stopped in {0, self._pinned}:
            return ""
        row = next((row for row in self._view.processes if row.pid == stopped), None)
        return f"stopped in {row_piece(row).text}" if row else ""

    # Errors

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Show an error of the session instead of dying of it."""
        try:
            yield
        except SourceError as error:
            self._complain(f"{error} in the program", "\n\n".join(map(str, error.problems)))
        except TtvmError as error:
            self._complain("Error", str(error) or type(error).__name__)

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
        return None if refusal(action, self._view, self._run is not None) else True

    def on_key(self, event: events.Key) -> None:
        """Before the bindings get a key: numbers, and why a dim key is dim."""
        if isinstance(self.screen, ModalScreen):
            return
        self._notice = ""
        if event.key.isdigit():
            self._type_digit(event)
        else:
            active = self.active_bindings.get(event.key)
            action = active.binding.action.partition("(")[0] if active else ""
            self._notice = refusal(action, self._view, self._run is not None)
            self._focus_before_digits = None
            if action not in COUNTED or self._notice:
                self._count.clear()
        self._draw_frame()

    def _type_digit(self, event: events.Key) -> None:
        """A digit chooses a pane; when it turns out to begin a number, the focus goes back again."""
        self._count.type(event.key)
        if not self._count.counting:
            self._focus_before_digits = self.focused if isinstance(self.focused, Pane) else None
            return  # the binding of the digit does the rest
        event.prevent_default()
        if self._focus_before_digits is not None:
            self.action_focus_pane(self._focus_before_digits.NUMBER)
            self._focus_before_digits = None

    # Verbs

    def action_step(self) -> None:
        """One instruction, or as many as the number says."""
        self._repeat(self._session.step, STEPS_AT_ONCE)

    def action_tick(self) -> None:
        """One turn of the scheduler, or as many as the number says."""
        self._repeat(self._session.tick, TICKS_AT_ONCE)

    def action_step_back(self) -> None:
        """Undo one instruction, or as many as the number says."""
        self._travel(lambda: self._session.back(self._count.take()))

    def action_tick_back(self) -> None:
        """Undo one turn of the scheduler, or as many as the number says."""
        self._travel(lambda: self._session.tick_back(self._count.take()))

    def action_over(self, outward: bool) -> None:
        """An instruction of the process that runs next, a call with all that is in it; or until the call is over."""
        self._travel(lambda: self._session.step_over(outward))

    def action_over_back(self, outward: bool) -> None:
        """The same backward."""
        self._travel(lambda: self._session.step_over_back(outward))

    def action_first(self) -> None:
        """Go back to the first instruction."""
        self._travel(self._session.first)

    def action_latest(self) -> None:
        """Go forward to the last step that was ever executed."""
        self._travel(self._session.latest)

    def _travel(self, verb: Callable[[], StopView]) -> None:
        with self._guarded():
            verb()
        self._redraw()

    def action_continue_back(self) -> None:
        """Run back until a breakpoint."""
        with self._guarded():
            self._start(ContinueBack(self._session))

    def _repeat(self, verb: Callable[[int], StopView], at_once: int) -> None:
        count = self._count.take()
        if count <= at_once:
            with self._guarded():
                verb(count)
            self._redraw()
        else:
            self._start(Repeat(verb, count, at_once))

    def action_continue(self) -> None:
        """Run until something happens; while running: pause."""
        if self._run is not None:
            self.action_pause()
            return
        with self._guarded():
            self._start(Continue(self._session))

    def _start(self, run: Run) -> None:
        self._run = run
        self._worker = self.run_worker(self._drive(run))
        self._draw_frame()

    async def _drive(self, run: Run) -> None:
        with self._guarded():
            await drive(run, self._redraw, self._clock, self._sleep)
        self._run = None
        self._redraw()

    def action_pause(self) -> None:
        """End a run. It is waiting in ``sleep`` now, so nothing is half done."""
        run, self._run = self._run, None
        if run is None or self._worker is None:
            return
        self._worker.cancel()
        with self._guarded():
            run.pause()
        self._redraw()

    def action_interrupt(self) -> None:
        """Ctrl-C: pause a program that runs, otherwise leave."""
        if self._run is not None:
            self.action_pause()
        else:
            self.exit()

    def action_restart(self) -> None:
        """Back to the start, with the file as it is now."""
        with self._guarded():
            self._session.restart()
            self._output.clear()
            self._pinned = 0
        self._redraw()

    @on(CodePane.GutterClicked)
    def action_breakpoint(self) -> None:
        """Toggle a breakpoint on the cursor line of the code."""
        code = self._code.code
        if code is None:
            return
        with self._guarded():
            before, line = self._view.breakpoints, self._code.cursor_line
            placed = self._session.toggle_breakpoint(code.identity, line)
            self._redraw()
            if placed is not None:
                self._notice = f"breakpoint on line {placed.line}"
            elif len(self._view.breakpoints) < len(before):
                self._notice = "breakpoint removed"
            else:
                self._notice = f"no instruction follows line {line}"
            self._draw_frame()

    # Looking

    def action_select(self, direction: int) -> None:
        """Pin the next or the previous process."""
        pids = [row.pid for row in self._view.processes if row.state != "exited"]
        selected = self._view.selected.row.pid if self._view.selected else 0
        place = pids.index(selected) if selected in pids else 0
        self._pin(pids[(place + direction) % len(pids)])

    @on(ProcessPane.Chosen)
    def _process_chosen(self, event: ProcessPane.Chosen) -> None:
        self._pin(event.pid)

    def action_follow(self) -> None:
        """Unpin: look at the process that ran."""
        self._pin(0)

    def _pin(self, pid: int) -> None:
        self._pinned = pid
        self._redraw()

    def action_focus_pane(self, number: int) -> None:
        """Go to a pane, and open its tab where it has one."""
        pane = self._panes[number - 1]
        if pane in self._tabbed:
            self._open_tab(pane)
        pane.focus()

    @on(TabBar.Chosen)
    def _tab_chosen(self, event: TabBar.Chosen) -> None:
        self.action_focus_pane(event.number)

    @on(events.DescendantFocus)
    def _pane_focused(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, Pane) and event.widget in self._tabbed:
            self._open_tab(event.widget)

    def _open_tab(self, opened: Pane) -> None:
        for pane in self._tabbed:
            pane.set_class(pane is opened, "-active")
        self._unseen.discard(opened.NUMBER)
        self._draw_frame()

    def action_focus_next(self) -> None:
        self._focus_neighbour(1)

    def action_focus_previous(self) -> None:
        self._focus_neighbour(-1)

    def _focus_neighbour(self, direction: int) -> None:
        if isinstance(self.screen, ModalScreen):
            return
        focused = self.focused
        place = self._panes.index(focused) if isinstance(focused, Pane) and focused in self._panes else 0
        self.action_focus_pane((place + direction) % len(self._panes) + 1)

    def action_help(self) -> None:
        """Show the keys and explain the panes."""
        self._overlay("Help", help_page(self._panes, self.get_key_display))


def run(session: Session, ascii: bool = False) -> int:  # noqa: A002
    """Debug ``session`` on this terminal until the user quits; the caller closes the session.

    Returns the exit status: 0, or 128 and the number of the signal that ended it. Raises InternalError when the
    debugger itself has failed.
    """
    app = DebuggerApp(session, ascii)
    app.run()
    if app._exception is not None:
        raise InternalError(f"{type(app._exception).__name__}: {app._exception}") from app._exception
    return app.return_code or 0
