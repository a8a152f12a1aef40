"""The whole state of a machine as plain data that compares with ``==``."""

from __future__ import annotations

from typing import Any

from tests.unit.helpers import Machine
from ttvm.host.world import SeededRandomness, SeededSecrets
from ttvm.process.mailbox import Message
from ttvm.process.state import Frame, Process, Wait
from ttvm.process.supervision import Supervisor
from ttvm.system.timers import Timers
from ttvm.values import Bool, Bytes, Closure, ExceptionValue, Function, List, Object, Ref, Value
from ttvm.vm import Snapshot, Vm


class Interner:
    """Gives equal values equal numbers, whatever they share.

    Generated programs build values that share so much that comparing them branch by branch would never end.
    Unlike EQ this tells Int from Float and 0.0 from -0.0, and NaN equals NaN.
    """

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Value) -> int:
        """The number of a value; works without recursion."""
        known: dict[int, int] = {}
        work: list[Value] = [value]
        while work:
            item = work[-1]
            parts = _parts(item)
            missing = [part for part in parts if id(part) not in known]
            if missing:
                work += missing
                continue
            work.pop()
            key = (_shape(item), tuple(known[id(part)] for part in parts))
            known[id(item)] = self._numbers.setdefault(key, len(self._numbers))
        return known[id(value)]


def _parts(value: Value) -> list[Value]:
    if isinstance(value, List):
        return list(value)
    if isinstance(value, Object):
        return list(value.values())
    if isinstance(value, Closure):
        return list(value.captured.values())
    if isinstance(value, ExceptionValue):
        return [value.payload]
    return []


def _shape(value: Value) -> tuple[Any, ...]:
    if isinstance(value, List):
        return ("list",)
    if isinstance(value, Object):
        return ("object", *value)
    if isinstance(value, Function):
        captured = tuple(value.captured) if isinstance(value, Closure) else None
        return ("function", value.module.identity, value.address, value.label, value.parameters, captured)
    if isinstance(value, ExceptionValue):
        return ("exception", value.kind, value.message, value.trace)
    if isinstance(value, Ref):
        return ("ref", value.number)
    if isinstance(value, Bool):
        return ("bool", value.name)
    assert value is None or isinstance(value, (int, float, str, Bytes))
    return (type(value).__name__, repr(value))


_INTERNER = Interner()


def of_value(value: Value) -> int:
    """A number that stands for a value: equal for equal values during one session."""
    return _INTERNER.number(value)


def of_variables(variables: dict[str, Value] | None) -> list[tuple[str, int]]:
    """Variables in their order."""
    return [(name, of_value(value)) for name, value in (variables or {}).items()]


def of_frame(frame: Frame, process: Process) -> dict[str, Any]:
    """A frame; ``shared`` tells whether it is the top level of an imported module, with the module's variables."""
    instance = (process.modules or {}).get(frame.module.identity)
    return {
        "module": frame.module.identity,
        "label": frame.label,
        "variables": of_variables(frame.variables),
        "return": frame.return_address,
        "captures": of_variables(frame.captures),
        "imported": frame.imported,
        "shared": instance is not None and instance.variables is frame.variables,
    }


def of_wait(wait: Wait | None) -> Any:
    """Why a process waits."""
    if wait is None:
        return None
    pattern = str(wait.pattern) if wait.pattern is not None else None
    return pattern, wait.deadline, wait.timer, wait.asleep, wait.what, wait.ticket


def of_supervisor(supervisor: Supervisor | None) -> Any:
    """What a supervisor knows of its children and is about to do."""
    if supervisor is None:
        return None
    children = [
        (name, each.start.title, each.start.address, each.restart, each.pid, each.before, of_value(each.reason))
        for name, each in supervisor.children.items()
    ]
    work = supervisor.work
    doing = (list(work.stopping), work.starting, work.asked) if work is not None else None
    rules = (supervisor.strategy, supervisor.most_restarts, supervisor.period)
    state = (list(supervisor.restarts), list(supervisor.ended), supervisor.waits, supervisor.answer)
    return rules, children, doing, state, supervisor.ending, supervisor.crash


def of_message(message: Message) -> tuple[int, int, int, int]:
    """A message in a mailbox."""
    return of_value(message.value), message.sender, message.number, message.step


