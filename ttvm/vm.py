"""Vm: the facade of the virtual machine. Load a program, run it, step it, look at it, save it."""

from __future__ import annotations

import enum
import os.path
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ttvm.asm.loader import Loader
from ttvm.effects import Console, Host
from ttvm.engine.slices import run_slice
from ttvm.errors import ReplayError
from ttvm.events import Observers, OutputWritten, TurnStarted
from ttvm.host.sources import SourceFiles
from ttvm.host.world import World
from ttvm.process.state import Limits, Outcome, Process, ProcessState
from ttvm.program import Module
from ttvm.record import Record
from ttvm.system.system import System
from ttvm.system.timers import Timers
from ttvm.turns import is_alone, run_compiled_turns
from ttvm.values import Pid

if TYPE_CHECKING:
    from ttvm.schedulers.base import Scheduler

DEFAULT_QUANTUM = 1000
"""Reductions of a slice."""
MOST_TURNS = 100
"""Turns that a process may take at once while it is alone."""
_ENDLESS = 1 << 62

_EventT = TypeVar("_EventT")


class Status(enum.Enum):
    """What ``run`` came to."""

    PAUSED = "paused"
    """The budget is used up; more can run."""
    BREAKPOINT = "breakpoint"
    """A BREAKPOINT was executed, or an instruction with a breakpoint is next."""
    IDLE = "idle"
    """Nobody can run before the next timer or an answer from outside; ``wait`` waits for that."""
    INTERRUPTED = "interrupted"
    """``interrupt`` was called; the instruction under way was finished."""
    ENDED = "ended"
    """Nobody can ever run again, or the machine was stopped."""


class Snapshot(Record):
    """The state of a machine between two instructions. Treat it as a value. The world outside is not in it."""

    processes: tuple[Process, ...]
    names: dict[str, Pid]
    timers: Timers
    scheduler: Any
    current: Pid
    slice_left: int
    ticks: int
    counters: tuple[int, int, int, int, int]
    end: tuple[Any, ...]
    exits: OrderedDict[Pid, Any]
    outside: tuple[dict[int, Pid], frozenset[Pid]]


def make_loader() -> Loader:
    """A loader for the real file system and the templates of this package."""
    return Loader(SourceFiles(), os.path.dirname(os.path.abspath(__file__)))


