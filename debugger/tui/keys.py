"""The keys of the debugger, when each can do nothing, and numbers typed before a key."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from debugger.views import SystemView

PANE_DIGITS = frozenset("123456")

PROCESS_KEYS = Binding.Group("Process", compact=True)

BINDINGS: list[BindingType] = [
    Binding("s,f11", "step", "Step", tooltip="run one instruction"),
    Binding(
        "n,f10",
        "over(False)",
        "Next",
        show=False,
        tooltip="one instruction of one process, a call with all that is in it",
    ),
    Binding("f,shift+f11", "over(True)", "Finish", show=False, tooltip="run until the call is over"),
    Binding(
        "t",
        "tick",
        "Turn",
        tooltip="run one turn of the scheduler: one process, until it waits, yields or has run long enough",
    ),
    Binding("c,f5", "continue", "Continue", tooltip="run until a breakpoint, a deadlock or the end; again: pause"),
    Binding("N", "over_back(False)", "Next back", show=False, tooltip="undo that: a call with all that was in it"),
    Binding("F", "over_back(True)", "Finish back", show=False, tooltip="go back to the CALL that led here"),
    Binding("S", "step_back", "Back", tooltip="undo the last instruction, output and messages included"),
    Binding(
        "T", "tick_back", "Turn back", show=False, tooltip="undo a turn: back to where the turn began that ran last"
    ),
    Binding(
        "C", "continue_back", "Continue back", show=False, tooltip="run back to the last breakpoint, or to the start"
    ),
    Binding("ctrl+home", "first", "First", show=False, tooltip="go back to the first instruction"),
    Binding("ctrl+end", "latest", "Latest", show=False, tooltip="go forward to the last step so far"),
    Binding("space", "pause", "Pause", show=False, tooltip="pause a program that runs"),
    Binding("b,f9", "breakpoint", "Break", tooltip="set or remove a breakpoint on the cursor line of the code"),
    Binding(
        "left_square_bracket",
        "select(-1)",
        "Previous",
        group=PROCESS_KEYS,
        tooltip="look at the previous process",
    ),
    Binding("right_square_bracket", "select(1)", "Next", group=PROCESS_KEYS, tooltip="look at the next process"),
    Binding(
        "escape",
        "follow",
        "Follow",
        show=False,
        tooltip="follow the process that ran; forget a number typed before a key",
    ),
    Binding("R", "restart", "Restart", tooltip="load the file again and go back to the start"),
    *(Binding(digit, f"focus_pane({digit})", f"Pane {digit}", show=False) for digit in sorted(PANE_DIGITS)),
    Binding("question_mark", "help", "Help", tooltip="this page"),
    Binding("q", "quit", "Quit", tooltip="leave the debugger"),
    Binding("ctrl+c", "interrupt", "Interrupt", show=False, priority=True, tooltip="pause a running program, or leave"),
]
"""The footer, the help and the dispatch of keys all read this list."""

MORE_KEYS = (
    (
        "10s, 20T",
        "a number before s, t, S or T: do it so often. 1 to 6 alone choose a pane, so write 3 steps as 03s",
    ),
    ("1 to 6, Tab", "go to a pane"),
    (
        "arrows",
        "scroll; in the code and the processes: move the cursor. Also PgUp, PgDn, Home, End and the mouse",
    ),
    ("Enter", "in the processes: keep looking at the one under the cursor"),
)
"""What the help says of keys that are no bindings of the application."""

COUNTED = frozenset({"step", "tick", "step_back", "tick_back"})
BACKWARD = frozenset({"step_back", "tick_back", "over_back", "continue_back", "first"})
"""Actions that take a number."""


def refusal(action: str, view: SystemView, running: bool) -> str:
    """Why ``action`` can do nothing now, in words for the header; empty when it can."""
    if (action in {"step", "tick", "over", "restart", "latest"} or action in BACKWARD) and running:
        return "the program is running: space pauses it"
    if action in BACKWARD and view.step == 0:
        return "this is the first instruction: nothing is before it"
    if action == "latest" and view.step >= view.latest:
        return "this is the last step so far"
    if action in {"step", "tick", "over", "continue"} and not running and view.ended:
        if view.stop.reason == "deadlock":
            return "deadlock, nobody can run: S goes a step back, R to the start"
        return "the program has ended: S goes a step back, R to the start"
    if action == "pause" and not running:
        return "nothing is running"
    if action == "select" and sum(row.state != "exited" for row in view.processes) < 2:
        return "there is no other process"
    return ""


class Count:
    """The number before a verb, as in vim: ``10s``.

    1 to 6 are also the keys of the panes. So a number counts from its first other digit on, together with
    the one pane digit directly before it: ``10s`` is ten steps, ``3`` then ``s`` is a look at pane 3 and one
    step. Were it otherwise, looking at a pane before a step would make several steps of it.
    """

    LONGEST = 6

    def __init__(self) -> None:
        self._digits = ""

    @property
    def counting(self) -> bool:
        """Whether what was typed is a number, and not a pane or nothing."""
        return not PANE_DIGITS.issuperset(self._digits)

    @property
    def number(self) -> int:
        """The number typed so far; 0 when there is none."""
        return int(self._digits) if self.counting else 0

    def type(self, digit: str) -> None:
        """Another digit was typed."""
        if not self.counting and digit in PANE_DIGITS:
            self._digits = digit
        elif len(self._digits) < self.LONGEST:
            self._digits += digit

    def clear(self) -> None:
        """Another key was pressed."""
        self._digits = ""

    def take(self) -> int:
        """The number for the verb, at least 1; it is used up."""
        number = max(1, self.number)
        self.clear()
        return number
