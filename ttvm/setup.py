"""Put a machine together: the choices of a run as one value, and the one place that knows what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.asm.loader import Loader
from ttvm.effects import Clock, Console, Secrets
from ttvm.errors import TtvmError
from ttvm.host.world import FixedSurroundings, SeededRandomness, SeededSecrets, World
from ttvm.outside import ConsentAsker, Grants, Outside
from ttvm.process.state import Limits
from ttvm.program import Module
from ttvm.record import Record
from ttvm.schedulers.smp import Smp
from ttvm.values import Pid
from ttvm.vm import DEFAULT_QUANTUM, Vm

if TYPE_CHECKING:
    from ttvm.schedulers.base import Scheduler

ENGINES = ("fast", "stepper")
POLICIES = ("smp", "round-robin", "random", "scripted")


class MachineOptions(Record):
    """All that decides how a program runs, besides its text and its input."""

    policy: str = "smp"
    schedulers: int = 4
    """Simulated schedulers of policy smp."""
    schedule: tuple[Pid, ...] = ()
    """Of policy scripted: who runs, a pid a turn."""
    quantum: int = DEFAULT_QUANTUM
    seed: int = 0
    limits: Limits = Limits()
    arguments: tuple[str, ...] = ()
    """The words for GET_ARGS."""
    grants: Grants = Grants()
    """What the program may do outside."""
    net_timeout: float | None = None
    """Seconds that each question to the network may take; None: what is usual for it."""
    engine: str = "fast"
    """``fast`` compiles hot code, ``stepper`` executes each instruction by itself; what happens is the same."""
    pids: tuple[Pid, ...] = ()
    """The pids of the processes in the order in which they are made, where it is not 1, 2, 3: an exploration gives
    each process the same pid in all schedules."""

    @property
    def is_fast(self) -> bool:
        """Whether hot code is compiled."""
        return self.engine == "fast"


def make_scheduler(options: MachineOptions) -> Scheduler:
    """The policy that the options name. Raises TtvmError for an unknown one."""
    if options.policy == "smp":
        return Smp(options.schedulers)
    # The others are imported where used: most runs need none of them.
    if options.policy == "round-robin":
        from ttvm.schedulers.round_robin import RoundRobin

        return RoundRobin()
    if options.policy == "random":
        from ttvm.schedulers.random import RandomChoice

        return RandomChoice(options.seed)
    if options.policy == "scripted":
        from ttvm.schedulers.scripted import Scripted

        return Scripted(options.schedule)
    raise TtvmError(f"there is no policy {options.policy}; there are {', '.join(POLICIES)}")


def make_world(
    options: MachineOptions,
    console: Console,
    clock: Clock,
    secrets: Secrets | None = None,
    ask: ConsentAsker | None = None,
) -> World:
    """The world that the options describe, around a console and a clock.

    Secrets are from the seed when not given. ``ask`` is asked about what the options do not allow.
    """

    def make_outside() -> Outside:
        from ttvm.host.outside import RealOutside
        from ttvm.host.permissions import Permissions

        return RealOutside(console, Permissions(options.grants, ask), options.net_timeout)

    return World(
        console,
        clock,
        SeededRandomness(options.seed),
        secrets or SeededSecrets(options.seed),
        FixedSurroundings(options.arguments),
        make_outside,
    )


def make_machine(
    program: Module,
    loader: Loader,
    options: MachineOptions,
    console: Console,
    clock: Clock,
    secrets: Secrets | None = None,
    ask: ConsentAsker | None = None,
) -> Vm:
    """A machine at the start of ``program``; ``make_world`` tells of the parts of its world."""
    world = make_world(options, console, clock, secrets, ask)
    fast = options.is_fast
    vm = Vm(program, loader, world, make_scheduler(options), options.quantum, options.limits, fast)
    vm.system.given_pids = options.pids
    return vm
