"""What happens when an instruction faults: the whole message, the handler, or the end of the process."""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind
from ttvm.forms import debug
from ttvm.process.state import HandlerState, Process
from ttvm.program import Op
from ttvm.values import ExceptionValue, Value

TRACE_LINES = 20
"""Open calls a trace shows; in a deeper one the middle is left out."""


def describe(fault: Fault, process: Process) -> str:
    """The whole message of a fault: instruction, reason, operands in the table's words, place."""
    if fault.final:
        return fault.text
    module = process.frame.module
    if process.pc >= len(module.ops):
        return f"{fault.text} ({module.place(process.pc)})"
    return f"{reason(fault, module.ops[process.pc], process)} ({module.place(process.pc)})"


def reason(fault: Fault, op: Op, process: Process) -> str:
    """What is wrong with an instruction, without its place; its operands are still on the stack."""
    if fault.final:
        return f"{op.row.mnemonic}: {fault.text}"
    text = f"{op.row.mnemonic} {fault.text}"
    if fault.wants_operands:
        names = op.row.pop_names(op.operands)
        values = process.stack[len(process.stack) - len(names) :]
        found = [f"{name} is {debug(value, 60)}" for name, value in zip(names, values, strict=True)]
        if found:
            text = f"{text}: {', '.join(found)}"
    return text


def trace(process: Process) -> tuple[str, ...]:
    """The open calls, innermost first: ``work (loop.ttvm:12)``. It takes no longer however deep they are."""
    frames = process.frames
    depth = len(frames)

    def call(index: int) -> str:
        frame = frames[index]
        address = process.pc if index == depth - 1 else frames[index + 1].return_address - 1
        return f"{frame.label or 'main'} ({frame.module.place(address)})"

    if depth <= TRACE_LINES:
        return tuple(call(index) for index in reversed(range(depth)))
    half = TRACE_LINES // 2
    return (
        *(call(index) for index in range(depth - 1, depth - 1 - half, -1)),
        f"... {depth - TRACE_LINES:,} more calls ...",
        *(call(index) for index in range(half - 1, -1, -1)),
    )


def exception_of(fault: Fault, message: str, process: Process) -> ExceptionValue:
    """The exception a handler gets; a caught exception that is thrown again stays what it was."""
    if isinstance(fault.payload, ExceptionValue):
        return fault.payload
    payload: Value = fault.payload if fault.kind is FaultKind.THROWN else None  # type: ignore[assignment]
    return ExceptionValue(str(fault.kind), message, payload, trace(process))


def kind_of(fault: Fault) -> str:
    """The kind of a fault; of an exception that is thrown again, its first kind."""
    return fault.payload.kind if isinstance(fault.payload, ExceptionValue) else str(fault.kind)


def find_handler(process: Process) -> int | None:
    """The index of the innermost handler that is not handling already."""
    for index in range(len(process.handlers) - 1, -1, -1):
        if process.handlers[index].state is HandlerState.OPEN:
            return index
    return None


def handle(process: Process, index: int, exception: ExceptionValue) -> None:
    """Give ``exception`` to the handler: cut stack, frames and inner handlers back to its TRY, and go there."""
    handler = process.handlers[index]
    del process.handlers[index + 1 :]
    process.handlers[index] = handler.in_state(HandlerState.CAUGHT)
    for frame in process.frames[handler.frame_depth :]:
        if frame.imported and process.modules is not None:
            # An import that failed never happened, so that it can be tried again.
            del process.modules[frame.module.identity]
            process.importing = process.importing[:-1]
    del process.frames[handler.frame_depth :]
    process.frame = process.frames[-1]
    del process.stack[handler.stack_depth :]
    process.stack.append(exception)
    process.pc = handler.target
    # What the faulted instruction was given by its wait is not for another one.
    process.timed_out = False
    process.answer = None
