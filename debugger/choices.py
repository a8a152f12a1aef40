"""Choices: what the user changes in a run, each a value that can be applied again at the same step.

A choice is a step of the run as an instruction is: going back undoes it, going forward again does it again. Only
between two instructions something is changed. A choice that cannot be made raises TtvmError and says why.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from debugger.explanation import title
from debugger.live_module import LiveModule
from debugger.steering import Steering
from ttvm.asm.assembler import assemble_instruction
from ttvm.engine.binding import bind
from ttvm.engine.faults import reason
from ttvm.errors import Fault, SourceError, TtvmError
from ttvm.forms import brief
from ttvm.process.state import Outcome, Process, ProcessState
from ttvm.setup import MachineOptions
from ttvm.source import Source
from ttvm.system.spawning import resolve_target
from ttvm.system.system import System
from ttvm.values import Pid, Value
from ttvm.vm import Vm

_NEEDS_ITS_PLACE = frozenset({"TRY", "CATCH"})
"""Instructions that mean something only together with others of the text."""


class Target(NamedTuple):
    """What choices are made in."""

    vm: Vm
    steering: Steering

    @property
    def system(self) -> System:
        """The processes of the machine."""
        return self.vm.system

    def process(self, pid: Pid) -> Process:
        """A live process. Raises TtvmError when there is none."""
        process = self.vm.system.processes.get(pid)
        if process is None:
            raise TtvmError(f"there is no live process {pid}")
        return process

    def ready(self, pid: Pid, what: str) -> Process:
        """A process that does not wait. Raises TtvmError otherwise."""
        process = self.process(pid)
        if process.awaits_text:
            raise TtvmError(f"{title(process)} waits for the next line, so it {what}; enter a line instead")
        if process.state is not ProcessState.READY:
            raise TtvmError(f"{title(process)} waits, so it {what}; send, timeout or skip ends the wait")
        return process

    def touch(self, process: Process) -> None:
        """Count a change of a process by the user as a step, of the run and of the process."""
        self.vm.system.steps += 1
        process.reductions += 1  # by these a snapshot sees that a process is not what it was


class Choice(Protocol):
    """Something that the user decided."""

    def apply(self, target: Target) -> None:
        """Do it, as one step. Raises TtvmError when it cannot be done, and then nothing may be used any more."""
        ...

    def words(self, target: Target) -> str:
        """What it does, as a sentence about the user without its subject: ``push Int 42 on the stack of 2 worker``."""
        ...


class RunNext(NamedTuple):
    """The next turn is for this process."""

    pid: Pid

    def apply(self, target: Target) -> None:
        process = target.ready(self.pid, "cannot run next")
        if self.pid in target.steering.held:
            raise TtvmError(f"{title(process)} is held back: thaw it, or unlock the scheduler")
        target.vm.preempt()
        target.steering.run_next(process, target.system.processes)
        target.system.steps += 1

    def words(self, target: Target) -> str:
        return f"let {_person(target, self.pid)} run next"


class Lock(NamedTuple):
    """Only this process gets turns from now on; 0: all do again."""

    pid: Pid

    def apply(self, target: Target) -> None:
        if self.pid:
            target.process(self.pid)
        target.vm.preempt()
        target.steering.lock(self.pid, target.system.processes)
        target.system.steps += 1

    def words(self, target: Target) -> str:
        return f"lock the scheduler to {_person(target, self.pid)}" if self.pid else "unlock the scheduler"


class Freeze(NamedTuple):
    """This process gets no turns any more."""

    pid: Pid

    def apply(self, target: Target) -> None:
        target.process(self.pid)
        target.vm.preempt()
        target.steering.freeze(self.pid, target.system.processes)
        target.system.steps += 1

    def words(self, target: Target) -> str:
        return f"freeze {_person(target, self.pid)}"


class Thaw(NamedTuple):
    """A frozen process gets turns again."""

    pid: Pid

    def apply(self, target: Target) -> None:
        if self.pid not in target.steering.frozen:
            raise TtvmError(f"{_person(target, self.pid)} is not frozen")
        target.vm.preempt()
        target.steering.thaw(self.pid, target.system.processes)
        target.system.steps += 1

    def words(self, target: Target) -> str:
        return f"thaw {_person(target, self.pid)}"


class ChangePolicy(NamedTuple):
    """Another policy chooses from now on. ``schedulers`` are those of smp, ``seed`` is that of random."""

    policy: str
    schedulers: int
    seed: int

    def apply(self, target: Target) -> None:
        target.vm.preempt()
        target.steering.use(self._options(target.steering.options), target.system.processes)
        target.system.steps += 1

    def _options(self, before: MachineOptions) -> MachineOptions:
        return before.replace(policy=self.policy, schedulers=self.schedulers, seed=self.seed)

    def words(self, target: Target) -> str:
        more = {"smp": f" with {self.schedulers} schedulers", "random": f" with seed {self.seed}"}
        return f"change the policy to {self.policy}{more.get(self.policy, '')}"


class Push(NamedTuple):
    """Put a value on a stack."""

    pid: Pid
    value: Value

    def apply(self, target: Target) -> None:
        process = target.process(self.pid)
        if not process.awaits_text:
            target.ready(self.pid, "will look for its operands where they are now")
        process.stack.append(self.value)
        target.touch(process)

    def words(self, target: Target) -> str:
        return f"push {brief(self.value)} on the stack of {_person(target, self.pid)}"


class SetVariable(NamedTuple):
    """Give a variable a value: that of the call if there is one, else that of the module, else a new one."""

    pid: Pid
    name: str
    value: Value

    def apply(self, target: Target) -> None:
        process = target.process(self.pid)
        variables, outermost = process.frame.variables, process.outermost_variables()
        if self.name not in variables and outermost is not None and self.name in outermost:
            variables = outermost
        variables[self.name] = self.value
        target.touch(process)

    def words(self, target: Target) -> str:
        return f"set {self.name} of {_person(target, self.pid)} to {brief(self.value)}"


class Send(NamedTuple):
    """Put a message in a mailbox. Its sender is 0: the user."""

    pid: Pid
    value: Value

    def apply(self, target: Target) -> None:
        receiver = target.process(self.pid)
        target.touch(receiver)
        target.system.deliver(0, receiver, self.value)

    def words(self, target: Target) -> str:
        return f"send {brief(self.value)} to {_person(target, self.pid)}"


class Kill(NamedTuple):
    """Send an exit signal that cannot be trapped."""

    pid: Pid

    def apply(self, target: Target) -> None:
        victim = target.process(self.pid)
        target.touch(victim)
        target.system.kill(victim, self.pid, "kill")

    def words(self, target: Target) -> str:
        return f"kill {_person(target, self.pid)}: its next step is its end"


class Skip(NamedTuple):
    """Go on behind the next instruction without executing it; a process that waits in it waits no more."""

    pid: Pid

    def apply(self, target: Target) -> None:
        process = target.process(self.pid)
        if process.pc >= len(process.frame.module.ops):
            raise TtvmError(f"{title(process)} is at the end of the text: there is nothing to skip")
        if process.signal is not None:
            raise TtvmError(f"{title(process)} has got an exit signal: its end cannot be skipped")
        if process.supervisor is not None and process.state is ProcessState.WAITING:
            raise TtvmError(f"{title(process)} is a supervisor, which waits for its children")
        target.touch(process)
        if process.waiting is not None:
            target.system.wake(process)
            target.system.forget_question(self.pid)
        process.timed_out = False
        process.answer = None
        process.mailbox.skipped = 0
        process.pc += 1

    def words(self, target: Target) -> str:
        return f"let {_person(target, self.pid)} skip an instruction"


class Timeout(NamedTuple):
    """Let the time of a process be over that waits for a while."""

    pid: Pid

    def apply(self, target: Target) -> None:
        process = target.process(self.pid)
        wait = process.waiting
        if wait is None or wait.timer is None:
            how = "does not wait" if wait is None else "waits without a limit of time"
            raise TtvmError(f"{title(process)} {how}")
        target.touch(process)
        target.system.timers.cancel(wait.timer)
        target.system.wake(process, timeout=True)

    def words(self, target: Target) -> str:
        return f"let the time of {_person(target, self.pid)} be over"


class Fire(NamedTuple):
    """Let a timer of SEND_AFTER send its message now."""

    number: int

    def apply(self, target: Target) -> None:
        timer = target.system.timers.messages().get(self.number)
        if timer is None:
            raise TtvmError(f"there is no timer #{self.number} that will send a message")
        target.system.timers.take(self.number)
        target.system.steps += 1
        target.system.send_timed(self.number, timer)

    def words(self, target: Target) -> str:
        return f"let timer #{self.number} of SEND_AFTER send its message"


class Execute(NamedTuple):
    """Execute an instruction in a process, as if it stood before the next one of its program."""

    pid: Pid
    text: str

    def apply(self, target: Target) -> None:
        process = target.ready(self.pid, "can execute nothing else")
        if process.signal is not None:
            raise TtvmError(f"{title(process)} has got an exit signal: it executes nothing more")
        module, here = process.frame.module, process.pc
        try:
            op = assemble_instruction(Source("<typed>", self.text), module)
        except SourceError as error:
            raise TtvmError("\n".join(map(str, error.problems))) from None
        if op.row.mnemonic in _NEEDS_ITS_PLACE:
            raise TtvmError(f"{op.row.mnemonic} belongs to other instructions of the text; it cannot be executed alone")
        # The address before the next instruction: what goes on behind it goes on with the program.
        bound = bind(op, here - 1)

        def act(process: Process, system: System) -> Outcome | None:
            outcome = bound(process, system)
            if outcome is Outcome.BLOCK:
                raise TtvmError(f"{op.row.mnemonic} would wait here, and only the program itself can wait")
            return outcome

        process.reductions += 1
        try:
            target.vm.intervene(process, act)
        except Fault as fault:
            raise TtvmError(reason(fault, op, process)) from None

    def words(self, target: Target) -> str:
        return f"let {_person(target, self.pid)} execute {self.text.strip()}"


class Spawn(NamedTuple):
    """Start a process that runs a label, a program or a template, as SPAWN of process ``pid`` would."""

    pid: Pid
    target: str

    def apply(self, target: Target) -> None:
        spawner = target.process(self.pid)
        target.touch(spawner)
        try:
            target.system.start(resolve_target(self.target, (), spawner, target.system.finder), spawner)
        except Fault as fault:
            raise TtvmError(f"a process that runs {self.target} {fault}") from None

    def words(self, target: Target) -> str:
        return f"start a process that runs {self.target}"


class Enter(NamedTuple):
    """Add lines to the end of a text that grows, where process ``pid`` stands, and let it go on into them.

    It has every turn until it ends or waits for what others do. Raises SourceError for a mistake in the text.
    """

    pid: Pid
    text: str

    def apply(self, target: Target) -> None:
        process, module = target.process(self.pid), target.vm.program
        if not isinstance(module, LiveModule):
            raise TtvmError("the text of this program does not grow; execute runs an instruction in it")
        if target.vm.stopped:
            raise TtvmError("the machine has ended: nothing runs any more")
        if process.spawner or process.frame.module is not module or process.pc < len(module.ops):
            raise TtvmError(f"{title(process)} is not at the end of the text: execute runs an instruction in it")
        if self.pid in target.steering.held or self.pid in target.steering.frozen:
            raise TtvmError(f"{title(process)} is held back: thaw it, or unlock the scheduler")
        if process.signal is not None:
            raise TtvmError(f"{title(process)} has got an exit signal: it executes nothing more")
        module.grow(self.text)
        target.vm.preempt()
        target.touch(process)
        if process.waiting is not None:
            target.system.wake(process)
        target.steering.favour(self.pid)

    def words(self, target: Target) -> str:
        first, _, more = self.text.strip().partition("\n")
        return f"enter {first.strip()}{' ...' if more else ''}"


CHOICES: dict[str, type[Choice]] = {
    "run next": RunNext,
    "lock": Lock,
    "freeze": Freeze,
    "thaw": Thaw,
    "policy": ChangePolicy,
    "push": Push,
    "set": SetVariable,
    "send": Send,
    "kill": Kill,
    "skip": Skip,
    "timeout": Timeout,
    "fire": Fire,
    "execute": Execute,
    "spawn": Spawn,
    "enter": Enter,
}
"""All kinds of choices, by what recordings call them."""


def _person(target: Target, pid: Pid) -> str:
    process = target.system.processes.get(pid)
    return title(process) if process is not None else str(pid)
