"""TRY, CATCH, THROW, and what an exception tells."""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind, InternalError, mismatch
from ttvm.forms import display
from ttvm.process.state import Handler, HandlerState, Process
from ttvm.values import ExceptionValue, List, Value


def try_(process: Process, handler: int | None, catch: int | None) -> None:
    """Open an exception handler.

    With a label the handler is there; without one it is the CATCH of the same nesting level. Everything
    that is raised until END_TRY goes to it.
    """
    target = handler if handler is not None else catch
    if target is None:
        raise InternalError("TRY without a handler")
    if len(process.handlers) >= process.limits.calls:
        raise Fault(
            FaultKind.LIMIT_EXCEEDED, f"would open more than {process.limits.calls:,} exception handlers (--max-calls)"
        )
    process.handlers.append(Handler(target, len(process.frames), len(process.stack)))


def catch(process: Process, variable: str | None, end: int | None) -> None:
    """Mark the start of a handler.

    The exception is on the stack, and also in the variable when one is named. Code that comes here without
    an exception goes on behind the matching END_TRY.
    """
    handlers, here, depth = process.handlers, process.pc - 1, len(process.frames)
    if handlers and handlers[-1].state is HandlerState.CAUGHT and handlers[-1].target == here:
        handlers[-1] = handlers[-1].in_state(HandlerState.HANDLING)
    elif end is not None:
        # Normal flow. It closes this TRY together with what its body left open; there is none to close
        # when somebody jumped into the body.
        index = len(handlers) - 1
        while index >= 0 and handlers[index].frame_depth == depth and handlers[index].target != here:
            index -= 1
        if index >= 0 and handlers[index].frame_depth == depth:
            del handlers[index:]
        process.pc = end + 1
        return
    if variable is not None:
        if not process.stack:
            raise Fault(FaultKind.STACK_UNDERFLOW, "needs an exception on the stack, which is empty")
        process.frame.variables[variable] = process.stack[-1]


def end_try(process: Process) -> None:
    """Close the innermost open handler of this call. Without one it does nothing."""
    handlers = process.handlers
    if handlers and handlers[-1].frame_depth == len(process.frames):
        handlers.pop()


def throw(value: Value) -> None:
    """Raise a value. Throwing a caught exception again keeps its kind, message, value and trace."""
    if isinstance(value, ExceptionValue):
        raise Fault(FaultKind.THROWN, value.message, payload=value, final=True)
    raise Fault(FaultKind.THROWN, display(value), payload=value, final=True)


def _exception(value: Value) -> ExceptionValue:
    if not isinstance(value, ExceptionValue):
        raise mismatch("an exception")
    return value


def error_message(exception: Value) -> Value:
    """Give the message of an exception."""
    return _exception(exception).message


def error_kind(exception: Value) -> Value:
    """Give the kind of an exception: Thrown for THROW, otherwise the name of the fault."""
    return _exception(exception).kind


def error_value(exception: Value) -> Value:
    """Give the value that was thrown, null for a fault."""
    return _exception(exception).payload


def error_trace(exception: Value) -> Value:
    """Give the open calls at the moment of the exception, as a list of texts, innermost first."""
    return List(list(_exception(exception).trace))
