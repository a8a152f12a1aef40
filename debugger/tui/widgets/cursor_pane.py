"""A pane with a cursor: one line is marked, and the arrow keys move the mark instead of the view."""

from __future__ import annotations

from textual import events

from debugger.tui.glyphs import Glyphs
from debugger.tui.widgets.pane import Pane


class CursorPane(Pane):
    """A pane whose line ``cursor`` (counted from 0) is marked and kept in sight."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.cursor = 0

    def show_lines(self, count: int, width: int) -> None:
        """As in ``LinePane``; the cursor stays within the lines."""
        super().show_lines(count, width)
        self.cursor = max(0, min(self.cursor, count - 1))

    def cursor_role(self, index: int) -> str:
        """The role of line ``index`` as far as the cursor decides it."""
        return "cursor" if index == self.cursor else ""

    def move_cursor(self, index: int) -> None:
        """Put the cursor on line ``index``, or on the nearest there is."""
        index = max(0, min(index, self.count - 1))
        if index != self.cursor:
            self.redraw_line(self.cursor)
            self.cursor = index
            self.redraw_line(index)
        self.reveal(index)

    def action_scroll_up(self) -> None:
        self.move_cursor(self.cursor - 1)

    def action_scroll_down(self) -> None:
        self.move_cursor(self.cursor + 1)

    def action_page_up(self) -> None:
        self.move_cursor(self.cursor - self.page)

    def action_page_down(self) -> None:
        self.move_cursor(self.cursor + self.page)

    def action_scroll_home(self) -> None:
        self.move_cursor(0)

    def action_scroll_end(self) -> None:
        self.move_cursor(self.count - 1)

    @property
    def found_from(self) -> int:
        return self.cursor

    def show_found(self, index: int) -> None:
        self.move_cursor(index)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < self.HEAD:
            self.head_clicked()
            return
        index = round(self.scroll_y) + offset.y - self.HEAD
        if index < self.count:
            self.move_cursor(index)
            self.clicked(offset.x, event.chain)

    def head_clicked(self) -> None:
        """The line at the top was clicked."""

    def clicked(self, x: int, times: int) -> None:
        """The line of the cursor was clicked in column ``x`` of the pane, for the first, second, ... time in a row."""

    def on_resize(self) -> None:
        self.reveal(self.cursor)
