"""The page behind ``?``, made from the key bindings and from what each pane says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.binding import Binding

from debugger.tui.keys import BINDINGS, MORE_KEYS
from debugger.tui.painting import Piece, words
from debugger.tui.widgets.overlay import Paragraph
from debugger.tui.widgets.pane import Pane
from ttvm.instruction import Instruction
from ttvm.isa import ISA

KEY_WIDTH = 13

INTRODUCTION = (
    "This debugger runs a program of many processes one instruction at a time. DID says what the last "
    "instruction did, NEXT what the next one will do. A star * marks what has changed since the last stop. "
    "Every process has a colour, the same in all panes. The panes show the process that ran last, or the one "
    "you choose. A key that can do nothing now is dim; press it all the same, and the top line says why."
)


def help_page(
    panes: Iterable[Pane], keys_of: Callable[[Binding], str], focused: Pane | None = None, source_line: str = ""
) -> list[Paragraph]:
    """All paragraphs of the help; ``keys_of`` gives the keys of a binding in words.

    It begins with the focused pane and with the instruction on a line of code.
    """
    page: list[Paragraph] = []
    if focused is not None:
        page += [_entry(f"{focused.NUMBER} {focused.TITLE}", focused.ABOUT), _blank()]
    if instruction := instruction_on(source_line):
        page += [_entry(instruction.syntax, f"( {instruction.effect} )"), *_documentation(instruction), _blank()]
    page += [Paragraph(tuple(words(INTRODUCTION))), _blank()]
    for binding in BINDINGS:
        assert isinstance(binding, Binding)
        if not (binding.id or "").startswith("pane-"):
            page.append(_entry(keys_of(binding), binding.tooltip))
    page += [_entry(names, text) for names, text in MORE_KEYS]
    for pane in panes:
        page += [_blank(), _entry(f"{pane.NUMBER} {pane.TITLE}", pane.ABOUT)]
    return page


def _documentation(instruction: Instruction) -> list[Paragraph]:
    """What an instruction means; lines that belong together flow as one."""
    parts = instruction.documentation.split("\n\n")
    return [Paragraph(tuple(words(" ".join(part.split()))), 1) for part in parts]


def instruction_on(source_line: str) -> Instruction | None:
    """The instruction that a line of code has; None for a label, a comment or nothing."""
    for word in source_line.partition(";")[0].split():
        if not word.endswith(":"):
            found = ISA.find(word)
            return found[0] if found is not None else None
    return None


def _entry(term: str, text: str) -> Paragraph:
    return Paragraph(((Piece(f" {term:<{KEY_WIDTH - 1}}", "strong"),), *words(text)), KEY_WIDTH)


def _blank() -> Paragraph:
    return Paragraph(((Piece(" "),),))
