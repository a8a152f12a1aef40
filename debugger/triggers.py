"""Breakpoints, event breaks and watches at work in one machine: what is met, what stops, what is written.

What counts is the run and not the way somebody came by. Counts belong to a moment, go back with it and are counted
again when it is executed again; so forward and backward find the same stops. Places are breakpoints of the machine.
Events interrupt it after the instruction that caused them. With a watch it looks at every instruction.
Without any of these it runs as fast as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from debugger.breakpoints import Breakpoints
from debugger.conditions import guard_of
from debugger.descriptions import Breakpoint, Event, Place, Watch
from debugger.explanation import title
from debugger.expressions import Expression, read_expression
from debugger.happenings import HEARD, Happening, Hear, is_meant
from debugger.messages import LogMessage, read_message
from debugger.output_log import OutputLog
from debugger.scope import ExpressionError, Scope
from debugger.stops import breakpoint_stop, held_back
from debugger.views import StopView
from debugger.watches import Doing, WatchedName, WatchedValue
from ttvm import events
from ttvm.observers.reporter import end_report
from ttvm.process.state import Process
from ttvm.source import visible
from ttvm.values import Pid
from ttvm.vm import Status, Vm

Moment = int
"""Twice the step, and one more for what comes before the next instruction: a timer fires, a place is reached."""


class Count(NamedTuple):
    """What a breakpoint has met so far in the run: how often, and when first so that it stopped or wrote."""

    hits: int = 0
    first: Moment | None = None


class TriggersState(NamedTuple):
    """The counts at one moment; the rest is about a stop, and only kept for those who come back to it."""

    counts: dict[int, Count]
    reached: int = -1
    told_end: int = -1
    early: bool = False
    reasons: tuple[_Reason, ...] = ()


class _Armed:
    """A breakpoint made ready: its expressions are read."""

    def __init__(self, number: int, wanted: Breakpoint) -> None:
        self.number = number
        self.wanted = wanted
        self.condition: Expression | None = read_expression(wanted.condition) if wanted.condition else None
        self.message: LogMessage | None = read_message(wanted.log) if wanted.log is not None else None
        self.counted = wanted.hits > 1 or wanted.once or wanted.after > 0 or self.message is not None
        """Whether it must know what it met before, or leaves traces in the run: then it is always at work."""
        self.watched: WatchedValue | WatchedName | None = None
        if isinstance(wanted.what, Watch) and wanted.what.name:
            self.watched = WatchedName(wanted.what.name)
        elif isinstance(wanted.what, Watch):
            self.watched = WatchedValue(read_expression(wanted.what.expression), wanted.within)

    @property
    def title(self) -> str:
        """``watch 3``."""
        return f"{self.kind} {self.number}"

    @property
    def kind(self) -> str:
        """What a stop calls it: breakpoint, break or watch."""
        what = self.wanted.what
        return "breakpoint" if isinstance(what, Place) else "break" if isinstance(what, Event) else "watch"


class _Noted(NamedTuple):
    """An event in the middle of an instruction; conditions are looked at when the instruction is over."""

    armed: _Armed
    moment: Moment
    happening: Happening


class _Reason(NamedTuple):
    """Why a run stops."""

    kind: str
    text: str
    pid: Pid


class Triggers:
    """The breakpoints of a session in one machine. It is a keeper of the timeline, which also drives it."""

    def __init__(self, vm: Vm, breakpoints: Breakpoints, output: OutputLog) -> None:
        self._vm = vm
        self._breakpoints = breakpoints
        self._output = output
        self._subscribed: list[tuple[type, Any]] = []
        self._armed: dict[int, _Armed] = {}
        self._places: dict[tuple[str, int], list[_Armed]] = {}
        self._unloaded: frozenset[str] = frozenset()
        """Modules that have breakpoints and are not loaded: they must be found when they are entered."""
        self._watches: list[_Armed] = []
        self._deadlocks: list[_Armed] = []
        self._counts: dict[int, Count] = {}
        self._noted: list[_Noted] = []
        self._reasons: list[_Reason] = []
        self._reached = self._told_end = -1
        """The steps at which the places, and the deadlock, of this moment have been dealt with."""
        self._looked = -1
        """The steps at which watched values were last compared with what they had been."""
        self._is_fresh = False
        """Whether the watches know the values of the last moment."""
        self._is_active = False
        self._doing: Doing | None = None
        self.counting = False
        """Whether a breakpoint counts or writes: then they are at work in every run, whatever stops it."""
        self.needs_the_past = False
        """Whether the last ``apply`` brought something that counts or writes: the run so far is to be done again."""
        self._counted: set[int] = set()
        self.early = False
        """Whether the last stop came before the next instruction, and not behind the last one."""
        self.apply()

    def apply(self) -> None:
        """Take over what has changed in the breakpoints."""
        vm = self._vm
        for event_type, listener in self._subscribed:
            vm.observers.unsubscribe(event_type, listener)
        self._subscribed.clear()
        armed = {number: _Armed(number, wanted) for number, wanted in self._breakpoints.items()}
        self._armed = armed
        for each in armed.values():
            if each.wanted.after in armed:
                armed[each.wanted.after].counted = True
        self._find_places()
        self._watches = [each for each in armed.values() if each.watched is not None]
        self._deadlocks = []
        counted = {number for number, each in armed.items() if each.counted}
        self.counting = bool(counted)
        self.needs_the_past = not counted <= self._counted
        self._counted = counted
        self._is_fresh = False
        for each in armed.values():
            self._listen(each)
        if self._watches:
            self._subscribe(events.InstructionStarting, self._instruction_starting)
            self._subscribe(events.TimerFired, self._timer_fired)
            self._subscribe(events.ProcessSpawned, self._process_spawned)
        self._unloaded = self._breakpoints.unloaded()
        if self._unloaded:
            self._subscribe(events.CallEntered, self._module_entered)
            self._subscribe(events.ProcessSpawned, self._module_entered)

    def _find_places(self) -> None:
        """Tell the machine where it is to stop, and under which conditions, as far as it understands them."""
        addresses = self._breakpoints.addresses()
        self._places = {key: [self._armed[number] for number in numbers] for key, numbers in addresses.items()}
        self._vm.system.breakpoints = {
            key: guard_of(each.wanted for each in here) for key, here in self._places.items()
        }

    def _subscribe(self, event_type: type, listener: Any) -> None:
        self._vm.observe(event_type, listener)
        self._subscribed.append((event_type, listener))

    def _listen(self, armed: _Armed) -> None:
        what = armed.wanted.what
        if not isinstance(what, Event):
            return
        if what.kind == "deadlock":
            self._deadlocks.append(armed)
        for event_type, hear in HEARD[what.kind]:
            self._subscribe(event_type, partial(self._heard, armed, what, hear))

    # -- as a keeper

    def save(self, whole: bool = False) -> TriggersState:
        """The counts now; with the ``whole`` also what has been dealt with at this stop."""
        if whole:
            return TriggersState(dict(self._counts), self._reached, self._told_end, self.early, tuple(self._reasons))
        return TriggersState(dict(self._counts))

    def load(self, state: TriggersState) -> None:
        """Go back, or forward, to a state."""
        self._counts = dict(state.counts)
        self._noted.clear()
        self._reached, self._told_end = state.reached, state.told_end
        self.early, self._reasons = state.early, list(state.reasons)
        self._is_fresh = False
        self._vm.system.interrupted = False

    # -- what the machine tells

    def _heard(self, armed: _Armed, what: Event, hear: Hear, event: object) -> None:
        if not self._is_active:
            return
        system, between = self._vm.system, self._vm.current is None
        happening = hear(event, system, armed.wanted, what, between)
        if happening is not None:
            self._noted.append(_Noted(armed, 2 * system.steps + between, happening))
            self._vm.interrupt()

    def _instruction_starting(self, event: events.InstructionStarting) -> None:
        process = event.process
        if self._is_active and self._looked != self._vm.steps:
            self._look(process)
            if self._noted:
                self._vm.interrupt()
                return
        self._doing = Doing(process, process.frame.module, process.pc)

    def _timer_fired(self, event: events.TimerFired) -> None:
        if self._is_active:
            self._vm.interrupt()

    def _process_spawned(self, event: events.ProcessSpawned) -> None:
        for armed in self._watches:
            if armed.watched is not None and not armed.wanted.within:
                armed.watched.notice(self._vm.system, event.process)

    def _module_entered(self, event: events.CallEntered | events.ProcessSpawned) -> None:
        identity = event.process.frame.module.identity
        if identity in self._unloaded:
            self._unloaded -= {identity}
            self._find_places()

    # -- as the timeline drives it

    def begin(self, stops: bool) -> None:
        """Get ready for a run that stops at breakpoints or does not."""
        self._is_active = stops or self.counting
        self._vm.stops_at_breakpoints = self._is_active
        if not self._is_active:
            self._is_fresh = False
        elif not self._is_fresh:
            self._is_fresh = True
            self._looked = self._vm.steps
            for armed in self._watches:
                if armed.watched is not None:
                    armed.watched.begin(self._vm.system)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While the user changes something: what that brings about is met by no breakpoint."""
        self._is_active = False
        try:
            yield
        finally:
            self._noted.clear()
            self._is_fresh = False
            self._vm.system.interrupted = False

    @property
    def looks_at_steps(self) -> bool:
        """Whether there is anything but places: then the machine must stop right behind the instruction that did it."""
        return any(not isinstance(each.wanted.what, Place) for each in self._armed.values())

    @property
    def in_single_turns(self) -> bool:
        """Whether values are watched: what the last instruction of a turn did must be seen before the next turn."""
        return bool(self._watches) and self._is_active

    @property
    def in_single_steps(self) -> bool:
        """Whether, besides, others hear of each instruction: they must not hear of one before which the run stops."""
        return self.in_single_turns and len(self._vm.observers.listeners[events.InstructionStarting]) > 1

    def passes(self, wanted: bool) -> bool:
        """Whether the next instruction is executed even at a breakpoint; ``wanted`` is what the driver wants."""
        return self._reached == self._vm.steps or (wanted and not self.counting)

    def settle(self, before: int, status: Status, passing: bool) -> bool:
        """Deal with what happened since step ``before``; whether something stops the run here.

        ``passing``: a place right here has had its stop, or wants none; it still counts.
        """
        self._reasons.clear()
        if not self._is_active:
            return False
        self._vm.system.interrupted = False
        self.early = False
        if self._watches:
            self._look(self._vm.system.processes.get(self._vm.last_pid))
        for noted in self._noted:
            self._meet(noted.armed, noted.moment, noted.happening)
        if self._noted:
            self.early = bool(self._noted[-1].moment % 2)
            self._noted.clear()
        if self._deadlocks and status is Status.ENDED:
            self._settle_deadlock()
        # A place comes after what the last instruction did. When that stops, the place has its turn in the next run.
        behind = status is Status.BREAKPOINT and not self._reasons and self._settle_places(before, passing)
        return behind or bool(self._reasons)

    def _settle_places(self, before: int, passing: bool) -> bool:
        """Meet the breakpoints at the instruction that is next; whether the last one was a BREAKPOINT."""
        vm = self._vm
        behind = self._is_behind_breakpoint(before)
        process = vm.current
        if process is None or self._reached == vm.steps:
            return behind
        module, address = process.frame.module, process.pc
        here = self._places.get((module.identity, address))
        if here is None:
            return behind
        self._reached = vm.steps
        words = f"at {module.place(address)} in {title(process)}"
        for armed in here:
            if is_meant(vm.system, armed.wanted.within, process.pid):
                self._meet(armed, 2 * vm.steps + 1, Happening(process.pid, process, words))
        if passing:
            self._reasons.clear()
        self.early = bool(self._reasons)
        return behind

    def _is_behind_breakpoint(self, before: int) -> bool:
        """Whether the machine stopped because it has executed a BREAKPOINT, and not before an instruction."""
        vm = self._vm
        process = vm.current
        if process is None:
            return True
        if vm.steps == before or vm.slice_is_whole:
            return False
        if not (vm.system.traced or vm.system.breakpoints):
            return True  # nobody looks, as there is nothing else to stop at
        ops = process.frame.module.ops
        return 0 <= process.previous_pc < len(ops) and ops[process.previous_pc].row.mnemonic == "BREAKPOINT"

    def _look(self, acting: Process | None) -> None:
        """Note which watched values the last instruction, which ``acting`` executed, has changed, or else a timer."""
        vm = self._vm
        early, self._looked = self._looked == vm.steps, vm.steps
        for armed in self._watches:
            change = armed.watched.change(vm.system, acting) if armed.watched is not None else None
            if change is not None:
                doing = self._doing.words(change.owner) if self._doing is not None else "the start"
                words = f"{change.words} ({'a timer' if early else doing})"
                pid = change.process.pid if change.process is not None else vm.last_pid
                happening = Happening(pid, change.process, words)
                self._noted.append(_Noted(armed, 2 * vm.steps + early, happening))

    def _settle_deadlock(self) -> None:
        vm = self._vm
        system = vm.system
        if self._told_end == vm.steps or vm.stopped or not system.main_alive or held_back(vm):
            return
        self._told_end = vm.steps
        words = end_report(system.processes.values()).partition("\n")[0]
        for armed in self._deadlocks:
            self._meet(armed, 2 * vm.steps + 1, Happening(1, system.processes.get(1), words))
        self._reasons = [reason._replace(kind="deadlock") for reason in self._reasons]

    # -- what it comes to

    def _meet(self, armed: _Armed, moment: Moment, happening: Happening) -> None:
        """A place was reached, an event happened or a value changed: count it, and write or stop when it is time."""
        wanted = armed.wanted
        scope = Scope(self._vm.system, happening.process, happening.message)
        try:
            if armed.condition is not None and not armed.condition.is_true(scope):
                return
            if not self._counts_now(armed, moment):
                return
            if armed.message is not None:
                self._output.log(happening.pid, armed.message.text(scope))
                return
        except ExpressionError as error:
            what = "condition" if armed.message is None else "expression"
            self._stop(armed, happening, f"; its {what} has no value here: {error.text}")
            return
        condition = f": {wanted.condition}" if wanted.condition else ""
        self._stop(armed, happening, condition)

    def _counts_now(self, armed: _Armed, moment: Moment) -> bool:
        """Count; whether this is the time."""
        if not armed.counted:
            return True
        wanted = armed.wanted
        if wanted.after:
            other = self._counts.get(wanted.after, Count()).first
            if other is None or other >= moment:
                return False
        count = self._counts.get(armed.number, Count())
        hits = count.hits + 1
        now = hits >= wanted.hits and not (wanted.once and count.first is not None)
        self._counts[armed.number] = Count(hits, moment if now and count.first is None else count.first)
        return now

    def _stop(self, armed: _Armed, happening: Happening, more: str) -> None:
        link = " " if armed.kind == "breakpoint" else ": "
        text = visible(f"{armed.title}{link}{happening.words}{more}")
        self._reasons.append(_Reason(armed.kind, text, happening.pid))

    def stop(self) -> StopView:
        """Why the run has stopped here."""
        if not self._reasons:
            return breakpoint_stop(self._vm)
        text = "; ".join(reason.text for reason in self._reasons[:3])
        return StopView(self._reasons[0].kind, text, self._reasons[0].pid)
