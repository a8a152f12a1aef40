"""The keys of the debugger, when each can do nothing, and numbers typed before a key.

Every action has an id, the first word of its row. Key maps and presets name actions by it.
"""

from __future__ import annotations

from textual.binding import Binding, BindingType

from debugger.views import SystemView

PANES = 7
PANE_DIGITS = frozenset(str(number) for number in range(1, PANES + 1))

NO_PANE = frozenset("0123456789") - PANE_DIGITS - {"0"}
"""Digits that are nobody's key."""

PROCESS_KEYS = Binding.Group("Process", compact=True)


def _key(
    name: str, keys: str, action: str, label: str, text: str, shown: bool = False, group: Binding.Group | None = None
) -> Binding:
    """A row: the id, the keys, the action, its word in the footer, and what the help says of it."""
    return Binding(keys, action, label, show=shown, tooltip=text, id=name, group=group)


BINDINGS: list[BindingType] = [
    _key("step", "s,right,f11", "step", "Step", "run one instruction", shown=True),
    _key(
        "next",
        "n,f10",
        "over(False)",
        "Next",
        "one instruction of one process, a call with all that is in it",
    ),
    _key("finish", "f,shift+f11", "over(True)", "Finish", "run until the call is over"),
    _key(
        "turn",
        "t",
        "tick",
        "Turn",
        "run one turn of the scheduler: one process, until it waits, yields or has run long enough",
        shown=True,
    ),
    _key(
        "continue",
        "c,f5",
        "continue",
        "Continue",
        "run until a breakpoint, a deadlock or the end; again: pause",
        shown=True,
    ),
    _key(
        "step-back",
        "S,left",
        "step_back",
        "Back",
        "undo the last instruction, output and messages included",
        shown=True,
    ),
    _key("next-back", "N", "over_back(False)", "Next back", "undo that: a call with all that was in it"),
    _key("finish-back", "F", "over_back(True)", "Finish back", "go back to the CALL that led here"),
    _key("turn-back", "T", "tick_back", "Turn back", "undo a turn: back to where the turn began that ran last"),
    _key("continue-back", "C", "continue_back", "Continue back", "run back to the last breakpoint, or to the start"),
    _key("first", "home", "first", "First", "go back to the first instruction"),
    _key("latest", "end", "latest", "Latest", "go forward to the last step so far"),
    _key("to-cursor", "g", "to_cursor(False)", "To cursor", "run until the cursor line of the code is reached"),
    _key("to-cursor-back", "G", "to_cursor(True)", "To cursor back", "run back to where that line was reached last"),
    _key("play", "space", "play(False)", "Play", "a step after the other, at a speed to follow; again: pause"),
    _key("play-back", "less_than_sign", "play(True)", "Play back", "play backward; again: pause"),
    _key("faster", "plus,equals_sign", "speed(2.0)", "Faster", "play twice as fast"),
    _key("slower", "minus", "speed(0.5)", "Slower", "play half as fast"),
    _key("run-next", "i", "run_next", "Run next", "give the process under the cursor the next turn"),
    _key("lock", "l", "lock", "Lock", "let only the process under the cursor run; again: all"),
    _key("freeze", "z", "freeze", "Freeze", "give the process under the cursor no turns; again: undo that"),
    _key("policy", "p", "policy", "Policy", "choose who decides who runs next"),
    _key("bookmark", "k", "bookmark", "Bookmark", "mark this moment, or take the mark away"),
    _key("bookmarks", "apostrophe", "bookmarks", "Bookmarks", "go to a marked moment"),
    _key("repeat", "full_stop", "repeat", "Repeat", "do the last verb again, with its number"),
    _key(
        "breakpoint",
        "b,f9",
        "breakpoint",
        "Break",
        "set or remove a breakpoint on the cursor line of the code",
        shown=True,
    ),
    _key(
        "edit-breakpoint",
        "B",
        "edit_breakpoint",
        "Edit",
        "edit the breakpoint on the cursor line: if, hits, in, log, once, after",
    ),
    _key("watch", "w", "watch", "Watch", "stop when a value changes: the command line asks for it"),
    _key("unwatch", "W", "unwatch", "Unwatch", "remove the last watch"),
    _key("last", "x", "last", "Last change", "go back to where a value, a mailbox or a name last changed"),
    _key("why", "y", "why", "Why", "explain why the run stands here: a deadlock, a crash, the end"),
    _key("explore", "E", "explore", "Explore", "find out what can still happen from here; Enter goes to an outcome"),
    _key("breakpoints", "v", "breakpoints", "Breakpoints", "show all breakpoints and watches; Enter removes one"),
    _key(
        "previous-process",
        "left_square_bracket",
        "select(-1)",
        "Previous",
        "look at the previous process",
        shown=True,
        group=PROCESS_KEYS,
    ),
    _key(
        "next-process",
        "right_square_bracket",
        "select(1)",
        "Next",
        "look at the next process",
        shown=True,
        group=PROCESS_KEYS,
    ),
    _key("follow", "escape", "follow", "Follow", "follow the process that ran; forget a number; give up a search"),
    *(
        _key(f"pane-{digit}", digit, f"focus_pane({digit})", f"Pane {digit}", f"go to pane {digit}")
        for digit in sorted(PANE_DIGITS)
    ),
    _key("next-pane", "tab", "focus_next", "Next pane", "go to the next pane"),
    _key("previous-pane", "shift+tab", "focus_previous", "Previous pane", "go to the previous pane"),
    _key("maximise", "0", "maximise", "Maximise", "give the pane the whole screen, or back"),
    _key("sources", "m", "sources", "Modules", "look at another source: the program, a module, a template"),
    _key("find", "slash", "find", "Find", "find a text in the pane"),
    _key("output", "o", f"focus_pane({PANES})", "Output", "go to the output"),
    _key("command", "colon", "command", "Command", "the command line: every verb by name", shown=True),
    _key(
        "repl", "exclamation_mark", "repl", "REPL", "type instructions in the process that is shown; Ctrl-D comes back"
    ),
    _key("palette", "ctrl+backslash", "palette", "Palette", "choose from all actions and commands"),
    _key("export", "e", "export", "Export", "write the screen as a picture or text, or the run, to a file"),
    _key("restart", "R", "restart", "Restart", "load the file again and go back to the start"),
    _key("welcome", "f1", "welcome", "Welcome", "the first words, with the six keys that matter"),
    _key("help", "question_mark", "help", "Help", "this page", shown=True),
    _key("quit", "q", "quit", "Quit", "leave the debugger", shown=True),
    Binding("ctrl+c", "interrupt", "Interrupt", show=False, priority=True, tooltip="pause a running program, or leave"),
]
"""The footer, the help, the palette, key maps and the dispatch of keys all read this list."""

