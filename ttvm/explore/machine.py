"""The machine of an exploration: it goes from saved state to saved state, one visible step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.engine import faults
from ttvm.engine.binding import bound_code
from ttvm.errors import Fault, FaultKind
from ttvm.explore.events import (
    APPEND,
    COUNT,
    PID_COUNTER,
    POPULATION,
    READ,
    WRITE,
    Event,
    alive,
    born,
    children,
    fate,
    link,
    mailbox,
    timer,
    trap,
)
from ttvm.explore.numbering import BITS_OF_A_COUNT, PidTable
from ttvm.explore.rows import LETHAL, ROWS, Row
from ttvm.explore.state import ExploredConsole, Lost, NothingOutside, OwnTimeClock, Processes, State, make_chance
from ttvm.forms import debug
from ttvm.host.world import FixedSurroundings, SeededRandomness, SeededSecrets, World
from ttvm.process.mailbox import Message
from ttvm.process.state import NORMAL, Limits, Outcome, Process, ProcessState, Signal
from ttvm.record import Record
from ttvm.system.relations import KILL
from ttvm.system.system import System
from ttvm.system.timers import Timer
from ttvm.values import Object, Pid, Ref, Value

if TYPE_CHECKING:
    from ttvm.asm.loader import Loader
    from ttvm.outside import Parked
    from ttvm.process.patterns import Pattern
    from ttvm.process.start import Start
    from ttvm.program import Module
    from ttvm.vm import Vm


class MoreIsVisible(Exception):
    """A module came in that can end processes while they print: what was a step so far was too large."""


class Settings(Record):
    """What decides how an explored program runs."""

    ordered_output: bool = False
    """Whether the order in which different processes print counts."""
    counts_pids: bool = False
    """Whether pids are given out 1, 2, 3 in the order of spawning, as a run does, or are the same in all schedules."""
    loop_bound: int = 200_000
    """Invisible instructions after which a process is said to loop."""
    seed: int = 0
    arguments: tuple[str, ...] = ()
    input: str = ""
    limits: Limits = Limits()


class Trouble(Record):
    """Something that went wrong in a step: what kind of thing, whose step it was, where, and in words."""

    kind: str
    pid: Pid
    place: str
    text: str


class Parting(Record):
    """A process ended while it was linked to another, or watched it (``monitor`` is the number of the ref)."""

    dead: Pid
    monitor: int


class Death(Record):
    """How a process was when it ended."""

    trapping: bool
    """Whether exit signals came to it as messages."""
    deaf: bool
    """Whether it heard no signals any more: a supervisor that waited for the ends of its children."""


class _NoScheduler:
    """Whom the search runs next is its own choice."""

    name = "explored"
    scheduler = 0

    def add(self, process: Process) -> None:
        """Whoever is READY may be chosen."""

    def choose(self) -> Pid | None:
        return None

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        return ()

    def save(self) -> None:
        return None

    def load(self, state: object) -> None:
        """There is nothing to load."""


class ExploredSystem(System):
    """A system that notes in an event what a step touches, and names everything alike in all schedules.

    Its own methods add the notes and then do what ``System`` does. ``event`` is the step under way.
    """

    processes: Processes  # type: ignore[assignment]

    def __init__(self, loader: Loader, settings: Settings, pids: PidTable, prints_are_visible: bool) -> None:
        self.randomness, self.secrets = make_chance(settings.seed)
        world = World(
            ExploredConsole(self, settings.input),
            OwnTimeClock(self),
            self.randomness,
            self.secrets,
            FixedSurroundings(settings.arguments),
            NothingOutside,
        )
        super().__init__(loader, world, _NoScheduler(), settings.limits)
        self.settings = settings
        self.orders_output = settings.ordered_output
        self.counts_pids = settings.counts_pids
        self.prints_are_visible = prints_are_visible or settings.ordered_output
        self.pids_of = pids
        self.event = Event(0, 0, None, 0)
        self.troubles: list[Trouble] = []
        self.refused: set[str] = set()
        """Instructions that asked for the world outside, with their places."""
        self.running: Pid = 0
        self.asked_times: list[int] | None = None
        """When set: what the clock told the program."""
        self._sends = False
        """Whether what is delivered now is a message of the program and not one of the system."""
        self._fresh: list[Process] = []
        self.turns: list[Pid] | None = None
        """When set: who executes an instruction, one entry for each, as a run with a quantum of 1 would choose."""
        self._visible: dict[str, list[Row | None]] = {}
        self.explored_timers: dict[int, Timer | None] = {}
        """The timers that have not fired. A cancelled one (None) fires too, and does nothing: so that the order of the
        two is a race like any other, no step ever makes another one impossible."""
        self.load(State())

    # -- saved states

    def load(self, state: State) -> None:
        """Make a saved state the current one."""
        self.processes = Processes(state.processes)
        self.names = state.names.copy()
        self.exits = state.exits.copy()
        self.output = state.output.copy()
        self.order = state.order
        self.counts = state.counts.copy()
        self.sent = state.sent.copy()
        self.explored_timers = state.timers.copy() if state.timers else {}
        self.elapsed = state.elapsed.copy() if state.elapsed else {}
        self.partings = state.partings.copy() if state.partings else {}
        self.taken_away = state.taken_away.copy() if state.taken_away else {}
        self.deaths = state.deaths.copy()
        self.lost = state.lost
        self.stop_status = state.stopped
        self.stop_fault = None
        self.stuck = state.stuck
        self.randomness.generator.state, self.secrets.generator.state = state.chance
        self.position = state.position
        self.identities = state.identities.copy() if self.counts_pids else {}
        self.last_pid = state.last_pid

    def save(self) -> State:
        """The current state. The system must not be used before another one is loaded."""
        state = State()
        state.processes = self.processes
        state.names = self.names
        state.exits = self.exits
        state.output = self.output
        state.order = self.order
        state.counts = self.counts
        state.sent = self.sent
        state.timers = self.explored_timers
        state.elapsed = self.elapsed
        state.partings = self.partings
        state.taken_away = self.taken_away
        state.deaths = self.deaths
        state.lost = self.lost
        state.stopped = self.stop_status
        state.stuck = self.stuck
        state.chance = (self.randomness.generator.state, self.secrets.generator.state)
        state.position = self.position
        state.identities = self.identities
        state.last_pid = self.last_pid
        return state

    def identity(self, pid: Pid) -> Pid:
        """What a process is called in all schedules alike; a pid that nobody has yet is its own."""
        return self.identities.get(pid, pid) if self.counts_pids else pid

    # -- names and numbers

    def start(self, start: Start, spawner: Process | None) -> Process:
        identity = 1
        if spawner is not None:
            made, refs = self.counts.get(spawner.pid, (0, 0))
            self.counts[spawner.pid] = (made + 1, refs)
            identity = self.pids_of.child(self.identity(spawner.pid), made + 1)
        self.last_pid += 1
        self.next_pid = self.last_pid if self.counts_pids else identity
        process = super().start(start, spawner)
        if self.counts_pids:
            self.identities[process.pid] = identity
        event = self.event
        event.started.append(identity)
        event.touch(born(identity), WRITE)
        event.touch(PID_COUNTER if self.counts_pids else POPULATION, WRITE if self.counts_pids else COUNT)
        if spawner is not None and spawner.supervisor is not None:
            event.touch(children(self.identity(spawner.pid)), WRITE)
        self._fresh.append(process)
        return process

    def pids(self) -> list[Pid]:
        return sorted(self.processes)

    def _number(self, sender: Pid, to: Pid | str) -> int:
        """The number of the next message from one to another: the same in every schedule."""
        key = (sender, to)
        count = self.sent.get(key, 0) + 1
        self.sent[key] = count
        receiver = to if isinstance(to, int) else 0
        return ((sender << 32) + receiver << BITS_OF_A_COUNT) + count

    # -- messages

    def deliver(self, sender: Pid, receiver: Process, value: Value) -> None:
        self.next_message = self._number(self.identity(sender), self.identity(receiver.pid))
        self._note_message(mailbox(self.identity(receiver.pid)), value)
        super().deliver(sender, receiver, value)

    def _note_message(self, box: int, value: Value) -> None:
        self.event.touch(box, APPEND)
        self.event.appends.append((box, self.next_message, value))

    def _drop(self, sender: Process | None, to: Pid | str, value: Value) -> None:
        pid = sender.pid if sender is not None else self.running
        if isinstance(to, str):
            why = "nobody has this name"
            self.next_message = self._number(self.identity(pid), to)
        else:
            known = to in self.exits
            why = "it had ended already" if known else "there was no such process"
            self.next_message = self._number(self.identity(pid), self.identity(to))
            self._note_message(mailbox(self.identity(to)), value)
            if not known:
                self.trouble("literal pid", pid, f"process {to} does not exist at this moment")
        self.lost = (*self.lost, Lost((pid, to, debug(value, 80), why)))
        super()._drop(sender, to, value)

    def take_message(self, process: Process, pattern: Pattern | None) -> Message | None:
        message = super().take_message(process, pattern)
        if message is not None:
            if self.event.look is not None:
                self.event.look.taken = message.number
            else:
                self.event.taken = message.number
        return message

    # -- ends and signals

    def end(self, process: Process, fault: Fault | None = None) -> None:
        if process.state is ProcessState.EXITED:
            return
        self._sends = False
        event, identity = self.event, self.identity(process.pid)
        event.touch(alive(identity), WRITE)
        event.touch(POPULATION, COUNT)
        for name in (*(process.names or ()), *self.taken_away.pop(process.pid, ())):
            event.touch(name, WRITE)
        linked = [other for other in process.links or () if other in self.processes]
        for other in linked:
            event.touch(trap(self.identity(other)), READ)
            event.touch(link(identity, self.identity(other)), READ)
        watched = dict(process.monitors or {})
        spawner = process.spawner
        supervisor = self.processes.look(spawner).supervisor if spawner in self.processes else None
        if supervisor is not None and supervisor.child_of(process) is not None:
            event.touch(children(self.identity(spawner)), WRITE)
            event.touch(fate(self.identity(spawner)), READ)  # a supervisor that is struck starts nobody any more
        if process.supervisor is not None:
            event.touch(children(identity), WRITE)
        super().end(process, fault)
        if process.pid in self.processes:
            # A supervisor, whose children end first; from now on it hears no signals any more.
            event.touch(trap(identity), WRITE)
            return
        for message in process.mailbox:
            if message.step:
                lost = (message.sender, process.pid, debug(message.value, 80), "it ended without taking it")
                self.lost = (*self.lost, Lost(lost))
        deaf = process.supervisor is not None and process.supervisor.ending
        self.deaths[process.pid] = Death(process.traps_exits, deaf)
        self._tell_the_dead(process)
        for other in linked:
            self._part(other, Parting(process.pid, 0))
        for number, other in watched.items():
            self._part(other, Parting(process.pid, number))

    def _part(self, survivor: Pid, parting: Parting) -> None:
        if survivor in self.processes:
            self.partings[survivor] = (*self.partings.get(survivor, ()), parting)

    def _tell_the_dead(self, process: Process) -> None:
        """Note what the end of a process would have brought about had those it was tied to not ended before it."""
        event, pid, reason = self.event, process.pid, process.exit_reason
        for parting in self.partings.pop(pid, ()):
            dead = self.identity(parting.dead)
            if parting.monitor:
                event.touch(mailbox(dead), APPEND)
                value = Object(type="DOWN", ref=Ref(parting.monitor), pid=pid, reason=reason)
                event.appends.append((mailbox(dead), 0, value))
            else:
                event.touch(link(self.identity(pid), dead), READ)
                self._signal_the_dead(parting.dead, pid, reason)

    def _signal_the_dead(self, target: Pid, sender: Pid, reason: Value) -> None:
        """Note what an exit signal to a dead process would have done had it come before the end of that one."""
        event, identity, death = self.event, self.identity(target), self.deaths[target]
        event.touch(trap(identity), READ)
        if death.deaf:
            return
        if death.trapping:
            event.touch(mailbox(identity), APPEND)
            event.appends.append((mailbox(identity), 0, Object(type="EXIT", pid=sender, reason=reason)))
        elif reason != NORMAL:
            event.touch(fate(identity), WRITE)
            event.touch(mailbox(identity), APPEND)

    def unregister(self, process: Process, name: str) -> None:
        holder = self.names.get(name, process.pid)
        if holder != process.pid:
            # Its end would have freed the name, had it come first.
            self.taken_away[holder] = (*self.taken_away.get(holder, ()), name)
        super().unregister(process, name)

    def fail(self, process: Process, fault: Fault) -> Outcome:
        if faults.find_handler(process) is None:
            kind = {FaultKind.ASSERTION_FAILED: "failed assertion", FaultKind.NAME_TAKEN: "name conflict"}
            self.trouble(kind.get(fault.kind, "crash"), process.pid, faults.describe(fault, process))
        return super().fail(process, fault)

    def trouble(self, kind: str, pid: Pid, text: str) -> None:
        """Something went wrong in the step under way."""
        self.troubles.append(Trouble(kind, pid, self.event.place, text))

    def strike(self, target: Process, signal: Signal) -> None:
        identity = self.identity(target.pid)
        self.event.touch(fate(identity), WRITE)
        self.event.touch(mailbox(identity), APPEND)
        super().strike(target, signal)

    def signal(self, target: Process, sender: Pid, reason: Value) -> None:
        identity = self.identity(target.pid)
        if target.pid != self.running:
            self.event.touch(trap(identity), READ)
        super().signal(target, sender, reason)

    def kill(self, process: Process, victim: Pid, reason: Value) -> Outcome | None:
        if victim in self.exits and reason != KILL:
            self._signal_the_dead(victim, process.pid, reason)
        elif victim in self.exits:
            identity = self.identity(victim)
            self.event.touch(fate(identity), WRITE)
            self.event.touch(mailbox(identity), APPEND)
        return super().kill(process, victim, reason)

    # -- time and the world outside

    def block(
        self,
        process: Process,
        pattern: Pattern | None,
        delay: int | None,
        asleep: bool = False,
        what: str = "",
        ticket: int = 0,
    ) -> Outcome:
        if delay is not None:  # SLEEP: time is elastic, so it is over at once
            self.elapsed[process.pid] = self.elapsed.get(process.pid, 0) + delay
            self._take_turns(process.pid, 1)  # a run wakes it first
            return Outcome.CONTINUE
        return super().block(process, pattern, None, asleep, what, ticket)

    def ask(self, process: Process, what: str, room: str, verb: str, *arguments: Value) -> Value:
        module = process.frame.module
        self.refused.add(f"{module.ops[process.pc - 1].row.mnemonic} ({module.place(process.pc - 1)})")
        raise Fault(FaultKind.PERMISSION_DENIED, "is refused: an exploration asks nothing of the world outside")

    def park(self, process: Process, parked: Parked) -> Outcome:
        raise AssertionError("nobody waits for the world outside")

    def send_after(self, process: Process, delay: int, to: Pid, message: Value) -> Ref:
        number = self._new_number()
        self.explored_timers[number] = Timer(sender=process.pid, to=to, message=message)
        self.event.started.append(-number)
        return Ref(number)

    def cancel_timer(self, ref: Ref) -> bool:
        if self.explored_timers.get(ref.number) is None:
            return False
        self.explored_timers[ref.number] = None
        return True

    def print(self, pid: Pid, text: str) -> None:
        """A process prints."""
        self.output[pid] = (self.output.get(pid), text)
        if self.orders_output:
            self.order = (self.order, f"{pid}: {text}")

    # -- steps

    def rows_of(self, module: Module) -> list[Row | None]:
        """For each instruction of a module its row when it is visible, else None."""
        rows: list[Row | None] = []
        for op in module.ops:
            row = ROWS.get(op.row.mnemonic)
            hidden = row is None or row.touching is None or (row.printing and not self.prints_are_visible)
            rows.append(None if hidden else row)
            if op.row.mnemonic in LETHAL and not self.prints_are_visible:
                raise MoreIsVisible
        rows.append(None)
        self._visible[module.identity] = rows
        return rows

    def begin(self, module: Module) -> State:
        """The state at the start of a program."""
        state = State()
        randomness, secrets = make_chance(self.settings.seed)
        state.chance = (randomness.generator.state, secrets.generator.state)
        self.load(state)
        self.event = Event(0, 0, None, 0)
        self.start_main(module)
        self._settle_all()
        self.troubles.clear()
        return self.save()

    def fresh_randomness(self) -> SeededRandomness:
        """The generator of RANDOM as it is at the start."""
        return make_chance(self.settings.seed)[0]

    def fresh_secrets(self) -> SeededSecrets:
        """The generator of ENCRYPT as it is at the start."""
        return make_chance(self.settings.seed)[1]

    def begin_from(self, vm: Vm) -> State:
        """The state where a machine is now. What waits for time may go on; what waits for the world outside may not."""
        state = State()
        randomness, secrets = make_chance(self.settings.seed)
        state.chance = (randomness.generator.state, secrets.generator.state)
        system = vm.system
        state.processes = {pid: process.copy() for pid, process in system.processes.items()}
        state.names = system.names.copy()
        state.exits = system.exits.copy()
        state.deaths = dict.fromkeys(system.exits, Death(False, False))
        state.stopped = system.stop_status
        state.last_pid = system.next_pid - 1
        state.identities = {pid: pid for pid in state.processes}
        self.load(state)
        for pid in list(self.processes):
            process = self.processes[pid]
            if process.waiting is not None and process.waiting.deadline is not None:
                self.wake(process, timeout=True)
            self._fresh.append(process)
        self._settle_all()
        return self.save()

    def enabled(self, state: State) -> list[Pid]:
        """Who can take a step: identities of processes, and minus the numbers of timers."""
        if state.stopped is not None:
            return []
        table = state.processes
        ready = ProcessState.READY
        if self.counts_pids:
            names = state.identities
            able = sorted(names[pid] for pid, each in table.items() if each.state is ready and pid not in state.stuck)
        elif state.stuck:
            able = [pid for pid, each in table.items() if each.state is ready and pid not in state.stuck]
        else:
            able = [pid for pid, each in table.items() if each.state is ready]
        if state.timers:
            able += [-number for number in state.timers]
        return able

    def step(self, state: State, pid: Pid, number: int) -> tuple[State, Event]:
        """Let a process (by its identity), or a timer, take its next visible step, the ``number``-th of its own."""
        self.load(state)
        if pid < 0:
            event = self._fire(-pid)
        else:
            event = self._step(pid, number)
        self._settle_all()
        return self.save(), event

    def _step(self, identity: Pid, number: int) -> Event:
        pid = identity
        if self.counts_pids:
            pid = next(each for each, name in self.identities.items() if name == identity)
        process = self.processes[pid]
        module, address = process.frame.module, process.pc
        event = self.event = Event(identity, number, module, -1 if process.signal is not None else address)
        event.touch(fate(identity), READ)
        self.running = pid
        made, refs = self.counts.get(pid, (0, 0))
        first = self.next_ref = (identity << BITS_OF_A_COUNT) + refs + 1
        self._take_turns(pid, 1)
        if process.signal is not None:
            event.volatile = True
            process.exit_reason = process.signal.reason
            self.end(process)
        else:
            self._execute(process, module, address)
        if self.next_ref != first:
            made = self.counts.get(pid, (0, 0))[0]
            self.counts[pid] = (made, refs + self.next_ref - first)
        self._fresh.append(process)
        return event

    def _execute(self, process: Process, module: Module, address: int) -> None:
        """Execute the visible instruction at which a process stands."""
        event = self.event
        rows = self._visible.get(module.identity) or self.rows_of(module)
        row = rows[address]
        if row is None:
            event.volatile = True  # an exit or a crash
        else:
            assert row.touching is not None
            row.touching(event, self, process, module.ops[address].operands)
            event.volatile = row.volatile
            self._sends = row is _SEND or row is _SEND_NAMED
        try:
            outcome = bound_code(module)[address](process, self)
        except Fault as fault:
            outcome = self.fail(process, fault)
        self._sends = False
        if event.look is not None and not event.look.taken and module.ops[address].operands[1][0]:
            self._take_turns(process.pid, 1)  # a run waits before the time is over
        if outcome is Outcome.EXIT:
            self.end(process)
        elif outcome is Outcome.STOP:
            event.stops = True
            if self.stop_status is None:
                self.stop_status = 1

    def _fire(self, number: int) -> Event:
        """A timer of SEND_AFTER sends its message."""
        event = self.event = Event(-number, 1, None, 0)
        event.volatile = True
        due = self.explored_timers.pop(number)
        event.touch(timer(number), WRITE)
        if due is None:
            return event
        event.touch(born(self.identity(due.to)), READ)
        receiver = self.processes.get(due.to)
        self._sends = True
        self.running = due.sender
        if receiver is None:
            self._drop(self.processes.get(due.sender), due.to, due.message)
        else:
            self.deliver(due.sender, receiver, due.message)
        self._sends = False
        return event

    def _take_turns(self, pid: Pid, count: int) -> None:
        if self.turns is not None:
            self.turns += [pid] * count

    def _settle_all(self) -> None:
        """Let everybody who stands before an invisible instruction go on to the next visible one."""
        for process in self._fresh:
            if process.state is ProcessState.READY:
                self.running = process.pid
                self._settle(process)
        self._fresh.clear()

    def _settle(self, process: Process) -> None:
        left = bound = self.settings.loop_bound
        while process.signal is None:
            module = process.frame.module
            code = bound_code(module)
            rows = self._visible.get(module.identity) or self.rows_of(module)
            last = len(rows) - 1
            outcome: Outcome | None = None
            while (address := process.pc) < last and rows[address] is None:
                if left <= 0:
                    self._give_up(process)
                    outcome = None
                    break
                try:
                    outcome = code[address](process, self)
                except Fault as fault:
                    if faults.find_handler(process) is None:
                        outcome = None  # it ends by that fault, and its end is visible
                        break
                    outcome = self.fail(process, fault)
                if outcome is Outcome.EXIT:
                    process.pc = address
                    process.exit_reason = None
                    break
                left -= 1
                if outcome is Outcome.CONTINUE:
                    break
            else:
                if address == last and process.frame.imported:
                    code[address](process, self)
                    left -= 1
                    continue
                if rows[address] is _RECEIVE:
                    left -= self._wait_for_message(process, module, address)
                outcome = None  # the next one is visible
            if outcome is not Outcome.CONTINUE:
                break
        self._take_turns(process.pid, bound - left)

    def _wait_for_message(self, process: Process, module: Module, address: int) -> int:
        """Before a RECEIVE without AFTER: wait (1), unless there is a message that fits (0)."""
        pattern, after = module.ops[address].operands
        if after is not None or (pattern is None and len(process.mailbox)):
            return 0
        try:
            if pattern is not None:
                if any(pattern.matches(message.value, process.lookup) for message in process.mailbox):
                    return 0
                for name in pattern.variables():
                    process.lookup(name)
        except Fault:
            return 0  # a variable of the pattern does not exist: executing it tells
        bound_code(module)[address](process, self)
        return 1

    def _give_up(self, process: Process) -> None:
        """A process goes on and on, and nobody sees anything of it."""
        self.stuck |= {process.pid}
        bound = self.settings.loop_bound
        text = f"it executed {bound:,} instructions without doing anything that another process could see"
        self.troubles.append(Trouble("process loops", process.pid, process.frame.module.place(process.pc), text))

    def _message(self, sender: Pid, value: Value) -> Message:
        message = super()._message(sender, value)
        message.step = 1 if self._sends else 0
        return message


_SEND = ROWS["SEND"]
_SEND_NAMED = ROWS["SENDNAMED"]
_RECEIVE = ROWS["RECEIVE"]

__all__ = ["NORMAL", "ExploredSystem", "MoreIsVisible", "Settings", "Trouble"]
