"""Why a run stopped, in words."""

from __future__ import annotations

from debugger.explanation import title
from debugger.steering import Steering
from debugger.views import StopView
from ttvm.observers.reporter import end_report
from ttvm.process.state import Process
from ttvm.setup import MachineOptions
from ttvm.source import visible
from ttvm.values import Pid
from ttvm.vm import Vm


def breakpoint_stop(vm: Vm) -> StopView:
    """The stop at a breakpoint or behind a BREAKPOINT."""
    process = vm.next_process()
    if process is None:
        return StopView("breakpoint", "BREAKPOINT")
    place = process.frame.module.place(process.pc)
    return StopView("breakpoint", f"breakpoint at {place} in {title(process)}", process.pid)


def end_stop(vm: Vm) -> StopView:
    """The stop when nobody can ever run again."""
    system = vm.system
    if not vm.stopped and held_back(vm):
        return StopView("held", held_words(vm), vm.last_pid)
    if system.stop_status is not None:
        return StopView("end", f"EXIT ended the machine with status {system.stop_status}", vm.last_pid)
    if system.stop_fault is not None:
        return StopView("end", visible(system.stop_fault[1]), system.stop_fault[0].pid)
    if awaits_text(vm):
        return StopView("line", f"{title(system.processes[1])} waits for the next line", 1)
    report = end_report(system.processes.values())
    if system.main_alive:
        return StopView("deadlock", report.partition("\n")[0].removeprefix("deadlock: "), 1)
    if report:
        return StopView("end", report.partition("\n")[0].removeprefix("note: "))
    return StopView("end", "all processes have ended")


def is_over(vm: Vm) -> bool:
    """Whether nobody can ever run again, unless the user lets somebody."""
    return vm.stopped or (vm.next_process() is None and not vm.waits_for_something)


def awaits_text(vm: Vm) -> bool:
    """Whether the user can go on by entering a line."""
    return not vm.stopped and 1 in vm.system.processes and vm.system.processes[1].awaits_text


def waits_alone(process: Process | None) -> bool:
    """Whether a process waits only for time, or for an answer from outside, which no other process can hasten."""
    wait = process.waiting if process is not None else None
    return wait is not None and (wait.timer is not None or wait.ticket != 0)


def held_back(vm: Vm) -> tuple[Pid, ...]:
    """Who could run if the user let them: they are frozen, or the scheduler is locked to another process."""
    scheduler = vm.system.scheduler
    return scheduler.held if isinstance(scheduler, Steering) else ()


def held_words(vm: Vm) -> str:
    """Why nobody runs although some could."""
    processes = vm.system.processes
    could = ", ".join(title(processes[pid]) for pid in held_back(vm)[:3])
    locked = processes.get(vm.system.scheduler.locked) if isinstance(vm.system.scheduler, Steering) else None
    if locked is not None:
        return f"the scheduler is locked to {title(locked)}, which waits; unlock it, and {could} can run"
    return f"nobody runs: {could} could, but you have frozen them"


def waiting_stop(vm: Vm) -> StopView:
    """The stop when only an answer from outside brings the run further."""
    return StopView("waiting", f"nobody can run: {awaited(vm)}", vm.last_pid)


def awaited(vm: Vm) -> str:
    """Who waits for what from outside."""
    system = vm.system
    waiting = [system.processes[pid] for pid in system.parked.values()]
    return ", ".join(f"{title(each)} waits for {each.waiting.what}" for each in waiting[:3] if each.waiting)


def policy_words(options: MachineOptions) -> str:
    """The scheduling policy, with what it depends on."""
    if options.policy == "smp":
        return f"smp {options.schedulers}"
    return f"random, seed {options.seed}" if options.policy == "random" else options.policy


def after(what: str, count: int) -> str:
    """``after a step``, ``after 10 steps``."""
    return f"after a {what}" if count == 1 else f"after {count:,} {what}s"


def back(what: str, count: int) -> str:
    """``one step back``, ``10 steps back``."""
    return f"one {what} back" if count == 1 else f"{count:,} {what}s back"


def ran(steps: int, ticks: int) -> str:
    """``ran 10 instructions in 2 turns``; empty when nothing ran."""
    if not steps:
        return ""
    return f"ran {steps:,} instruction{'s' if steps != 1 else ''} in {ticks:,} turn{'s' if ticks != 1 else ''}"


def over(outward: bool) -> str:
    """What a step of the session's ``step_over`` was."""
    return "out of the call" if outward else "over an instruction"
