"""Bind each instruction of a module to a Python closure: its row, operands and address looked up once.

A bound instruction is called with the process and the system. It executes the instruction and answers None,
or an Outcome for the loop. When it raises a Fault the process is exactly as it was before: pc on the
instruction, operands on the stack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from ttvm.errors import Fault, FaultKind
from ttvm.instruction import Kind
from ttvm.ops.flow import halt
from ttvm.outside import Parked
from ttvm.process.state import MORE_TEXT, Outcome, Process
from ttvm.program import Module, Op
from ttvm.values import Bool, Value

if TYPE_CHECKING:
    from ttvm.ops.protocol import Actors

    Bound: TypeAlias = Callable[[Process, Actors], Outcome | None]

_SHAREABLE = frozenset({int, float, str, type(None), Bool})


def bound_code(module: Module) -> list[Bound]:
    """The bound instructions of a module, with one more behind the last that ends the process or import.

    Each is bound when it is first executed: of a long program most are never.
    """
    if module.code is None:
        module.code = [_bind_and_run] * len(module.ops)
        module.code.append(_end_of_text)
    return module.code


def _bind_and_run(process: Process, system: Actors) -> Outcome | None:
    module, address = process.frame.module, process.pc
    bound = bind(module.ops[address], address)
    bound_code(module)[address] = bound
    return bound(process, system)


def _end_of_text(process: Process, system: Actors) -> Outcome | None:
    if process.frame.module.grows and not process.spawner:
        return system.block(process, None, None, asleep=True, what=MORE_TEXT)
    return halt(process)


def bind(op: Op, address: int) -> Bound:
    """The bound form of the instruction at ``address``."""
    if op.row.pops_open:
        return _bind_plain_control(op, address)
    count = len(op.row.pop_names(op.operands))
    if op.row.kind is Kind.PURE:
        return _bind_pure(op, address, count)
    if op.row.kind is Kind.CONTROL and count == 0:
        return _bind_plain_control(op, address)
    if op.row.kind is Kind.CONTROL and count == 1 and not op.row.effect.pushes:
        return _bind_taking_control(op, address)
    return _bind_general(op, address, count)


def underflow(op: Op, found: int) -> Fault:
    """The fault of an instruction that needs more values than the stack holds."""
    names = op.row.pop_names(op.operands)
    needed = "a value" if len(names) == 1 else f"{len(names)} values"
    if len(names) <= 4:
        needed += f" ({', '.join(names)})"
    holds = "is empty" if found == 0 else f"holds only {found} value{'s' if found != 1 else ''}"
    return Fault(FaultKind.STACK_UNDERFLOW, f"needs {needed} on the stack, which {holds}")


def _bind_pure(op: Op, address: int, count: int) -> Bound:
    function: Callable[..., Any] = op.row.function
    operands = op.operands
    pushes = len(op.row.effect.pushes)
    following = address + 1
    if count == 0 and pushes == 1:
        return _bind_constant(function, operands, following)
    if count == 2 and pushes == 1 and not operands:
        return _bind_binary(op, function, following)

    def run(process: Process, system: Actors) -> None:
        stack = process.stack
        base = len(stack) - count
        if base < 0:
            raise underflow(op, len(stack))
        result = function(*operands, *stack[base:])
        if pushes == 1:
            stack[base:] = (result,)
        else:
            stack[base:] = result or ()
        process.pc = following

    return run


def _bind_constant(function: Callable[..., Value], operands: tuple[Any, ...], following: int) -> Bound:
    constant = function(*operands)
    if type(constant) not in _SHAREABLE:

        def make(process: Process, system: Actors) -> None:
            process.stack.append(function(*operands))
            process.pc = following

        return make

    def push(process: Process, system: Actors) -> None:
        process.stack.append(constant)
        process.pc = following

    return push


def _bind_binary(op: Op, function: Callable[[Value, Value], Value], following: int) -> Bound:
    def run(process: Process, system: Actors) -> None:
        stack = process.stack
        try:
            b = stack[-1]
            a = stack[-2]
        except IndexError:
            raise underflow(op, len(stack)) from None
        result = function(a, b)
        del stack[-1]
        stack[-1] = result
        process.pc = following

    return run


def _bind_plain_control(op: Op, address: int) -> Bound:
    """Control that takes nothing from the stack, or takes it by itself, as CALL_FUNCTION does."""
    function: Callable[..., Any] = op.row.function
    operands = op.operands
    following = address + 1
    if op.row.effect.pushes:

        def push(process: Process, system: Actors) -> None:
            process.stack.append(function(process, *operands))
            process.pc = following

        return push

    def run(process: Process, system: Actors) -> Outcome | None:
        process.pc = following
        try:
            outcome: Outcome | None = function(process, *operands)
        except Fault:
            process.pc = address
            raise
        return outcome

    return run


def _bind_taking_control(op: Op, address: int) -> Bound:
    """Control that takes one value and puts none: STORE and the conditional jumps, so it is worth a shape."""
    function: Callable[..., Any] = op.row.function
    operands = op.operands
    following = address + 1

    def run(process: Process, system: Actors) -> Outcome | None:
        stack = process.stack
        if not stack:
            raise underflow(op, 0)
        value = stack.pop()
        process.pc = following
        try:
            outcome: Outcome | None = function(process, *operands, value)
        except Fault:
            stack.append(value)
            process.pc = address
            raise
        return outcome

    return run


def _asker(function: Callable[..., Any]) -> Callable[..., Any]:
    """How to ask the host: ``Clock.monotonic`` becomes ``system.host.clock.monotonic``."""
    part, method = function.__qualname__.split(".")
    attribute = part.lower()

    def ask(process: Process, system: Actors, *values: Value) -> Value:
        answer: Value = getattr(getattr(system.host, attribute), method)(process, *values)
        return answer

    return ask


def _bind_general(op: Op, address: int, count: int) -> Bound:
    """Control with values from the stack, effects and actors: the shape that can block and jump."""
    row = op.row
    function: Callable[..., Any] = row.function
    if row.kind is Kind.EFFECT and "." in function.__qualname__:
        function = _asker(function)
    operands = op.operands
    pushes = len(row.effect.pushes)
    with_system = row.kind is not Kind.CONTROL
    following = address + 1

    def run(process: Process, system: Actors) -> Outcome | None:
        stack = process.stack
        base = len(stack) - count
        if base < 0:
            raise underflow(op, len(stack))
        values = stack[base:]
        del stack[base:]
        process.pc = following
        try:
            if with_system:
                result = function(process, system, *operands, *values)
            else:
                result = function(process, *operands, *values)
        except Fault:
            stack += values
            process.pc = address
            raise
        except Parked as parked:
            stack += values
            process.pc = address
            return system.park(process, parked)
        if type(result) is Outcome:
            if result is Outcome.BLOCK:
                stack += values
                process.pc = address
            return result
        if pushes == 1:
            stack.append(result)
        elif pushes:
            stack += result
        return None

    return run
