"""What the keys and the mouse do that only look: processes, panes, finding, help."""

from __future__ import annotations

from textual import on
from textual.screen import ModalScreen

from debugger.tui.base import BaseApp
from debugger.tui.help import help_page
from debugger.tui.welcome import welcome_page
from debugger.tui.widgets.chooser import Choice, Chooser
from debugger.tui.widgets.process_pane import ProcessPane
from debugger.tui.widgets.prompt import Prompt
from debugger.tui.widgets.tab_bar import TabBar


class Looking(BaseApp):
    """Actions that change nothing but what is in sight."""

    _wanted = ""
    """The text that was looked for last."""

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
        """Give up what is looked for; or a maximised pane goes back to its place; or look at the process that ran."""
        if self._give_up():
            return
        if self._maximised:
            self._maximise(False)
        elif self._code.chosen is not None:
            self._code.chosen = None
            self._redraw()
        else:
            self._pin(0)

    def action_focus_pane(self, number: int) -> None:
        """Go to a pane, and open its tab where it has one."""
        self._go_to(self._panes[number - 1])

    @on(TabBar.Chosen)
    def _tab_chosen(self, event: TabBar.Chosen) -> None:
        self.action_focus_pane(event.number)

    def action_focus_next(self) -> None:
        self._focus_neighbour(1)

    def action_focus_previous(self) -> None:
        self._focus_neighbour(-1)

    def _focus_neighbour(self, direction: int) -> None:
        if isinstance(self.screen, ModalScreen):
            return
        focused = self._focused_pane
        place = self._panes.index(focused) if focused in self._panes else 0
        self._go_to(self._panes[(place + direction) % len(self._panes)])

    def action_maximise(self) -> None:
        """Give the focused pane the whole screen, or its place back."""
        self._maximise(not self._maximised)

    def action_find(self) -> None:
        """Ask for a text and go to the next line of the pane that has it; nothing: the same text again."""
        pane = self._focused_pane or self._code

        def find(text: str | None) -> None:
            if text is None:
                return
            if isinstance(pane, ProcessPane):
                self._notify(f"{pane.filter(text)} processes" + ("" if text else ": all"))
                return
            self._wanted = text or self._wanted
            if not self._wanted:
                return
            place = pane.find(self._wanted)
            self._notify(f"{self._wanted} is not in this pane" if place is None else f"found {self._wanted}")

        self.push_screen(Prompt(self._glyphs, "/", hint=f"find in {pane.TITLE}; Enter alone: {self._wanted}"), find)

    def action_sources(self) -> None:
        """Choose a source to look at, and to set breakpoints in: the program, a module, a template."""
        sources = self._session.sources()

        def chosen(number: int | None) -> None:
            if number is not None:
                self._code.chosen = sources[number]
                self._redraw()
                self._go_to(self._code)

        choices = [Choice(each.name, f"{len(each.lines):,} lines") for each in sources]
        self.push_screen(Chooser(self._glyphs, "Sources", choices), chosen)

    def action_help(self) -> None:
        """Explain the focused pane, the instruction under the cursor, the keys and the other panes."""
        code, line = self._code.code, self._code.cursor_line
        source_line = code.lines[line - 1] if code is not None and line <= len(code.lines) else ""
        self._overlay("Help", help_page(self._panes, self._keys_of, self._focused_pane, source_line))

    def action_welcome(self) -> None:
        """Show the first words."""
        self._overlay("Welcome to ttvm-debug", welcome_page())