def of_process(process: Process) -> dict[str, Any]:
    """Everything of a process but ``previous_pc``, which only some machines keep."""
    modules = {
        identity: (of_variables(instance.variables), of_variables(instance.exports))
        for identity, instance in (process.modules or {}).items()
    }
    return {
        "pid": process.pid,
        "spawner": process.spawner,
        "target": process.target,
        "pc": process.pc,
        "stack": list(map(of_value, process.stack)),
        "frames": [of_frame(frame, process) for frame in process.frames],
        "top frame": process.frame is process.frames[-1],
        "handlers": [tuple(map(str, (each.target, each.frame_depth, each.stack_depth, each.state)))
                     for each in process.handlers],
        "modules": modules,
        "importing": process.importing,
        "mailbox": list(map(of_message, process.mailbox)),
        "skipped": process.mailbox.skipped,
        "state": process.state.value,
        "waiting": of_wait(process.waiting),
        "timed out": process.timed_out,
        "links": sorted(process.links or ()),
        "monitors": sorted((process.monitors or {}).items()),
        "watchers": sorted((process.watchers or {}).items()),
        "names": list(process.names or ()),
        "traps exits": process.traps_exits,
        "signal": (process.signal.sender, of_value(process.signal.reason)) if process.signal else None,
        "supervisor": of_supervisor(process.supervisor),
        "answer": process.answer,
        "exit reason": of_value(process.exit_reason),
        "reductions": process.reductions,
        "queue": process.queue,
    }  # fmt: skip


def of_timers(timers: Timers) -> list[Any]:
    """The timers in the order in which they will fire."""
    copy, found = timers.copy(), []
    while (deadline := copy.next_deadline()) is not None:
        due = copy.take_due(deadline)
        assert due is not None
        number, timer = due
        found.append((deadline, number, timer.wakes, timer.sender, timer.to, of_value(timer.message)))
    return found


def of_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """What a snapshot holds."""
    *flags, stop_fault = snapshot.end
    return {
        "processes": list(map(of_process, snapshot.processes)),
        "names": list(snapshot.names.items()),
        "timers": of_timers(snapshot.timers),
        "scheduler": snapshot.scheduler,
        "current": snapshot.current,
        "slice left": snapshot.slice_left,
        "ticks": snapshot.ticks,
        "counters": snapshot.counters,
        "end": flags,
        "stop fault": (of_process(stop_fault[0]), stop_fault[1]) if stop_fault else None,
        "exits": [(pid, of_value(reason)) for pid, reason in snapshot.exits.items()],
    }


def of_system(vm: Vm) -> dict[str, Any]:
    """Everything of a machine but its world."""
    system = vm.system
    stop_fault = system.stop_fault
    return {
        "processes": list(map(of_process, system.processes.values())),
        "names": list(system.names.items()),
        "timers": of_timers(system.timers),
        "scheduler": (system.scheduler.save(), system.scheduler.scheduler),
        "current": vm.current.pid if vm.current else 0,
        "current lives": vm.current is None or system.processes.get(vm.current.pid) is vm.current,
        "slice left": vm.slice_left,
        "ticks": vm.ticks,
        "last pid": vm.last_pid,
        "steps": system.steps,
        "numbers": (system.next_pid, system.next_message, system.next_ref),
        "end": (system.main_alive, system.main_failed, system.stop_status),
        "stop fault": (of_process(stop_fault[0]), stop_fault[1]) if stop_fault else None,
        "exits": [(pid, of_value(reason)) for pid, reason in system.exits.items()],
    }


class WorldState:
    """The state of a world in memory, which a snapshot does not have."""

    def __init__(self, machine: Machine) -> None:
        self.now = machine.clock.now
        self.chance = _randomness(machine).generator.state
        self.secrets = _secrets(machine).generator.state
        self.position = machine.console.position
        self.written = list(machine.console.written)

    def put_back(self, machine: Machine) -> None:
        """Bring the world back to this state."""
        machine.clock.now = self.now
        _randomness(machine).generator.state = self.chance
        _secrets(machine).generator.state = self.secrets
        machine.console.position = self.position
        machine.console.written[:] = self.written

    def plain(self) -> dict[str, Any]:
        """The state as data."""
        return {
            "now": self.now,
            "chance": self.chance,
            "secrets": self.secrets,
            "read": self.position,
            "output": [(each.pid, each.text) for each in self.written],
        }


def _randomness(machine: Machine) -> SeededRandomness:
    randomness = machine.vm.system.host.randomness
    assert isinstance(randomness, SeededRandomness)
    return randomness


def _secrets(machine: Machine) -> SeededSecrets:
    secrets = machine.vm.system.host.secrets
    assert isinstance(secrets, SeededSecrets)
    return secrets


def state_of(machine: Machine) -> dict[str, Any]:
    """Everything: processes, registry, timers, scheduler, counters, and the world with its output."""
    return {**of_system(machine.vm), "world": WorldState(machine).plain()}
