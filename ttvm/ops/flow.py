"""Where to go next, and calls."""

from __future__ import annotations

from typing import cast

from ttvm.errors import Fault, FaultKind
from ttvm.forms import debug
from ttvm.ops.checks import integer
from ttvm.process.state import NORMAL, Frame, Outcome, Process
from ttvm.program import Module
from ttvm.values import Closure, Function, Value, truth


def jump(process: Process, target: int) -> None:
    """Go to a label."""
    if target < process.pc:
        check_stack(process)
    process.pc = target


def jump_if_false(process: Process, target: int, flag: Value) -> None:
    """Take a value off the stack; go to a label when it is false: 0, 0.0, false or null."""
    if not truth(flag):
        jump(process, target)


def jump_if_true(process: Process, target: int, flag: Value) -> None:
    """Take a value off the stack; go to a label when it is true: anything but 0, 0.0, false and null."""
    if truth(flag):
        jump(process, target)


def check_stack(process: Process) -> None:
    """Fault when the stack is too deep. Called where code can repeat: nowhere else can it grow without end."""
    if len(process.stack) > process.limits.stack:
        raise Fault(
            FaultKind.LIMIT_EXCEEDED, f"found more than {process.limits.stack:,} values on the stack (--max-stack)"
        )


def call(process: Process, target: int, parameters: tuple[str, ...], *arguments: Value) -> None:
    """Call the code at a label.

    A new frame begins, with the named parameters taken from the stack, the last one from the top. RET
    comes back.
    """
    module = process.frame.module
    enter(process, module, target, module.label_at(target), dict(zip(parameters, arguments, strict=True)))


def enter(process: Process, module: Module, target: int, label: str, variables: dict[str, Value]) -> Frame:
    """Push a frame that returns to ``process.pc`` and go to ``target`` of ``module``."""
    check_stack(process)
    if len(process.frames) >= process.limits.calls:
        raise Fault(FaultKind.LIMIT_EXCEEDED, f"would open more than {process.limits.calls:,} calls (--max-calls)")
    frame = Frame(module, label, variables, process.pc)
    process.frames.append(frame)
    process.frame = frame
    process.pc = target
    return frame


def leave(process: Process) -> Outcome | None:
    """Drop the frame and its handlers and go back to the caller; the outermost frame ends the process."""
    frames, handlers = process.frames, process.handlers
    while handlers and handlers[-1].frame_depth >= len(frames):
        handlers.pop()
    if len(frames) == 1:
        process.exit_reason = NORMAL
        return Outcome.EXIT
    left = frames.pop()
    caller = process.frame = frames[-1]
    process.pc = left.return_address
    if left.imported:
        process.importing = process.importing[:-1]
        if process.modules is not None:
            caller.variables.update(process.modules[left.module.identity].exports)
    return None if caller.module is left.module else Outcome.CONTINUE


def ret(process: Process) -> Outcome | None:
    """Return from a call.

    The frame and the exception handlers opened in it are dropped. In the outermost frame the process
    ends normally.
    """
    return leave(process)


def halt(process: Process) -> Outcome | None:
    """End this process with reason normal. In the top level of an imported module: go back to the importer."""
    if process.frame.imported:
        return leave(process)
    process.exit_reason = NORMAL
    return Outcome.EXIT


def make_function(process: Process, target: int, parameters: tuple[str, ...]) -> Value:
    """Put a function value on the stack: a label and the names of its parameters."""
    module = process.frame.module
    return Function(module, target, module.label_at(target), parameters)


def capture(process: Process, name: str) -> None:
    """Copy a variable for the next MAKE_LAMBDA of this frame."""
    value = process.lookup(name)
    frame = process.frame
    if frame.captures is None:
        frame.captures = {}
    frame.captures[name] = value


def make_lambda(process: Process, target: int, parameters: tuple[str, ...]) -> Value:
    """Put a closure on the stack: a function together with the variables captured since the last one."""
    frame = process.frame
    captured, frame.captures = frame.captures, None
    return Closure(frame.module, target, frame.module.label_at(target), parameters, captured or {})


def call_function(process: Process) -> Outcome | None:
    """Call the function value on top of the stack, with the values below it as its arguments."""
    stack = process.stack
    if not stack:
        raise Fault(FaultKind.STACK_UNDERFLOW, "needs a function on the stack, which is empty")
    function = stack[-1]
    if not isinstance(function, Function):
        raise Fault(FaultKind.TYPE_MISMATCH, f"needs a function on top of the stack, found {debug(function)}")
    count = len(function.parameters)
    if len(stack) <= count:
        raise Fault(
            FaultKind.STACK_UNDERFLOW,
            f"needs {count} argument{'s' if count != 1 else ''} ({', '.join(function.parameters)}) "
            f"below the function, found {len(stack) - 1}",
        )
    arguments = stack[len(stack) - 1 - count : -1]
    here = process.frame.module
    variables = {**function.captured, **dict(zip(function.parameters, arguments, strict=True))}
    # A function value lives in a module of this machine; values.py only knows it as a CodePlace.
    there = cast(Module, function.module)
    enter(process, there, function.address, function.label, variables)
    del stack[len(stack) - 1 - count :]
    return None if there is here else Outcome.CONTINUE


def nop(process: Process) -> None:
    """Do nothing."""


def breakpoint_here(process: Process) -> Outcome:
    """Stop a debugger here; without one, do nothing."""
    return Outcome.BREAKPOINT


def assert_true(text: str | None, flag: Value) -> None:
    """Take a value off the stack; when it is false, raise AssertionFailed with the text."""
    if not truth(flag):
        reason = f"failed: {text}" if text is not None else "failed"
        raise Fault(FaultKind.ASSERTION_FAILED, reason, wants_operands=text is None)


def exit_status(code: Value) -> int:
    """``code`` if it can be an exit status."""
    if not 0 <= integer(code, "an exit status") <= 255:
        raise Fault(FaultKind.DOMAIN_ERROR, "needs an exit status from 0 to 255", wants_operands=True)
    return cast(int, code)
