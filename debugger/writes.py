"""Who wrote a slot of a stack, or a variable: found by executing again what led there.

Instructions are watched from outside, as they begin, so a run that nobody asks about is not slowed down. What an
instruction wrote is known from its row: the values it puts are the last ones of the stack when it is done.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from debugger.explanation import title
from debugger.timeline import Timeline
from ttvm import events
from ttvm.process.mailbox import Message
from ttvm.process.state import Process
from ttvm.program import Module, Op
from ttvm.values import Function, Pid, Value
from ttvm.vm import Vm

LONGEST_WAY = 200_000
"""Steps that are executed again at most to find one write."""
_SEEN = 16
"""Values from the top of the stack that are noted of an instruction."""

_MISSING: Value = object()  # type: ignore[assignment]

Home = int | str
"""Whose variables: those of the call at this depth (from 0), or those of the module with this identity."""


class Slot(NamedTuple):
    """A place on a stack, counted from the bottom."""

    pid: Pid
    position: int


class Variable(NamedTuple):
    """A variable of a process."""

    pid: Pid
    home: Home
    name: str


Location = Slot | Variable


class Act(NamedTuple):
    """An instruction as it began. ``step`` is the one that it is; ``depth`` and ``calls`` are what there was before."""

    step: int
    pid: Pid
    title: str
    module: Module
    address: int
    depth: int
    calls: int
    values: list[Value]
    """The top of the stack."""
    home: Home
    """Whose variables a STORE writes."""
    loads_from: Home
    """Whose variables a LOAD reads."""
    leaves_import: bool
    """Whether it is at the top level of an imported module."""

    @property
    def op(self) -> Op:
        """The instruction, when it is not the end of the text."""
        return self.module.ops[self.address]

    @property
    def mnemonic(self) -> str:
        """What people call it."""
        return self.op.row.mnemonic if self.address < len(self.module.ops) else "the end of the text"

    @property
    def place(self) -> str:
        """``shop.ttvm:12``."""
        return self.module.place(self.address)

    def value(self, position: int) -> Value:
        """What was at a position of the stack, which is one of the noted."""
        return self.values[position - self.depth]


class Write(NamedTuple):
    """A location got its value.

    ``how``: ``put`` (``offset`` says as which of the values the instruction puts), ``stored``, ``passed`` (``offset``
    is the position of the argument on the stack before), ``captured`` in a closure, ``imported``, ``caught`` by a
    handler, ``given`` to a new process (the act is the spawn; None in the main process), by ``user``, or ``unknown``:
    further back than was searched.
    """

    how: str
    act: Act | None = None
    offset: int = 0
    message: Message | None = None
    """What a RECEIVE took."""
    step: int = 0


class _Choice(NamedTuple):
    """What a process had before the user changed something."""

    step: int
    stack: list[Value]
    variables: dict[str, Value]


def observe_act(vm: Vm, process: Process) -> Act:
    """The instruction that a process is about to execute."""
    frame, stack = process.frame, process.stack
    home = home_of(process)
    loads_from = home
    address, module = process.pc, frame.module
    if address < len(module.ops):
        op = module.ops[address]
        if op.row.mnemonic == "LOAD" and op.operands[0] not in frame.variables:
            loads_from = module.identity
    return Act(
        vm.steps + 1,
        process.pid,
        title(process),
        module,
        address,
        len(stack),
        len(process.frames),
        stack[-_SEEN:],
        home,
        loads_from,
        frame.imported,
    )


def home_of(process: Process) -> Home:
    """Whose variables the innermost call has."""
    outermost = process.outermost_variables()
    return process.frame.module.identity if process.frame.variables is outermost else len(process.frames) - 1


class WriteSearch:
    """Looks for the last write of a location that is not behind a step."""

    def __init__(self, vm: Vm, timeline: Timeline, location: Location) -> None:
        self._vm = vm
        self._timeline = timeline
        self._location = location
        self._pending: Act | _Choice | None = None
        self._stays = False
        """Whether the pending instruction waits, so that it has done nothing."""
        self._caught = False
        self._message: Message | None = None
        self._searched = 0
        """All steps from here on have been searched."""
        self.write: Write | None = None

    def find(self, step: int) -> Generator[None, None, Write]:
        """The last write up to a step; the machine is elsewhere then."""
        self._searched = step
        for found in self._timeline.search_back(step, self._scan):
            if found is None:
                if step - self._searched > LONGEST_WAY:
                    break
                yield
        return self.write or Write("unknown" if self._searched else "given")

    def _scan(self, end: int) -> Generator[None, None, int | None]:
        self._pending, self.write = None, None
        begun = self._vm.steps
        listeners = [
            (events.InstructionStarting, self._starting),
            (events.ProcessBlocked, self._blocked),
            (events.FaultRaised, self._failed),
            (events.MessageTaken, self._taken),
            (events.ProcessSpawned, self._spawned),
        ]
        with self._timeline.listening(listeners, self._choosing):
            yield from self._timeline.execute_in_pieces(end)
            self._settle()
        self._searched = begun
        return self.write.step if self.write is not None else None

    # -- what the machine tells

    def _starting(self, event: events.InstructionStarting) -> None:
        process = event.process
        if process.pid == self._location.pid:
            self._settle()
            self._pending = observe_act(self._vm, process)

    def _choosing(self) -> None:
        self._settle()
        process = self._vm.system.processes.get(self._location.pid)
        if process is not None:
            variables = dict(process.frame.variables)
            self._pending = _Choice(self._vm.steps + 1, process.stack.copy(), variables)

    def _blocked(self, event: events.ProcessBlocked) -> None:
        self._stays |= event.process.pid == self._location.pid

    def _failed(self, event: events.FaultRaised) -> None:
        self._caught |= event.process.pid == self._location.pid

    def _taken(self, event: events.MessageTaken) -> None:
        if event.receiver.pid == self._location.pid:
            self._message = event.message

    def _spawned(self, event: events.ProcessSpawned) -> None:
        if event.process.pid == self._location.pid:
            self.write = Write("given", step=self._vm.steps)

    # -- what the pending instruction did

    def _settle(self) -> None:
        pending, self._pending = self._pending, None
        stays, self._stays = self._stays, False
        caught, self._caught = self._caught, False
        message, self._message = self._message, None
        process = self._vm.system.processes.get(self._location.pid)
        if pending is None or stays or process is None:
            return
        if isinstance(pending, _Choice):
            write = self._chosen(pending, process)
        elif isinstance(self._location, Slot):
            write = self._put(pending, process, self._location.position, caught)
        else:
            write = None if caught else self._stored(pending, process, self._location)
        if write is not None:
            self.write = write._replace(message=message, step=pending.step)

    def _put(self, act: Act, process: Process, position: int, caught: bool) -> Write | None:
        depth = len(process.stack)
        if act.address >= len(act.module.ops):
            return None
        first = depth - (1 if caught else len(act.op.row.effect.pushes))
        if not first <= position < depth:
            return None
        return Write("caught" if caught else "put", act, position - first)

    def _stored(self, act: Act, process: Process, variable: Variable) -> Write | None:
        name, mnemonic = variable.name, act.mnemonic
        if mnemonic in ("STORE", "CATCH") and name in act.op.operands and act.home == variable.home:
            return Write("stored", act, act.depth - 1)
        if mnemonic in ("CALL", "CALL_FUNCTION") and len(process.frames) > act.calls:
            return self._passed(act, variable) if home_of(process) == variable.home else None
        imports = mnemonic == "IMPORT" or (act.leaves_import and len(process.frames) < act.calls)
        if imports and home_of(process) == variable.home and name in process.frame.variables:
            value = process.frame.variables[name]
            if any(each.exports.get(name, _MISSING) is value for each in (process.modules or {}).values()):
                return Write("imported", act)
        return None

    def _passed(self, act: Act, variable: Variable) -> Write | None:
        if act.mnemonic == "CALL":
            parameters = act.op.operands[1] or ()
            below = act.depth
        else:
            function = act.values[-1] if act.values else None
            if not isinstance(function, Function):
                return None
            parameters, below = function.parameters, act.depth - 1
            if variable.name not in parameters:
                return Write("captured", act)
        if variable.name not in parameters:
            return None
        return Write("passed", act, below - len(parameters) + parameters.index(variable.name))

    def _chosen(self, choice: _Choice, process: Process) -> Write | None:
        location = self._location
        if isinstance(location, Slot):
            position = location.position
            if position >= len(process.stack):
                return None
            same = position < len(choice.stack) and choice.stack[position] is process.stack[position]
        else:
            variables, name = process.frame.variables, location.name
            if name not in variables or home_of(process) != location.home:
                return None
            same = name in choice.variables and choice.variables[name] is variables[name]
        return None if same else Write("user")


class ActSearch:
    """Looks at the instruction that is a certain step."""

    def __init__(self, vm: Vm, timeline: Timeline) -> None:
        self._vm = vm
        self._timeline = timeline
        self._act: Act | None = None
        self.numbers: list[int] = []
        """The messages that it sent."""

    def find(self, step: int) -> Generator[None, None, Act | None]:
        """The act of a step; None when the user did something then. The machine is behind it afterwards."""
        self._timeline.goto(step - 1)
        yield
        listeners = [(events.InstructionStarting, self._starting), (events.MessageSent, self._sent)]
        with self._timeline.listening(listeners, self._timeline.choosing):
            yield from self._timeline.execute_in_pieces(step)
        return self._act if self._act is not None and self._act.step == step else None

    def _starting(self, event: events.InstructionStarting) -> None:
        self._act = observe_act(self._vm, event.process)
        self.numbers.clear()

    def _sent(self, event: events.MessageSent) -> None:
        if self._vm.current is not None:
            self.numbers.append(event.message.number)
