"""LiveModule: a program whose text grows while it runs, line by line, as it is entered in the REPL.

What was entered is a chain of editions. Going back to an earlier moment is going back to an earlier edition, and two
branches of history may go on from the same one.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from ttvm.asm.assembler import assemble
from ttvm.asm.loader import Loader
from ttvm.program import Module, Op
from ttvm.source import Source

LIVE = "<repl>"
"""What stands for a path where a program is named whose text grows."""
NAME = "repl"
"""How its places are called: ``repl:3``."""


class Edition:
    """The text up to one moment: that of ``before``, and what was added to it."""

    __slots__ = ("before", "following", "labels", "ops", "text")

    def __init__(self, before: Edition | None, text: str, ops: tuple[Op, ...], labels: dict[str, int]) -> None:
        self.before = before
        self.text = text
        self.ops = ops
        """The instructions that were added."""
        self.labels = labels
        self.following: dict[str, Edition] = {}
        """What became of it, by the text that was added: each is assembled once, however often history repeats."""


class _Whole(NamedTuple):
    text: str
    ops: tuple[Op, ...]
    labels: dict[str, int]


class LiveModule(Module):
    """The program of a REPL. It is a keeper of the timeline, so that it always fits the moment of the run."""

    grows = True

    def __init__(self) -> None:
        self._identity = os.path.join(os.getcwd(), LIVE)
        self._edition = Edition(None, "", (), {})
        self._show(_Whole("", (), {}))

    def _show(self, whole: _Whole) -> None:
        """Be this text. The bound code is forgotten, as that of the last instruction knew where the text ended."""
        super().__init__(Source(NAME, whole.text, self._identity), whole.ops, whole.labels)

    def grow(self, text: str) -> None:
        """Add lines at the end. Raises SourceError, and is then as it was, when they are no program there."""
        edition = self._edition.following.get(text)
        whole = self.source.text + text
        if edition is None:
            module = assemble(Source(NAME, whole, self._identity))
            new = {name: address for name, address in module.labels.items() if name not in self.labels}
            edition = Edition(self._edition, text, module.ops[len(self.ops) :], new)
            self._edition.following[text] = edition
        self._edition = edition
        self._show(_Whole(whole, self.ops + edition.ops, {**self.labels, **edition.labels}))

    def save(self, whole: bool = False) -> Edition:
        """The edition of this moment."""
        return self._edition

    def load(self, state: Edition) -> None:
        """Go back, or forward, to an edition."""
        if state is self._edition:
            return
        self._edition = state
        chain: list[Edition] = []
        edition: Edition | None = state
        while edition is not None:
            chain.append(edition)
            edition = edition.before
        chain.reverse()
        labels: dict[str, int] = {}
        for each in chain:
            labels.update(each.labels)
        ops = tuple(op for each in chain for op in each.ops)
        self._show(_Whole("".join(each.text for each in chain), ops, labels))


def load_program(program: str, loader: Loader) -> Module:
    """The program of a session: a file, or an empty text that grows. Raises SourceError or UnreadableError."""
    if program != LIVE:
        return loader.load(program)
    module = LiveModule()
    loader.modules[module.identity] = module
    return module
