"""The reference of the language, made from the table."""

from __future__ import annotations

from ttvm.instruction import OPERAND_TYPES, Instruction
from ttvm.isa import ISA


def overview() -> str:
    """All instructions, a line each, by family."""
    width = max(len(row.syntax) for row in ISA.values())
    effects = max(len(str(row.effect)) for row in ISA.values())
    lines: list[str] = []
    for family in ISA.families:
        lines += [f"{family.name}: {family.documentation}"]
        lines += (
            f"  {row.syntax:<{width}}  ( {row.effect!s:<{effects}} )  {row.summary}" for row in family.instructions
        )
        lines.append("")
    return "\n".join([*lines, f"{len(ISA)} instructions; `ttvm isa NAME` tells more of one", ""])


def page(row: Instruction) -> str:
    """Everything about one instruction."""
    lines = [f"{row.syntax}   ( {row.effect} )", "", row.documentation, ""]
    for operand in row.operands:
        if operand.type != "match":
            optional = " (may be left out)" if operand.optional else ""
            lines.append(f"  {operand.name}: {OPERAND_TYPES[operand.type]}{optional}")
    lines.append(f"  family: {row.family}   kind: {row.kind.value}   number in bytecode: 0x{row.code:02X}")
    if row.aliases:
        lines.append(f"  also written: {', '.join(alias.partition(' ')[0] for alias in row.aliases)}")
    return "\n".join([*lines, ""])


def markdown() -> str:
    """The whole reference as a page of the documentation."""
    lines = [
        "# Instructions",
        "",
        "Made by `ttvm isa --markdown` from the instruction table; do not edit it by hand.",
        "",
        "The stack effect shows the stack before and after `--`, the top on the right. An operand in brackets may",
        "be left out; a value in brackets is taken from the stack only then.",
    ]
    for family in ISA.families:
        lines += ["", f"## {family.name.capitalize()}", "", family.documentation]
        for row in family.instructions:
            lines += ["", f"### {row.mnemonic}", "", f"`{row.syntax}` ( {row.effect} )", "", row.documentation]
            notes = [
                f"- `{operand.name}`: {OPERAND_TYPES[operand.type]}"
                for operand in row.operands
                if operand.type != "match"
            ]
            if row.aliases:
                spellings = ", ".join(f"`{alias.partition(' ')[0]}`" for alias in row.aliases)
                notes.append(f"- Also written: {spellings}")
            if notes:
                lines += ["", *notes]
    lines += ["", "## Operand types", ""]
    lines += (f"- **{name}**: {text}" for name, text in OPERAND_TYPES.items() if name != "match")
    return "\n".join([*lines, ""])
