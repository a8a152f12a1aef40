"""Time travel: a run as a line of steps on which one can go back and forth.

Going back is going forward again: from the nearest checkpoint before the wanted step, the machine executes what it
executed before. It is deterministic, and its world remembers (``debugger.world``), so the same happens. Checkpoints
are dense near the last step and sparse far back, so their number, and the time of a jump, stay bounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from debugger.branches import Branch, Checkpoint
from debugger.checkpoints import NEAR, SPACING, Checkpoints, Keeper
from debugger.choice_records import is_same
from debugger.choices import Choice, Target
from debugger.chronicle import Chronicle
from debugger.triggers import Triggers
from debugger.views import StopView
from debugger.world import DebugWorld
from ttvm.errors import TtvmError
from ttvm.events import TurnStarted
from ttvm.vm import Status

COMPLETE = 20_000
"""Steps of a continue of which the chronicle tells all; of a longer one it tells the end."""
TAIL = 3_000
"""Steps before a moment that the chronicle tells of, at least, when the run came there without it."""
_UNSEEN_PIECE, _PIECE, _WATCHED_PIECE = 100_000, 4_000, 1_000
"""Steps that a search executes between two moments at which it can be paused, a few milliseconds: when nobody looks,
when somebody takes note of messages or of last instructions, and when somebody looks at each instruction."""

Pieces = Generator[None, None, None]
Scan = Callable[[int], Generator[None, None, "int | None"]]
"""Executes until a step, yields now and then, and gives the last moment it met that is wanted."""


class Timeline:
    """The line of one run. ``keepers`` remember things of the run besides the machine, and go with it."""

    def __init__(
        self,
        target: Target,
        world: DebugWorld,
        keepers: Sequence[Keeper],
        triggers: Triggers,
        chronicle: Chronicle,
        spacing: int = SPACING,
    ) -> None:
        """``triggers`` says where a run stops, and is one more keeper, as is the ``chronicle``."""
        self._chronicle = chronicle
        self._target = target
        vm = self._vm = target.vm
        self._triggers = triggers
        self._world = world
        self._checkpoints = Checkpoints(vm, world, (*keepers, triggers, chronicle), spacing)
        self.found: StopView | None = None
        """What the last search for a stop found there."""
        self.found_early = False
        """Whether that comes before the instruction that is next, and not behind the last one."""
        self.branch = Branch(1, 0, vm.steps)
        """The branch that the run is on."""
        self.branches = [self.branch]
        """All of them, in the order in which they were begun."""
        self._is_lost = False
        """Whether the chronicle does not belong to the present moment."""
        self.branch.checkpoints.append(self._checkpoints.make(None))
        self.branch.journal = world.outside.journal
        self.choosing: Callable[[], None] = lambda: None
        """Called before a choice is applied, for the first time or again."""
        world.outside.moment = lambda: (vm.steps, vm.ticks)

    @property
    def latest(self) -> int:
        """The last step that was ever executed on this branch."""
        return self.branch.latest

    @property
    def checkpoints(self) -> list[int]:
        """The steps that have a checkpoint."""
        return [each.step for each in self.branch.checkpoints]

    # -- forward

    def run(self, budget: int, pass_breakpoint: bool = True, one_turn: bool = False, stops: bool = True) -> Status:
        """Run as ``Vm.run`` does, with checkpoints on the way.

        BREAKPOINT is also the answer for events and for values that have changed. Without ``stops`` none of them
        stops the run, nor a breakpoint.
        """
        vm, triggers, branch = self._vm, self._triggers, self.branch
        first, last = vm.steps, vm.steps + budget
        triggers.begin(stops)
        while True:
            before = vm.steps
            following = branch.next_choice(before)
            choice = branch.choice(before)
            if choice is not None and before < last:
                self._apply(choice)
                triggers.begin(stops)
                continue
            end = min(last, self._checkpoints.due, before + 1 if triggers.in_single_steps else last, following or last)
            passing = pass_breakpoint and before == first
            status = vm.run(end - before, triggers.passes(passing), one_turn or triggers.in_single_turns)
            stopped = triggers.settle(before, status, pass_breakpoint and vm.steps == first) and stops
            branch.latest = max(branch.latest, vm.steps)
            if vm.steps >= self._checkpoints.due:
                self._checkpoints.add(branch)
            if stopped:
                return Status.BREAKPOINT
            if vm.steps >= last or (one_turn and vm.current is None and vm.steps > first):
                return Status.PAUSED if status in (Status.BREAKPOINT, Status.INTERRUPTED) else status
            if status in (Status.IDLE, Status.ENDED) and vm.steps != following:
                return status

    def wait(self, patience: int) -> None:
        """Let time pass when nobody can run; for an answer from outside not longer than so many milliseconds."""
        self._world.wait(self._vm, patience)

    # -- any direction

    def goto(self, step: int) -> None:
        """Bring the machine to the moment after ``step`` instructions, or to the end when there are not so many."""
        checkpoint = self.branch.checkpoint(step)
        if step < self._vm.steps or checkpoint.step > self._vm.steps or self._is_lost:
            if not self._checkpoints.is_told(checkpoint):
                checkpoint = self.branch.checkpoint(max(0, step - TAIL))
            self._restore(checkpoint)
            if step - checkpoint.step > 2 * NEAR:
                self._travel(step - NEAR)
                self._checkpoints.add_near(self.branch)
        self._travel(step)

    def _restore(self, checkpoint: Checkpoint) -> None:
        self._is_lost = False
        self._checkpoints.restore(checkpoint)
        self._vm.system.traced = True
        if not self._checkpoints.is_told(checkpoint):
            self._forget_last_instructions()

    def _travel(self, step: int) -> None:
        """Execute until a step; of a long way the chronicle tells the end only."""
        if step - self._vm.steps > 2 * TAIL:
            self.rest()
            try:
                self.execute_until(step - TAIL)
            finally:
                self._listen()
        self.execute_until(step)

    def rest(self) -> None:
        """Run without looking from now on, which is much faster where many messages are sent."""
        self._chronicle.rest()
        if not self._triggers.looks_at_steps:
            self._vm.system.traced = False

    def _listen(self) -> None:
        self._chronicle.listen()
        if not self._vm.system.traced:
            self._vm.system.traced = True
            self._forget_last_instructions()

    def _forget_last_instructions(self) -> None:
        """Nobody looked, so which instruction a process executed last is known only of those that wait in it."""
        for process in self._vm.system.processes.values():
            process.previous_pc = process.pc if process.waiting is not None else -1

    def recall(self, since: int) -> None:
        """After a run without the chronicle: let it tell of the steps since ``since``, or, of too many, the last."""
        if self._chronicle.listens:
            return
        here, step = self.mark(), self._vm.steps
        self._is_lost = True
        self.goto(max(0, since if step - since <= COMPLETE else step - TAIL))
        self.execute_until(step)
        told = self._chronicle.save(whole=True)
        last = {pid: process.previous_pc for pid, process in self._vm.system.processes.items()}
        self.come_back(here)
        self._chronicle.load(told)
        for pid, process in self._vm.system.processes.items():
            process.previous_pc = last.get(pid, -1)

    def mark(self) -> Checkpoint:
        """This very moment, to ``come_back`` after having been elsewhere: even a turn that has begun."""
        return self._checkpoints.make(self.branch.checkpoint(self._vm.steps), whole=True)

    def come_back(self, mark: Checkpoint) -> None:
        """Go back to a moment at which ``mark`` was called, on this branch."""
        self._restore(mark)

    @contextmanager
    def listening(self, listeners: Sequence[tuple[type, Any]], choosing: Callable[[], None]) -> Iterator[None]:
        """Let others hear of events for a while, and, through ``choosing``, that a choice is about to be applied."""
        vm, before = self._vm, self.choosing
        for event_type, listener in listeners:
            vm.observe(event_type, listener)
        self.choosing = choosing
        try:
            yield
        finally:
            self.choosing = before
            for event_type, listener in listeners:
                vm.observers.unsubscribe(event_type, listener)

    # -- choices and branches

    def choose(self, choice: Choice) -> str:
        """Change the run at the present step, and say in words what was changed.

        In the past that begins a new branch, unless it is what was chosen here before. Raises TtvmError when the
        choice cannot be made; nothing is then changed.
        """
        step, branch, outside = self._vm.steps, self.branch, self._world.outside
        self._return_to(step)
        words = choice.words(self._target)
        if is_same(choice, branch.choice(step)):
            self._apply(choice)
            return words
        journal = outside.journal = outside.journal[: outside.position]
        try:
            self._apply(choice)
        except TtvmError:
            outside.journal = branch.journal
            self._return_to(step)
            raise
        if step < branch.latest:
            branch.position = step
            branch = self.branch = branch.part(len(self.branches) + 1, step)
            branch.reason = words
            self.branches.append(branch)
        branch.journal = journal
        branch.add(step, choice)
        branch.latest = self._vm.steps
        self._checkpoints.begin_from(self._vm.steps)
        return words

    def take_back(self, step: int, branch: Branch) -> None:
        """Go back to a step of a branch that the run was on, and forget all that was done since on its way here."""
        if self.branch is not branch:
            self.branches.remove(self.branch)
            branch.position = step
            self._switch_to(branch)
            return
        self.goto(step)
        self._return_to(step)
        outside = self._world.outside
        outside.journal = branch.journal = outside.journal[: outside.position]
        branch.forget(step)
        self._checkpoints.begin_from(step)

    def remember_here(self) -> None:
        """Make sure that there is a checkpoint at the present, if it is the last step so far."""
        if self.branch.checkpoints[-1].step < self._vm.steps == self.branch.latest:
            self._checkpoints.add(self.branch)

    def _apply(self, choice: Choice) -> None:
        self.choosing()
        self._world.diverge()
        self._vm.system.put_all_back()
        with self._triggers.resting():
            choice.apply(self._target)

    def _return_to(self, step: int) -> None:
        """Come to the moment right after a step, before anything has begun that is not yet a step."""
        self._is_lost = True
        self.goto(step)

    def switch(self, number: int) -> None:
        """Go to another branch, where the user was last on it. Raises TtvmError when there is none of that number."""
        if not 1 <= number <= len(self.branches):
            raise TtvmError(f"there is no branch {number}; there are 1 to {len(self.branches)}")
        self.branch.position = self._vm.steps
        self._switch_to(self.branches[number - 1])

    def _switch_to(self, branch: Branch) -> None:
        self.branch = branch
        self._world.outside.journal = branch.journal
        self._return_to(branch.position)
        self._checkpoints.begin_from(branch.latest)

    def adopt(self, branches: Sequence[Branch], current: int) -> None:
        """Take over the branches of another session with this program. Raises TtvmError when a choice does not fit."""
        first = self.branch.checkpoints[0]
        for branch in branches:
            branch.checkpoints = [first]
        self.branches = list(branches)
        self.branch.position = 0
        self._switch_to(self.branches[current - 1])

    def last_choice(self) -> str:
        """What the user chose as the last step, in words; empty when the last step was an instruction."""
        choice = self.branch.choice(self._vm.steps - 1)
        return choice.words(self._target) if choice is not None else ""

    # -- searches

    def search_back(self, step: int, scan: Scan) -> Iterator[int | None]:
        """Look for the last moment before ``step`` that ``scan`` wants; the machine is elsewhere meanwhile.

        ``scan`` also looks at the moment at which its way ends.
        Yields None while there is more to search, and then the moment, -1 when there is none.
        """
        end = step
        try:
            for checkpoint in reversed(self.branch.checkpoints[: bisect_right(self.checkpoints, step - 1)]):
                self._restore(checkpoint)
                self.rest()
                found = yield from scan(end)
                if found is not None:
                    yield found
                    return
                end = checkpoint.step
                yield None
            yield -1
        finally:
            self._listen()
            self._is_lost = True

    def last_turn(self, step: int) -> Iterator[int | None]:
        """Search for the last moment before ``step`` at which a turn began."""
        return self.search_back(step, lambda end: self._last_turn_until(end, step))

    def last_stop(self, step: int) -> Iterator[int | None]:
        """Search for the last moment before ``step`` at which a breakpoint would have stopped the run."""
        return self.search_back(step, lambda end: self._last_stop_until(end, step))

    def _last_turn_until(self, end: int, before: int) -> Generator[None, None, int | None]:
        moments: list[int] = []

        def turn_started(event: TurnStarted) -> None:
            moments.append(self._vm.steps)

        self._vm.observe(TurnStarted, turn_started)
        try:
            yield from self.execute_in_pieces(end)
        finally:
            self._vm.observers.unsubscribe(TurnStarted, turn_started)
        return max((moment for moment in moments if moment < before), default=None)

    def _last_stop_until(self, end: int, before: int) -> Generator[None, None, int | None]:
        last: int | None = None

        def stopped() -> None:
            nonlocal last
            if self._vm.steps < before:
                last = self._vm.steps
                self.found, self.found_early = self._triggers.stop(), self._triggers.early

        yield from self.execute_in_pieces(end, stopped)
        return last

    def go_to_early_stop(self) -> None:
        """Go on to a stop that is known to come before the next instruction."""
        while self.run(1, pass_breakpoint=False) is Status.IDLE:
            self.wait(0)

    def execute_until(self, step: int) -> None:
        """Execute until a step, the end, or the moment when only the world outside knows how it goes on."""
        for _ in self.execute_in_pieces(step, pauses=False):
            pass

    def execute_in_pieces(self, step: int, stopped: Callable[[], None] | None = None, pauses: bool = True) -> Pieces:
        """The same, in pieces between which the front end may have its turn, unless there are to be no ``pauses``.

        With ``stopped`` breakpoints count, one right here too: it is called at each, and the run goes on.
        """
        vm = self._vm
        passes = False
        done = vm.steps
        while vm.steps < step:
            piece = self._piece() if pauses else step - done
            if vm.steps - done >= piece:
                done = vm.steps
                yield
            status = self.run(min(step, done + piece) - vm.steps, passes, stops=stopped is not None)
            passes = status is Status.BREAKPOINT
            if status is Status.BREAKPOINT and stopped is not None:
                stopped()
            elif status is Status.IDLE:
                self.wait(0)
                if vm.system.parked and self._world.is_unknown:
                    return
            elif status is Status.ENDED:
                return

    def _piece(self) -> int:
        if self._vm.observers.in_detail:
            return _WATCHED_PIECE
        return _PIECE if self._vm.system.traced or self._chronicle.listens else _UNSEEN_PIECE

    # -- checkpoints

    def rebuild(self) -> None:
        """Execute all of the run again up to here, because what is kept of it has changed."""
        step = self._vm.steps
        for branch in self.branches:
            del branch.checkpoints[1:]  # the first is the same for all
        self._restore(self.branch.checkpoints[0])
        self._checkpoints.begin_from(self._vm.steps)
        self._travel(step)


def result_of(search: Iterator[int | None]) -> int:
    """What a search of the timeline comes to: a moment, or -1."""
    return next(moment for moment in search if moment is not None)


_ResultT = TypeVar("_ResultT")


def finish(search: Generator[None, None, _ResultT]) -> _ResultT:
    """What a search in pieces comes to, without a pause."""
    while True:
        try:
            next(search)
        except StopIteration as stop:
            result: _ResultT = stop.value
            return result
