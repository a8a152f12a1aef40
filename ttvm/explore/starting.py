"""Where an exploration begins: at the start of a program, or where a machine is now; and which pids are used."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from ttvm.asm.loader import Loader
from ttvm.errors import OutOfMemory, TtvmError
from ttvm.events import ProcessSpawned
from ttvm.explore.asking import Recorded
from ttvm.explore.machine import ExploredSystem
from ttvm.explore.noting import Settings
from ttvm.explore.numbering import PidTable
from ttvm.explore.observing import Observing
from ttvm.explore.options import Options
from ttvm.explore.search import Strategy
from ttvm.explore.state import State
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.program import Module
from ttvm.record import Record
from ttvm.setup import MachineOptions, make_machine
from ttvm.values import Pid
from ttvm.vm import Status, Vm

_DEFAULT_RUN = 200_000
"""Instructions of the default schedule that are executed to see which process gets which pid."""
_TIMES = ("SLEEP", "SEND_AFTER", "GET_TIME", "GET_MONOTONIC")
_OWN_TIME = "a process sees only the time that it has waited itself"
_INPUTS = ("READ_LINE", "READ_CHAR", "READ_INPUT")


class Beginning(Record):
    """A machine for exploring and the state it starts from."""

    system: ExploredSystem
    state: State
    program: str
    pids: str
    """The kind of pids in force, and why."""
    notes: tuple[str, ...]
    module: Module
    turns: tuple[Pid, ...]
    """Who executed an instruction on the way to ``state``, where everybody stands before a visible step."""
    fingerprint: str
    """Of the text of the recorded run; empty without one."""
    options: Options
    """What is in force: seed, arguments and input may be those of a recorded run."""


def begin(start: Module | Vm, options: Options, loader: Loader | None = None) -> Beginning:
    """Make the machine of an exploration.

    Raises TtvmError when the options cannot be, LateModule when the program needs ``options.cautious``.
    """
    recorded: Recorded | None = None
    fingerprint = ""
    if isinstance(start, Vm):
        found = start.system.finder
        assert isinstance(found, Loader)
        loader, module = found, start.program
        table, spawners = _pids_of_machine(start), {1}
    else:
        if loader is None:
            raise TtvmError("a module is explored together with the loader that it came from")
        module = start
        if options.recorded:
            from ttvm.explore.remembering import remember

            remembered = remember(options.recorded, module.source.path)
            recorded, table = remembered.recorded, PidTable(remembered.pids)
            fingerprint = remembered.fingerprint
            spawners = {spawner for spawner, _ in remembered.pids}
            options = options.replace(seed=remembered.seed, arguments=remembered.arguments, input=recorded.input)
        else:
            table, spawners = _pids_of_default_run(module, loader, options)
    modules = list(loader.modules.values())
    counts, why = _kind_of_pids(options, modules, spawners)
    if counts:
        table.hide()
    settings = Settings(
        options.ordered_output,
        counts,
        options.loop_bound,
        options.seed,
        options.arguments,
        options.input,
        options.limits,
        recorded,
    )
    observing = Observing(modules, options.cautious or options.method not in tuple(Strategy))
    system = ExploredSystem(loader, settings, table, observing)
    turns: list[Pid] = []
    system.turns = turns
    state = system.begin(module) if isinstance(start, Module) else system.begin_from(start)
    system.turns = None
    return Beginning(
        system,
        state,
        module.source.path,
        why,
        tuple(_notes(modules, options)),
        module,
        tuple(turns),
        fingerprint,
        options,
    )


def _pids_of_default_run(module: Module, loader: Loader, options: Options) -> tuple[PidTable, set[Pid]]:
    """Which pid the default schedule gives to which process, and who made processes in it."""
    known: dict[tuple[Pid, int], Pid] = {}
    made: dict[Pid, int] = {}

    def note(event: ProcessSpawned) -> None:
        made[event.spawner] = made.get(event.spawner, 0) + 1
        known[event.spawner, made[event.spawner]] = event.process.pid

    machine = MachineOptions(arguments=options.arguments, seed=options.seed, limits=options.limits)
    vm = make_machine(module, loader, machine, MemoryConsole(options.input), VirtualClock())
    vm.observe(ProcessSpawned, note)
    with suppress(OutOfMemory):  # the search will meet it again, and tell of it with a schedule
        while vm.steps < _DEFAULT_RUN:
            status = vm.run(_DEFAULT_RUN - vm.steps)
            if status is Status.ENDED:
                break
            if status is Status.IDLE:
                if vm.system.parked:
                    break
                vm.wait()
    vm.close()
    return PidTable(known), set(made)


def _pids_of_machine(vm: Vm) -> PidTable:
    """Pids of processes that are still to be made, behind all that a machine has given out."""
    return PidTable({}, vm.system.next_pid)


def literal_pids(modules: Iterable[Module]) -> list[tuple[Pid, str]]:
    """The pids above 1 that stand in a program as operands, with their places."""
    found: list[tuple[Pid, str]] = []
    for module in modules:
        for address, op in enumerate(module.ops):
            for operand, value in zip(op.row.operands, op.operands, strict=True):
                if operand.type == "pid" and isinstance(value, int) and value > 1:
                    found.append((value, f"{op.row.mnemonic} {value} at {module.place(address)}"))
    return found


def _kind_of_pids(options: Options, modules: Iterable[Module], spawners: set[Pid]) -> tuple[bool, str]:
    """Whether pids count up, and the sentence that tells it and why."""
    wanted = options.pids
    if wanted == "counter":
        return True, "counter: given out 1, 2, 3 in the order of spawning (--pids counter)"
    run = "it has in the recorded run" if options.recorded else "the default schedule gives it"
    stable = f"stable: every process has the pid that {run}"
    literals = literal_pids(modules)
    if wanted == "stable" or not literals:
        return False, f"{stable}{' (--pids stable)' if wanted == 'stable' else ''}"
    if spawners <= {1}:
        return False, f"{stable}; only the main process spawns, so a run counts the same way"
    return True, f"counter: the program names a pid that depends on the schedule ({literals[0][1]})"


def _notes(modules: Iterable[Module], options: Options) -> Iterable[str]:
    used: dict[str, str] = {}
    for module in modules:
        for address, op in enumerate(module.ops):
            name = op.row.mnemonic
            if name == "RECEIVE" and op.operands[1] is not None:
                name = "AFTER"
            used.setdefault(name, module.place(address))
    times = [f"{name} ({used[name]})" for name in (*_TIMES, "AFTER") if name in used]
    if times:
        yield (
            f"time is elastic: a timeout may come at any moment, and a wait may be over at once ({', '.join(times)}); "
            + ("the clock says what it said there" if options.recorded else _OWN_TIME)
        )
    if any(name in used for name in _INPUTS):
        yield "the program reads standard input: all executions read the same text"
    if options.recorded:
        yield (
            f"the world outside answers what it answered in {options.recorded}: each process gets its answers again; "
            "whoever asks something else, or in another order than there, is not answered (not recorded)"
        )
