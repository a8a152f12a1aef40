"""The line at the top: which program, what it is doing, and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass

from textual.strip import Strip

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Painted, Piece, line, row_piece
from debugger.views import SystemView


@dataclass(frozen=True, slots=True)
class Status:
    """What the header shows besides the view.

    ``notice`` takes the place of the reason of the stop until the next key; ``badge`` tells that another
    process than the pinned one stopped; ``count`` is the number typed so far (0: none).
    """

    running: bool = False
    notice: str = ""
    badge: str = ""
    count: int = 0


def state_word(view: SystemView, running: bool) -> str:
    """PAUSED, RUNNING, PAST, ENDED or DEADLOCK."""
    if running:
        return "RUNNING"
    if view.step < view.latest:
        return "PAST"
    if view.stop.reason == "deadlock":
        return "DEADLOCK"
    return "ENDED" if view.ended else "PAUSED"


class HeaderLine(Painted):
    """Program, state and reason on the left; count, step, tick and policy on the right."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._state: tuple[Piece, ...] = ()
        self._reason: tuple[Piece, ...] = ()
        self._badge: tuple[Piece, ...] = ()
        self._numbers: tuple[str, ...] = ()

    def show(self, view: SystemView, status: Status) -> None:
        """Show the state of the run."""
        word = state_word(view, status.running)
        self.set_class(word == "PAST", "-past")
        self.set_class(word == "DEADLOCK", "-deadlock")
        name = view.program.replace("\\", "/").rpartition("/")[2]
        self._state = (Piece(f" {name} ", "strong"), Piece(f" {word} ", f"state-{word.lower()}"), Piece(" "))
        self._reason = (Piece(status.notice, "warning"),) if status.notice else _reason(view, status.running)
        self._badge = (Piece(f" {status.badge} ", "badge"),) if status.badge else ()
        count = f"count {status.count}" if status.count else ""
        held = f"lock {view.locked}" if view.locked else ""
        self._numbers = (count, held, _step_words(view), f"turn {view.tick:,}", view.policy)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The only row. When it is narrow the policy goes first, then the tick, then the end of the reason."""
        width = self.size.width
        state, badge = self.paint(Line(self._state)), self.paint(Line(self._badge))
        reason = self.paint(Line(self._reason))
        for shown in (5, 4, 3):
            numbers = self.paint(line(Piece(f"  {'  '.join(filter(None, self._numbers[:shown]))} ", "muted")))
            room = width - state.cell_length - badge.cell_length - numbers.cell_length
            if reason.cell_length <= room:
                break
        else:
            ellipsis = self.glyphs.ellipsis
            reason = Strip.join([reason.crop(0, max(0, room - len(ellipsis))), self.paint(line(ellipsis))])
        style = self.style_of("")
        left = Strip.join([state, reason, badge]).crop_extend(0, max(0, width - numbers.cell_length), style)
        return Strip.join([left, numbers]).crop_extend(0, width, style)


def _step_words(view: SystemView) -> str:
    """``step 142``; in the past with the last step: ``step 53/142``."""
    return f"step {view.step:,}/{view.latest:,}" if view.step < view.latest else f"step {view.step:,}"


def _reason(view: SystemView, running: bool) -> tuple[Piece, ...]:
    """Why the program stopped, and in which process where the words do not say it."""
    if running:
        return ()
    stopped = next((row for row in view.processes if row.pid == view.stop.pid), None)
    if stopped is None or view.stop.reason not in {"step", "tick", "pause", "back"}:
        return (Piece(view.stop.text),)
    return Piece(f"{view.stop.text} in "), row_piece(stopped)
