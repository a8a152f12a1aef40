"""Turns in compiled code, one after the other, as long as nobody watches.

This does nothing that the slow way of ``Vm`` does not do; but there are no timers, nothing is owed from outside, and
each turn fits whole into the budget, so all that need not be looked at again and again.
"""

from __future__ import annotations

from typing import Protocol

from ttvm.events import TurnStarted
from ttvm.process.state import Outcome, Process
from ttvm.system.system import System
from ttvm.values import Pid


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
    if not quantum or _somebody_watches(system) or _something_is_due(system):
        return True
    scheduler, kept = system.scheduler, system.kept
    fifo, keeper_of = scheduler.fifo, kept.get
    steps, ticks, last_pid, left = system.steps, vm.ticks, vm.last_pid, vm.slice_left
    latest = last - quantum
    try:
        while steps <= latest:
            if fifo:
                pid = fifo.popleft()
            elif fifo is not None or (chosen := scheduler.choose()) is None:
                return False
            else:
                pid = chosen
                system.processes[pid].queue = scheduler.scheduler
            ticks += 1
            end = steps + quantum
            resume = keeper_of(pid)
            if resume is not None:
                last_pid = pid
                left = resume(end)
                if left >= 0:
                    steps = end - left
                    continue
                del kept[pid]
                left, outcome, process = ~left, system.left_by, system.processes[pid]
            else:
                process = system.processes[pid]
                left = quantum
                hot = process.frame.module.hot
                entry = hot.entries[process.pc] if hot is not None else None
                if entry is None or process.signal is not None or entry.need > quantum:
                    vm.current = process
                    return True
                way = entry.kept
                if way is not None and way.patience and way.need <= quantum:
                    generator = way.function(process, system, end, quantum, way.number)
                    left = next(generator)
                    if left >= 0:
                        kept[pid] = generator.send
                        steps, last_pid = end - left, pid
                        continue
                    way.patience -= 1
                    left, outcome = ~left, system.left_by
                else:
                    left, outcome = entry.function(process, system, end, quantum, entry.number)
                if left < quantum:
                    last_pid = pid
            system.steps = steps = end - left
            process.reductions += quantum - left
            if outcome is Outcome.BLOCK:
                continue
            if outcome is Outcome.YIELD or (not left and outcome is not Outcome.EXIT):
                system.scheduler.add(process)
                continue
            vm.current = process
            if outcome is not Outcome.EXIT:
                return True
            system.end(process)
            vm.current = None
            if _something_is_due(system):
                return True
        return True
    finally:
        system.steps, vm.ticks, vm.last_pid, vm.slice_left = steps, ticks, last_pid, left


def _somebody_watches(system: System) -> bool:
    observers = system.observers
    listens = observers.in_detail or observers.hears_messages or TurnStarted in observers.listeners
    return listens or system.traced or bool(system.breakpoints)


def _something_is_due(system: System) -> bool:
    return bool(system.parked or system.timers.queue) or system.interrupted
