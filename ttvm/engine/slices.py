"""A slice: instructions of one process, one after the other, until something ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.engine.binding import bound_code
from ttvm.errors import Fault, InternalError, OutOfMemory, TtvmError
from ttvm.events import InstructionStarting
from ttvm.process.state import Outcome, Process

if TYPE_CHECKING:
    from ttvm.engine.machine import Machine


def run_slice(process: Process, system: Machine, budget: int, pass_breakpoint: bool) -> Outcome | None:
    """Execute at most ``budget`` instructions of ``process``; None when the budget ended the slice.

    ``pass_breakpoint`` executes the first instruction even where a breakpoint is.
    """
    first = system.steps
    try:
        return _run(process, system, first + budget, pass_breakpoint)
    finally:
        process.reductions += system.steps - first


def _run(process: Process, system: Machine, last: int, pass_breakpoint: bool) -> Outcome | None:
    observed = system.traced or InstructionStarting in system.observers.listeners or bool(system.breakpoints)
    while system.steps < last:
        if process.signal is not None:
            if observed:
                system.observers.emit(InstructionStarting(process))
            system.steps += 1
            process.exit_reason = process.signal.reason
            return Outcome.EXIT
        try:
            if observed:
                outcome = _run_observed(process, system, last, pass_breakpoint)
            else:
                outcome = _run_module(process, system, last)
        except Fault as fault:
            outcome = system.fail(process, fault)
        except MemoryError:
            place = process.frame.module.place(process.pc)
            raise OutOfMemory(f"no memory is left, process {process.title} was at {place}") from None
        except (TtvmError, KeyboardInterrupt, OSError):
            raise
        except Exception as error:
            place = process.frame.module.place(process.pc)
            raise InternalError(f"{type(error).__name__}: {error} at {place} in process {process.pid}") from error
        if outcome is not Outcome.CONTINUE:
            return outcome
        pass_breakpoint = False
    return None


def _run_module(process: Process, system: Machine, last: int) -> Outcome | None:
    """The hot loop: as long as the code stays in one module and nothing happens."""
    code = bound_code(process.frame.module)
    steps = system.steps
    while steps < last:
        steps += 1
        system.steps = steps
        outcome = code[process.pc](process, system)
        if outcome is not None:
            return outcome
    return None


def _run_observed(process: Process, system: Machine, last: int, pass_breakpoint: bool) -> Outcome | None:
    """The same, with breakpoints and an event before each instruction."""
    code = bound_code(process.frame.module)
    identity = process.frame.module.identity
    announce = InstructionStarting in system.observers.listeners
    while system.steps < last:
        if not pass_breakpoint and (identity, process.pc) in system.breakpoints:
            return Outcome.BREAKPOINT
        pass_breakpoint = False
        if announce:
            system.observers.emit(InstructionStarting(process))
        system.steps += 1
        process.previous_pc = process.pc
        outcome = code[process.pc](process, system)
        if outcome is not None:
            return outcome
    return None
