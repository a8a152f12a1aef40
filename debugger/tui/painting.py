"""Text with roles, and how it becomes coloured cells.

Widgets say *what* a text is (``changed``, ``process-2``, ``token-string``); ``app.tcss`` says what that looks
like in each theme. Everything a program or a file can put on the screen passes through ``Painted.clean``:
here, and only here, control characters are kept away from the terminal. Nothing is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.style import Style as ContentStyle
from textual.widget import Widget

from debugger.tui.glyphs import Glyphs
from debugger.views import ProcessRow
from ttvm.source import visible

PROCESS_COLOURS = 8
"""How many colours processes have; ``app.tcss`` defines one role for each."""

LONGEST = 4_000
"""Characters of one piece of text that are ever drawn; a program can print a line of millions."""

ROLES = frozenset(
    {
        "changed",
        "muted",
        "strong",
        "cursor",
        "current-line",
        "breakpoint",
        "warning",
        "crash",
        "state-paused",
        "state-running",
        "state-ended",
        "state-past",
        "state-deadlock",
        "badge",
        "said",
        "prompt",
        "tab-active",
        "token-keyword",
        "token-builtin",
        "token-operator",
        "token-function",
        "token-actor",
        "token-effect",
        "token-label",
        "token-name",
        "token-string",
        "token-number",
        "token-comment",
        "token-error",
        *(f"process-{number}" for number in range(1, PROCESS_COLOURS + 1)),
    }
)
"""What a piece of text can be. Each is a class in ``app.tcss``."""


class Piece(NamedTuple):
    """A run of text with its roles, separated by spaces."""

    text: str
    roles: str = ""


class Line(NamedTuple):
    """One line of a pane; ``role`` holds for its whole width, also behind the text."""

    pieces: tuple[Piece, ...]
    role: str = ""


Item = tuple[Piece, ...]
"""Pieces that a line break never parts."""


def line(*pieces: Piece | str, role: str = "") -> Line:
    """A line of pieces; a bare string is a piece without a role."""
    return Line(tuple(Piece(piece) if isinstance(piece, str) else piece for piece in pieces), role)


def process_role(pid: int) -> str:
    """The role that gives everything of one process the same colour in every pane."""
    return f"process-{(pid - 1) % PROCESS_COLOURS + 1}" if pid > 0 else "muted"


def process_piece(pid: int, name: str = "") -> Piece:
    """A process as every pane writes it: ``2 worker``, or ``2`` without a name."""
    return Piece(f"{pid} {name}" if name else str(pid), process_role(pid))


def row_piece(row: ProcessRow) -> Piece:
    """The process of a row; one without a name is called after what it runs."""
    return process_piece(row.pid, row.name or row.target)


def mark(changed: bool) -> Piece:
    """The sign of a change: one cell, with or without the star."""
    return Piece("*", "changed") if changed else Piece(" ")


def line_width(drawn: Line) -> int:
    """The cells of a line."""
    return sum(cell_len(visible(piece.text)) for piece in drawn.pieces)


def words(text: str, longest: int = LONGEST) -> list[Item]:
    """The words of a text for ``flow``, each with the space before it, in parts of ``longest`` cells."""
    return [(Piece(part),) for word in visible(text).split(" ") for part in chop_cells(f" {word}", longest)]


def flow(items: Iterable[Item], width: int, indent: int = 0) -> list[Line]:
    """Items on lines of ``width`` cells, as many on each as fit; ``indent`` is for all lines but the first.

    What is wider than a line stands on a line of its own, for the pane to cut or to scroll.
    """
    lines: list[Line] = []
    pieces: list[Piece] = []
    used = 0
    for item in items:
        cells = line_width(Line(item))
        if pieces and used + cells > width:
            lines.append(Line(tuple(pieces)))
            pieces, used = [Piece(" " * indent)], indent
        pieces += item
        used += cells
    if pieces:
        lines.append(Line(tuple(pieces)))
    return lines


class Painted(Widget):
    """A widget that draws lines of pieces."""

    ALLOW_SELECT = False

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.glyphs = glyphs
        self._styles_of_roles: dict[str, Style] = {}

    def clean(self, text: str) -> str:
        """``text`` as a terminal may see it, and not longer than anybody would scroll."""
        if len(text) > LONGEST:
            text = text[:LONGEST] + self.glyphs.ellipsis
        return visible(text).replace("\N{REPLACEMENT CHARACTER}", self.glyphs.unknown)

    def fit(self, text: str, width: int) -> str:
        """``text`` in exactly ``width`` cells: padded, or cut with an ellipsis."""
        text = self.clean(text)
        if cell_len(text) <= width:
            return set_cell_size(text, width)
        ellipsis = self.glyphs.ellipsis[:width]
        return set_cell_size(text, width - len(ellipsis)) + ellipsis

    def style_of(self, roles: str) -> Style:
        """The style of roles on this widget's background; later roles win."""
        style = self._styles_of_roles.get(roles)
        if style is None:
            style = self._styles_of_roles[roles] = self.rich_style + self._overlaid(roles)
        return style

    def _overlaid(self, roles: str) -> Style:
        """What roles set, whatever the background.

        The application has the styles of all roles, and not each widget: Textual computes them anew for
        every node at every change of focus.
        """
        style = Style()
        for role in roles.split():
            styles = self.app.get_component_styles(role)
            own = styles.partial_rich_style
            # ``own`` knows what the role sets; only the whole style has transparent colours mixed.
            mixed = styles.rich_style
            style += own + Style(color=own.color and mixed.color, bgcolor=own.bgcolor and mixed.bgcolor)
        return style

    def notify_style_update(self) -> None:
        """The theme or the focus changed."""
        self._styles_of_roles.clear()
        super().notify_style_update()

    def paint(self, drawn: Line) -> Strip:
        """The cells of a line, as long as its text."""
        return Strip(
            [
                Segment(self.clean(piece.text), self.style_of(f"{drawn.role} {piece.roles}".strip()))
                for piece in drawn.pieces
                if piece.text
            ]
        )

    def paint_row(self, drawn: Line, width: int) -> Strip:
        """The cells of a line in a row of exactly ``width`` cells."""
        return self.paint(drawn).crop_extend(0, width, self.style_of(drawn.role))

    def content(self, pieces: Iterable[Piece]) -> Content:
        """Pieces for a place where Textual wants its own type, as in the title of a border."""
        return Content.assemble(
            *((self.clean(text), ContentStyle.from_rich_style(self._overlaid(roles))) for text, roles in pieces)
        )
