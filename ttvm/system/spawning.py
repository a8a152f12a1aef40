"""Find out what SPAWN means: a function, a label, a file, a template, or the default process."""

from __future__ import annotations

from typing import Protocol, cast

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.process.start import Start
from ttvm.process.state import Process
from ttvm.program import Module
from ttvm.values import Function, Value

TEMPLATE_VARIABLE = "template_name"
"""The variable in which a template finds the text that SPAWN was given."""


class ModuleFinder(Protocol):
    """Finds and assembles the modules a running program names. ``ttvm.asm.loader.Loader`` is the real one."""

    def find_import(self, path: str, importer: Module) -> Module:
        """The module IMPORT means; Fault ImportError when it is not there or has errors."""
        ...

    def find_program(self, name: str, beside: Module) -> Module | None:
        """The program NAME.ttvm near another; None when there is none."""
        ...

    def find_template(self, name: str) -> Module | None:
        """A built-in template."""
        ...


def resolve_target(target: Value, arguments: tuple[Value, ...], spawner: Process, finder: ModuleFinder) -> Start:
    """What a SPAWN with this target starts. Raises Fault for a wrong target or number of arguments."""
    if isinstance(target, Function):
        if len(arguments) != len(target.parameters):
            raise Fault(
                FaultKind.TYPE_MISMATCH,
                f"needs {len(target.parameters)} arguments for {target.label or target.address} "
                f"({', '.join(target.parameters)}) and got {len(arguments)}",
            )
        variables = {**target.captured, **dict(zip(target.parameters, arguments, strict=True))}
        title = target.label or f"@{target.address}"
        return Start(cast(Module, target.module), target.address, target.label, variables, [], title)
    if not isinstance(target, str):
        raise mismatch("a function or a text as its target")
    stack = list(arguments)
    for module in (spawner.frame.module, spawner.frames[0].module):
        if target in module.labels:
            return Start(module, module.labels[target], target, {}, stack, target)
    program = finder.find_program(target, spawner.frames[0].module)
    if program is not None:
        return Start(program, 0, "", {}, stack, target, True)
    template = finder.find_template(target) or finder.find_template("default")
    if template is None:
        raise Fault(FaultKind.IMPORT_ERROR, "finds no default process: this installation is not complete")
    return Start(template, 0, "", {TEMPLATE_VARIABLE: target}, stack, target, True)
