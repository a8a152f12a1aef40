"""A slice: instructions of one process, one after the other, until something ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.engine.binding import bound_code
from ttvm.engine.tiering import hot_code
from ttvm.errors import Fault, InternalError, OutOfMemory, TtvmError
from ttvm.events import CallEntered, CallReturned, InstructionStarting, Observers
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
    observed = system.traced or system.observers.in_detail or bool(system.breakpoints)
    while system.steps < last:
        if process.signal is not None:
            if observed:
                system.observers.emit(InstructionStarting(process))
                if system.interrupted:
                    return Outcome.BREAKPOINT
            system.steps += 1
            process.exit_reason = process.signal.reason
            return Outcome.EXIT
        try:
            if system.fast and not system.observers.in_detail:
                if observed:
                    outcome = _run_hot_watched(process, system, last, pass_breakpoint)
                else:
                    outcome = _run_hot(process, system, last)
            elif observed:
                outcome = _run_observed(process, system, last, pass_breakpoint)
            else:
                outcome = _run_module(process, system, last)
        except Fault as fault:
            outcome = _fail(process, system, fault)
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
        if system.interrupted:
            return Outcome.BREAKPOINT
        pass_breakpoint = False
    return None


def _fail(process: Process, system: Machine, fault: Fault) -> Outcome:
    """Let the system deal with a fault. A handler that takes it may be outside of calls, which are over then."""
    depth = len(process.frames)
    outcome = system.fail(process, fault)
    _announce_calls(process, system.observers, depth)
    return outcome


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


def _run_hot(process: Process, system: Machine, last: int) -> Outcome | None:
    """The same, with compiled code where a module is hot. That counts its steps by itself."""
    code = hot_code(process.frame.module, system.breakpoints).code
    system.slice_end = system.slice_last = last
    steps = system.steps
    while steps < last:
        steps += 1
        system.steps = steps
        outcome = code[process.pc](process, system)
        if outcome is not None:
            if outcome is not Outcome.RESUME:
                return outcome
            steps = system.steps
    return None


def _run_hot_watched(process: Process, system: Machine, last: int, pass_breakpoint: bool) -> Outcome | None:
    """The same, with breakpoints, for a machine that wants to know the last instruction of each process.

    Compiled code does not tell which instruction it executed last, so the stepper does the last one of a slice.
    """
    hot = hot_code(process.frame.module, system.breakpoints)
    code, stops = hot.code, hot.stops
    system.slice_end, system.slice_last = last - 1, last
    while system.steps < last:
        here = process.pc
        if here in stops and not pass_breakpoint:
            guard = stops[here]
            if guard is None or guard.stops(process):
                return Outcome.BREAKPOINT
        pass_breakpoint = False
        system.steps += 1
        process.previous_pc = here
        outcome = code[here](process, system)
        if outcome is not None and outcome is not Outcome.RESUME:
            return outcome
        if system.interrupted:
            return Outcome.BREAKPOINT
    return None


def _run_observed(process: Process, system: Machine, last: int, pass_breakpoint: bool) -> Outcome | None:
    """The same, with breakpoints, an event before each instruction, and one for each call and return."""
    frame, depth = process.frame, len(process.frames)
    code = bound_code(frame.module)
    identity = frame.module.identity
    # A process is all that the event tells, so one serves the whole slice.
    starting = InstructionStarting(process) if InstructionStarting in system.observers.listeners else None
    while system.steps < last:
        if system.breakpoints and not pass_breakpoint and (identity, process.pc) in system.breakpoints:
            guard = system.breakpoints[identity, process.pc]
            if guard is None or guard.stops(process):
                return Outcome.BREAKPOINT
        pass_breakpoint = False
        if starting is not None:
            system.observers.emit(starting)
            if system.interrupted:
                return Outcome.BREAKPOINT
        system.steps += 1
        process.previous_pc = process.pc
        outcome = code[process.pc](process, system)
        if process.frame is not frame:
            _announce_calls(process, system.observers, depth)
            frame, depth = process.frame, len(process.frames)
        if outcome is not None:
            return outcome
        if system.interrupted:
            return Outcome.BREAKPOINT
    return None


def _announce_calls(process: Process, observers: Observers, depth: int) -> None:
    """Tell of the calls that began or ended since ``depth`` calls were open."""
    change = len(process.frames) - depth
    if change > 0 and CallEntered in observers.listeners:
        observers.emit(CallEntered(process))
    elif change < 0 and CallReturned in observers.listeners:
        observers.emit(CallReturned(process, -change))
