"""The command line and the palette on the screen, and the keys that are short ways to a command."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.binding import Binding

from debugger.command_rows.prospects import read_explore
from debugger.command_rows.row import read_number
from debugger.commands import COMMANDS, CommandLine, complete, find_command
from debugger.tui.base import words_of
from debugger.tui.foreseeing import Foreseeing
from debugger.tui.keys import BINDINGS
from debugger.tui.widgets.chooser import Choice, Chooser
from debugger.tui.widgets.code_pane import CodePane
from debugger.tui.widgets.overlay import message, report
from debugger.tui.widgets.prompt import Prompt
from debugger.views import BreakpointView
from ttvm.errors import TtvmError

MOST_REMEMBERED = 200
"""Lines of the history that are kept."""

HINT = "Tab completes, Up recalls, help lists the commands"


class Commanding(Foreseeing):
    """Actions that need words."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self._commands = CommandLine(self._session)
        self._history: list[str] = []

    def action_command(self, text: str = "") -> None:
        """Ask for a command and do it."""
        self._ask(text, self._execute)

    def _ask(self, text: str, then: Callable[[str], None]) -> None:
        def typed(line: str | None) -> None:
            if line is None or not line.strip():
                return
            if line in self._history:
                self._history.remove(line)
            self._history = [*self._history, line][-MOST_REMEMBERED:]
            then(line)

        prompt = Prompt(self._glyphs, ":", text, HINT, lambda line: complete(line, self._session), tuple(self._history))
        self.push_screen(prompt, typed)

    def _execute(self, text: str) -> None:
        """Do a command, and show what it says."""
        self._commands.selected = self._pinned
        try:
            if self._begin_command(text):
                return
            result = self._commands.execute(text)
        except TtvmError as error:
            self._redraw()
            self._say("Error", words_of(error))
            return
        if result.ends:
            self.exit()
            return
        self._pinned = self._commands.selected
        self._redraw()
        # What a verb says is what the screen shows anyway.
        if result.text != self._commands.where().text:
            self._say(f":{text.strip()}", result.text)

    def _begin_command(self, text: str) -> bool:
        """Begin a verb that can take long so that the screen stays alive meanwhile; False when it is none."""
        word, _, rest = text.strip().partition(" ")
        name, rest = find_command(word).name if word and word[0] != "#" else "", rest.strip()
        counted = {"step": self._step, "turn": self._tick}
        session = self._session
        letters = {"sent": session.start_sent, "received": session.start_received}
        if name == "last" and rest:
            within = str(self._commands.view_of("").row.pid)
            self._do(lambda: self._search(lambda: session.start_last(rest, within)))
        elif name in letters and rest.removeprefix("#").isascii() and rest.removeprefix("#").isdigit():
            number = int(rest.removeprefix("#")[:13])
            self._search(lambda: letters[name](number))
        elif name == "explore":
            self._explore(*read_explore(rest))
        elif name == "outcome":
            self._open(read_number(rest, 1))
        elif name == "continue" and not rest:
            self.action_continue()
        elif name == "restart" and not rest:
            self.action_restart()
        elif name == "continue-back" and not rest:
            self.action_continue_back()
        elif name in counted and rest.isascii() and rest.isdigit() and 0 < int(rest[:13]) <= 10**12:
            count = int(rest)
            self._do(lambda: counted[name](count))
        else:
            return False
        return True

    def _say(self, title: str, text: str) -> None:
        """Show a text: in the place of DID and NEXT when it fits there, otherwise in a window."""
        if text and not self._explanation.say(text):
            self._overlay(title, message(text) if title == "Error" else report(text))

    # The palette

    def action_palette(self) -> None:
        """Choose from all actions and commands."""
        bindings = [each for each in BINDINGS if isinstance(each, Binding) and each.id not in (None, "palette")]
        choices = [Choice(f"{each.description} ({self._keys_of(each)})", each.tooltip) for each in bindings]
        choices += [Choice(f":{each.name} {each.usage}".rstrip(), each.help) for each in COMMANDS]

        async def chosen(number: int | None) -> None:
            if number is None:
                return
            if number < len(bindings):
                await self._perform(bindings[number].action)
                return
            command = COMMANDS[number - len(bindings)]
            if command.usage:
                self.action_command(f"{command.name} ")
            else:
                self._execute(command.name)

        self.push_screen(Chooser(self._glyphs, "Actions and commands", choices), chosen)

    async def _perform(self, action: str) -> None:
        """Run an action as its key would, or say why it can do nothing now."""
        why = self._refusal(action.partition("(")[0])
        if why:
            self._notify(why)
        else:
            await self.run_action(action)

    # Breakpoints

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
                self._notify(f"breakpoint on line {placed.line}")
            elif len(self._view.breakpoints) < len(before):
                self._notify("breakpoint removed")
            else:
                self._notify(f"no instruction follows line {line}")

    def action_edit_breakpoint(self) -> None:
        """Write the breakpoint of the cursor line anew."""
        known = self._breakpoint_here()
        text = known.text if known is not None else str(self._code.cursor_line)

        def edited(line: str) -> None:
            before = {each.number for each in self._view.breakpoints}
            self._execute(line)
            if known is not None and not before.issuperset(each.number for each in self._view.breakpoints):
                with self._guarded():
                    self._session.remove_breakpoint(known.number)
                self._redraw()

        self._ask(f"break {text} ", edited)

    def _breakpoint_here(self) -> BreakpointView | None:
        code = self._code.code
        key = (code.identity if code is not None else "", self._code.cursor_line)
        return next((each for each in self._view.breakpoints if (each.identity, each.line) == key), None)

    def action_watch(self) -> None:
        """Ask for a value to watch."""
        self.action_command("watch ")

    def action_last(self) -> None:
        """Ask for a thing and go back to where it last changed."""
        self.action_command("last ")

    def action_why(self) -> None:
        """Explain why the run stands here."""
        self._execute("why")

    def action_unwatch(self) -> None:
        """Remove the newest watch."""
        watch = [each for each in self._view.breakpoints if each.kind == "watch"][-1]
        with self._guarded():
            self._session.remove_breakpoint(watch.number)
            self._redraw()
            self._notify(f"no longer watched: {watch.text.removeprefix('watch ')}")

    def action_breakpoints(self) -> None:
        """Show all breakpoints; choosing one removes it."""
        known = self._view.breakpoints
        if not known:
            self._notify("there are no breakpoints: b sets one, B with conditions, :break on events")
            return
        words = {"place": "breakpoint", "event": "event", "watch": "watch"}
        choices = [
            Choice(f"{each.number}: {each.text}", "log point" if each.logs else words[each.kind]) for each in known
        ]

        def chosen(number: int | None) -> None:
            if number is not None:
                with self._guarded():
                    self._session.remove_breakpoint(known[number].number)
                    self._redraw()
                    self._notify(f"removed: {known[number].text}")

        self.push_screen(Chooser(self._glyphs, "Breakpoints: Enter removes", choices), chosen)
