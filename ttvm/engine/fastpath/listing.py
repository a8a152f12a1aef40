"""The Python that the compiler makes of a program, for people who want to see it."""

from __future__ import annotations

from collections.abc import Iterator

from ttvm.engine.fastpath.compiler import compile_region
from ttvm.engine.tiering import hot_places
from ttvm.program import Module


def list_compiled(module: Module) -> Iterator[str]:
    """The functions for all places of a module that can become hot, each with its newline.

    What is compiled in a run depends on what becomes hot, and on which variables there are by then; here it is
    everything, with all variables.
    """
    ops = module.ops
    variables = frozenset(op.operands[0] for op in ops if op.row.mnemonic == "STORE")
    variables |= {name for op in ops if op.row.mnemonic in ("CALL", "MAKE_FUNCTION") for name in op.operands[1]}
    places = {place: None for address, op in enumerate(ops) for place in hot_places(op, address)}
    entered: set[int] = set()
    for place in sorted(places):
        if place in entered or place >= len(ops):
            continue
        region = compile_region(module, place, variables, {})
        if region is None:
            continue
        entered |= region.entries.keys()
        label = module.label_before(place)
        yield f"# {module.place(place)}{f', in {label}' if label else ''}: instruction {place} and what can follow it\n"
        entries = ", ".join(f"{entry.number} is instruction {at}" for at, entry in sorted(region.entries.items()))
        yield f"# entries: {entries}\n{region.source}\n"
