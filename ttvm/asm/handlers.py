"""Match TRY, CATCH and END_TRY of the structured form by their nesting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ttvm.program import Op

Complain = Callable[[Op, str, str], None]
"""Called with an instruction, what is wrong with it, and a hint."""


class _Level:
    """A TRY, or the handler of one with a label, that has not been closed yet; ``structured``: without a label."""

    __slots__ = ("address", "catch", "structured")

    def __init__(self, address: int, structured: bool) -> None:
        self.address = address
        self.structured = structured
        self.catch: int | None = None


def match_handlers(ops: Sequence[Op], complain: Complain) -> None:
    """Fill in the ``match`` operands: of each structured TRY its CATCH, of that CATCH its END_TRY.

    A handler of the label form may stand anywhere, with an END_TRY of its own, so reaching the label of one
    opens a level of its own. ``complain`` hears of a TRY without a CATCH and a CATCH without an END_TRY.
    """
    handlers = {
        op.operands[0]: address
        for address, op in enumerate(ops)
        if op.row.mnemonic == "TRY" and op.operands[0] is not None
    }
    levels: list[_Level] = []
    for address, op in enumerate(ops):
        if address in handlers:
            if levels and levels[-1].address == handlers[address]:
                levels.pop()
            levels.append(_Level(address, False))
        if op.row.mnemonic == "TRY":
            levels.append(_Level(address, op.operands[0] is None))
        elif op.row.mnemonic == "CATCH":
            _catch(levels, address, ops)
        elif op.row.mnemonic == "END_TRY" and levels:
            _end_try(levels.pop(), address, ops, complain)
    for level in levels:
        _end_try(level, None, ops, complain)


def _catch(levels: list[_Level], address: int, ops: Sequence[Op]) -> None:
    # A handler of the label form that had its CATCH and leaves by HALT, RET or a jump has no END_TRY.
    while levels and not levels[-1].structured and levels[-1].catch is not None:
        levels.pop()
    if levels and levels[-1].catch is None:
        levels[-1].catch = address
        if levels[-1].structured:
            _fill(ops[levels[-1].address], address)


def _end_try(level: _Level, address: int | None, ops: Sequence[Op], complain: Complain) -> None:
    """Close a level at ``address``, or, with None, at the end of the text."""
    if not level.structured:
        return
    if level.catch is None:
        where = "behind it" if address is None else "before its END_TRY"
        complain(ops[level.address], "this TRY has no CATCH", f"write CATCH {where}, or TRY label")
    elif address is None:
        complain(ops[level.catch], "this CATCH has no END_TRY", "END_TRY closes the handler")
    else:
        _fill(ops[level.catch], address)


def _fill(op: Op, address: int) -> None:
    op.operands = (*op.operands[:-1], address)
