"""An assembled program: instructions with their operands and places. Frozen once made."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from ttvm.instruction import Instruction
from ttvm.source import Source, Span


class Op:
    """One instruction of a program: its row, its operands as the function takes them, its line and column."""

    __slots__ = ("column", "line", "operands", "row")

    def __init__(self, row: Instruction, operands: tuple[Any, ...], line: int, column: int) -> None:
        self.row = row
        self.operands = operands
        self.line = line
        self.column = column


class Module:
    """The code of one file: ``ops`` from address 0, and the labels.

    ``imports`` are the modules that came with it in a bytecode file, by the texts of its IMPORT instructions.
    ``code``, ``hot`` and ``stops`` are places for the engine to keep its bound forms of ``ops``; nothing else may use
    them.
    """

    __slots__ = ("_label_addresses", "_label_names", "code", "hot", "imports", "labels", "ops", "source", "stops")

    grows = False
    """Whether text is added to it while it runs, as in a REPL. The first process then waits at the end for more, and
    nothing that is derived from ``ops`` may be kept longer than ``code``."""

    def __init__(self, source: Source, ops: tuple[Op, ...], labels: dict[str, int]) -> None:
        self.source = source
        self.ops = ops
        self.labels = labels
        self.imports: dict[str, Module] = {}
        self.code: list[Callable[..., Any]] | None = None
        self.hot: Any = None
        self.stops: Any = None
        in_order = sorted(labels.items(), key=lambda item: item[1])
        self._label_names = [name for name, _ in in_order]
        self._label_addresses = [address for _, address in in_order]

    @property
    def identity(self) -> str:
        """What tells this module from every other: the resolved path of its file."""
        return self.source.identity

    @property
    def name(self) -> str:
        """The last part of the path, as places in messages show it."""
        return self.source.path.replace("\\", "/").rpartition("/")[2]

    def line(self, address: int) -> int:
        """The line of the instruction at ``address``; behind the last one, the last line of the file."""
        return self.ops[address].line if address < len(self.ops) else max(1, len(self.source.lines))

    def place(self, address: int) -> str:
        """``file:line`` of the instruction at ``address``."""
        return f"{self.name}:{self.line(address)}"

    def span(self, address: int) -> Span:
        """Where the mnemonic of the instruction at ``address`` stands."""
        if address >= len(self.ops):
            return Span(self.source, self.line(address), 1)
        op = self.ops[address]
        return Span(self.source, op.line, op.column, len(op.row.mnemonic))

    def label_at(self, address: int) -> str:
        """The label that stands exactly at ``address``, or an empty string."""
        index = bisect_right(self._label_addresses, address) - 1
        if index >= 0 and self._label_addresses[index] == address:
            return self._label_names[index]
        return ""

    def label_before(self, address: int) -> str:
        """The nearest label at or before ``address``, or an empty string."""
        index = bisect_right(self._label_addresses, address) - 1
        return self._label_names[index] if index >= 0 else ""

    def address_of_line(self, line: int) -> int | None:
        """The first instruction at or behind ``line``; None when only text without code follows."""
        index = bisect_right(self.ops, line - 1, key=lambda op: op.line)
        return index if index < len(self.ops) else None


def whole_program(program: Module) -> list[Module]:
    """A program and all modules that came with it in a bytecode file, in the order in which they are imported."""
    modules = {program.identity: program}
    todo = [program]
    for module in todo:  # grows while it is walked
        new = {each.identity: each for each in module.imports.values() if each.identity not in modules}
        modules.update(new)
        todo += new.values()
    return todo
