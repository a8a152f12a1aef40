"""The first words: what this is, and the keys that matter."""

from __future__ import annotations

from debugger.tui.painting import Piece, words
from debugger.tui.widgets.overlay import Paragraph

SIX_KEYS = (
    ("s  S", "run one instruction; undo it. Everything goes back: stacks, messages, output"),
    ("t  T", "a turn: one process runs until it waits or has run long enough; undo it"),
    ("c  C", "run until something happens; run back until something happens"),
    ("b", "a breakpoint on the line of the cursor: c and C stop there"),
    ("[  ]", "look at another process"),
    ("?", "what a pane and an instruction mean, and all keys; F1 shows this page again"),
)


def welcome_page() -> list[Paragraph]:
    """All paragraphs of the welcome."""
    page = [
        Paragraph(
            tuple(
                words(
                    "Every process below has its own code position, stack and mailbox, and they meet only by "
                    "messages. You decide how far the program runs, in both directions. DID says what has just "
                    "happened, NEXT what comes."
                )
            )
        ),
        Paragraph(((Piece(" "),),)),
    ]
    page += [Paragraph(((Piece(f" {keys:<6}", "strong"),), *words(text)), 8) for keys, text in SIX_KEYS]
    page.append(Paragraph(((Piece(" "),),)))
    page.append(Paragraph(tuple(words("Lower case goes forward, Shift goes back. Enter begins."))))
    return page
