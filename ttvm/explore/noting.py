"""A system that notes in an event what each step touches, and names everything alike in all schedules.

Its methods add the notes and then do what those of ``System`` do, so an end notes the same things whoever brought it
about. What a step would have touched in the other order is noted as well where a process has ended meanwhile:
otherwise two steps would depend on each other in one order and not in the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.engine import faults
from ttvm.errors import Fault, FaultKind
from ttvm.explore.asking import Asked, Recorded
from ttvm.explore.events import (
    APPEND,
    COUNT,
    PID_COUNTER,
    POPULATION,
    READ,
    WRITE,
    Append,
    Event,
    Thing,
    alive,
    born,
    children,
    fate,
    link,
    mailbox,
    trap,
)
from ttvm.explore.numbering import BITS_OF_A_COUNT, PidTable
from ttvm.explore.observing import Observing
from ttvm.explore.state import (
    Death,
    ExploredConsole,
    Lost,
    NoScheduler,
    NothingOutside,
    OwnTimeClock,
    Parting,
    Processes,
    Written,
    make_chance,
)
from ttvm.forms import debug
from ttvm.host.world import FixedSurroundings, World
from ttvm.outside import Refusal, Request
from ttvm.process.mailbox import RawMessage
from ttvm.process.state import NORMAL, Frame, Limits, Outcome, Process, ProcessState, Signal
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
    recorded: Recorded | None = None
    """What the world outside answers; None: it refuses."""


class Trouble(Record):
    """Something that went wrong in a step: what kind of thing, whose step it was, where, and in words."""

    kind: str
    pid: Pid
    place: str
    text: str


class NotedSystem(System):
    """A system that notes in an event what a step touches, and names everything alike in all schedules.

    Its own methods add the notes and then do what ``System`` does. ``event`` is the step under way. What the class
    declares is described in ``State``, which it is loaded from.
    """

    processes: Processes
    output: dict[Pid, Written]
    order: Written | None
    counts: dict[Pid, tuple[int, int]]
    elapsed: dict[Pid, int]
    asked: Asked
    partings: dict[Pid, tuple[Parting, ...]]
    taken_away: dict[Pid, tuple[str, ...]]
    deaths: dict[Pid, Death]
    lost: tuple[Lost, ...]
    stuck: frozenset[Pid]
    position: int
    identities: dict[Pid, Pid]
    last_pid: Pid

    def __init__(self, loader: Loader, settings: Settings, pids: PidTable, observing: Observing) -> None:
        self.randomness, self.secrets = make_chance(settings.seed)
        world = World(
            ExploredConsole(self, settings.input),
            OwnTimeClock(self),
            self.randomness,
            self.secrets,
            FixedSurroundings(settings.arguments),
            NothingOutside,
        )
        super().__init__(loader, world, NoScheduler(), settings.limits)
        self.observers.hears_messages = True  # so every message comes through ``enqueue``
        self.settings = settings
        self.orders_output = settings.ordered_output
        self.counts_pids = settings.counts_pids
        self.observing = observing
        self.prints_are_visible = observing.lethal or settings.ordered_output
        self.mailboxes_fill = settings.limits.mailbox < Limits().mailbox
        """Whether a mailbox may be full: then it counts how many messages are in it, and not only which come first."""
        self.pids_of = pids
        self.event = Event(0, 0, None, 0)
        self.troubles: list[Trouble] = []
        self.refused: set[str] = set()
        """Instructions that asked for the world outside, with their places."""
        self.running: Pid = 0
        self.asked_times: list[float] | None = None
        """When set: what the clock told the program."""
        self.answers: list[Value | Refusal] | None = None
        """When set: what the world outside answered."""
        self._sends = False
        """Whether what is delivered now is a message of the program and not one of the system."""
        self._fresh: list[Process] = []
        """Processes that may stand before an invisible instruction."""
        self.turns: list[Pid] | None = None
        """When set: who executes an instruction, one entry for each, as a run with a quantum of 1 would choose."""
        self.explored_timers: dict[int, Timer | None] = {}
        """The timers that have not fired. A cancelled one (None) fires too, and does nothing: so that the order of the
        two is a race like any other, no step ever makes another one impossible."""

    def identity(self, pid: Pid) -> Pid:
        """What a process is called in all schedules alike; a pid that nobody has yet is its own."""
        return self.identities.get(pid, pid) if self.counts_pids else pid

    # -- names and numbers

    def make_process(
        self, frame: Frame, address: int, title: str, spawner: Process | None, start: Start | None = None
    ) -> Process:
        identity = 1
        if spawner is not None:
            made, refs = self.counts.get(spawner.pid, (0, 0))
            self.counts[spawner.pid] = (made + 1, refs)
            identity = self.pids_of.child(self.identity(spawner.pid), made + 1)
        self.last_pid += 1
        self.next_pid = self.last_pid if self.counts_pids else identity
        process = super().make_process(frame, address, title, spawner, start)
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

    def _number(self, receiver: Pid) -> int:
        """The number of the next message to a process: the same in every schedule.

        It is made from the step that sends it. To count what one process has sent to another would not do: timers and
        supervisors send in the name of a process while it sends, too.
        """
        event, box = self.event, mailbox(receiver)
        earlier = sum(each.box == box for each in event.appends)
        step = (abs(event.pid) << 1 | (event.pid < 0)) << 32 | event.number
        return ((step << 64) + receiver << BITS_OF_A_COUNT) + earlier

    # -- messages

    def post(self, sender: Pid, receiver: Process, value: Value) -> None:
        self._note_filling(receiver.pid)
        super().post(sender, receiver, value)

    def deliver(self, sender: Pid, receiver: Process, value: Value) -> None:
        self._note_filling(receiver.pid)
        super().deliver(sender, receiver, value)

    def _note_filling(self, pid: Pid) -> None:
        if self.mailboxes_fill:
            self.event.touch(mailbox(self.identity(pid)), WRITE)
            self.event.volatile = True

    def enqueue(self, sender: Pid, receiver: Process, value: Value) -> None:
        self.next_message = self._number(self.identity(receiver.pid))
        self._note_message(mailbox(self.identity(receiver.pid)), value)
        super().enqueue(sender, receiver, value)
        messages = receiver.mailbox.messages
        assert messages is not None
        messages[-1] = (value, sender, self.next_message - 1, 1 if self._sends else 0)

    def _note_message(self, box: Thing, value: Value) -> None:
        self.event.touch(box, APPEND)
        self.event.appends.append(Append(box, self.next_message, value, self.observing.takers(value)))

    def drop(self, sender: Process | None, to: Pid | str, value: Value) -> None:
        pid = sender.pid if sender is not None else self.running
        if isinstance(to, str):
            why = "nobody has this name"
        else:
            known = to in self.exits
            why = "it had ended already" if known else "there was no such process"
            self._note_filling(to)
            self.next_message = self._number(self.identity(to))
            self._note_message(mailbox(self.identity(to)), value)
            if not known:
                self.trouble("literal pid", pid, f"process {to} does not exist at this moment")
        self.lost = (*self.lost, Lost((pid, to, debug(value, 80), why)))
        super().drop(sender, to, value)

    def take_message(self, process: Process, pattern: Pattern | None) -> RawMessage | None:
        message = super().take_message(process, pattern)
        if message is not None:
            self.event.taken = message[2]
            self._note_filling(process.pid)
        return message

    # -- ends and signals

    def end(self, process: Process, fault: Fault | None = None) -> None:
        if process.state is ProcessState.EXITED:
            return
        self._sends = False
        event, identity = self.event, self.identity(process.pid)
        event.touch(alive(identity), WRITE)
        event.touch(POPULATION, COUNT)
        self._note_filling(process.pid)
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
                event.appends.append(Append(mailbox(dead), 0, value, self.observing.takers(value)))
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
            value = Object(type="EXIT", pid=sender, reason=reason)
            event.appends.append(Append(mailbox(identity), 0, value, self.observing.takers(value)))
        elif reason != NORMAL:
            event.touch(fate(identity), WRITE)
            event.touch(mailbox(identity), WRITE)

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
        self.event.touch(mailbox(identity), WRITE)
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
            self.event.touch(mailbox(identity), WRITE)
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
        if self.settings.recorded is not None:
            return self.settings.recorded.ask(self, process, Request(room, verb, arguments))
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

    def note_output(self, pid: Pid, text: str) -> None:
        """A process prints."""
        self.output[pid] = (self.output.get(pid), text)
        if self.orders_output:
            self.order = (self.order, f"{pid}: {text}")

    def _take_turns(self, pid: Pid, count: int) -> None:
        if self.turns is not None:
            self.turns += [pid] * count
