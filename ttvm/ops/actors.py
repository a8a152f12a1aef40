"""Processes: make them, name them, let them talk, and tell them of each other's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.ops import checks
from ttvm.ops.flow import exit_status, jump
from ttvm.process.state import Outcome, Process
from ttvm.values import TRUE, Bool, List, Pid, Ref, Value, boolean

if TYPE_CHECKING:
    from ttvm.ops.protocol import Actors
    from ttvm.process.patterns import Pattern


def _target(operand: Pid | None, from_stack: tuple[Value, ...]) -> Pid:
    """The pid an instruction means: its operand, or, when that is absent or 0, the value from the stack."""
    return operand or checks.pid(from_stack[0])


def spawn(process: Process, system: Actors, count: int | None, *values: Value) -> Value:
    """Make a process and give its pid.

    The target is a function or closure, which runs with the arguments below it; or a text: a label of this
    program, a file NAME.ttvm, a built-in template, or else the default process. The new process goes to
    the back of the run queue; the spawner goes on.
    """
    return system.spawn(process, values[-1], values[:-1]).pid


def spawn_link(process: Process, system: Actors, count: int | None, *values: Value) -> Value:
    """Like SPAWN, and link the two processes before the new one can run."""
    child = system.spawn(process, values[-1], values[:-1])
    system.link(process, child.pid)
    return child.pid


def spawn_monitor(process: Process, system: Actors, count: int | None, *values: Value) -> tuple[Value, Value]:
    """Like SPAWN, and watch the new process from its first moment; gives pid and ref."""
    child = system.spawn(process, values[-1], values[:-1])
    return child.pid, system.monitor(process, child.pid)


def self_pid(process: Process, system: Actors) -> Value:
    """Give the pid of this process."""
    return process.pid


def spawner(process: Process, system: Actors) -> Value:
    """Give the pid of the process that spawned this one, 0 for the main process."""
    return process.spawner


def yield_(process: Process, system: Actors) -> Outcome:
    """End the slice: let the others run."""
    return Outcome.YIELD


def send(process: Process, system: Actors, to: Pid | None, message: Value, *pid: Value) -> None:
    """Put a message in the mailbox of a process.

    Without an operand, or with operand 0, the pid comes from the stack. A message to a process that is not
    alive is dropped.
    """
    system.send(process, _target(to, pid), message)


def send_named(process: Process, system: Actors, name: str, message: Value) -> None:
    """Put a message in the mailbox of the process with that name; without one it is dropped."""
    system.send_named(process, name, message)


def send_after(process: Process, system: Actors, delay: int, to: Pid | None, message: Value, *pid: Value) -> Value:
    """Send a message after some milliseconds; gives the ref that CANCEL_TIMER takes."""
    return system.send_after(process, delay, _target(to, pid), message)


def cancel_timer(process: Process, system: Actors, timer: Value) -> Value:
    """Stop a timer; tells whether there was still something to stop."""
    if not isinstance(timer, Ref):
        raise mismatch("a ref")
    return boolean(system.cancel_timer(timer))


def receive(
    process: Process, system: Actors, pattern: Pattern | None, after: tuple[int, int] | None
) -> Value | Outcome:
    """Take the first message that fits out of the mailbox; wait when there is none.

    Without a pattern every message fits. With AFTER the wait ends after that many milliseconds and the
    process goes to the label, without a message; AFTER 0 does not wait at all.
    """
    if pattern is not None:
        for name in pattern.variables():
            process.lookup(name)
    message = system.take_message(process, pattern)
    if message is not None:
        process.timed_out = False
        return message[0]
    if after is None:
        return system.block(process, pattern, None)
    delay, label = after
    if delay == 0 or process.timed_out:
        jump(process, label)
        process.timed_out = False
        process.mailbox.skipped = 0
        return Outcome.CONTINUE
    return system.block(process, pattern, delay)


def register(process: Process, system: Actors, name: str) -> None:
    """Give this process a name.

    A name that another live process has is NameTaken; one that this process has already changes nothing.
    """
    system.register(process, name)


def unregister(process: Process, system: Actors, name: str) -> None:
    """Free a name. Without such a name it does nothing."""
    system.unregister(process, name)


def whereis(process: Process, system: Actors, name: str) -> Value:
    """Give the pid of the process with that name, 0 when there is none."""
    return system.whereis(name)


def link(process: Process, system: Actors, other: Pid | None, *pid: Value) -> Outcome | None:
    """Link this process with another, both ways: when one fails, so does the other."""
    return system.link(process, _target(other, pid))


def unlink(process: Process, system: Actors, other: Pid | None, *pid: Value) -> None:
    """Undo a link, both ways."""
    system.unlink(process, _target(other, pid))


def monitor(process: Process, system: Actors, other: Pid | None, *pid: Value) -> Value:
    """Watch a process: when it ends, a message {type: "DOWN", ref, pid, reason} comes."""
    return system.monitor(process, _target(other, pid))


def demonitor(process: Process, system: Actors, ref: Value) -> None:
    """Stop watching."""
    if not isinstance(ref, Ref):
        raise mismatch("a ref")
    system.demonitor(process, ref)


def trap_exit(process: Process, system: Actors, flag: Value) -> None:
    """Choose whether exit signals become messages {type: "EXIT", pid, reason} instead of ending this process."""
    if not isinstance(flag, Bool):
        raise mismatch("a Bool")
    process.traps_exits = flag is TRUE


def exit_process(process: Process, system: Actors, reason: Value) -> Outcome:
    """End this process with a reason. Linked processes fall with it unless the reason is "normal"."""
    process.exit_reason = reason
    return Outcome.EXIT


def kill(process: Process, system: Actors, victim: Pid | None, reason: Value, *pid: Value) -> Outcome | None:
    """Send an exit signal to a process.

    Reason "normal" does nothing to a process that does not trap exits; reason "kill" cannot be trapped.
    The victim ends when its turn comes.
    """
    return system.kill(process, _target(victim, pid), reason)


def is_alive(process: Process, system: Actors, who: Pid | None, *pid: Value) -> Value:
    """Tell whether a process has not ended yet."""
    return boolean(system.is_alive(_target(who, pid)))


def processes(process: Process, system: Actors) -> Value:
    """Give the list of the pids of all live processes."""
    return List(list(system.pids()))


def sleep(process: Process, system: Actors, milliseconds: Value) -> Outcome | None:
    """Wait some milliseconds; the other processes go on."""
    delay = checks.not_negative(milliseconds, "a time")
    if process.timed_out:
        process.timed_out = False
        return None
    return system.block(process, None, delay, asleep=True)


def exit_machine(process: Process, system: Actors, code: Value) -> Outcome:
    """End the whole machine with an exit status from 0 to 255."""
    return system.stop(exit_status(code))


def format_time(timestamp: Value, pattern: Value) -> Value:
    """Write a time in UTC, after a pattern with the codes of strftime such as %Y-%m-%d %H:%M:%S."""
    import datetime

    seconds = timestamp
    if not isinstance(seconds, (int, float)):
        raise mismatch("a time in seconds below the pattern")
    form = checks.text(pattern, "a pattern")
    try:
        moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
        return moment.strftime(form)
    except (OverflowError, ValueError):
        raise Fault(FaultKind.DOMAIN_ERROR, "cannot write this time", wants_operands=True) from None
