"""A schedule as a recorded run: what `ttvm replay` and the debugger repeat.

A recording has one entry for each turn, and a turn with a quantum of 1 is one instruction; so every schedule of visible
steps is also a list of turns. The run is made anew by an ordinary machine that is told these turns, inside the usual
recording, so a replay checks all that it always checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ttvm.asm.loader import Loader
from ttvm.effects import Clock
from ttvm.errors import FaultKind, ReplayError
from ttvm.explore.execution import Followed
from ttvm.explore.machine import ExploredSystem
from ttvm.explore.options import Options
from ttvm.host.memory import VIRTUAL_EPOCH, MemoryConsole
from ttvm.host.world import FixedSurroundings, World
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.program import Module
from ttvm.recording.log import Header, LogWriter
from ttvm.recording.recorder import RecordingScheduler, record_world
from ttvm.recording.runs import ending_of, write_options
from ttvm.schedulers.scripted import Scripted
from ttvm.setup import MachineOptions, make_vm
from ttvm.values import Pid, Value
from ttvm.vm import Status, Vm

_FAR = 1 << 40
"""Milliseconds: later than any wait that a program asks for."""
_DEADLOCK, _CUT_SHORT = 3, 4


class Plan:
    """The turns of a schedule, and what the clock says in them."""

    def __init__(self, system: ExploredSystem, program: Module, steps: Sequence[Pid]) -> None:
        self.turns: list[Pid] = []
        self.times: list[float] = []
        """What the clock said when the program asked."""
        self.fired: list[int] = []
        """For each turn, how many timers of SEND_AFTER have fired before it."""
        self.numbers: list[int] = []
        """The timers in the order in which they were set."""
        self.pids: list[Pid] = [1]
        self.answers: list[Value | Refusal] = []
        """What the world outside answered."""
        system.turns, system.asked_times, system.answers = self.turns, self.times, self.answers
        try:
            run = Followed(system, system.begin(program))
            fired = 0
            for pid in steps:
                self.fired += [fired] * (len(self.turns) - len(self.fired))
                if pid not in run.enabled:
                    raise ReplayError(f"the schedule wants {pid}, which cannot go on then")
                run.step(pid)
                event = run.trace.events[-1]
                fired += pid < 0
                self.numbers += (-each for each in event.started if each < 0)
                self.pids += (each for each in event.started if each > 0)
            self.fired += [fired] * (len(self.turns) - len(self.fired))
        finally:
            system.turns = system.asked_times = system.answers = None
        self.order = {-pid: position for position, pid in enumerate(pid for pid in steps if pid < 0)}
        """When each timer fires, counting from 0."""
        self.is_over = not run.enabled and not run.states[-1].stuck
        """Whether nobody can go on. A process that loops could, for ever; the run ends where it was given up."""
        self.states = run.states


class PlannedClock(Clock):
    """Says at each moment what makes the planned timers fire, and no others, and tells the program its own time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._times = iter(plan.times)
        self._numbers = iter(plan.numbers)
        self.vm: Vm | None = None

    def seconds(self) -> float:
        return next(self._times, VIRTUAL_EPOCH)

    def milliseconds(self) -> int:
        vm = self.vm
        if vm is None or vm.current is None:  # the machine asks which timers are due
            turns = self._plan.fired
            fired = turns[vm.ticks] if vm is not None and vm.ticks < len(turns) else len(self._plan.order)
            return _FAR * (1 + fired)
        process = vm.current
        if process.signal is None:
            ops = process.frame.module.ops
            op = ops[process.pc - 1] if 0 < process.pc <= len(ops) else None
            if op is not None and op.row.mnemonic in ("SLEEP", "RECEIVE"):
                return 0
            if op is not None and op.row.mnemonic == "SEND_AFTER":
                number = next(self._numbers, 0)
                position = self._plan.order.get(number, len(self._plan.order))
                return _FAR * (2 + position) - int(op.operands[0])
        return int(next(self._times, 0))

    def wait_until(self, deadline: int) -> None:
        """Time passes as planned."""


class PlannedOutside(Outside):
    """Gives the answers of the schedule, and refuses all other questions, in the words of an exploration."""

    def __init__(self, plan: Plan) -> None:
        self._answers = iter(plan.answers)

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        refusal = Refusal(FaultKind.PERMISSION_DENIED, "is refused: an exploration asks nothing of the world outside")
        return next(self._answers, refusal)

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        return ()

    def wait(self, milliseconds: int | None) -> bool:
        return False

    def leave(self, pid: Pid) -> None:
        """Nothing was opened."""

    def close(self) -> None:
        """Nothing was opened."""


def record_schedule(
    file: str,
    loader: Loader,
    system: ExploredSystem,
    program: Module,
    steps: Sequence[Pid],
    options: Options,
    write: Callable[[str], object],
) -> Vm:
    """Write down the run of a schedule from the start of a program, line by line; returns the machine at its end.

    ``loader`` must be a new one, so that the recording notes the texts of all modules. Raises ReplayError when the
    schedule cannot be followed.
    """
    plan = Plan(system, program, steps)
    counted = system.counts_pids or plan.pids == list(range(1, len(plan.pids) + 1))
    pids = () if counted else tuple(plan.pids)
    machine = MachineOptions(
        "scripted", quantum=1, seed=options.seed, limits=options.limits, arguments=options.arguments, pids=pids
    )
    log = LogWriter(write, Header(file, write_options(machine)))
    loader.on_load = lambda module: log.module(module.name, module.source.text_hash)
    again = loader.load(file)
    clock = PlannedClock(plan)
    world = World(
        MemoryConsole(options.input),
        clock,
        system.fresh_randomness(),
        system.fresh_secrets(),
        FixedSurroundings(options.arguments),
        lambda: PlannedOutside(plan),
    )
    scheduler = RecordingScheduler(Scripted(tuple(plan.turns)), log)
    vm = make_vm(again, loader, record_world(world, log), scheduler, machine)
    clock.vm = vm
    while vm.steps < len(plan.turns) or plan.is_over:
        status = vm.run(max(1, len(plan.turns) - vm.steps))
        if status is Status.ENDED:
            break
        if status is Status.IDLE:
            vm.wait()
    log.end(ending_of(vm, _status(vm, plan)))
    return vm


def _status(vm: Vm, plan: Plan) -> int:
    """The exit status of the run, as ``ttvm`` would give it."""
    if not plan.is_over:
        return _CUT_SHORT
    system = vm.system
    if system.stop_status is not None:
        return system.stop_status
    if system.main_alive:
        return _DEADLOCK
    return 1 if system.main_failed else 0
