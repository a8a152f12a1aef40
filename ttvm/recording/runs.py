"""Machines that are recorded, and machines that repeat a recording."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from typing import Any

from ttvm.asm.loader import Loader
from ttvm.effects import Clock, Console, Secrets
from ttvm.errors import ReplayError
from ttvm.outside import ConsentAsker, Grants
from ttvm.process.state import Limits
from ttvm.recording.log import Ending, Header, LogReader, LogWriter
from ttvm.recording.recorder import RecordingScheduler, record_world
from ttvm.recording.replayer import ReplayingScheduler, replay_world
from ttvm.setup import MachineOptions, make_scheduler, make_vm, make_world
from ttvm.vm import Vm


def write_options(options: MachineOptions) -> dict[str, Any]:
    """The options of a run as plain data. The engine is none of them: what happens is the same."""
    data = {**options.__dict__, "limits": dict(options.limits.__dict__), "grants": options.grants.__dict__}
    del data["engine"]
    return data


def read_options(data: dict[str, Any], name: str) -> MachineOptions:
    """The options from plain data in the file ``name``. Raises ReplayError when they are not options."""
    try:
        limits = Limits(**data["limits"])
        grants = Grants(**{kind: None if each is None else tuple(each) for kind, each in data["grants"].items()})
        options = MachineOptions(**{**data, "limits": limits, "grants": grants})
        schedule, arguments, pids = tuple(options.schedule), tuple(options.arguments), tuple(options.pids)
    except (KeyError, TypeError, AttributeError):
        raise ReplayError(f"{name}: the options in the header of the recording are damaged") from None
    numbers = (options.quantum, options.seed, *limits.__dict__.values(), *pids)
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ReplayError(f"{name}: the options in the header of the recording are damaged")
    return options.replace(schedule=schedule, arguments=tuple(map(str, arguments)), pids=pids)


def record_machine(
    path: str,
    loader: Loader,
    options: MachineOptions,
    console: Console,
    clock: Clock,
    write: Callable[[str], object],
    secrets: Secrets | None = None,
    ask: ConsentAsker | None = None,
) -> tuple[Vm, LogWriter]:
    """A machine at the start of the program at ``path`` whose run is written down, line by line, by ``write``."""
    log = LogWriter(write, Header(path, write_options(options)))
    loader.on_load = lambda module: log.module(module.name, module.source.text_hash)
    program = loader.load(path)
    world = record_world(make_world(options, console, clock, secrets, ask), log)
    scheduler = RecordingScheduler(make_scheduler(options), log)
    return make_vm(program, loader, world, scheduler, options), log


def beside(program: str, file: str) -> str:
    """The path of a program that a file names: as it is, or, when nothing is there, in the folder of the file."""
    return program if os.path.exists(program) else os.path.join(os.path.dirname(file), os.path.basename(program))


def replay_machine(path: str, loader: Loader, log: LogReader, console: Console) -> Vm:
    """A machine that repeats a recording of the program that is now at ``path``.

    Raises ReplayError when the text has changed. So does running it, wherever it does something else than the
    recorded run did.
    """
    options = read_options(log.header.options, log.name)
    loader.on_load = lambda module: log.module(module.name, module.source.text_hash)
    program = loader.load(path)
    world = replay_world(console, log, options.arguments)
    return make_vm(program, loader, world, ReplayingScheduler(log), options)


def ending_of(vm: Vm, status: int) -> Ending:
    """How a run ended; ``status`` is its exit status."""
    return Ending(status, vm.steps, vm.ticks, len(vm.system.processes))


def compare_ending(vm: Vm, status: int, log: LogReader, cut_short: bool = False) -> None:
    """Raises ReplayError when a replay did not end as the recorded run did.

    One that was ``cut_short`` may have begun a turn, or have been told something, of which no instruction came; the
    replay ends behind the last instruction that was executed.
    """
    if cut_short and log.ending is not None and vm.steps == log.ending.steps:
        return
    log.finish()
    if log.ending is not None:
        now = ending_of(vm, status)
        for name in Ending._names:
            expected, got = getattr(log.ending, name), getattr(now, name)
            if expected != got:
                raise ReplayError(f"{log.name}: the recorded run ended with {name} {expected}, this one with {got}")
