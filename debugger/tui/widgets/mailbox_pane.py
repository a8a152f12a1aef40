"""The mailbox of the selected process."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Piece, line, mark, process_piece, row_piece
from debugger.tui.widgets.cursor_pane import CursorPane
from debugger.tui.widgets.line_pane import text_width
from debugger.views import MessageView, SystemView


class MailboxPane(CursorPane):
    """Messages in the order of their arrival, below what the process waits for."""

    NUMBER: ClassVar[int] = 4
    TITLE: ClassVar[str] = "Mailbox"
    ABOUT: ClassVar[str] = (
        "messages that were sent to the selected process and that it has not taken yet, the oldest first. "
        "RECEIVE takes the first one that fits; `skipped` means that it looked at a message and left it "
        "there. Enter or a click on a message goes to the moment at which it was sent."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Go there", show=False)]

    class Chosen(Message):
        """The user wants to go to where a message was sent."""

        def __init__(self, sent: MessageView) -> None:
            super().__init__()
            self.sent = sent

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._before: list[Line] = []
        self._messages: tuple[MessageView, ...] = ()
        self._hidden = 0
        self._shown: object = None

    def show(self, view: SystemView) -> None:
        """Show the mailbox of the selected process."""
        process = view.selected
        self.turn_to(process and process.row.pid)
        shown = process and (process.row.pid, process.waits_for, process.hidden_messages, process.mailbox)
        if shown is not None and shown == self._shown:
            self.changed = False
            return
        self._shown = shown
        self._before = []
        if process is None:
            self._messages, self._hidden = (), 0
            self._before.append(line(Piece(" no process", "muted")))
            self.changed = False
            self.entitle()
        else:
            self._messages, self._hidden = process.mailbox, process.hidden_messages
            waiting = process.row.mailbox
            self.entitle(Piece(" of "), row_piece(process.row), note=f"{waiting} waiting" if waiting else "")
            self.changed = "mailbox" in process.row.changed or any(message.new for message in process.mailbox)
            if process.waits_for:
                self._before.append(line(Piece(" waiting: ", "strong"), process.waits_for))
            if not self._messages:
                self._before.append(line(Piece(" no messages", "muted")))
        widest = max((text_width(message.text) for message in self._messages), default=0) + 60
        self.show_lines(len(self._before) + len(self._messages) + bool(self._hidden), widest)

    def build(self, index: int) -> Line:
        """A message, or a line around them."""
        if index < len(self._before):
            return self._before[index]
        index -= len(self._before)
        if index == len(self._messages):
            return line(Piece(f" {self.glyphs.ellipsis} {self._hidden:,} more messages", "muted"))
        message = self._messages[index]
        return line(
            mark(message.new),
            Piece(f"#{message.number} ", "muted"),
            Piece("NEW ", "changed") if message.new else "",
            Piece("skipped ", "warning") if message.skipped else "",
            "from ",
            process_piece(message.sender, message.sender_name) if message.sender else Piece("the system", "muted"),
            Piece(": ", "muted"),
            Piece(message.text, "changed" if message.new else ""),
            Piece(f"  step {message.step}", "muted"),
            role=self.cursor_role(index + len(self._before)) if self.has_focus else "",
        )

    def action_choose(self) -> None:
        """Go to where the message under the cursor was sent."""
        place = self.cursor - len(self._before)
        if 0 <= place < len(self._messages):
            self.post_message(self.Chosen(self._messages[place]))

    def clicked(self, x: int, times: int) -> None:
        self.action_choose()
