"""Steering: the user decides who runs next; where the user decides nothing, the policy does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ttvm.process.state import Process
from ttvm.schedulers.base import Scheduler, choose_often
from ttvm.setup import MachineOptions, make_scheduler
from ttvm.values import Pid


class SteeringState(NamedTuple):
    """All of a ``Steering`` that changes."""

    options: MachineOptions
    policy: Any
    """What the policy saved."""
    frozen: frozenset[Pid]
    locked: Pid
    wanted: Pid
    held: tuple[Pid, ...]
    scheduler: int
    favoured: Pid = 0


class Steering:
    """A policy that the user can overrule, for one turn or for longer.

    Invariant: a process that is ready, and whose turn it is not, is in a queue of the policy, is ``wanted``, or is
    held: it is held exactly when it is frozen, or when the scheduler is locked to another one.
    """

    def __init__(self, options: MachineOptions, make: Callable[[MachineOptions], Scheduler] = make_scheduler) -> None:
        """``make`` makes policies of options."""
        self.options = options
        """What the policy is made of."""
        self._make = make
        self._policy = make(options)
        self.frozen: frozenset[Pid] = frozenset()
        """Processes that get no turn."""
        self.locked: Pid = 0
        """The only process that gets turns; 0: all do."""
        self._wanted: Pid = 0
        """Who has the next turn, whatever the policy says; 0: whom the policy chooses."""
        self._favoured: Pid = 0
        """Who has every turn until it waits for something that others could do; 0: nobody."""
        self.waits_alone: Callable[[Pid], bool] = lambda _: False
        """Whether a process waits only for time, or for an answer from outside."""
        self._held: list[Pid] = []
        self._number: int | None = None
        """The simulated scheduler whose turn it is, where the user has decided that; None: the policy has."""

    @property
    def scheduler(self) -> int:
        return self._policy.scheduler if self._number is None else self._number

    @property
    def name(self) -> str:
        """The name of the policy."""
        return self._policy.name

    @property
    def held(self) -> tuple[Pid, ...]:
        """Those who could run, were they not frozen or the scheduler locked to another."""
        return tuple(self._held)

    # -- as a scheduler

    @property
    def run_queues(self) -> tuple[deque[Pid], ...] | None:
        steered = self.frozen or self.locked or self._wanted or self._favoured
        return None if steered else self._policy.run_queues

    def add(self, process: Process) -> None:
        if self._holds(process.pid):
            self._held.append(process.pid)
        else:
            self._policy.add(process)

    def choose(self) -> Pid | None:
        wanted, self._wanted = self._wanted, 0
        if wanted:
            return wanted
        if self._favoured:
            if self._favoured not in self._held and self._take(self._favoured):
                return self._favoured
            if self.waits_alone(self._favoured):
                return None
            self._favoured = 0
        self._number = None
        return self._policy.choose()

    def choices(self, processes: dict[Pid, Process]) -> Iterator[Pid]:
        if self._wanted or self._favoured:
            return choose_often(self, processes)
        self._number = None
        return self._policy.choices(processes)

    def _take(self, pid: Pid) -> bool:
        """Take a process out of its queue, to give it the turn of the scheduler that the queue belongs to."""
        for number, queue in enumerate(self._policy.queues()):
            if pid in queue:
                self._number = number
                return self._policy.withdraw(pid)
        return False

    def withdraw(self, pid: Pid) -> bool:
        if pid == self._wanted:
            self._wanted = 0
            return True
        if pid in self._held:
            self._held.remove(pid)
            return True
        return self._policy.withdraw(pid)

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        """The queues of the policy; who was chosen for the next turn stands in front of its own."""
        queues = self._policy.queues()
        if not self._wanted:
            return queues
        return tuple(
            (self._wanted, *queue) if number == self.scheduler else queue for number, queue in enumerate(queues)
        )

    def save(self) -> SteeringState:
        return SteeringState(
            self.options,
            self._policy.save(),
            self.frozen,
            self.locked,
            self._wanted,
            tuple(self._held),
            self.scheduler,
            self._favoured,
        )

    def load(self, state: SteeringState) -> None:
        if state.options is not self.options:
            self.options, self._policy = state.options, self._make(state.options)
        self._policy.load(state.policy)
        self.frozen, self.locked, self._wanted = state.frozen, state.locked, state.wanted
        self._held = list(state.held)
        self._number = state.scheduler
        self._favoured = state.favoured

    # -- as the user decides; between turns only

    def run_next(self, process: Process, processes: dict[Pid, Process]) -> None:
        """Give the next turn to a process that is in a queue; who was to have it before goes back there."""
        before, self._wanted = self._wanted, 0
        if before:
            self._policy.add(processes[before])
        self.withdraw(process.pid)
        self._wanted = process.pid
        # With SMP the turn belongs to the scheduler in whose queue the process is; the others have less.
        self._number = process.queue if process.queue < len(self._policy.queues()) else 0

    def favour(self, pid: Pid) -> None:
        """Give a process every turn until it ends, or waits for something that others could do."""
        self._favoured = pid

    def lock(self, pid: Pid, processes: dict[Pid, Process]) -> None:
        """Give turns to one process only; 0: to all again."""
        self.locked = pid
        self._sort(processes)

    def freeze(self, pid: Pid, processes: dict[Pid, Process]) -> None:
        """Give a process no turn any more."""
        self.frozen |= {pid}
        self._sort(processes)

    def thaw(self, pid: Pid, processes: dict[Pid, Process]) -> None:
        """Undo ``freeze``."""
        self.frozen -= {pid}
        self._sort(processes)

    def use(self, options: MachineOptions, processes: dict[Pid, Process]) -> None:
        """Go over to another policy. Raises TtvmError when there is no such policy."""
        policy, number = self._make(options), self.scheduler
        ready = [pid for queue in self._policy.queues() for pid in queue]
        self._policy, self.options = policy, options
        count = len(policy.queues())
        for process in processes.values():
            process.queue = process.queue % count
        for pid in ready:
            policy.add(processes[pid])
        self._number = min(number, count - 1)

    def _holds(self, pid: Pid) -> bool:
        return pid in self.frozen or (self.locked != 0 and pid != self.locked)

    def _sort(self, processes: dict[Pid, Process]) -> None:
        """Hold those that may not run now, and give back to the policy those that may again."""
        if self._wanted and self._holds(self._wanted):
            self._held.append(self._wanted)
            self._wanted = 0
        for pid in [pid for queue in self._policy.queues() for pid in queue if self._holds(pid)]:
            self._policy.withdraw(pid)
            self._held.append(pid)
        for pid in [pid for pid in self._held if not self._holds(pid)]:
            self._held.remove(pid)
            self._policy.add(processes[pid])
