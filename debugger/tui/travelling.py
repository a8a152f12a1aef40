"""The mouse, and Enter, as ways to other moments: the line of the run, the diagram, the mailbox."""

from __future__ import annotations

from textual import on

from debugger.tui.verbs import Verbs
from debugger.tui.widgets.mailbox_pane import MailboxPane
from debugger.tui.widgets.space_time_pane import SpaceTimePane
from debugger.tui.widgets.timeline_line import TimelineLine


class Travelling(Verbs):
    """What is clicked is gone to."""

    def _go_to_step(self, step: int) -> None:
        if self._run is None:
            self._travel(lambda: self._session.goto(step))

    @on(TimelineLine.Clicked)
    def _timeline_clicked(self, event: TimelineLine.Clicked) -> None:
        self._go_to_step(event.step)

    @on(SpaceTimePane.Chosen)
    def _happening_chosen(self, event: SpaceTimePane.Chosen) -> None:
        self._go_to_step(event.happening.step)

    @on(MailboxPane.Chosen)
    def _message_chosen(self, event: MailboxPane.Chosen) -> None:
        if self._run is None:
            self._search(lambda: self._session.start_sent(event.sent.number))
