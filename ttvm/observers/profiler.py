"""Count what a run spends where: by function, process, pair of processes, and instruction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ttvm import events
from ttvm.process.state import Process
from ttvm.program import Module, Op
from ttvm.record import Record
from ttvm.values import Pid
from ttvm.vm import Vm

_KeyT = TypeVar("_KeyT")

END_OF_TEXT = "(end of the text)"
EXIT_SIGNAL = "(exit signal)"
"""Steps that are no instruction of the program."""


class FunctionCost(Record):
    """What ran between a call and its return. The top level of a program or module is a function, too.

    Reductions are attempts to execute an instruction, as a quantum counts them. ``inclusive_...`` adds what was called
    from inside; of a recursion only the outermost call counts, so it is never more than the whole run. Time in which
    the process waits, or others run, is not in it.
    """

    label: str
    module: str
    line: int
    calls: int
    """Calls, and spawned processes that began here."""
    self_reductions: int
    inclusive_reductions: int
    self_seconds: float
    inclusive_seconds: float


class ProcessCost(Record):
    """What a process did, and how long its mailbox ever was."""

    pid: Pid
    target: str
    name: str
    """Its first registered name, or empty."""
    reductions: int
    seconds: float
    turns: int
    blocked: int
    """How often it had to wait."""
    longest_mailbox: int


class MessageCount(Record):
    """Messages that one process put in the mailbox of another."""

    sender: Pid
    receiver: Pid
    count: int


class InstructionCount(Record):
    """How often an instruction was attempted."""

    mnemonic: str
    count: int


class Profile(Record):
    """The whole result, each part with the most expensive first."""

    program: str
    reductions: int
    seconds: float
    turns: int
    messages_dropped: int
    functions: tuple[FunctionCost, ...]
    processes: tuple[ProcessCost, ...]
    messages: tuple[MessageCount, ...]
    instructions: tuple[InstructionCount, ...]


class _Function:
    """Costs of a function so far."""

    __slots__ = (
        "calls",
        "inclusive_reductions",
        "inclusive_seconds",
        "label",
        "line",
        "module",
        "reductions",
        "seconds",
    )

    def __init__(self, module: Module, address: int, label: str) -> None:
        self.module = module.name
        self.label = label or (f"@{address}" if address else "main")
        self.line = module.line(address)
        self.calls = 0
        self.reductions = 0
        self.seconds = 0.0
        self.inclusive_reductions = 0
        self.inclusive_seconds = 0.0


class _Call:
    """An open call: its function, and what its process had spent when it began.

    ``outermost`` tells whether the same function was not open already further out in this process.
    """

    __slots__ = ("function", "outermost", "reductions", "seconds")

    def __init__(self, function: _Function, worker: _Worker) -> None:
        self.function = function
        self.reductions = worker.reductions
        self.seconds = worker.seconds
        self.outermost = function not in worker.open_functions


class _Worker:
    """Costs of a process so far, and its open calls."""

    __slots__ = (
        "blocked",
        "calls",
        "longest_mailbox",
        "name",
        "open_functions",
        "reductions",
        "seconds",
        "target",
        "turns",
    )

    def __init__(self, process: Process) -> None:
        self.target = process.target
        self.name = process.name
        self.reductions = 0
        self.seconds = 0.0
        self.turns = 0
        self.blocked = 0
        self.longest_mailbox = len(process.mailbox)
        self.calls: list[_Call] = []
        self.open_functions: set[_Function] = set()

    def enter(self, function: _Function) -> None:
        """A call begins."""
        function.calls += 1
        self.calls.append(_Call(function, self))
        self.open_functions.add(function)

    def leave(self, count: int) -> None:
        """The innermost calls are over."""
        for _ in range(count):
            call = self.calls.pop()
            if call.outermost:
                call.function.inclusive_reductions += self.reductions - call.reductions
                call.function.inclusive_seconds += self.seconds - call.seconds
                self.open_functions.discard(call.function)


class Profiler:
    """Listens to one machine. ``clock`` gives seconds: it is a parameter so that tests can do without real time.

    Costs are added up whenever something changes hands, that is at calls, returns and turns, and not at every
    instruction; so the price of a profile is mostly that of its counting of instructions.
    """

    def __init__(self, vm: Vm, clock: Callable[[], float]) -> None:
        self._vm = vm
        self._clock = clock
        self._functions: dict[tuple[str, int], _Function] = {}
        self._workers: dict[Pid, _Worker] = {}
        self._pairs: dict[tuple[Pid, Pid], int] = {}
        self._dropped = 0
        self._ops: dict[Op, int] = {}
        self._other_steps = {END_OF_TEXT: 0, EXIT_SIGNAL: 0}
        self._running: _Worker | None = None
        for process in vm.system.processes.values():
            self._begin(process)
        self._first_step = self._step = vm.steps
        self._first_turn = vm.ticks
        self._begun = self._time = clock()
        vm.observe(events.InstructionStarting, self._instruction_starting)
        vm.observe(events.CallEntered, self._call_entered)
        vm.observe(events.CallReturned, self._call_returned)
        vm.observe(events.TurnStarted, self._turn_started)
        vm.observe(events.ProcessSpawned, lambda event: self._begin(event.process))
        vm.observe(events.ProcessBlocked, self._process_blocked)
        vm.observe(events.ProcessExited, self._process_exited)
        vm.observe(events.NameRegistered, self._name_registered)
        vm.observe(events.MessageSent, self._message_sent)
        vm.observe(events.MessageDropped, self._message_dropped)

    def finish(self) -> Profile:
        """The result. Open calls are closed for it, so ask when the run is over."""
        self._settle()
        self._running = None
        for worker in self._workers.values():
            worker.leave(len(worker.calls))
        return Profile(
            self._vm.program.name,
            self._vm.steps - self._first_step,
            self._time - self._begun,
            self._vm.ticks - self._first_turn,
            self._dropped,
            tuple(self._function_costs()),
            tuple(self._process_costs()),
            tuple(MessageCount(*pair, count) for pair, count in _most_first(self._pairs.items())),
            tuple(InstructionCount(mnemonic, count) for mnemonic, count in _most_first(self._mnemonics().items())),
        )

    def _function_costs(self) -> list[FunctionCost]:
        costs = [
            FunctionCost(
                each.label,
                each.module,
                each.line,
                each.calls,
                each.reductions,
                each.inclusive_reductions,
                each.seconds,
                each.inclusive_seconds,
            )
            for each in self._functions.values()
        ]
        return sorted(costs, key=lambda cost: (-cost.self_reductions, cost.module, cost.line, cost.label))

    def _process_costs(self) -> list[ProcessCost]:
        costs = [
            ProcessCost(
                pid,
                each.target,
                each.name,
                each.reductions,
                each.seconds,
                each.turns,
                each.blocked,
                each.longest_mailbox,
            )
            for pid, each in self._workers.items()
        ]
        return sorted(costs, key=lambda cost: (-cost.reductions, cost.pid))

    def _mnemonics(self) -> dict[str, int]:
        counts = {word: count for word, count in self._other_steps.items() if count}
        for op, count in self._ops.items():
            counts[op.row.mnemonic] = counts.get(op.row.mnemonic, 0) + count
        return counts

    # -- what the events mean

    def _settle(self) -> None:
        """Charge whoever is running for everything since the last time."""
        now, step = self._clock(), self._vm.steps
        worker = self._running
        if worker is not None:
            steps, seconds = step - self._step, now - self._time
            worker.reductions += steps
            worker.seconds += seconds
            function = worker.calls[-1].function
            function.reductions += steps
            function.seconds += seconds
        self._step, self._time = step, now

    def _begin(self, process: Process) -> None:
        worker = self._workers[process.pid] = _Worker(process)
        worker.enter(self._function_at(process))

    def _function_at(self, process: Process) -> _Function:
        """The function whose first instruction is next."""
        frame, address = process.frame, process.pc
        key = (frame.module.identity, address)
        function = self._functions.get(key)
        if function is None:
            function = self._functions[key] = _Function(frame.module, address, frame.label)
        return function

    def _instruction_starting(self, event: events.InstructionStarting) -> None:
        process = event.process
        ops, address = process.frame.module.ops, process.pc
        if process.signal is not None:
            self._other_steps[EXIT_SIGNAL] += 1
        elif address < len(ops):
            op = ops[address]
            self._ops[op] = self._ops.get(op, 0) + 1
        else:
            self._other_steps[END_OF_TEXT] += 1

    def _call_entered(self, event: events.CallEntered) -> None:
        self._settle()
        self._workers[event.process.pid].enter(self._function_at(event.process))

    def _call_returned(self, event: events.CallReturned) -> None:
        self._settle()
        self._workers[event.process.pid].leave(event.count)

    def _turn_started(self, event: events.TurnStarted) -> None:
        self._settle()
        self._running = self._workers[event.process.pid]
        self._running.turns += 1

    def _process_blocked(self, event: events.ProcessBlocked) -> None:
        self._settle()
        # Until the next turn begins, nobody is charged: the machine may sleep.
        self._running = None
        self._workers[event.process.pid].blocked += 1

    def _process_exited(self, event: events.ProcessExited) -> None:
        self._settle()
        worker = self._workers[event.process.pid]
        worker.leave(len(worker.calls))
        if self._running is worker:
            self._running = None

    def _name_registered(self, event: events.NameRegistered) -> None:
        worker = self._workers[event.process.pid]
        worker.name = worker.name or event.name

    def _message_sent(self, event: events.MessageSent) -> None:
        pair = (event.message.sender, event.receiver.pid)
        self._pairs[pair] = self._pairs.get(pair, 0) + 1
        worker = self._workers[pair[1]]
        worker.longest_mailbox = max(worker.longest_mailbox, len(event.receiver.mailbox))

    def _message_dropped(self, event: events.MessageDropped) -> None:
        self._dropped += 1


def _count_then_name(item: tuple[Any, int]) -> tuple[int, Any]:
    return -item[1], item[0]


def _most_first(counts: Iterable[tuple[_KeyT, int]]) -> list[tuple[_KeyT, int]]:
    return sorted(counts, key=_count_then_name)
