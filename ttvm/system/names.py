"""Registered names: who has which, as long as it lives."""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind
from ttvm.events import NameFreed, NameRegistered, Observers
from ttvm.process.state import Process
from ttvm.values import Pid


class Names:
    """The part of the system that deals with names. A name is in ``names`` exactly while its process lives."""

    processes: dict[Pid, Process]
    names: dict[str, Pid]
    observers: Observers

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
