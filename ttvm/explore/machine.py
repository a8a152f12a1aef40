"""The machine of an exploration: it goes from saved state to saved state, one visible step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.engine import faults
from ttvm.engine.binding import bound_code
from ttvm.errors import Fault, InternalError, OutOfMemory, TtvmError
from ttvm.explore.asking import NotRecorded
from ttvm.explore.events import (
    READ,
    WRITE,
    Event,
    fate,
    timer,
)
from ttvm.explore.noting import NotedSystem, Settings, Trouble
from ttvm.explore.numbering import BITS_OF_A_COUNT, PidTable
from ttvm.explore.observing import Observing
from ttvm.explore.rows import ROWS, Row, find
from ttvm.explore.state import Death, Processes, State, make_chance
from ttvm.host.world import SeededRandomness, SeededSecrets
from ttvm.process.state import Outcome, Process, ProcessState
from ttvm.values import Pid

if TYPE_CHECKING:
    from ttvm.asm.loader import Loader
    from ttvm.program import Module
    from ttvm.vm import Vm


class ExploredSystem(NotedSystem):
    """A system that can be put into a saved state, take a visible step, and save its state."""

    def __init__(self, loader: Loader, settings: Settings, pids: PidTable, observing: Observing) -> None:
        super().__init__(loader, settings, pids, observing)
        self._visible: dict[str, list[Row | None]] = {}
        self.first_troubles: tuple[Trouble, ...] = ()
        """What went wrong before the first visible step, in all executions alike."""
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
        self.explored_timers = state.timers.copy() if state.timers else {}
        self.elapsed = state.elapsed.copy() if state.elapsed else {}
        self.partings = state.partings.copy() if state.partings else {}
        self.taken_away = state.taken_away.copy() if state.taken_away else {}
        self.deaths = state.deaths.copy()
        self.asked = state.asked.copy() if state.asked else {}
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
        state.timers = self.explored_timers
        state.elapsed = self.elapsed
        state.partings = self.partings
        state.taken_away = self.taken_away
        state.deaths = self.deaths
        state.asked = self.asked
        state.lost = self.lost
        state.stopped = self.stop_status
        state.stuck = self.stuck
        state.chance = (self.randomness.generator.state, self.secrets.generator.state)
        state.position = self.position
        state.identities = self.identities
        state.last_pid = self.last_pid
        return state

    # -- steps

    def rows_of(self, module: Module) -> list[Row | None]:
        """For each instruction of a module its row when it is visible, else None. Raises LateModule."""
        self.observing.check(module)
        rows: list[Row | None] = []
        for op in module.ops:
            row = ROWS.get(op.row.mnemonic)
            rows.append(row if row is not None and self._is_visible(row) else None)
        rows.append(None)
        self._visible[module.identity] = rows
        return rows

    def _is_visible(self, row: Row) -> bool:
        if row.asking:
            recorded = self.settings.recorded
            return recorded is not None and recorded.has_shared_things
        return row.touching is not None and (self.prints_are_visible or not row.printing)

    def begin(self, module: Module) -> State:
        """The state at the start of a program."""
        state = State()
        randomness, secrets = make_chance(self.settings.seed)
        state.chance = (randomness.generator.state, secrets.generator.state)
        self.load(state)
        self.event = Event(0, 0, None, 0)
        self.start_main(module)
        return self._save_first()

    def fresh_randomness(self) -> SeededRandomness:
        """The generator of RANDOM as it is at the start."""
        return make_chance(self.settings.seed)[0]

    def fresh_secrets(self) -> SeededSecrets:
        """The generator of ENCRYPT as it is at the start."""
        return make_chance(self.settings.seed)[1]

    def begin_from(self, vm: Vm) -> State:
        """The state where a machine is now. What waits for time may go on; what waits for the world outside may not."""
        state = State()
        system = vm.system
        randomness, secrets = make_chance(self.settings.seed)
        if isinstance(system.host.randomness, SeededRandomness) and isinstance(system.host.secrets, SeededSecrets):
            randomness, secrets = system.host.randomness, system.host.secrets
        state.chance = (randomness.generator.state, secrets.generator.state)
        state.timers = dict(system.timers.messages())
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
        return self._save_first()

    def _save_first(self) -> State:
        """Let everybody go on to a visible step, and save the state that an exploration starts from."""
        try:
            self._settle_all()
        except MemoryError:
            process = self.processes.look(self.running)
            place = process.frame.module.place(process.pc)
            raise OutOfMemory(f"no memory is left, process {self.running} was at {place}") from None
        self.first_troubles = tuple(self.troubles)
        self.troubles.clear()
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
        """Let a process (by its identity), or a timer, take its next visible step, the ``number``-th of its own.

        Raises OutOfMemory, and LateModule.
        """
        self.load(state)
        try:
            event = self._fire(-pid) if pid < 0 else self._step(pid, number)
            self._settle_all()
        except MemoryError:
            raise OutOfMemory(f"no memory is left in a step of process {pid}, at {self.event.place}") from None
        except (TtvmError, OSError):
            raise
        except Exception as error:
            place = self.event.place
            raise InternalError(f"{type(error).__name__}: {error} at {place} in process {pid}, explored") from error
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
        has_waited = process.timed_out  # before the exploration began
        if row is None:
            event.volatile = True  # an exit or a crash
        else:
            assert row.touching is not None
            event.volatile = row.volatile
            row.touching(event, self, process, module.ops[address].operands)
            self._sends = row is _SEND or row is _SEND_NAMED
        try:
            outcome = bound_code(module)[address](process, self)
        except Fault as fault:
            outcome = self.fail(process, fault)
        except NotRecorded as unknown:
            self._leave_unanswered(process, address, unknown)
            outcome = None
            if self.turns is not None:
                self.turns.pop()  # the instruction is not executed
        self._sends = False
        look = event.look
        if look is not None and look.polls and not event.taken and not has_waited:
            delay, _ = module.ops[address].operands[1]
            if delay:
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
        find(event, self, due.to)
        receiver = self.processes.get(due.to)
        self._sends = True
        self.running = due.sender
        if receiver is None:
            self.drop(self.processes.get(due.sender), due.to, due.message)
        else:
            self.deliver(due.sender, receiver, due.message)
        self._sends = False
        return event

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
                except NotRecorded as unknown:
                    self._leave_unanswered(process, address, unknown)
                    outcome = None
                    break
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

    def _leave_unanswered(self, process: Process, address: int, unknown: NotRecorded) -> None:
        """A process asks what nobody can answer: it stays before the instruction, and the others go on."""
        process.pc = address
        self.stuck |= {process.pid}
        place = process.frame.module.place(address)
        self.troubles.append(Trouble("not recorded", process.pid, place, f"process {process.pid} {unknown}"))


_SEND = ROWS["SEND"]
_SEND_NAMED = ROWS["SENDNAMED"]
_RECEIVE = ROWS["RECEIVE"]
