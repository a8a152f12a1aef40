"""System: the table of processes and all that happens between them. It implements what the ops ask for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ttvm.effects import Host
from ttvm.engine import faults
from ttvm.errors import Fault, FaultKind
from ttvm.events import (
    FaultRaised,
    Observers,
    ProcessBlocked,
    ProcessExited,
    ProcessSpawned,
    ProcessWoke,
    TimerFired,
    TimerStarted,
    Warned,
)
from ttvm.ops.flow import enter
from ttvm.outside import Parked, Pending, Refusal, Request
from ttvm.process.start import Start
from ttvm.process.state import (
    FOR_ANY_MESSAGE,
    NORMAL,
    Frame,
    Limits,
    ModuleInstance,
    Outcome,
    Process,
    ProcessState,
    Wait,
)
from ttvm.program import Module
from ttvm.system.messages import Messages
from ttvm.system.relations import Relations
from ttvm.system.spawning import ModuleFinder, resolve_target
from ttvm.system.timers import Timer, Timers
from ttvm.values import Function, Pid, Ref, Value

if TYPE_CHECKING:
    from ttvm.engine.machine import Breakpoints, RunQueues
    from ttvm.process.patterns import Pattern
    from ttvm.schedulers.base import Scheduler
    from ttvm.system.supervision import Supervision

NO_BREAKPOINTS: Breakpoints = MappingProxyType({})
REMEMBERED_EXITS = 1000
"""Ended processes whose reason is kept for people to look at."""


_EXITED = ProcessState.EXITED


class _Queues:
    """Stands for the run queues, and for each of them, of a policy that wants to be asked."""

    def __init__(self, system: System) -> None:
        self._system = system

    def __getitem__(self, number: int) -> _Queues:
        return self

    def append(self, pid: Pid) -> None:
        self._system.scheduler.add(self._system.processes[pid])


class System(Messages, Relations):
    """The processes of one run.

    Invariants: ``processes`` holds exactly the live ones, in the order of their pids; a name is in ``names``
    exactly while its process lives; a process is in a run queue exactly when it is READY and it is not its turn.
    """

    def __init__(self, finder: ModuleFinder, host: Host, scheduler: Scheduler, limits: Limits) -> None:
        self.finder = finder
        self.host = host
        self.scheduler = scheduler
        self.limits = limits
        self.observers = Observers()
        self.breakpoints: Breakpoints = NO_BREAKPOINTS
        self.traced = False
        self.fast = False
        self.slice_end = self.slice_last = self.alone_until = 0
        self.interrupted = False
        self.left_by: Outcome | None = None
        self.kept: dict[Pid, Callable[[int], int]] = {}
        """Processes that stay in a generator of compiled code between turns, with its ``send``."""
        self.kept_under = self.breakpoints
        """The breakpoints when they were made."""
        self.keeps_something = False
        """Whether one of them may not be whole."""
        self.queues: RunQueues = _Queues(self)
        self.given_pids: tuple[Pid, ...] = ()  # of the first processes, in the order in which they are made
        self.processes: dict[Pid, Process] = {}
        self.names: dict[str, Pid] = {}
        self.timers = Timers()
        self.steps = 0
        self.next_pid = 1
        self.next_message = 1
        self.next_ref = 1
        self.exits: OrderedDict[Pid, Value] = OrderedDict()
        """Reasons of the last processes that ended."""
        self.main_alive = True
        self.main_failed = False
        """Whether process 1 ended, and for another reason than normal."""
        self.stop_status: int | None = None
        """Exit status of an EXIT; None while the machine runs."""
        self.stop_fault: tuple[Process, str] | None = None
        """A process that passed the limit on processes and did not catch the fault."""
        self._supervision: Supervision | None = None
        self.parked: dict[int, Pid] = {}
        """Processes that wait for an answer from outside, by the number of the answer."""
        self.turn = 0
        """The last turn that began."""
        self.executed_before: int | None = None
        """What the process whose turn it is had executed before this slice, less the steps of the run then."""
        self.askers: set[Pid] = set()
        """Live processes that have asked for something outside, so may have something open there."""

    @property
    def supervision(self) -> Supervision:
        """What is done for supervisors and their children; most programs have none and never load it."""
        if self._supervision is None:
            from ttvm.system.supervision import Supervision

            self._supervision = Supervision(self)
        return self._supervision

    # -- processes

    def start_main(self, module: Module) -> Process:
        """Make process 1, which runs ``module`` from its first instruction."""
        return self.start(Start(module, 0, "", {}, [], "main", True), None)

    def spawn(self, process: Process, target: Value, arguments: tuple[Value, ...]) -> Process:
        if type(target) is Function and len(arguments) == len(target.parameters):
            # What resolve_target would find, and by far the most frequent case.
            variables = dict(zip(target.parameters, arguments, strict=True)) if arguments else {}
            title = target.label or f"@{target.address}"
            module: Any = target.module  # values know no modules; a cast would be a call
            frame = Frame(module, target.label, variables, 0)
            return self.make_process(frame, target.address, title, process)
        return self.start(resolve_target(target, arguments, process, self.finder), process)

    def start(self, start: Start, spawner: Process | None) -> Process:
        """Make a process and put it into its run queue."""
        frame = Frame(start.module, start.label, start.variables, 0)
        return self.make_process(frame, start.address, start.title, spawner, start)

    def make_process(
        self, frame: Frame, address: int, title: str, spawner: Process | None, start: Start | None = None
    ) -> Process:
        """Make a process that begins at an address of a frame, with the stack of ``start`` if there is one."""
        if len(self.processes) >= self.limits.processes:
            raise Fault(
                FaultKind.LIMIT_EXCEEDED,
                f"would make more than {self.limits.processes:,} processes (--max-processes)",
            )
        made = self.next_pid
        self.next_pid = made + 1
        given = self.given_pids
        pid = given[made - 1] if given and made <= len(given) else made
        process = Process(pid, spawner.pid if spawner else 0, title, frame, address, self.limits)
        if start is not None:
            process.stack = start.stack
            if start.is_program:
                process.importing = (start.module.identity,)
        self.processes[pid] = process
        if spawner is not None:
            process.queue = spawner.queue
        self.scheduler.add(process)
        if ProcessSpawned in self.observers.listeners:
            self.observers.emit(ProcessSpawned(process, process.spawner, title))
        return process

    def find_queues(self) -> None:
        """See how compiled code puts processes into run queues from now on."""
        self.queues = self.scheduler.run_queues or _Queues(self)

    def is_quiet(self) -> bool:
        """Whether nobody waits in a run queue, no timer runs and nothing is owed from outside."""
        return not (any(self.scheduler.run_queues or ()) or self.timers.queue or self.parked)

    def write_back(self) -> None:
        """Have all processes whole, those too that stay in generators of compiled code, which keep their variables."""
        if not self.keeps_something:
            return
        self.keeps_something = False
        for pid, keeper in tuple(self.kept.items()):
            try:
                keeper(-1)
            except StopIteration:  # it was interrupted in the middle, so nobody knows what it had come to
                del self.kept[pid]

    def put_back(self, pid: Pid) -> None:
        """Have a process whole, and out of the generator of compiled code in which it may be."""
        keeper = self.kept.pop(pid, None)
        if keeper is not None:
            with suppress(StopIteration):
                keeper(-1)

    def put_all_back(self) -> None:
        """The same for all, because somebody wants to change what they have."""
        for pid in tuple(self.kept):
            self.put_back(pid)

    def is_alive(self, pid: Pid) -> bool:
        return pid in self.processes

    def pids(self) -> list[Pid]:
        return sorted(self.processes)

    def fail(self, process: Process, fault: Fault) -> Outcome:
        """Give a fault to the handler of the process (CONTINUE), or let the process crash (EXIT)."""
        message = faults.describe(fault, process)
        index = faults.find_handler(process)
        if FaultRaised in self.observers.listeners:
            self.observers.emit(FaultRaised(process, faults.kind_of(fault), message, index is not None))
        if index is not None:
            faults.handle(process, index, faults.exception_of(fault, message, process))
            return Outcome.CONTINUE
        process.exit_reason = message
        if faults.kind_of(fault) == FaultKind.LIMIT_EXCEEDED and len(self.processes) >= self.limits.processes:
            # Were only this process to end, its place would be free for the next bomb.
            self.stop_fault = (process, message)
        self.end(process, fault)
        return Outcome.STOP if self.stop_fault else Outcome.EXIT

    def end(self, process: Process, fault: Fault | None = None) -> None:
        """Take an exited process out of the system and tell whoever wants to know."""
        if process.state is _EXITED:
            return
        supervisor = process.supervisor
        if supervisor is not None and self.supervision.ends_later(process, supervisor, fault):
            return
        if process.pid in self.kept:
            self.put_back(process.pid)
        process.state = _EXITED
        pid, reason = process.pid, process.exit_reason
        del self.processes[pid]
        if pid == 1:
            self.main_alive = False
            self.main_failed = reason != NORMAL
        exits = self.exits
        exits[pid] = reason
        if len(exits) > REMEMBERED_EXITS:
            exits.popitem(last=False)
        if ProcessExited in self.observers.listeners:
            kind = faults.kind_of(fault) if fault else supervisor.crash if supervisor else ""
            trace = faults.trace(process) if kind else ()
            self.observers.emit(ProcessExited(process, reason, kind, trace))
        if process.names:
            for name in tuple(process.names):
                self._free_name(name, process)
        if pid in self.askers:
            self._leave_outside(pid)
        if process.links is not None or process.watchers is not None or process.monitors is not None:
            self.tell_of_end(process)
        parent = self.processes.get(process.spawner)
        if parent is not None and parent.supervisor is not None:
            self.supervision.child_ended(parent, parent.supervisor, process)

    # -- waiting

    def block(
        self,
        process: Process,
        pattern: Pattern | None,
        delay: int | None,
        asleep: bool = False,
        what: str = "",
        ticket: int = 0,
    ) -> Outcome:
        deadline = timer = None
        if delay is not None:
            deadline = self.host.clock.milliseconds() + delay
            timer = self._new_number()
            self.timers.add(timer, deadline, Timer(wakes=process.pid))
        process.state = ProcessState.WAITING
        if pattern is None and delay is None and not asleep:
            process.waiting = FOR_ANY_MESSAGE
        else:
            process.waiting = Wait(pattern, deadline, timer, asleep, what, ticket)
        if self.observers.notes is not None:
            self.note("block", process.pid, 0, 0, (pattern, deadline, asleep, what))
        if ProcessBlocked in self.observers.listeners:
            self.observers.emit(ProcessBlocked(process, process.waiting))
        return Outcome.BLOCK

    def wake(self, process: Process, timeout: bool = False) -> None:
        """End the wait of a process and put it at the back of its run queue."""
        wait = process.waiting
        if wait is not None and wait.timer is not None and not timeout:
            self.timers.cancel(wait.timer)
        if self.observers.notes is not None and (timeout or (wait is not None and wait.asleep)):
            # Whoever wakes for a message or a signal is told of by those.
            self.note("timeout" if timeout else "wake", process.pid, 0, 0, None)
        process.waiting = None
        process.timed_out = timeout
        process.state = ProcessState.READY
        if ProcessWoke in self.observers.listeners:
            self.observers.emit(ProcessWoke(process, timeout))
        self.scheduler.add(process)

    def fire_timers(self) -> None:
        """Let every timer fire whose deadline has come."""
        if self.timers.next_deadline() is None:
            return  # so that a run without timers never asks the clock
        now = self.host.clock.milliseconds()
        while (due := self.timers.take_due(now)) is not None:
            number, timer = due
            if timer.wakes:
                self.wake(self.processes[timer.wakes], timeout=True)
                continue
            self.send_timed(number, timer)

    def send_timed(self, number: int, timer: Timer) -> None:
        """Send the message of a timer that has been taken off the list."""
        if TimerFired in self.observers.listeners:
            self.observers.emit(TimerFired(number))
        receiver = self.processes.get(timer.to)
        if receiver is None:
            self.drop(self.processes.get(timer.sender), timer.to, timer.message)
        else:
            self.deliver(timer.sender, receiver, timer.message)

    def send_after(self, process: Process, delay: int, to: Pid, message: Value) -> Ref:
        number = self._new_number()
        deadline = self.host.clock.milliseconds() + delay
        self.timers.add(number, deadline, Timer(sender=process.pid, to=to, message=message))
        if TimerStarted in self.observers.listeners:
            self.observers.emit(TimerStarted(process, number, to, deadline))
        return Ref(number)

    def cancel_timer(self, ref: Ref) -> bool:
        return self.timers.cancel(ref.number)

    def _new_number(self) -> int:
        number = self.next_ref
        self.next_ref = number + 1
        return number

    # -- the world outside

    def ask(self, process: Process, what: str, room: str, verb: str, *arguments: Value) -> Value:
        if process.answer is not None:
            [answer] = process.answer
        else:
            self.askers.add(process.pid)
            # The instruction that asks is the one before pc, which has moved on already.
            asking = process.frame.module.ops[process.pc - 1].row.mnemonic
            asked = self.host.outside.ask(process.pid, Request(room, verb, arguments, asking))
            if isinstance(asked, Pending):
                raise Parked(asked.ticket, what)
            answer = asked
        if isinstance(answer, Refusal):
            raise Fault(answer.kind, answer.text)
        process.answer = None
        return answer

    def park(self, process: Process, parked: Parked) -> Outcome:
        self.parked[parked.ticket] = process.pid
        return self.block(process, None, None, asleep=True, what=parked.what, ticket=parked.ticket)

    def take_arrivals(self) -> None:
        """Wake the processes whose answers have come."""
        for ticket, answer in self.host.outside.arrivals():
            process = self.processes.get(self.parked.pop(ticket, 0))
            if process is not None and process.waiting is not None and process.waiting.ticket == ticket:
                process.answer = (answer,)
                self.wake(process)

    def forget_question(self, pid: Pid) -> None:
        """A process waits no more for what it has asked outside: the answer will be nobody's."""
        self.parked = {ticket: asker for ticket, asker in self.parked.items() if asker != pid}

    def _leave_outside(self, pid: Pid) -> None:
        self.askers.discard(pid)
        self.forget_question(pid)
        self.host.outside.leave(pid)

    # -- modules, warnings, the end

    def import_module(self, process: Process, path: str) -> Outcome | None:
        importer = process.frame.module
        module = self.finder.find_import(path, importer)
        running = process.importing
        if module.identity in running:
            cycle = [*running[running.index(module.identity) :], module.identity]
            names = " -> ".join(identity.replace("\\", "/").rpartition("/")[2] for identity in cycle)
            raise Fault(FaultKind.CIRCULAR_IMPORT, f"goes round in a circle: {names}")
        if process.modules is None:
            process.modules = {}
        instance = process.modules.get(module.identity)
        if instance is not None:
            process.frame.variables.update(instance.exports)
            return None
        variables: dict[str, Value] = {}
        enter(process, module, 0, module.name, variables).imported = True
        process.modules[module.identity] = ModuleInstance(variables)
        process.importing = (*process.importing, module.identity)
        return Outcome.CONTINUE

    def warn(self, process: Process, text: str) -> None:
        if Warned in self.observers.listeners:
            place = process.frame.module.place(max(0, process.pc - 1))
            self.observers.emit(Warned(process, f"{text} ({place})"))

    def stop(self, status: int) -> Outcome:
        self.stop_status = status
        return Outcome.STOP