class Vm:
    """One machine with one program.

    ``step`` is the primitive: one instruction of one process, chosen by the scheduler. ``run`` is a loop
    over it that stops at exactly the same places. Blocked and failed attempts count as steps.
    """

    def __init__(
        self,
        program: Module,
        loader: Loader,
        host: Host,
        scheduler: Scheduler,
        quantum: int = DEFAULT_QUANTUM,
        limits: Limits | None = None,
        fast: bool = True,
    ) -> None:
        """``fast`` compiles hot code; what happens is the same."""
        self.program = program
        self.quantum = quantum
        """Reductions of a slice; 0 lets a process run until it yields, blocks or ends."""
        console = _AnnouncingConsole(host.console)
        world = World(console, host.clock, host.randomness, host.secrets, host.surroundings, lambda: host.outside)
        self.system = System(loader, world, scheduler, limits or Limits())
        self.system.fast = fast
        console.observers = self.system.observers
        self.stops_at_breakpoints = False
        """Whether BREAKPOINT and breakpoints end a ``run``."""
        self.current: Process | None = None
        """The process whose slice has begun and is not over."""
        self.slice_left = 0
        self.ticks = 0
        """Turns begun so far."""
        self.last_pid = 0
        """The process that executed the last instruction."""
        self.system.start_main(program)

    @property
    def observers(self) -> Observers:
        """Who listens to the events of this machine."""
        return self.system.observers

    @property
    def steps(self) -> int:
        """Instructions executed so far."""
        return self.system.steps

    @property
    def stopped(self) -> bool:
        """Whether EXIT or a limit ended the machine."""
        return self.system.stop_status is not None or self.system.stop_fault is not None

    @property
    def slice_is_whole(self) -> bool:
        """Whether the current slice has begun and nothing of it is used up."""
        return self.current is not None and self.slice_left == (self.quantum or _ENDLESS)

    @property
    def waits_for_something(self) -> bool:
        """Whether a timer or an answer from outside will make somebody run again."""
        return bool(self.system.parked) or self.system.timers.next_deadline() is not None

    def observe(self, event_type: type[_EventT], listener: Callable[[_EventT], None]) -> None:
        """Call ``listener`` with every event of a type of ``ttvm.events``."""
        self.observers.subscribe(event_type, listener)

    def step(self) -> Status:
        """Execute one instruction; PAUSED when it was executed."""
        return self.run(1)

    def run(
        self, budget: int = _ENDLESS, pass_breakpoint: bool = True, one_turn: bool = False, whole: bool = True
    ) -> Status:
        """Execute up to ``budget`` instructions; with ``one_turn``, only to the end of the current or next turn.

        With ``stops_at_breakpoints`` it stops before an instruction with a breakpoint. ``pass_breakpoint``
        executes the very first one in any case, so that a run can go on from where the last one stopped. Without
        ``whole``, processes may afterwards be in compiled code; see ``System.write_back``.
        """
        self.system.find_queues()
        try:
            return self._run(self.system.steps + budget, pass_breakpoint, one_turn)
        finally:
            if whole:
                self.system.write_back()

    def _run(self, last: int, pass_breakpoint: bool, one_turn: bool) -> Status:
        system = self.system
        first = system.steps
        while system.steps < last:
            if self._takes_interrupt():
                return Status.INTERRUPTED
            if self.stopped:
                return Status.ENDED
            if self.current is None and not one_turn and system.fast:
                if not run_compiled_turns(self, last):
                    return Status.IDLE if self.waits_for_something else Status.ENDED
                if self.current is None and (system.steps >= last or system.interrupted):
                    continue
            process = self.current or self._begin_turn()
            if process is None:
                return Status.IDLE if self.waits_for_something else Status.ENDED
            if self._takes_interrupt():  # by what happened before the turn: a timer, an answer from outside
                return Status.INTERRUPTED
            passes = not self.stops_at_breakpoints or (pass_breakpoint and system.steps == first)
            system.alone_until = 0
            if system.fast and not one_turn and is_alone(system):
                # The last instruction before the run pauses is the stepper's, which tells where it was.
                system.alone_until = min(last - 1, system.steps + MOST_TURNS * self.quantum)
            stop = self._run_slice(process, last - system.steps, passes)
            if self._takes_interrupt():
                return Status.INTERRUPTED
            if stop:
                return Status.BREAKPOINT
            if one_turn and self.current is None:
                break
        return Status.PAUSED

    def interrupt(self) -> None:
        """End the run right after the instruction under way, or, between two, before the next one.

        For observers, which hear of an event in the middle of an instruction, or that one is about to start. In a
        machine that is neither ``traced`` nor observed in detail and has no breakpoints, the slice ends first.
        """
        self.system.interrupted = True

    def _takes_interrupt(self) -> bool:
        """Whether ``interrupt`` was called since this was last asked."""
        interrupted, self.system.interrupted = self.system.interrupted, False
        return interrupted

    def _begin_turn(self) -> Process | None:
        """Let answers arrive, due timers fire and the scheduler choose; None when nobody is ready."""
        system = self.system
        if system.parked:
            system.take_arrivals()
        system.fire_timers()
        pid = system.scheduler.choose()
        if pid is None:
            return None
        system.put_back(pid)
        process = self.current = system.processes[pid]
        process.queue = system.scheduler.scheduler
        self.slice_left = self.quantum or _ENDLESS
        self.ticks += 1
        if TurnStarted in system.observers.listeners:
            system.observers.emit(TurnStarted(process, self.ticks, system.scheduler.scheduler))
        return process

    def _run_slice(self, process: Process, budget: int, pass_breakpoint: bool) -> bool:
        """Run the current slice for at most ``budget`` instructions; True when a breakpoint stopped it."""
        system = self.system
        before = system.steps
        self.last_pid = process.pid
        system.turn, system.executed_before = self.ticks, process.reductions - before
        outcome = run_slice(process, system, min(budget, self.slice_left), pass_breakpoint)
        self.slice_left -= system.steps - before
        self._count_turns(process)
        stop = outcome is Outcome.BREAKPOINT and self.stops_at_breakpoints
        if outcome is Outcome.EXIT:
            system.end(process)
        if process.state is ProcessState.READY and (outcome is Outcome.YIELD or self.slice_left <= 0):
            system.scheduler.add(process)
            self.current = None
        elif process.state is not ProcessState.READY:
            self.current = None
        system.executed_before = None
        return stop

    def _count_turns(self, process: Process) -> None:
        """Begin the turns that a process has taken without stopping in between, because it was alone."""
        scheduler = self.system.scheduler
        while self.slice_left < 0:
            scheduler.add(process)
            scheduler.choose()
            process.queue = scheduler.scheduler
            self.slice_left += self.quantum
            self.ticks += 1

    def preempt(self) -> None:
        """End the turn under way, if there is one: its process goes to the back of its queue."""
        process, self.current = self.current, None
        if process is not None:
            self.system.scheduler.add(process)

    def intervene(self, process: Process, act: Callable[[Process, System], Outcome | None]) -> None:
        """Let a process that is READY do something although it is not its turn, as one step of the run.

        ``act`` says as a bound instruction does what it came to. It must not block: nobody would execute it again.
        """
        system = self.system
        system.steps += 1
        system.put_back(process.pid)
        outcome = act(process, system)
        if outcome is Outcome.EXIT:
            if process is not self.current:
                system.scheduler.withdraw(process.pid)
            system.end(process)
        if process is self.current:
            if process.state is not ProcessState.READY:
                self.current = None
            elif outcome is Outcome.YIELD:
                self.preempt()

    def next_process(self) -> Process | None:
        """The process that will execute the next instruction; None when nobody can before a timer fires."""
        if self.current is not None:
            return self.current
        scheduler = self.system.scheduler
        state = scheduler.save()
        try:
            pid = scheduler.choose()
        except ReplayError:  # a written schedule that cannot be followed: running it tells why
            return None
        finally:
            scheduler.load(state)
        return None if pid is None else self.system.processes[pid]

    def wait(self, patience: int | None = None) -> None:
        """Wait for the next deadline, or an answer from outside that comes before it.

        A real clock sleeps, a virtual one jumps; but as long as answers are owed, it goes as a real one does.
        With ``patience`` no answer is waited for longer than so many milliseconds.
        """
        system = self.system
        deadline = system.timers.next_deadline()
        if system.parked:
            now = system.host.clock.milliseconds()
            times = [patience] if patience is not None else []
            if deadline is not None:
                times.append(max(0, deadline - now))
            longest = min(times, default=None)
            if system.host.outside.wait(longest) or longest is None:
                return
            deadline = now + longest
        if deadline is not None:
            system.host.clock.wait_until(deadline)
            system.fire_timers()

    def close(self) -> None:
        """End the machine: whatever is still open outside is closed."""
        self.system.host.close()

    def run_to_end(self) -> None:
        """Run until nobody can ever run again."""
        while (status := self.run()) is not Status.ENDED:
            if status is Status.IDLE:
                self.wait()

    def snapshot(self, before: Snapshot | None = None) -> Snapshot:
        """The whole state, independent of this machine. The host's state is not in it.

        What has not changed since ``before``, another snapshot of this run, is shared with it.
        """
        system = self.system
        system.write_back()
        known = {process.pid: process for process in before.processes} if before is not None else {}
        processes: list[Process] = []
        for pid, process in system.processes.items():
            old = known.get(pid)
            processes.append(old if old is not None and process.is_like(old) else process.copy())
        return Snapshot(
            tuple(processes),
            system.names.copy(),
            system.timers.copy(),
            system.scheduler.save(),
            self.current.pid if self.current else 0,
            self.slice_left,
            self.ticks,
            (system.steps, system.next_pid, system.next_message, system.next_ref, self.last_pid),
            (system.main_alive, system.main_failed, system.stop_status, system.stop_fault),
            system.exits.copy(),
            (system.parked.copy(), frozenset(system.askers)),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back, or forward, to a state that ``snapshot`` gave."""
        system = self.system
        system.kept.clear()
        system.processes = {process.pid: process.copy() for process in snapshot.processes}
        system.names = snapshot.names.copy()
        system.timers = snapshot.timers.copy()
        system.scheduler.load(snapshot.scheduler)
        self.current = system.processes.get(snapshot.current)
        self.slice_left = snapshot.slice_left
        self.ticks = system.turn = snapshot.ticks
        system.steps, system.next_pid, system.next_message, system.next_ref, self.last_pid = snapshot.counters
        system.executed_before = None
        (
            system.main_alive,
            system.main_failed,
            system.stop_status,
            system.stop_fault,
        ) = snapshot.end
        system.exits = snapshot.exits.copy()
        parked, askers = snapshot.outside
        system.parked, system.askers = parked.copy(), set(askers)


class _AnnouncingConsole(Console):
    """Passes everything on and tells the observers what is printed."""

    observers: Observers

    def __init__(self, inner: Console) -> None:
        self._inner = inner

    def write(self, pid: Pid, text: str) -> None:
        self._inner.write(pid, text)
        if OutputWritten in self.observers.listeners:
            self.observers.emit(OutputWritten(pid, text))

    def read(self, size: int | None) -> str:
        return self._inner.read(size)

    def read_until_newline(self) -> str:
        return self._inner.read_until_newline()

    @property
    def interactive(self) -> bool:
        return self._inner.interactive
