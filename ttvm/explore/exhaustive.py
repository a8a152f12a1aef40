"""Every schedule, without any reduction but that equal states are visited once.

It is what the reducing strategies are compared with, and how a number of preemptions is kept to: there a reduction
would be wrong, because of two equivalent executions one may have more preemptions than the other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from ttvm.explore.machine import ExploredSystem
from ttvm.explore.state import State
from ttvm.process.state import Frame, Process
from ttvm.values import Closure, ExceptionValue, Function, Handle, List, Object, Pid, Ref, Value


def freeze(value: Value) -> Hashable:
    """A hashable form of a value: equal exactly for values that no program can tell apart."""
    kind = type(value)
    if kind in (int, float, str):
        return (kind, value if value == value else "nan")
    if isinstance(value, List):
        return (List, *map(freeze, value))
    if isinstance(value, Object):
        return (Object, *((key, freeze(each)) for key, each in value.items()))
    if isinstance(value, Closure):
        captured = tuple((name, freeze(each)) for name, each in value.captured.items())
        return (Closure, value.module.identity, value.address, value.parameters, captured)
    if isinstance(value, Function):
        return (Function, value.module.identity, value.address, value.parameters)
    if isinstance(value, ExceptionValue):
        return (ExceptionValue, value.kind, value.message, freeze(value.payload), value.trace)
    if isinstance(value, (Ref, Handle)):
        return (kind, value.number)
    return value


def _frame_key(frame: Frame) -> Hashable:
    captures = tuple((name, freeze(value)) for name, value in (frame.captures or {}).items())
    variables = tuple(sorted((name, freeze(value)) for name, value in frame.variables.items()))
    return (frame.module.identity, frame.label, frame.return_address, frame.imported, captures, variables)


def process_key(process: Process) -> Hashable:
    """Everything of a process that decides what it will do."""
    modules = tuple(
        (identity, tuple(sorted((name, freeze(value)) for name, value in instance.exports.items())))
        for identity, instance in (process.modules or {}).items()
    )
    supervisor = process.supervisor
    return (
        (process.pid, process.pc, process.state, process.timed_out, process.traps_exits, process.signal),
        tuple(map(freeze, process.stack)),
        tuple(map(_frame_key, process.frames)),
        tuple((each.target, each.frame_depth, each.stack_depth, each.state) for each in process.handlers),
        tuple((each.sender, each.step, freeze(each.value)) for each in process.mailbox),
        (frozenset(process.links or ()), frozenset((process.monitors or {}).items())),
        (frozenset((process.watchers or {}).items()), tuple(process.names or ()), modules, process.importing),
        None
        if supervisor is None
        else (
            tuple(
                (name, child.pid, child.restart, freeze(child.reason)) for name, child in supervisor.children.items()
            ),
            tuple(supervisor.restarts),
            None
            if supervisor.work is None
            else (tuple(supervisor.work.stopping), supervisor.work.starting, supervisor.work.asked),
            (tuple(supervisor.ended), supervisor.waits, supervisor.answer, supervisor.ending),
        ),
    )


class StateKeys:
    """Makes keys of states. Processes are shared between states, so the key of each is made once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Process, Hashable]] = {}

    def key(self, state: State) -> Hashable:
        """A value that is equal for states with the same future and the same past output."""
        return (
            tuple(self._of(process) for process in state.processes.values()),
            (tuple(sorted(state.names.items())), tuple(sorted(state.counts.items())), state.chance, state.position),
            tuple(sorted((pid, freeze(reason)) for pid, reason in state.exits.items())),
            (tuple(sorted(state.output.items())), state.order, state.stopped, state.stuck),
            tuple((number, each and (each.to, freeze(each.message))) for number, each in sorted(state.timers.items())),
            (
                tuple(sorted(state.elapsed.items())),
                tuple(sorted(state.identities.items())),
                frozenset(state.asked.items()),
            ),
            tuple(sorted((sender, str(to), text) for sender, to, text, _ in state.lost)),
        )

    def _of(self, process: Process) -> Hashable:
        known = self._known.get(id(process))
        if known is None:
            known = self._known[id(process)] = (process, process_key(process))
        return known[1]


class Visit:
    """An execution of the exhaustive search: where it ended, and who took each step."""

    __slots__ = ("schedule", "state", "truncated")

    def __init__(self, state: State, schedule: tuple[Pid, ...], truncated: bool) -> None:
        self.state = state
        self.schedule = schedule
        self.truncated = truncated
        """Whether it has no end: it is too long, or comes back to where it was."""


def visit_all(
    system: ExploredSystem, start: State, preemptions: int | None = None, max_steps: int = 1000
) -> Iterator[Visit | None]:
    """All final states that can be reached, with at most so many preemptions (None: any number).

    A preemption is a step of another process while the one that went before could still go on. None is given now and
    then so that the caller can look at the clock.
    """
    keys = StateKeys()
    seen: set[Hashable] = set()
    schedule: list[Pid] = []
    todo: list[tuple[State, Pid, int, int]] = [(start, 0, 0, 0)]
    path: list[Hashable] = []
    """The marks of the states on the way to the present one."""
    while todo:
        state, pid, used, depth = todo.pop()
        del schedule[depth:]
        enabled = system.enabled(state)
        if pid:
            schedule.append(pid)
        key = keys.key(state)
        mark = key if preemptions is None else (key, pid if pid in enabled else 0, used)
        del path[len(schedule) :]
        path.append(mark)
        if mark in seen and mark in path[:-1]:
            yield Visit(state, tuple(schedule), True)  # it comes back to where it was, so it may go on for ever
        if mark in seen:
            continue
        seen.add(mark)
        if not enabled or len(schedule) >= max_steps:
            yield Visit(state, tuple(schedule), bool(enabled))
            continue
        yield None
        for other in reversed(enabled):
            cost = used + (pid in enabled and other != pid)
            if preemptions is None or cost <= preemptions:
                following, _ = system.step(state, other, schedule.count(other) + 1)
                system.troubles.clear()
                todo.append((following, other, cost, len(schedule)))
