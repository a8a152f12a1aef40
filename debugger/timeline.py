"""Time travel: a run as a line of steps on which one can go back and forth.

Going back is going forward again: from the nearest checkpoint before the wanted step, the machine executes what it
executed before. It is deterministic, and its world remembers (``debugger.world``), so the same happens. Checkpoints
are dense near the last step and sparse far back, so their number, and the time of a jump, stay bounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from debugger.branches import Branch, Checkpoint
from debugger.choice_records import is_same
from debugger.choices import Choice, Target
from debugger.pace import Pace
from debugger.triggers import Triggers
from debugger.views import StopView
from debugger.world import DebugWorld
from ttvm.errors import TtvmError
from ttvm.events import TurnStarted
from ttvm.vm import Status

SPACING = 5_000
"""Fewest steps between two checkpoints: what is executed again in a few milliseconds."""
DENSITY = 80
"""Checkpoints between the last step and half of the way back from there, roughly; the same number in each half of
the half that is left. So a jump executes at most one part in so many of the way back again."""
_COPY, _COMPARISON, _TURN, _MESSAGE = 10, 1, 5, 10
"""What it costs to copy a process, to see that one has not changed, to begin a turn, and to send and receive a message,
each in instructions (measured on a ring of processes)."""
_MOST_OF_THE_TIME = 7
"""Checkpoints take at most one part in so many of the time of a run."""
_NEAR = 500
"""Steps before the moment that one goes back to, at which a checkpoint makes the next steps back quick."""
_MOST_NEAR = 20
"""How many of those are kept."""
_PIECE = 4_000
"""Steps that a search executes between two moments at which it can be paused: a few milliseconds, and with somebody
who looks at each instruction some ten."""

Scan = Callable[[int], Generator[None, None, "int | None"]]
"""Executes until a step, yields now and then, and gives the last moment it met that is wanted."""


class Keeper(Protocol):
    """Something that remembers what happened in the run."""

    def save(self, whole: bool = False) -> Any:
        """Its state now, as a value that nothing changes any more.

        A checkpoint keeps what must be there to go on; with the ``whole`` nothing is missing afterwards.
        """
        ...

    def load(self, state: Any) -> None:
        """Go back, or forward, to a state."""
        ...


class Timeline:
    """The line of one run. ``keepers`` remember things of the run besides the machine, and go with it."""

    def __init__(
        self,
        target: Target,
        world: DebugWorld,
        keepers: Sequence[Keeper],
        triggers: Triggers,
        spacing: int = SPACING,
    ) -> None:
        """``triggers`` says where a run stops, and is one more keeper."""
        self._target = target
        vm = self._vm = target.vm
        self._triggers = triggers
        self._world = world
        self._keepers = (*keepers, triggers)
        self._spacing = spacing
        self.found: StopView | None = None
        """What the last search for a stop found there."""
        self.found_early = False
        """Whether that comes before the instruction that is next, and not behind the last one."""
        self.branch = Branch(1, 0, vm.steps)
        """The branch that the run is on."""
        self.branches = [self.branch]
        """All of them, in the order in which they were begun."""
        self.branch.checkpoints.append(self._make_checkpoint(None))
        self.branch.journal = world.outside.journal
        self._pace = Pace(vm)
        self._due = vm.steps + spacing
        self._near: list[tuple[list[Checkpoint], Checkpoint]] = []
        """Checkpoints that were added in the past, the oldest first, with the lists that they are in."""
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
            end = min(last, self._due, before + 1 if triggers.in_single_steps else last, following or last)
            passing = pass_breakpoint and before == first
            status = vm.run(end - before, triggers.passes(passing), one_turn or triggers.in_single_turns)
            stopped = triggers.settle(before, status, pass_breakpoint and vm.steps == first) and stops
            branch.latest = max(branch.latest, vm.steps)
            if vm.steps >= self._due:
                self._add_checkpoint()
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
        if step < self._vm.steps or checkpoint.step > self._vm.steps:
            self._restore(checkpoint)
            if step - checkpoint.step > 2 * _NEAR:
                self.execute_until(step - _NEAR)
                self._add_near_checkpoint()
        self.execute_until(step)

    def mark(self) -> Checkpoint:
        """This very moment, to ``come_back`` after having been elsewhere: even a turn that has begun."""
        return self._make_checkpoint(self.branch.checkpoint(self._vm.steps), whole=True)

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
        self._due = self._vm.steps + self._spacing
        return words

    def _apply(self, choice: Choice) -> None:
        self.choosing()
        self._world.diverge()
        with self._triggers.resting():
            choice.apply(self._target)

    def _return_to(self, step: int) -> None:
        """Come to the moment right after a step, before anything has begun that is not yet a step."""
        self._restore(self.branch.checkpoint(step))
        self.execute_until(step)

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
        self._due = branch.latest + self._spacing

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
        for checkpoint in reversed(self.branch.checkpoints[: bisect_right(self.checkpoints, step - 1)]):
            self._restore(checkpoint)
            found = yield from scan(end)
            if found is not None:
                yield found
                return
            end = checkpoint.step
            yield None
        yield -1

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
        for _ in self.execute_in_pieces(step):
            pass

    def execute_in_pieces(self, step: int, stopped: Callable[[], None] | None = None) -> Generator[None, None, None]:
        """The same, in pieces between which the front end may have its turn.

        With ``stopped`` breakpoints count, one right here too: it is called at each, and the run goes on.
        """
        vm = self._vm
        passes = False
        done = vm.steps
        while vm.steps < step:
            if vm.steps - done >= _PIECE:
                done = vm.steps
                yield
            status = self.run(min(step, done + _PIECE) - vm.steps, passes, stops=stopped is not None)
            passes = status is Status.BREAKPOINT
            if status is Status.BREAKPOINT and stopped is not None:
                stopped()
            elif status is Status.IDLE:
                self.wait(0)
                if vm.system.parked and self._world.is_unknown:
                    return
            elif status is Status.ENDED:
                return

    # -- checkpoints

    def rebuild(self) -> None:
        """Execute all of the run again up to here, because what is kept of it has changed."""
        step = self._vm.steps
        for branch in self.branches:
            del branch.checkpoints[1:]  # the first is the same for all
        self._restore(self.branch.checkpoints[0])
        self._due = self._vm.steps + self._spacing
        self.execute_until(step)

    def _make_checkpoint(self, before: Checkpoint | None, whole: bool = False) -> Checkpoint:
        snapshot = self._vm.snapshot(before.snapshot if before is not None else None)
        kept = tuple(each.save(whole) for each in self._keepers)
        return Checkpoint(self._vm.steps, snapshot, self._world.save(), kept)

    def _restore(self, checkpoint: Checkpoint) -> None:
        self._vm.restore(checkpoint.snapshot)
        self._world.load(checkpoint.world)
        for keeper, state in zip(self._keepers, checkpoint.kept, strict=True):
            keeper.load(state)

    def _add_checkpoint(self) -> None:
        """Add a checkpoint at the present, which is new, and let go of those that have become too dense."""
        before = self.branch.checkpoints[-1]
        checkpoint = self._make_checkpoint(before)
        self.branch.checkpoints.append(checkpoint)
        self._due = self._vm.steps + self._spacing_behind(before, checkpoint)
        self._thin_out()

    def _spacing_behind(self, before: Checkpoint, checkpoint: Checkpoint) -> int:
        """How many steps later the next one is due, if the run goes on as it did between these two."""
        known = set(map(id, before.snapshot.processes))
        processes = checkpoint.snapshot.processes
        copied = sum(id(each) not in known for each in processes)
        cost = _COPY * copied + _COMPARISON * len(processes)
        steps, _, messages, *_ = checkpoint.snapshot.counters
        steps_before, _, messages_before, *_ = before.snapshot.counters
        turns = checkpoint.snapshot.ticks - before.snapshot.ticks
        steps -= steps_before
        work = steps + _TURN * turns + _MESSAGE * (messages - messages_before)
        return max(self._spacing * self._pace.of_last(steps), _MOST_OF_THE_TIME * cost * steps // max(1, work))

    def _add_near_checkpoint(self) -> None:
        """Add one at a moment of the past, shortly before the one that is wanted."""
        checkpoints = self.branch.checkpoints
        index = bisect_right(checkpoints, self._vm.steps, key=lambda each: each.step)
        before = checkpoints[index - 1]
        if before.step == self._vm.steps or self._vm.steps >= self.branch.latest:
            return
        added = self._make_checkpoint(before)
        checkpoints.insert(index, added)
        self._near.append((checkpoints, added))
        if len(self._near) > _MOST_NEAR:
            of, oldest = self._near.pop(0)
            of[:] = [each for each in of if each is not oldest]

    def _thin_out(self) -> None:
        """Drop every checkpoint whose neighbours are near enough to each other for their distance from the present."""
        kept = [self.branch.checkpoints[0]]
        for index in range(1, len(self.branch.checkpoints) - 1):
            following = self.branch.checkpoints[index + 1].step
            distance = self._vm.steps - following
            if following - kept[-1].step > max(self._spacing, distance // DENSITY):
                kept.append(self.branch.checkpoints[index])
        kept.append(self.branch.checkpoints[-1])
        self.branch.checkpoints = kept


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
