"""What `ttvm check` finds besides errors: things that are allowed and probably not meant."""

from __future__ import annotations

from collections.abc import Iterator

from ttvm.asm.assembler import assemble_all
from ttvm.asm.loader import Loader
from ttvm.errors import Fault, Problem, SourceError
from ttvm.host.sources import SourceFiles
from ttvm.program import Module, Op
from ttvm.source import BytecodeFile
from ttvm.vm import make_loader

LEAVES = frozenset({"JMP", "RET", "HALT", "EXIT", "THROW", "EXIT_PROCESS"})


def check_program(path: str) -> Iterator[Problem]:
    """All errors and warnings of a program and of the modules it imports. Raises UnreadableError."""
    loader = make_loader()
    source = SourceFiles().read(path)
    if isinstance(source, BytecodeFile):
        module = loader.add(source)
    else:
        module, problems = assemble_all(source)
        yield from problems
        if any(problem.severity == "error" for problem in problems):
            return
        loader.modules[module.identity] = module
    seen: set[str] = set()
    todo = [module]
    while todo:
        module = todo.pop()
        if module.identity in seen:
            continue
        seen.add(module.identity)
        yield from sorted(_warnings(module), key=lambda problem: problem.span.line)
        for op in _rows(module, "IMPORT"):
            found = _import(loader, op, module)
            if isinstance(found, Module):
                todo.append(found)
            else:
                yield from found


def _rows(module: Module, *mnemonics: str) -> Iterator[Op]:
    return (op for op in module.ops if op.row.mnemonic in mnemonics)


def _import(loader: Loader, op: Op, module: Module) -> Module | tuple[Problem, ...]:
    try:
        return loader.find_import(op.operands[0], module)
    except Fault as fault:
        cause = fault.__cause__ or fault.__context__
        if isinstance(cause, SourceError):
            return cause.problems
        span = module.span(module.ops.index(op))
        return (Problem(span, f"IMPORT {fault.text}", "running it raises ImportError", "warning"),)


def _warnings(module: Module) -> Iterator[Problem]:
    yield from _unused_labels(module)
    yield from _unreachable(module)
    yield from _unknown_variables(module)


def _targets(module: Module) -> Iterator[int]:
    for op in module.ops:
        for operand, value in zip(op.row.operands, op.operands, strict=True):
            if operand.type == "label" and value is not None:
                yield value
            elif operand.type == "timeout" and value is not None:
                yield value[1]


def _unused_labels(module: Module) -> Iterator[Problem]:
    used = set(_targets(module))
    texts = {op.operands[0] for op in _rows(module, "PUSH_STR", "SUPERVISE_CHILD")}
    for name, address in module.labels.items():
        # A label before the first instruction names the main program, which is fine.
        if address and address not in used and name not in texts:
            yield Problem(module.span(address), f"nothing goes to the label {name}", "", "warning")


def _unreachable(module: Module) -> Iterator[Problem]:
    reachable = {*_targets(module), *module.labels.values(), 0}
    for address, op in enumerate(module.ops[:-1]):
        following = module.ops[address + 1]
        if op.row.mnemonic in LEAVES and address + 1 not in reachable:
            if following.row.mnemonic in ("CATCH", "END_TRY"):
                continue
            yield Problem(module.span(address + 1), "this can never run", f"{op.row.mnemonic} comes before", "warning")


def _unknown_variables(module: Module) -> Iterator[Problem]:
    if any(True for _ in _rows(module, "IMPORT")):
        return  # an import may define anything
    known = {op.operands[0] for op in _rows(module, "STORE", "CATCH")} | {"template_name"}
    for op in _rows(module, "CALL", "MAKE_FUNCTION", "MAKE_LAMBDA"):
        known.update(op.operands[1])
    for address, op in enumerate(module.ops):
        if op.row.mnemonic == "LOAD" and op.operands[0] not in known:
            yield Problem(module.span(address), f"nothing ever stores the variable {op.operands[0]}", "", "warning")
