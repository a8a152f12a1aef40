"""Sources made from the rows of the table, laid out as badly as the language allows, and modules as plain data."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ttvm.instruction import Instruction
from ttvm.isa import ISA
from ttvm.process.patterns import ListOf, Literal, ObjectWith, OneOf
from ttvm.program import Module

REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The same examples on every run and on every machine."""

LABELS = ("start", "Loop", "größe", "ADD", "AFTER", "a:b", ":")
SPELLINGS: dict[str, tuple[str, ...]] = {
    "int": ("0", "-1", "+5", "0xFF", "0b101", "1_000_000", "-9223372036854775808", "9223372036854775807"),
    "float": ("0", "-0.0", "1e300", "1E-7", "inf", "-INF", "nan", "-nan", "5", ".5", "5e-324", "0x10"),
    "bool": ("true", "FALSE", "True"),
    "str": ('""', '"a b"', '"a;b"', r'"\"\\\n\x41\u{1F600}"', '"é🙂 \t"', "no quotes", 'say "hi" there', "a\\b", "7"),
    "name": ("x", '"x"', '"two words"', '"a;b"', "größe", r'"\""', "a\\b", "AFTER", "5", "x:"),
    "names": ("", "a", 'a b "c d"', '"a"  b', "größe\tb"),
    "label": ("start", '"start"', "Loop", "größe", "ADD", "AFTER", "a:b", ":", "0"),
    "count": ("0", "1", "1_0", "0x3", "1000000"),
    "milliseconds": ("0", "1_000", "9223372036854775807"),
    "pid": ("0", "1", "0x7"),
    "pattern": (
        "_",
        "int|str",
        "$x",
        "-0x10 | nan",
        '"a, b"',
        "[ ]",
        '[1,  [_ ,"]"], int | null]',
        '{type:"DOWN","pid" : $p,"a b":{}}',
        '{ "größe": 1.50, x : [ true ] }',
    ),
    "timeout": ("AFTER 5 start", "after 0x10   start", 'After 1_000 ":"', "AFTER 0 AFTER"),
    "strategy": ("one_for_one", "REST_FOR_ONE"),
    "restart": ("permanent", "Temporary"),
}
"""Ways to write an operand of each type; the labels among them are those of ``LABELS``."""
SPACES = st.sampled_from((" ", "  ", "\t", " \t "))
INDENTS = st.sampled_from(("", " ", "    ", "\t", "         "))
COMMENTS = st.sampled_from(("; why", ";why", ";", ";;; x ;", '; "', "; ends with spaces   ", "; note: that", "; é\t🙂"))
PROMISES = ("; expect: 1 ", ";expect-exit: 3", "   ; input:", "; schedules: any", ";  args: a  b\t")


def spelling(row: Instruction) -> st.SearchStrategy[str]:
    """The row's mnemonic, or an alias that brings no operands, in any case."""
    names = [row.mnemonic, *(alias for alias in row.aliases if " " not in alias)]
    return st.sampled_from([*names, *map(str.lower, names), *map(str.title, names)])


@st.composite
def instructions(draw: st.DrawFn) -> str:
    """An instruction without a comment."""
    row = ISA[draw(st.sampled_from([name for name in ISA if name not in ("TRY", "CATCH", "END_TRY")]))]
    line = draw(INDENTS) + draw(spelling(row))
    for operand in row.operands:
        if operand.type != "match" and not (operand.optional and draw(st.booleans())):
            line += draw(SPACES) + draw(st.sampled_from(SPELLINGS[operand.type]))
    return line


HANDLERS = st.sampled_from(
    ("TRY\nNOP\nCATCH\nEND_TRY", "try start\nEND_TRY", " TRY\n TRY\n CATCH e\n END_TRY\nCATCH\nend_try", "NEW_LIST")
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line, or a few that belong together."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.sampled_from(("", "", "   ", "\t")))
    if kind == 1:
        return draw(INDENTS) + draw(COMMENTS)
    if kind == 2:
        return draw(st.sampled_from(PROMISES))
    if kind == 3:
        return draw(HANDLERS)
    code = draw(instructions())
    if kind < 7:
        return code
    commented = f"{code}{draw(st.sampled_from(('', ' ', '   ', chr(9))))}{draw(COMMENTS)}"
    if kind == 9:  # and the comment goes on below
        commented += f"\n{' ' * commented.rindex(';')}; more of it"
    return commented


@st.composite
def sources(draw: st.DrawFn) -> str:
    """A source without errors."""
    parts = draw(st.lists(lines(), max_size=12))
    for name in LABELS:
        form = draw(st.sampled_from((f"{name}:", f"LABEL {name}:", f"  label\t{name}:  ; here", f"\t{name}: ;x")))
        parts.insert(draw(st.integers(0, len(parts))), form)
    parts.append("NOP")  # so that there is an instruction 0
    end = draw(st.sampled_from(("\n", "\n", "\r\n")))
    text = draw(st.sampled_from(("", "", "\ufeff"))) + end.join("\n".join(parts).split("\n"))
    return text + draw(st.sampled_from((end, "", end * 3)))


# -- modules as plain data


def anatomy(module: Module, texts: bool = True) -> object:
    """All of a module as values that compare: types and bits included, and the modules that came with it."""
    seen: dict[str, object] = {}
    todo = [module]
    while todo:
        each = todo.pop()
        if each.identity in seen:
            continue
        imports = sorted((path, other.name) for path, other in each.imports.items())
        ops = [(op.row.mnemonic, op.line, op.column, tuple(map(plain, op.operands))) for op in each.ops]
        source = (each.source.text, each.source.text_hash) if texts else each.source.text_hash
        seen[each.identity] = (each.name, source, ops, list(each.labels.items()), imports)
        todo += each.imports.values()
    return list(seen.values())


def plain(value: Any) -> object:
    """An operand as values that compare."""
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, (ListOf, OneOf)):
        parts = value.elements if isinstance(value, ListOf) else value.choices
        return type(value).__name__, tuple(map(plain, parts))
    if isinstance(value, ObjectWith):
        return "ObjectWith", tuple((key, plain(pattern)) for key, pattern in value.fields)
    if isinstance(value, Literal):
        return "Literal", type(value.value).__name__, str(value)
    return type(value).__name__, value if isinstance(value, (int, tuple)) else str(value)
