"""Match TRY, CATCH and END_TRY of the structured form by their nesting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ttvm.program import Op


class _Open:
    """A TRY whose END_TRY has not come yet; ``structured`` when it has no label."""

    __slots__ = ("address", "catch", "structured")

    def __init__(self, address: int, structured: bool, catch: int | None = None) -> None:
        self.address = address
        self.structured = structured
        self.catch = catch


def match_handlers(ops: Sequence[Op], complain: Callable[[Op, str, str], None]) -> None:
    """Fill in the ``match`` operands: of each structured TRY its CATCH, of that CATCH its END_TRY.

    A handler of the label form may stand anywhere, with an END_TRY of its own, so reaching the label of one
    opens a level of its own. ``complain(op, text, hint)`` is called for a TRY without a CATCH and a CATCH
    without an END_TRY.
    """
    labelled: dict[int, int] = {
        op.operands[0]: address
        for address, op in enumerate(ops)
        if op.row.mnemonic == "TRY" and op.operands[0] is not None
    }
    open_levels: list[_Open] = []
    for address, op in enumerate(ops):
        if address in labelled:
            if open_levels and open_levels[-1].address == labelled[address]:
                open_levels.pop()
            open_levels.append(_Open(address, False))
        mnemonic = op.row.mnemonic
        if mnemonic == "TRY":
            open_levels.append(_Open(address, op.operands[0] is None))
        elif mnemonic == "CATCH" and open_levels and open_levels[-1].structured:
            level = open_levels[-1]
            if level.catch is None:
                level.catch = address
                _fill(ops[level.address], address)
        elif mnemonic == "END_TRY" and open_levels:
            level = open_levels.pop()
            if level.structured and level.catch is None:
                complain(ops[level.address], "this TRY has no CATCH", "write CATCH before END_TRY, or TRY label")
                level.catch = address
            elif level.structured and level.catch is not None:
                _fill(ops[level.catch], address)
    for level in open_levels:
        if level.structured and level.catch is None:
            complain(ops[level.address], "this TRY has no CATCH", "write CATCH and END_TRY behind it, or TRY label")
        elif level.structured and level.catch is not None:
            complain(ops[level.catch], "this CATCH has no END_TRY", "END_TRY closes the handler")


def _fill(op: Op, address: int) -> None:
    operands: tuple[Any, ...] = (*op.operands[:-1], address)
    op.operands = operands
