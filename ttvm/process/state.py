"""Process, Frame and Handler: all that a process owns, as plain data that a snapshot can copy."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from ttvm.errors import Fault, FaultKind
from ttvm.process.mailbox import Mailbox
from ttvm.record import Record

if TYPE_CHECKING:
    from ttvm.outside import Refusal
    from ttvm.process.patterns import Pattern
    from ttvm.process.supervision import Supervisor
    from ttvm.program import Module
    from ttvm.values import Pid, Value


class ProcessState(enum.Enum):
    """What a process is doing."""

    READY = "ready"
    """In a run queue, or taking its turn now."""
    WAITING = "waiting"
    """In a RECEIVE without a message that fits, or asleep."""
    EXITED = "exited"


_READY = ProcessState.READY  # a name of the module is found several times as fast as a member of an enumeration


class Outcome(enum.Enum):
    """What an instruction asks of the loop that runs it; None, the usual answer, means: go on."""

    CONTINUE = "continue"
    """Go on, but in another module, or after looking for a signal."""
    YIELD = "yield"
    BLOCK = "block"
    """Nothing done: the process waits, and the instruction runs again when it wakes."""
    EXIT = "exit"
    """The process ends; its ``exit_reason`` is set."""
    BREAKPOINT = "breakpoint"
    STOP = "stop"
    """The whole machine ends."""
    RESUME = "resume"
    """Compiled code was left: go on at pc. Only the loop of hot code sees it."""


class Limits(Record):
    """How much one process may use; passing one is the fault LimitExceeded of that process."""

    stack: int = 1_000_000
    """Values on its stack; tested where a loop or a call could make it grow without end."""
    calls: int = 500_000
    """Open calls."""
    mailbox: int = 1_000_000
    """Messages in its mailbox; the sender of one more gets the fault."""
    processes: int = 262_144
    """Processes alive in the whole system; the spawner of one more gets the fault."""


NORMAL = "normal"
"""The exit reason of a process that did its work."""

MORE_TEXT = "the next line"
"""What a process waits for at the end of a text that grows."""


class HandlerState(enum.Enum):
    """How far a TRY has come."""

    OPEN = "open"
    """It waits for an exception."""
    CAUGHT = "caught"
    """It got one, and its first instruction, the CATCH, is next."""
    HANDLING = "handling"
    """Its code runs; an exception now goes to the next handler outside."""


class Handler:
    """A TRY that END_TRY has not closed: where its handler is, and what the stack and the frames were. Frozen."""

    __slots__ = ("frame_depth", "stack_depth", "state", "target")

    def __init__(
        self, target: int, frame_depth: int, stack_depth: int, state: HandlerState = HandlerState.OPEN
    ) -> None:
        self.target = target
        self.frame_depth = frame_depth
        self.stack_depth = stack_depth
        self.state = state

    def in_state(self, state: HandlerState) -> Handler:
        """The same handler, further on."""
        return Handler(self.target, self.frame_depth, self.stack_depth, state)


class Wait:
    """Why a process waits: for a message that fits ``pattern`` (None: any), or, ``asleep``, not for messages. Frozen.

    ``deadline`` is in milliseconds of the host's clock, None without a timeout; ``timer`` is the number of
    the timer that ends the wait. ``what`` says in words what else than time an ``asleep`` process waits for.
    ``ticket`` is the number of an answer from outside, 0 when it waits for none.
    """

    __slots__ = ("asleep", "deadline", "pattern", "ticket", "timer", "what")

    def __init__(
        self,
        pattern: Pattern | None,
        deadline: int | None,
        timer: int | None,
        asleep: bool = False,
        what: str = "",
        ticket: int = 0,
    ) -> None:
        self.ticket = ticket
        self.pattern = pattern
        self.deadline = deadline
        self.timer = timer
        self.asleep = asleep
        self.what = what


FOR_ANY_MESSAGE = Wait(None, None, None)
"""Why a process waits in a RECEIVE without a pattern and without a time: the same for all."""


class ModuleInstance:
    """A module as one process sees it: the variables of its outermost frame and what it exports."""

    __slots__ = ("exports", "variables")

    def __init__(self, variables: dict[str, Value], exports: dict[str, Value] | None = None) -> None:
        self.variables = variables
        self.exports = {} if exports is None else exports


class Frame:
    """One call: its code, its variables, and where its caller goes on.

    ``captures`` are the variables waiting for MAKE_LAMBDA. ``imported`` marks the frame of a module's top
    level: leaving it hands the exports to the caller.
    """

    __slots__ = ("captures", "imported", "label", "module", "return_address", "variables")

    def __init__(self, module: Module, label: str, variables: dict[str, Value], return_address: int) -> None:
        self.module = module
        self.label = label
        self.variables = variables
        self.return_address = return_address
        self.captures: dict[str, Value] | None = None
        self.imported = False

    def copy(self, modules: dict[int, dict[str, Value]]) -> Frame:
        """A frame that can change without this one; ``modules`` maps ids of shared dicts to their copies."""
        variables = modules.get(id(self.variables)) if modules else None
        frame: Frame = object.__new__(Frame)
        frame.module = self.module
        frame.label = self.label
        frame.variables = self.variables.copy() if variables is None else variables
        frame.return_address = self.return_address
        frame.captures = self.captures.copy() if self.captures else None
        frame.imported = self.imported
        return frame


class Process:
    """One process.

    Invariants: ``frame is frames[-1]`` while it lives; ``pc`` is the address of the next instruction in
    ``frame.module``, and stays there when an instruction blocks or faults; ``waiting`` is set exactly in
    state WAITING; every handler's ``frame_depth`` is at most ``len(frames)``. ``signal`` is the reason of
    an exit signal that has arrived: the next step of the process is its exit.
    """

    __slots__ = (
        "answer",
        "exit_reason",
        "frame",
        "frames",
        "handlers",
        "importing",
        "limits",
        "links",
        "mailbox",
        "modules",
        "monitors",
        "names",
        "pc",
        "pid",
        "previous_pc",
        "queue",
        "reductions",
        "signal",
        "spawner",
        "stack",
        "state",
        "supervisor",
        "target",
        "timed_out",
        "traps_exits",
        "waiting",
        "watchers",
    )

    def __init__(self, pid: Pid, spawner: Pid, target: str, frame: Frame, pc: int, limits: Limits) -> None:
        self.limits = limits
        self.pid = pid
        self.spawner = spawner
        self.target = target
        """What it runs, as its spawner named it; for people."""
        self.pc = pc
        self.previous_pc = -1
        """Where the last instruction was, if the machine keeps track; -1 when nobody knows."""
        self.stack: list[Value] = []
        self.frame = frame
        self.frames = [frame]
        self.handlers: list[Handler] = []
        self.modules: dict[str, ModuleInstance] | None = None
        """Imported modules by identity; None until the first IMPORT."""
        self.importing: tuple[str, ...] = ()
        """Identities of the modules whose top level runs now, outermost first."""
        self.mailbox = Mailbox()
        self.state = _READY
        self.waiting: Wait | None = None
        self.timed_out = False
        """The wait ended by its deadline; the instruction that waited runs again and sees it."""
        self.links: set[Pid] | None = None
        self.monitors: dict[int, Pid] | None = None
        """Monitors this process holds: number of the ref -> pid watched."""
        self.watchers: dict[int, Pid] | None = None
        """Monitors others hold on this process: number of the ref -> pid of the watcher."""
        self.names: list[str] | None = None
        self.traps_exits = False
        self.signal: Signal | None = None
        self.supervisor: Supervisor | None = None
        """Its children and what it does for them; None for a process that is no supervisor."""
        self.answer: tuple[Value | Refusal] | None = None
        """The answer from outside that it waited for; the instruction that asked runs again and takes it."""
        self.exit_reason: Value = None
        self.reductions = 0
        self.queue = 0
        """The scheduler whose run queue it belongs to."""

    def lookup(self, name: str) -> Value:
        """The value of a variable: of the frame, then of the module's outermost frame in this process."""
        frame = self.frame
        if name in frame.variables:
            return frame.variables[name]
        outermost = self.outermost_variables()
        if outermost is not None and name in outermost:
            return outermost[name]
        raise Fault(FaultKind.UNDEFINED_VARIABLE, f'finds no variable "{name}"')

    def outermost_variables(self) -> dict[str, Value] | None:
        """The variables of the outermost frame of the running module, None when it has none here."""
        module = self.frame.module
        instance = self.modules.get(module.identity) if self.modules else None
        if instance is not None:
            return instance.variables
        first = self.frames[0]
        return first.variables if first.module is module else None

    @property
    def name(self) -> str:
        """Its first registered name, or an empty string."""
        return self.names[0] if self.names else ""

    @property
    def title(self) -> str:
        """Pid and name, as messages show it: ``2 (worker)``."""
        return f"{self.pid} ({self.name})" if self.names else str(self.pid)

    @property
    def awaits_text(self) -> bool:
        """Whether it is at the end of a text that grows, and waits for more of it."""
        return self.waiting is not None and self.waiting.what == MORE_TEXT

    def copy(self) -> Process:
        """A process with equal state, independent of this one."""
        shared: dict[int, dict[str, Value]] = {}
        modules = None
        if self.modules is not None:
            modules = {}
            for identity, instance in self.modules.items():
                variables = dict(instance.variables)
                shared[id(instance.variables)] = variables
                modules[identity] = ModuleInstance(variables, dict(instance.exports))
        frames = [frame.copy(shared) for frame in self.frames]
        twin: Process = object.__new__(Process)  # attribute by attribute: a run in the debugger copies many
        twin.limits = self.limits
        twin.pid = self.pid
        twin.spawner = self.spawner
        twin.target = self.target
        twin.pc = self.pc
        twin.previous_pc = self.previous_pc
        twin.stack = self.stack.copy()
        twin.frame = frames[-1]
        twin.frames = frames
        twin.handlers = self.handlers.copy()
        twin.modules = modules
        twin.importing = self.importing
        twin.mailbox = self.mailbox.copy()
        twin.state = self.state
        twin.waiting = self.waiting
        twin.timed_out = self.timed_out
        twin.links = self.links.copy() if self.links else None
        twin.monitors = self.monitors.copy() if self.monitors else None
        twin.watchers = self.watchers.copy() if self.watchers else None
        twin.names = self.names.copy() if self.names else None
        twin.traps_exits = self.traps_exits
        twin.signal = self.signal
        twin.supervisor = self.supervisor.copy() if self.supervisor is not None else None
        twin.answer = self.answer
        twin.exit_reason = self.exit_reason
        twin.reductions = self.reductions
        twin.queue = self.queue
        return twin

    def is_like(self, old: Process) -> bool:
        """Whether nothing has changed since ``old`` was copied from this process, in one run of it.

        What only the process itself changes need not be compared: it cannot without using up reductions.
        """
        mailbox, old_mailbox = self.mailbox, old.mailbox
        return (
            self.reductions == old.reductions
            and self.state is old.state
            and self.waiting is old.waiting
            and self.timed_out is old.timed_out
            and self.answer is old.answer
            and self.signal is old.signal
            and self.queue == old.queue
            and self.supervisor is None
            and old.supervisor is None
            and len(mailbox) == len(old_mailbox)
            and (not mailbox.messages or mailbox.messages[-1] is old_mailbox.messages[-1])  # type: ignore[index]
            and (self.links or None) == (old.links or None)
            and (self.monitors or None) == (old.monitors or None)
            and (self.watchers or None) == (old.watchers or None)
            and (self.names or None) == (old.names or None)
        )


class Signal(Record):
    """An exit signal on its way to kill: who sent it and why; ``untrappable`` when it is a KILL with "kill"."""

    sender: Pid
    reason: Value
    untrappable: bool = False