MORE_KEYS = (
    (
        "10s, 12T",
        "a number before s, t, S or T: do it so often. Digits typed within a second of each other are a number; "
        "one alone goes to its pane, so write 3 steps as 03s",
    ),
    (
        "Up, Down",
        "scroll; in the code and the processes: move the cursor. Also PgUp, PgDn, Shift with an arrow, Ctrl+Home, "
        "Ctrl+End and the mouse",
    ),
    ("Enter", "in the processes: keep looking at the one under the cursor"),
)
"""What the help says of keys that are no bindings of the application."""

COUNTED = frozenset({"step", "tick", "step_back", "tick_back"})
"""Actions that take a number."""
FORWARD = frozenset({"step", "tick", "over", "latest", "to_cursor"})
BACKWARD = frozenset({"step_back", "tick_back", "over_back", "continue_back", "first"})
CHANGING = frozenset(
    {
        *(
            "restart",
            "repeat",
            "command",
            "palette",
            "edit_breakpoint",
            "watch",
            "breakpoints",
            "bookmark",
            "bookmarks",
        ),
        *("export", "explore", "last", "why", "repl", "run_next", "lock", "freeze", "policy"),
    }
)
"""Actions that must not come in between while the program runs."""
DIMMED = ("step", "tick", "continue", "step_back", "select")
"""Actions whose dimming the footer shows, or that stand for others."""


def refusal(action: str, view: SystemView, running: bool) -> str:
    """Why ``action`` can do nothing now, in words for the header; empty when it can."""
    if running and (action in FORWARD or action in BACKWARD or action in CHANGING):
        return "the program is running: space pauses it"
    if action in BACKWARD and view.step == 0:
        return "this is the first instruction: nothing is before it"
    if action == "latest" and view.step >= view.latest:
        return "this is the last step so far"
    if action in {"step", "tick", "over", "continue"} and not running and view.ended:
        if view.stop.reason == "deadlock":
            return "deadlock, nobody can run: S goes a step back, R to the start"
        return "the program has ended: S goes a step back, R to the start"
    if action == "select" and sum(row.state != "exited" for row in view.processes) < 2:
        return "there is no other process"
    if action == "unwatch" and not any(each.kind == "watch" for each in view.breakpoints):
        return "nothing is watched"
    return ""


class Count:
    """The number before a verb, as in vim: ``10s``.

    Digits are also the keys of the panes. So the digit of a pane alone goes there, and digits typed within
    ``TOGETHER`` seconds of each other are a number: ``12s`` is twelve steps, while ``2``, a look at the
    processes, ``4``, a look at the mailbox, and ``s`` is one step.
    """

    LONGEST = 6
    TOGETHER = 1.0
    """Seconds."""

    def __init__(self) -> None:
        self._digits = ""
        self._typed = 0.0

    @property
    def counting(self) -> bool:
        """Whether what was typed is a number, and not a pane or nothing."""
        return len(self._digits) > 1 or self._digits in NO_PANE

    @property
    def number(self) -> int:
        """The number typed so far; 0 when there is none."""
        return int(self._digits) if self.counting else 0

    def type(self, digit: str, now: float) -> None:
        """Another digit was typed at ``now``, in seconds."""
        if now - self._typed >= self.TOGETHER:
            self._digits = ""
        self._typed = now
        if len(self._digits) < self.LONGEST:
            self._digits += digit

    def clear(self) -> None:
        """Another key was pressed."""
        self._digits = ""

    def take(self) -> int:
        """The number for the verb, at least 1; it is used up."""
        number = max(1, self.number)
        self.clear()
        return number
