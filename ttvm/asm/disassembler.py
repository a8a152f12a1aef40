"""The disassembler: a Module in, source text out that assembles to the same Module."""

from __future__ import annotations

from ttvm.asm.operands import write_operand
from ttvm.program import Module, Op

_WIDEST_INDENT = 40


def write_op(op: Op, module: Module) -> str:
    """One instruction as text, with labels by name."""
    parts = [op.row.mnemonic]
    for operand, value in zip(op.row.operands, op.operands, strict=True):
        text = write_operand(operand.type, value, lambda address: _name_label(module, address))
        if text:
            parts.append(text)
    return " ".join(parts)


def list_on_lines(module: Module, lines: int) -> str:
    """The module as a text of so many lines, each instruction at the line and column it came from.

    It stands in for a source text that is not there: places in messages and breakpoints keep their meaning. A
    label stands on a line of its own above its instruction, as near as there is one.
    """
    listing = [""] * lines
    for op in module.ops:
        listing[op.line - 1] = f"{' ' * min(op.column - 1, _WIDEST_INDENT)}{write_op(op, module)}"
    for address, names in _labels_by_address(module).items():
        line = module.ops[address].line - 1 if address < len(module.ops) else lines
        for name in reversed(names):
            if line == 0 or listing[line - 1]:
                break  # only a file made by hand has no room
            listing[line - 1] = f"{name}:"
            line -= 1
    return "".join(f"{line}\n" for line in listing)


def _labels_by_address(module: Module) -> dict[int, list[str]]:
    at: dict[int, list[str]] = {}
    for name, address in module.labels.items():
        at.setdefault(address, []).append(name)
    return at


def disassemble(module: Module, addresses: bool = True) -> str:
    """The whole module as text; ``addresses`` puts the number of each instruction in a comment."""
    at = _labels_by_address(module)
    lines: list[str] = []
    for address, op in enumerate(module.ops):
        lines += map(_write_label, at.get(address, ()))
        text = f"    {write_op(op, module)} "
        lines.append(f"{text:<48}; {address} (line {op.line})" if addresses else text.rstrip())
    lines += map(_write_label, at.get(len(module.ops), ()))
    return "\n".join(lines) + "\n" if lines else ""


def _name_label(module: Module, address: int) -> str:
    label = module.label_at(address)
    return write_operand("name", label, str) if label else str(address)


def _write_label(name: str) -> str:
    return f"LABEL {write_operand('name', name, str)}" if name.startswith('"') or " " in name else f"{name}:"
