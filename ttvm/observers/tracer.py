"""The lines of ``ttvm --debug`` and ``ttvm --trace-procs``."""

from __future__ import annotations

from collections.abc import Callable

from ttvm import events
from ttvm.asm.disassembler import write_op
from ttvm.forms import debug
from ttvm.source import visible
from ttvm.vm import Vm

SHOWN_VALUES = 8
"""Values of the stack that a line shows, from the top."""


def trace_instructions(vm: Vm, write: Callable[[str], None]) -> Callable[[events.InstructionStarting], None]:
    """Write a line before each instruction: pid, address, instruction, stack (top on the right).

    Gives the listener, for those who end the trace.
    """

    def line(event: events.InstructionStarting) -> None:
        process = event.process
        module = process.frame.module
        at_end = process.pc >= len(module.ops)
        text = "(end of the text)" if at_end else write_op(module.ops[process.pc], module)
        if process.signal is not None:
            text = "(exit signal)"
        stack = process.stack
        shown = ", ".join(debug(value, 40) for value in stack[-SHOWN_VALUES:])
        more = f"{len(stack) - SHOWN_VALUES:,} more, " if len(stack) > SHOWN_VALUES else ""
        write(visible(f"{process.pid:>3} {process.pc:>5}  {text:<32} [{more}{shown}]"))

    vm.observe(events.InstructionStarting, line)
    return line


def trace_processes(vm: Vm, write: Callable[[str], None]) -> None:
    """Write a line for each spawn, send, receive, block, wake, register, exit and restart: step, pid, what."""

    def line(pid: int, text: str) -> None:
        write(visible(f"{vm.steps:>7} {pid:>4}  {text}"))

    def spawned(event: events.ProcessSpawned) -> None:
        by = f" by {event.spawner}" if event.spawner else ""
        line(event.process.pid, f"spawned{by}: {event.target}")

    def sent(event: events.MessageSent) -> None:
        message = event.message
        line(message.sender, f"sends #{message.number} to {event.receiver.title}: {debug(message.value, 60)}")

    def taken(event: events.MessageTaken) -> None:
        message = event.message
        line(event.receiver.pid, f"receives #{message.number} from {message.sender}: {debug(message.value, 60)}")

    def dropped(event: events.MessageDropped) -> None:
        line(event.message.sender, f"sends to {event.to}, dropped: {debug(event.message.value, 60)}")

    def blocked(event: events.ProcessBlocked) -> None:
        wait = event.wait
        what = "sleeps" if wait.asleep and not wait.what else f"waits for {wait.what or wait.pattern or 'any message'}"
        until = f" until {wait.deadline} ms" if wait.deadline is not None else ""
        line(event.process.pid, what + until)

    def woke(event: events.ProcessWoke) -> None:
        line(event.process.pid, "wakes: its time is over" if event.timeout else "wakes")

    def exited(event: events.ProcessExited) -> None:
        line(event.process.pid, f"exits: {debug(event.reason, 100)}")

    def restarted(event: events.ChildRestarted) -> None:
        line(event.supervisor.pid, f"starts {event.name} again: {event.process.pid} takes the place of {event.before}")

    def gave_up(event: events.SupervisorGaveUp) -> None:
        line(event.supervisor.pid, f"gives up: to start {event.name} again {event.why}")

    vm.observe(events.ProcessSpawned, spawned)
    vm.observe(events.MessageSent, sent)
    vm.observe(events.MessageTaken, taken)
    vm.observe(events.MessageDropped, dropped)
    vm.observe(events.ProcessBlocked, blocked)
    vm.observe(events.ProcessWoke, woke)
    vm.observe(events.ProcessExited, exited)
    vm.observe(events.ChildRestarted, restarted)
    vm.observe(
        events.ChildStopped,
        lambda event: line(event.supervisor.pid, f"does not start {event.name} ({event.pid}) again"),
    )
    vm.observe(events.SupervisorGaveUp, gave_up)
    vm.observe(events.NameRegistered, lambda event: line(event.process.pid, f"is called {event.name} from now on"))
    vm.observe(events.NameFreed, lambda event: line(event.process.pid, f"is no longer called {event.name}"))
