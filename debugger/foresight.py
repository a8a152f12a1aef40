"""What can still happen from the present moment, and the way there: the opposite of recollection."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from debugger.choices import Fire, RunNext, Timeout
from debugger.line_entry import LineEntry
from debugger.stops import is_over
from debugger.views import ProspectsView, StopView
from ttvm.asm.loader import Loader
from ttvm.errors import TtvmError
from ttvm.source import visible
from ttvm.values import Pid

if TYPE_CHECKING:
    from debugger.branches import Branch
    from debugger.prospects import Prospecting
    from ttvm.explore.pieces import Pieces
    from ttvm.explore.walking import Stride, Walk

LONGEST_WAY = 300_000
"""Instructions on the way to an outcome beyond which it is not opened: some seconds."""
_TURNS_AT_ONCE = 200
"""Instructions on the way to an outcome between two looks at the keyboard: some milliseconds."""
_AT_ONCE = 100
"""Executions between two looks at how far the search is, when nobody else has a turn in between."""


class _Way(NamedTuple):
    """Where an opened prospect is, and what is said there."""

    branch: int
    step: int
    words: str


class Strayed(TtvmError):
    """The run does not go the way that an exploration has foreseen."""


class Foresight(LineEntry):
    """A session that knows what can still happen, and leads there: each way is a branch of history."""

    def _load(self, loader: Loader) -> None:
        super()._load(loader)
        self._prospecting: Prospecting | None = None
        self._prospects: ProspectsView | None = None
        self._opening = ""
        self._turns = 0
        """Instructions on all ways so far."""
        self._ways: dict[int, _Way] = {}
        """The prospects that have been opened. What has happened on a branch stays, so they are there for good."""

    # -- the search

    def start_explore(self, until: str = "", most: int = 0) -> None:
        """Begin to search for all that can still happen; ``advance_explore`` does the searching.

        ``until`` is the kind of finding that ends the search, ``most`` the number of executions (0: a moderate one).
        The session stays where it is. Raises TtvmError where nothing can be explored.
        """
        # Most sessions never explore, and this is a third of the code of the machine.
        from debugger.prospects import USUAL_EXECUTIONS, Prospecting, find_kind
        from ttvm.explore.options import Options

        vm, steering = self._vm, self._steering
        if self.is_live:
            raise TtvmError("a text that grows cannot be explored: save it as a program, and explore that")
        if vm.system.parked:
            raise TtvmError("somebody waits for the world outside: explore before it is asked, or when it has answered")
        if is_over(vm):
            raise TtvmError("nothing can happen any more: go back, and explore from there")
        if steering.locked or steering.frozen:
            raise TtvmError("exploring lets everybody run: thaw who is frozen, and unlock the scheduler")
        kind = find_kind(until) if until else ""
        options = Options(
            pids="counter",  # a machine gives out pids in the order of spawning
            max_executions=most or USUAL_EXECUTIONS,
            seed=self._options.seed,
            arguments=self._options.arguments,
            input=self._world.unread,
            limits=self._options.limits,
        )
        self._prospects, self._ways = None, {}
        self._prospecting = Prospecting(vm, options, (self._timeline.branch.number, vm.steps), kind)

    def advance_explore(self, executions: int) -> str | None:
        """Search on for so many executions: how far it is, in words; None when the search is over."""
        prospecting = self._prospecting
        if prospecting is None or self._prospects is not None or not prospecting.advance(executions):
            self.end_explore()
            return None
        return prospecting.words()

    def end_explore(self) -> None:
        """End the search: what it has found is what there is."""
        if self._prospecting is not None and self._prospects is None:
            self._prospects = self._prospecting.view()

    def explore(self, until: str = "", most: int = 0) -> ProspectsView:
        """Search for all that can still happen. Raises as ``start_explore`` does."""
        self.start_explore(until, most)
        try:
            while self.advance_explore(_AT_ONCE) is not None:
                pass
        except KeyboardInterrupt:  # what is known then is kept, as on the screen
            self.end_explore()
        return self.prospects()

    def prospects(self) -> ProspectsView:
        """What the last search has found. Raises TtvmError when there was none."""
        if self._prospects is None:
            raise TtvmError("nothing was explored yet: explore finds out what can still happen")
        return self._prospects

    def schedule_of(self, number: int) -> tuple[str, ...]:
        """The steps of a prospect in words. Raises TtvmError when there is none."""
        return tuple(visible(each.words) for each in self._walk(number).strides[1:])

    def story_of(self, number: int) -> tuple[str, ...]:
        """What happened on a branch, in words, as far as the chronicle tells. Raises TtvmError when there is none."""
        timeline = self._timeline
        here, present = timeline.mark(), timeline.branch
        timeline.switch(number)
        try:
            timeline.goto(timeline.latest)
            titles = self._inspector.titles()
            told = self.chronicle()
        finally:
            timeline.switch(present.number)
            timeline.come_back(here)
        return tuple(f"{titles.get(each.pid, str(each.pid))} {each.text}" for each in told)

    def _walk(self, number: int) -> Walk:
        from ttvm.explore.pieces import result_of

        self.prospects()
        assert self._prospecting is not None
        return result_of(self._prospecting.walking(number))

    # -- the way there

    def open_prospect(self, number: int) -> StopView:
        """Go back to where was explored, and from there the way to an outcome; to a finding, as far as what decides.

        Where the scheduler would choose otherwise, the user chooses; so the way is a branch of history, unless the run
        had come no further. Raises TtvmError when there is none of that number or the way is too long, and then
        nothing is changed.
        """
        self.start_open(number)
        return self._finish_search()

    def start_open(self, number: int) -> None:
        """Begin to go there; ``advance_back`` goes on, and ``pause`` gives up and changes nothing.

        Raises TtvmError when there is none of that number.
        """
        prospecting = self._prospecting
        self.prospects()
        assert prospecting is not None
        self._opening = f"the way to {number}"
        self._start_search(self._open(number, prospecting.walking(number)))

    @property
    def opening(self) -> str:
        """What is being done to open a prospect, in words; empty when none is being opened."""
        return self._opening

    def pause(self) -> StopView:
        opening, self._opening = self._opening, ""
        stop = super().pause()
        if opening:
            self._stop = stop = replace(stop, text="gave up the way there")
        return stop

    def _open(self, number: int, walking: Pieces[Walk]) -> Generator[StopView | None, None, None]:
        if number not in self._ways:
            self._opening = f"what decides about {number}"
            walk = yield from walking
            yield from self._go_way(number, walk)
        self._opening = ""
        way = self._ways[number]
        if self._timeline.branch.number != way.branch:
            self._timeline.switch(way.branch)
        stop = self.goto(way.step, StopView("back", way.words))
        if stop.text != way.words:  # a deadlock and the first step have words of their own
            self._stop = stop = replace(stop, text=f"{way.words} ({stop.text})")
        yield stop

    def _go_way(self, number: int, walk: Walk) -> Iterator[None]:
        """Run as a schedule says, from where was explored to its end. Whoever stops it is brought back."""
        prospects, timeline = self.prospects(), self._timeline
        length = sum(len(stride.turns) for stride in walk.strides)
        if length > LONGEST_WAY:
            raise TtvmError(f"the way there has {length:,} instructions, more than {LONGEST_WAY:,}")
        home = timeline.branch
        if home.number != prospects.branch:
            timeline.switch(prospects.branch)
        base, latest = timeline.branch, timeline.latest
        timeline.goto(prospects.step)
        branches, printed = len(timeline.branches), self._output.count
        moments: list[int] = []
        done = 0
        try:
            for stride in walk.strides:
                for _ in self._follow(stride, moments):
                    done += _TURNS_AT_ONCE
                    self._opening = (
                        f"the way to {prospects.prospects[number - 1].kind} {number}: {done:,} of {length:,}"
                    )
                    yield None
            wrong = self._differences(walk, printed)
        except TtvmError as error:
            wrong = [f"it cannot be followed to its end: {error}"]
        except GeneratorExit:
            self._give_up_way(base, latest, home)
            raise
        if len(timeline.branches) > branches:
            prospect = prospects.prospects[number - 1]
            timeline.branch.reason = visible(f"opened {prospect.kind} {number}: {prospect.text}")
        end = self._vm.steps
        here = moments[walk.decisive] if 0 < walk.decisive < len(moments) and not wrong else end
        self._ways[number] = _Way(timeline.branch.number, here, self._way_words(number, walk, (here, end), wrong))

    def _give_up_way(self, base: Branch, latest: int, home: Branch) -> None:
        """Forget what was done on a way that parted from ``base``, which had come as far as ``latest``."""
        timeline = self._timeline
        if timeline.branch is not base:
            timeline.take_back(self.prospects().step, base)
        elif timeline.latest > latest:
            timeline.take_back(latest, base)
        if timeline.branch is not home:
            timeline.switch(home.number)

    def _follow(self, stride: Stride, moments: list[int]) -> Iterator[None]:
        """Let happen what a step of a schedule says, and yield after so many instructions. Raises TtvmError.

        Notes the moment right behind the instruction that others may notice; what follows in ``turns`` leads on to the
        next such instruction.
        """
        if stride.timer:
            self._fire(stride.timer)
        noticed = self._vm.steps
        for number, pid in enumerate(stride.turns):
            self._give_turn(pid, forced=self._vm.steps == self.prospects().step)
            if number == 0:
                noticed = self._vm.steps
            self._turns += 1
            if self._turns % _TURNS_AT_ONCE == 0:
                yield None
        moments.append(noticed)

    def _fire(self, rank: int) -> None:
        numbers = list(self._vm.system.timers.messages())
        if rank > len(numbers):
            raise Strayed("a timer is not there that should fire now")
        self._timeline.choose(Fire(numbers[rank - 1]))

    def _give_turn(self, pid: Pid, forced: bool) -> None:
        """Let a process execute its next instruction. What was chosen here before counts no more."""
        vm, timeline = self._vm, self._timeline
        process = vm.system.processes.get(pid)
        if process is None:
            raise Strayed(f"process {pid} has ended, and should go on")
        if process.waiting is not None and process.waiting.timer is not None:
            timeline.choose(Timeout(pid))
        following = vm.next_process()
        known = timeline.branch.choice(vm.steps) is not None
        if forced or known or following is None or following.pid != pid:
            timeline.choose(RunNext(pid))
        before = vm.steps
        timeline.run(1, stops=False)
        if vm.steps == before or vm.last_pid != pid:
            raise Strayed(f"process {pid} should go on, and does not")

    def _differences(self, walk: Walk, printed: int) -> list[str]:
        from debugger.prospects import differences

        return differences(walk.outcome, self._vm, self._output.lines(printed)) if walk.is_whole else []

    def _way_words(self, number: int, walk: Walk, moments: tuple[int, int], wrong: list[str]) -> str:
        """What is said at the end of a way; ``moments`` are where it leaves the user, and where its end is."""
        prospect, branch = self.prospects().prospects[number - 1], self._timeline.branch.number
        here, end = moments
        if wrong:
            words = f"opened {prospect.kind} {number} on branch {branch}, but it came otherwise: {'; '.join(wrong)}"
        elif here < end:
            decides = walk.strides[walk.decisive].words
            words = f"at what decides about the {prospect.kind}: {decides}; it comes at step {end:,} of branch {branch}"
        else:
            cut = "" if walk.is_whole else ", which was cut off"
            words = f"at the end of {prospect.kind} {number}{cut}, on branch {branch}: {prospect.text}"
        return visible(words)
