"""Turns in compiled code, one after the other, as long as nobody watches.

This does nothing that the slow way of ``Vm`` does not do; but there are no timers, nothing is owed from outside, and
each turn fits whole into the budget, so all that need not be looked at again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ttvm.engine.tiering import hot_code
from ttvm.events import TurnStarted
from ttvm.process.state import Outcome, Process
from ttvm.system.system import System
from ttvm.values import Pid

if TYPE_CHECKING:
    from ttvm.engine.fastpath.compiler import Entry

# Names of the module are found several times as fast as members of an enumeration.
_BLOCK, _EXIT, _YIELD = Outcome.BLOCK, Outcome.EXIT, Outcome.YIELD


class TurnTaker(Protocol):
    """What is known of turns; ``ttvm.vm.Vm`` says what the attributes mean."""

    system: System
    quantum: int
    current: Process | None
    slice_left: int
    ticks: int
    last_pid: Pid


def run_compiled_turns(vm: TurnTaker, last: int) -> bool:
    """Run turns of processes that go from one wait to the next in compiled code, as many as there are.

    The first turn that needs more is left as it is: begun. It also ends when fewer instructions are left until ``last``
    than a turn may have. False when nobody is ready.
    """
    system, quantum = vm.system, vm.quantum
    steps, latest = system.steps, last - quantum
    if not quantum or steps > latest or _somebody_watches(system) or _something_is_due(system):
        return True
    kept, processes = system.kept, system.processes
    if system.kept_under is not system.breakpoints:  # they would pass by those that are new
        system.put_all_back()
        system.kept_under = system.breakpoints
    system.keeps_something = True
    keeper_of = kept.get
    ticks, last_pid, left = vm.ticks, vm.last_pid, vm.slice_left
    try:
        for pid in system.scheduler.choices(processes):
            ticks += 1
            end = steps + quantum
            resume = keeper_of(pid)
            if resume is not None:
                last_pid = pid
                left = resume(end)
                if left >= 0:
                    steps = end - left
                    if steps > latest:
                        return True
                    continue
                del kept[pid]
                process, left, outcome = processes[pid], ~left, system.left_by
            else:
                process = processes[pid]
                begun = _begin(process, system, end, quantum)
                if begun is None:
                    vm.current, left = process, quantum
                    return True
                left, outcome = begun
                if left < quantum:
                    last_pid = pid
            system.steps = steps = end - left
            if outcome is _BLOCK:
                pass
            elif outcome is _EXIT:
                vm.current = process
                system.end(process)
                vm.current = None
                if _something_is_due(system):
                    return True
            elif outcome is _YIELD or not left:
                system.scheduler.add(process)
            else:
                vm.current = process
                return True
            if steps > latest:
                return True
        return False
    finally:
        system.steps, vm.ticks, vm.last_pid, vm.slice_left = steps, ticks, last_pid, left


def is_alone(system: System) -> bool:
    """Whether whoever has the turn will have the next one too, and nobody will see when that begins."""
    observers = system.observers
    if observers.in_detail or TurnStarted in observers.listeners or system.interrupted:
        return False
    return system.scheduler.run_queues is not None and system.is_quiet()


def _begin(process: Process, system: System, end: int, quantum: int) -> tuple[int, Outcome | None] | None:
    """Begin the turn of a process in compiled code: what is left of it, and what comes next; None: it has none here.

    Whoever stays in compiled code is done with this turn, like those who are blocked.
    """
    module = process.frame.module
    hot = module.hot
    if system.breakpoints:
        hot = hot_code(module, system.breakpoints)
        if process.pc in hot.stops:
            return None
    entry: Entry | None = hot.entries[process.pc] if hot is not None else None
    if entry is None or process.signal is not None:
        return None
    function, number, need, way, is_silent = entry
    if need > quantum or (is_silent and is_alone(system)):
        return None
    if way is None or not way.patience or way.need > quantum:
        left, outcome = function(process, system, end, quantum, number)
        process.reductions += quantum - left
        return left, outcome
    generator = way.function(process, system, end, quantum, way.number)
    left = next(generator)
    if left >= 0:
        system.kept[process.pid] = generator.send
        return left, _BLOCK
    way.patience -= 1
    return ~left, system.left_by


def _somebody_watches(system: System) -> bool:
    observers = system.observers
    listens = observers.in_detail or observers.hears_messages or TurnStarted in observers.listeners
    return listens or system.traced


def _something_is_due(system: System) -> bool:
    return bool(system.parked or system.timers.queue) or system.interrupted
