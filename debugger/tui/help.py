"""The page behind ``?``, made from the key bindings and from what each pane says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.binding import Binding

from debugger.tui.keys import BINDINGS, MORE_KEYS
from debugger.tui.painting import Piece, words
from debugger.tui.widgets.overlay import Paragraph
from debugger.tui.widgets.pane import Pane

KEY_WIDTH = 13

INTRODUCTION = (
    "This debugger runs a program of many processes one instruction at a time. DID says what the last "
    "instruction did, NEXT what the next one will do. A star * marks what has changed since the last stop. "
    "Every process has a colour, the same in all panes. The panes show the process that ran last, or the one "
    "you choose. A key that can do nothing now is dim; press it all the same, and the top line says why."
)


def help_page(panes: Iterable[Pane], keys_of: Callable[[Binding], str]) -> list[Paragraph]:
    """All paragraphs of the help; ``keys_of`` gives the keys of a binding in words."""
    page = [Paragraph(tuple(words(INTRODUCTION))), _blank()]
    for binding in BINDINGS:
        assert isinstance(binding, Binding)
        if not (binding.id or "").startswith("pane-"):
            page.append(_entry(keys_of(binding), binding.tooltip))
    page += [_entry(names, text) for names, text in MORE_KEYS]
    for pane in panes:
        page += [_blank(), _entry(f"{pane.NUMBER} {pane.TITLE}", pane.ABOUT)]
    return page


def _entry(term: str, text: str) -> Paragraph:
    return Paragraph(((Piece(f" {term:<{KEY_WIDTH - 1}}", "strong"),), *words(text)), KEY_WIDTH)


def _blank() -> Paragraph:
    return Paragraph(((Piece(" "),),))
