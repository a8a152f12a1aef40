"""A scrollable list of lines, of which only the visible ones are ever built."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip

from debugger.tui.glyphs import Glyphs
from debugger.tui.painting import Line, Painted

CACHED_LINES = 2_000
"""How many drawn lines are kept; scrolling through a huge file must not keep all of it."""

CONTEXT = 2
"""Lines kept visible above and below a line that was scrolled to, where there is room."""


class Drawn(NamedTuple):
    """A line as cells: its text, and the style of the rest of its row."""

    text: Strip
    fill: Style


class AsciiScrollBarRender(ScrollBarRender):
    """A scroll bar of background colours alone, without block characters."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


def text_width(text: str) -> int:
    """Cells of ``text``, quick for plain text: asked of every line of a file."""
    return len(text) if text.isascii() else cell_len(text)


class LinePane(Painted, ScrollView, can_focus=True):
    """A pane of ``count`` lines; a subclass builds line ``index`` when it is about to be seen.

    Set the content with ``show_lines``. It costs the same for ten lines and for a million.
    """

    # Textual takes default styles from the first base class alone, so those of ScrollView must be repeated.
    DEFAULT_CSS = "LinePane { overflow: auto auto; }"

    HEAD: ClassVar[int] = 0
    """Lines at the top that do not scroll; a subclass with such lines builds them in ``head``."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.count = 0
        self._width = 0
        self._drawn: dict[int, Drawn] = {}

    def on_mount(self) -> None:
        if self.glyphs.only_ascii or self.app.no_color:
            # Set on the instance, as Textual's documentation of ScrollBar.renderer says to.
            self.vertical_scrollbar.renderer = AsciiScrollBarRender  # type: ignore[misc]

    # What a subclass brings

    def build(self, index: int) -> Line:
        """Line ``index``, counted from 0."""
        raise NotImplementedError

    def head(self) -> Line:
        """The line at the top that does not scroll."""
        raise NotImplementedError

    # What a subclass calls

    def show_lines(self, count: int, width: int) -> None:
        """The content is now ``count`` lines, the longest of them ``width`` cells."""
        self.count = count
        self._width = width
        self._drawn.clear()
        self._measure()
        self.refresh()

    def _measure(self) -> None:
        """Tell Textual how large the content is.

        It lays out the whole screen anew when that changes, so content that fits is always as large as the pane.
        """
        size = Size(max(self._width, self.row_width), max(self.count + self.HEAD, self.size.height))
        if size != self.virtual_size:
            self.virtual_size = size

    def redraw_line(self, index: int) -> None:
        """Line ``index`` looks different now."""
        self._drawn.pop(index, None)
        if 0 <= index - round(self.scroll_y) < self.page:
            self.refresh_line(index + self.HEAD)

    def reveal(self, index: int) -> None:
        """Scroll so that line ``index`` is seen; not at all when it is."""
        rows = self.page
        top = round(self.scroll_y)
        context = min(CONTEXT, max(0, rows - 1) // 2)
        above, below = top + context - index, index - (top + rows - 1 - context)
        if rows <= 0 or (above <= 0 and below <= 0):
            return
        if max(above, below) > context + 1:
            top = index - rows // 3  # far away: bring along what stands around it
        else:
            top += below if below > 0 else -above
        self.scroll_to(y=max(0, top), animate=False, force=True)

    # Drawing

    def _scroll_to(self, *arguments: Any, **options: Any) -> bool:
        # Every way to scroll ends here. An animation would only delay the line one wants to see.
        return super()._scroll_to(*arguments, **(options | {"animate": False}))

    @property
    def row_width(self) -> int:
        """Cells of a row that are seen: without border and scroll bar."""
        return self.scrollable_content_region.width

    @property
    def page(self) -> int:
        """Lines that are seen at a time."""
        return self.size.height - self.HEAD

    def render_line(self, y: int) -> Strip:
        """Textual asks for row ``y`` of the visible part."""
        left, top = self.scroll_offset
        width = self.row_width
        if y < self.HEAD:
            return self.paint(self.head()).crop_extend(left, left + width, self.style_of("strong"))
        index = top + y - self.HEAD
        if index >= self.count:
            return Strip.blank(width, self.style_of(""))
        drawn = self._drawn.get(index) or self._draw_line(index)
        row = drawn.text.crop_extend(left, left + width, drawn.fill)
        if drawn.text.cell_length <= left + width:
            return row
        return Strip.join([row.crop(0, width - 1), Strip([Segment(self.glyphs.more, self.style_of("muted"))])])

    def _draw_line(self, index: int) -> Drawn:
        """Build line ``index`` and keep it."""
        if len(self._drawn) >= CACHED_LINES:
            self._drawn.clear()
        built = self.build(index)
        drawn = self._drawn[index] = Drawn(self.paint(built), self.style_of(built.role))
        return drawn

    def notify_style_update(self) -> None:
        """The theme or the focus changed: nothing drawn before is right any more."""
        self._drawn.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        self._drawn.clear()
        self._measure()
