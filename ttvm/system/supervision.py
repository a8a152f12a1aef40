"""Supervisors: they start their children again, and take them along when they end.

The rules are those of OTP (stdlib, "supervisor"). What a supervisor does to its children takes time here as it does
there: a child that is told to end does so in a turn of its own, and only its real end brings the work a step further.
So all of it is driven by exits: ``child_ended`` is the one place where a supervisor learns something, and
``Supervisor.work`` is where it stands. docs/decisions/0005-supervisors.md tells what differs from OTP, and why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.engine import faults
from ttvm.errors import Fault, FaultKind
from ttvm.events import ChildRestarted, ChildStopped, SupervisorGaveUp
from ttvm.process.state import Outcome, Process, Signal
from ttvm.process.supervision import SHUTDOWN, Child, Restart, Strategy, Supervisor, Work
from ttvm.system.spawning import resolve_target
from ttvm.values import Pid

if TYPE_CHECKING:
    from ttvm.system.system import System

MOST_NAMES = 10
"""Children that a fault names."""


class Supervision:
    """The part of a system that deals with supervisors and their children. It has no state of its own."""

    def __init__(self, system: System) -> None:
        self._system = system

    # -- what the instructions do

    def start_supervisor(self, process: Process, strategy: Strategy, restarts: int, seconds: int) -> None:
        """Make the process a supervisor without children."""
        if process.supervisor is not None:
            raise Fault(FaultKind.DOMAIN_ERROR, "cannot be done twice: this process is a supervisor already")
        process.supervisor = Supervisor(strategy, restarts, 1000 * seconds)

    def supervise_child(self, process: Process, name: str, restart: Restart) -> Pid | Outcome:
        """Start a child. While there is work to do with the others, the process waits."""
        supervisor = _supervisor_of(process)
        if supervisor.work is not None:
            return self._wait(process, supervisor, "the restart of its children")
        first = supervisor.children.get(name)
        if first is not None:
            state = f"process {first.pid} is it" if first.pid else "it has ended, and RESTART_CHILD starts it again"
            raise Fault(FaultKind.NAME_TAKEN, f'cannot have a second child "{name}": {state}')
        child = Child(resolve_target(name, (), process, self._system.finder), restart)
        return self._start_child(process, supervisor, name, child).pid

    def restart_child(self, process: Process, name: str) -> Pid | Outcome:
        """End a child and start it again. The process waits meanwhile; the instruction then runs once more."""
        supervisor = _supervisor_of(process)
        if supervisor.answer is not None:
            return _take_answer(supervisor)
        if supervisor.work is not None:
            return self._wait(process, supervisor, "the restart of its children")
        if not _child_called(supervisor, name).pid:
            return self._start_again(process, supervisor, name).pid
        self._begin(process, supervisor, Work({name: None}, (name,), asked=True))
        return self._wait(process, supervisor, f"the end of its child {name}")

    def stop_child(self, process: Process, name: str) -> Outcome | None:
        """End a child for good. The process waits meanwhile; the instruction then runs once more."""
        supervisor = _supervisor_of(process)
        if supervisor.answer is not None:
            _take_answer(supervisor)
            return None
        if supervisor.work is not None:
            return self._wait(process, supervisor, "the restart of its children")
        if not _child_called(supervisor, name).pid:
            return None
        self._begin(process, supervisor, Work({name: None}, (), asked=True))
        return self._wait(process, supervisor, f"the end of its child {name}")

    def _wait(self, process: Process, supervisor: Supervisor, what: str) -> Outcome:
        supervisor.waits = True
        return self._system.block(process, None, None, asleep=True, what=what)

    # -- what ends bring about

    def ends_later(self, process: Process, supervisor: Supervisor, fault: Fault | None) -> bool:
        """Whether a supervisor that is about to end has to wait for its children first.

        It then does nothing any more; the end of the last child brings about its own. Only a KILL with reason "kill"
        leaves no time for that: the children then get the exit signal of any linked process.
        """
        if process.signal is not None and process.signal.untrappable:
            return False
        running = supervisor.running()
        if not running:
            return False
        if not supervisor.ending:
            supervisor.ending = True
            supervisor.crash = faults.kind_of(fault) if fault is not None else ""
            supervisor.waits = False
            supervisor.ended.clear()
            process.signal = None  # it has been obeyed; "kill" must be able to strike once more
            self._system.block(process, None, None, asleep=True, what="the end of its children")
            self._begin(process, supervisor, Work(running, ()))
        return True

    def child_ended(self, parent: Process, supervisor: Supervisor, process: Process) -> None:
        """A process that was spawned by a supervisor has exited."""
        if supervisor.child_of(process) is None:
            return  # spawned, but not supervised
        name, work = process.target, supervisor.work
        supervisor.children[name] = supervisor.children[name].replace(
            pid=0, before=process.pid, reason=process.exit_reason
        )
        if work is None or name not in work.stopping:
            supervisor.ended.append(name)
        else:
            told = work.told
            del work.stopping[name]
            is_forgotten = supervisor.children[name].restart is Restart.TEMPORARY and not work.asked
            if is_forgotten or not work.starting:
                self._dismiss(parent, supervisor, name)
            if name == told and work.stopping:
                self._tell_to_end(parent, supervisor, work.told)
        self._go_on(parent, supervisor)

    def _go_on(self, parent: Process, supervisor: Supervisor) -> None:
        """Do all that can be done without waiting for the end of one more child."""
        while parent.signal is None:  # else its own end is near, and it starts nobody any more
            work = supervisor.work
            if work is None:
                if not supervisor.ended:
                    return
                self._decide(parent, supervisor, supervisor.ended.popleft())
            elif work.stopping:
                return
            else:
                supervisor.work = None
                self._finish(parent, supervisor, work)

    def _decide(self, parent: Process, supervisor: Supervisor, name: str) -> None:
        """Find out what has to be done because a child has ended by itself."""
        child = supervisor.children.get(name)
        if child is None or child.pid:
            return  # it ended during the restart of a sibling, and that has started it again
        if not child.restart.wanted_after(child.reason):
            self._dismiss(parent, supervisor, name)
        elif not supervisor.may_restart(self._system.host.clock.milliseconds()):
            most, seconds = supervisor.most_restarts, supervisor.period // 1000
            restarts = f"{most:,} restart{'s' if most != 1 else ''}"
            self._give_up(parent, supervisor, name, f"would make more than {restarts} in {seconds:,} s")
        else:
            children = supervisor.children
            group = supervisor.group_of(name)
            stopping = {each: None for each in group if children[each].pid}
            starting = tuple(each for each in group if children[each].restart is not Restart.TEMPORARY)
            self._begin(parent, supervisor, Work(stopping, starting))

    def _begin(self, parent: Process, supervisor: Supervisor, work: Work) -> None:
        supervisor.work = work
        if work.stopping:
            self._tell_to_end(parent, supervisor, work.told)

    def _tell_to_end(self, parent: Process, supervisor: Supervisor, name: str) -> None:
        self._system.signal(self._system.processes[supervisor.children[name].pid], parent.pid, SHUTDOWN)

    def _finish(self, parent: Process, supervisor: Supervisor, work: Work) -> None:
        """All that had to end have ended: start those that are to be started, or let the supervisor end."""
        if supervisor.ending:
            # Not here and now, but as a step of its own, as every death: a tower of supervisors falls floor by floor.
            self._system.strike(parent, Signal(parent.pid, parent.exit_reason))
            return
        pid = 0
        for name in work.starting:
            try:
                pid = self._start_again(parent, supervisor, name).pid
            except Fault as fault:  # there are too many processes by now
                self._give_up(parent, supervisor, name, fault.text)
                return
        if work.asked:
            supervisor.answer = pid
        if supervisor.waits:
            supervisor.waits = False
            self._system.wake(parent)

    # -- one child

    def _start_child(self, parent: Process, supervisor: Supervisor, name: str, child: Child) -> Process:
        process = self._system.start(child.start.afresh(), parent)
        self._system.link(parent, process.pid)
        supervisor.children[name] = child.replace(pid=process.pid)
        return process

    def _start_again(self, parent: Process, supervisor: Supervisor, name: str) -> Process:
        child = supervisor.children[name]
        process = self._start_child(parent, supervisor, name, child)
        if ChildRestarted in self._system.observers.listeners:
            self._system.observers.emit(ChildRestarted(parent, name, child.before, process))
        return process

    def _dismiss(self, parent: Process, supervisor: Supervisor, name: str) -> None:
        """A child has ended and is not started again."""
        child = supervisor.children[name]
        if child.restart is Restart.TEMPORARY:
            del supervisor.children[name]
        if ChildStopped in self._system.observers.listeners:
            self._system.observers.emit(ChildStopped(parent, name, child.before, child.reason))

    def _give_up(self, parent: Process, supervisor: Supervisor, name: str, why: str) -> None:
        """A child cannot be started again: the next step of the supervisor is its end."""
        if SupervisorGaveUp in self._system.observers.listeners:
            self._system.observers.emit(SupervisorGaveUp(parent, name, supervisor.children[name].reason, why))
        self._system.strike(parent, Signal(parent.pid, SHUTDOWN))


def _supervisor_of(process: Process) -> Supervisor:
    if process.supervisor is None:
        raise Fault(FaultKind.DOMAIN_ERROR, "needs a supervisor: START_SUPERVISOR makes this process one")
    return process.supervisor


def _child_called(supervisor: Supervisor, name: str) -> Child:
    child = supervisor.children.get(name)
    if child is None:
        known = ", ".join(list(supervisor.children)[:MOST_NAMES]) or "none"
        more = "" if len(supervisor.children) <= MOST_NAMES else f" and {len(supervisor.children) - MOST_NAMES:,} more"
        raise Fault(FaultKind.DOMAIN_ERROR, f'finds no child "{name}": this supervisor has {known}{more}')
    return child


def _take_answer(supervisor: Supervisor) -> Pid:
    answer, supervisor.answer = supervisor.answer, None
    return answer or 0
