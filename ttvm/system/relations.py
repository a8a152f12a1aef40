"""Links, monitors and exit signals: how processes learn of each other's end, and bring it about; and their names.

The rules are those of the BEAM (Erlang reference manual, "Processes"): links are two-way and carry exit
signals, monitors are one-way and carry DOWN messages; reason "normal" kills nobody, "kill" cannot be trapped.
"""

from __future__ import annotations

from abc import abstractmethod

from ttvm.errors import Fault, FaultKind
from ttvm.events import Linked, MonitorFired, NameFreed, NameRegistered, Observers, SignalArrived
from ttvm.process.state import NORMAL, Outcome, Process, ProcessState, Signal
from ttvm.values import Object, Pid, Ref, Value

NO_PROCESS = "noproc"
KILL = "kill"
KILLED = "killed"


class Relations:
    """The part of the system that deals with links, monitors, signals and names."""

    processes: dict[Pid, Process]
    names: dict[str, Pid]
    observers: Observers
    next_ref: int

    @abstractmethod
    def put_back(self, pid: Pid) -> None:
        """Have a process whole that may wait in compiled code."""

    @abstractmethod
    def deliver(self, sender: Pid, receiver: Process, value: Value) -> None:
        """Put a message in a mailbox."""

    @abstractmethod
    def wake(self, process: Process, timeout: bool = False) -> None:
        """End the wait of a process."""

    @abstractmethod
    def end(self, process: Process, fault: Fault | None = None) -> None:
        """Take an exited process out of the system."""

    def link(self, process: Process, other: Pid) -> Outcome | None:
        """Link two processes. A dead one answers with the exit signal noproc."""
        partner = self.processes.get(other)
        if partner is process:
            return None
        if partner is None:
            self.signal(process, other, NO_PROCESS)
            return Outcome.CONTINUE  # the signal may have been deadly: the loop looks for it
        _add_link(process, other)
        _add_link(partner, process.pid)
        if Linked in self.observers.listeners:
            self.observers.emit(Linked(process, other))
        return None

    def unlink(self, process: Process, other: Pid) -> None:
        """Undo a link, on both sides."""
        if process.links:
            process.links.discard(other)
        partner = self.processes.get(other)
        if partner is not None and partner.links:
            partner.links.discard(process.pid)

    def monitor(self, process: Process, other: Pid) -> Ref:
        """Watch a process. Of a dead one the DOWN message comes at once, with reason noproc."""
        number = self.next_ref
        self.next_ref = number + 1
        watched = self.processes.get(other)
        if watched is None:
            self._report_down(process, number, other, NO_PROCESS)
            return Ref(number)
        if process.monitors is None:
            process.monitors = {}
        process.monitors[number] = other
        if watched.watchers is None:
            watched.watchers = {}
        watched.watchers[number] = process.pid
        return Ref(number)

    def demonitor(self, process: Process, ref: Ref) -> None:
        """Stop watching. A ref that is no monitor of this process is ignored."""
        other = process.monitors.pop(ref.number, None) if process.monitors else None
        watched = self.processes.get(other) if other is not None else None
        if watched is not None and watched.watchers:
            watched.watchers.pop(ref.number, None)

    def kill(self, process: Process, victim: Pid, reason: Value) -> Outcome | None:
        """Send an exit signal; one to a dead process is lost."""
        target = self.processes.get(victim)
        if target is None:
            return None
        if reason == KILL:
            self.strike(target, Signal(process.pid, KILLED, untrappable=True))
        else:
            self.signal(target, process.pid, reason)
        return Outcome.CONTINUE if target is process else None

    def signal(self, target: Process, sender: Pid, reason: Value) -> None:
        """An exit signal arrives: it becomes a message when trapped, is ignored when normal, else it strikes."""
        if target.supervisor is not None and target.supervisor.ending:
            return  # it ends already, and waits for its children
        if target.traps_exits:
            self.deliver(sender, target, Object(type="EXIT", pid=sender, reason=reason))
        elif reason != NORMAL:
            self.strike(target, Signal(sender, reason))

    def strike(self, target: Process, signal: Signal) -> None:
        """From now on the next step of ``target`` is its exit."""
        if target.signal is None:
            self.put_back(target.pid)
            target.signal = signal
            if SignalArrived in self.observers.listeners:
                self.observers.emit(SignalArrived(target, signal.sender, signal.reason))
            if target.state is ProcessState.WAITING:
                self.wake(target)

    def tell_of_end(self, process: Process) -> None:
        """Tell linked and watching processes that this one has ended, in the order of pids and refs."""
        pid, reason = process.pid, process.exit_reason
        for other in sorted(process.links or ()):
            partner = self.processes.get(other)
            if partner is not None and partner.links and pid in partner.links:
                partner.links.discard(pid)
                if partner.supervisor is None or partner.supervisor.child_of(process) is None:
                    self.signal(partner, pid, reason)
        for number, watcher_pid in sorted((process.watchers or {}).items()):
            watcher = self.processes.get(watcher_pid)
            if watcher is not None and watcher.monitors and number in watcher.monitors:
                del watcher.monitors[number]
                self._report_down(watcher, number, pid, reason)
        for number, watched_pid in (process.monitors or {}).items():
            watched = self.processes.get(watched_pid)
            if watched is not None and watched.watchers:
                watched.watchers.pop(number, None)

    def _report_down(self, watcher: Process, number: int, pid: Pid, reason: Value) -> None:
        if MonitorFired in self.observers.listeners:
            self.observers.emit(MonitorFired(watcher.pid, pid, reason))
        self.deliver(pid, watcher, Object(type="DOWN", ref=Ref(number), pid=pid, reason=reason))

    # -- names

    def register(self, process: Process, name: str) -> None:
        holder = self.names.get(name)
        if holder == process.pid:
            return
        if holder is not None:
            raise Fault(FaultKind.NAME_TAKEN, f'cannot take the name "{name}": process {holder} has it')
        self.names[name] = process.pid
        if process.names is None:
            process.names = []
        process.names.append(name)
        if NameRegistered in self.observers.listeners:
            self.observers.emit(NameRegistered(name, process))

    def unregister(self, process: Process, name: str) -> None:
        holder = self.names.get(name)
        if holder is not None:
            self._free_name(name, self.processes[holder])

    def _free_name(self, name: str, process: Process) -> None:
        del self.names[name]
        if process.names is not None:
            process.names.remove(name)
        if NameFreed in self.observers.listeners:
            self.observers.emit(NameFreed(name, process))

    def whereis(self, name: str) -> Pid:
        return self.names.get(name, 0)


def _add_link(process: Process, other: Pid) -> None:
    if process.links is None:
        process.links = set()
    process.links.add(other)
