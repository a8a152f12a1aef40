"""Run a program to its end, within limits, and find its exit status."""

from __future__ import annotations

import os
import sys
import time
from typing import NoReturn

from ttvm.cli.options import RunOptions
from ttvm.cli.terminal import say
from ttvm.errors import Limit, OutOfMemory, UnreadableError
from ttvm.host.real import RealClock, StandardConsole, SystemSecrets
from ttvm.host.sources import read_standard_input
from ttvm.observers.reporter import Reporter, end_report
from ttvm.outside import ConsentAsker
from ttvm.setup import make_machine
from ttvm.vm import Status, Vm, make_loader

CRASHED, DEADLOCK, PASSED_LIMIT, INTERRUPTED = 1, 3, 4, 130
_CHUNK = 50_000
"""Instructions between two looks at the clock and the memory."""


class _TimeUp(BaseException):
    """The alarm of --timeout; not an Exception, so that nothing on the way takes it for an error."""


class _Passed(Exception):
    """A limit of the whole run was passed."""

    def __init__(self, limit: Limit, text: str) -> None:
        super().__init__(text)
        self.limit = limit


def run_file(options: RunOptions) -> int:
    """``ttvm FILE``: returns the exit status."""
    console = StandardConsole()
    return drive(load_machine(options, console), console, options)


def load_machine(options: RunOptions, console: StandardConsole) -> Vm:
    """A machine at the start of the program of a command line, with the real world around it."""
    loader = make_loader()
    try:
        module = loader.add(read_standard_input()) if options.file == "-" else loader.load(options.file)
    except UnreadableError as error:
        raise UnreadableError(f"{error}{_command_hint(options.file)}") from None
    return make_machine(module, loader, options.machine, console, RealClock(), SystemSecrets(), asker(options, console))


def asker(options: RunOptions, console: StandardConsole) -> ConsentAsker | None:
    """Who is asked about what the options do not allow; None: nobody. Raises TtvmError when nobody is there."""
    if not options.ask:
        return None
    from ttvm.cli.asking import make_asker

    return make_asker(console)


def _command_hint(file: str) -> str:
    """What to add when a file cannot be read because its name is a misspelt command."""
    import difflib  # only needed once something is wrong

    from ttvm.cli.main import COMMANDS

    close = difflib.get_close_matches(file, COMMANDS, 1, 0.7)
    return f"; did you mean `ttvm {close[0]}`?" if close else ""


def drive(vm: Vm, console: StandardConsole, options: RunOptions) -> int:
    """Run a machine to its end, saying on standard error what goes wrong; returns the exit status of the run."""
    reporter = Reporter(say)
    reporter.attach(vm)
    if options.debug or options.trace_processes:
        from ttvm.observers import tracer

        if options.debug:
            tracer.trace_instructions(vm, say)
        if options.trace_processes:
            tracer.trace_processes(vm, say)
    limit_memory(options.max_memory_mb)
    try:
        _run_within_limits(vm, options)
    except _Passed as passed:
        say(f"error: stopped {passed}{_where(vm)} ({passed.limit})")
        return PASSED_LIMIT
    except OutOfMemory as error:
        say(f"error: stopped after {vm.steps:,} steps: {error} ({Limit.MEMORY})")
        return PASSED_LIMIT
    except KeyboardInterrupt:
        say(f"interrupted after {vm.steps:,} steps{_where(vm)}")
        return INTERRUPTED
    finally:
        console.flush()
        vm.close()
        reporter.summarize()
    return _exit_status(vm)


def _exit_status(vm: Vm) -> int:
    system = vm.system
    if system.stop_status is not None:
        return system.stop_status
    if system.stop_fault is not None:
        say(f"error: stopped because process {system.stop_fault[0].title} could not spawn any more")
        return PASSED_LIMIT
    report = end_report(system.processes.values())
    if report:
        say(report)
    if system.main_alive:
        return DEADLOCK
    return CRASHED if system.main_failed else 0


def _where(vm: Vm) -> str:
    processes = vm.system.processes
    process = vm.current or processes.get(vm.last_pid) or next(iter(processes.values()), None)
    if process is None:
        return ""
    return f", process {process.title} was at {process.frame.module.place(process.pc)}"


def _run_within_limits(vm: Vm, options: RunOptions) -> None:
    """Run to the end; raises _Passed."""
    if options.timeout is None:
        _run_in_chunks(vm, options, None)
        return
    import signal

    time_up = _Passed(Limit.TIME, f"after {options.timeout:g} s")
    deadline = time.monotonic() + options.timeout
    try:
        if hasattr(signal, "setitimer"):
            # The alarm also ends a wait for input, which no look at the clock could.
            signal.signal(signal.SIGALRM, _alarm)
            signal.setitimer(signal.ITIMER_REAL, options.timeout)
        if not _run_in_chunks(vm, options, deadline):
            raise time_up
    except _TimeUp:
        raise time_up from None
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def _run_in_chunks(vm: Vm, options: RunOptions, deadline: float | None) -> bool:
    """Run to the end, looking at the limits now and then; False when the deadline has come."""
    while True:
        budget = _CHUNK
        if options.max_steps is not None:
            budget = min(budget, options.max_steps - vm.steps)
            if budget <= 0:
                raise _Passed(Limit.STEPS, f"after {vm.steps:,} steps")
        status = vm.run(budget)
        if status is Status.ENDED:
            return True
        if status is Status.IDLE:
            sys.stdout.flush()
            vm.wait()
        if deadline is not None and time.monotonic() >= deadline:
            return False


def _alarm(number: int, frame: object) -> NoReturn:
    raise _TimeUp


def limit_memory(megabytes: int) -> None:
    """Let this Python process have only so much more memory; where the system cannot do that, nothing happens.

    A look at the memory in use now and then would not do: one RANGE can take 500 MB, a loop of them all there is.
    """
    try:
        import resource

        with open("/proc/self/statm", "rb") as file:
            in_use = int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (in_use + (megabytes << 20), most))
    except (ImportError, OSError, ValueError):
        return
