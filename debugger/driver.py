"""The driver: one machine with its timeline, and the verbs that run it, forward and back."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from debugger.breakpoints import BreakpointMemory, Breakpoints
from debugger.checkpoints import SPACING
from debugger.choices import Choice, Target
from debugger.chronicle import Chronicle
from debugger.explanation import Attempt, about, consequences, did_sentence, observe
from debugger.inspector import Inspector
from debugger.live_module import LiveModule, load_program
from debugger.output_log import OutputLog
from debugger.recorded import RecordedWorld, policies
from debugger.steering import Steering
from debugger.stepping import run_over, search_over
from debugger.stops import after, back, end_stop, is_over, over, ran, waiting_stop
from debugger.timeline import Timeline, result_of
from debugger.triggers import Triggers
from debugger.views import StopView
from debugger.world import DebugWorld
from ttvm import events
from ttvm.asm.loader import Loader
from ttvm.errors import OutOfMemory
from ttvm.recording.log import LogReader
from ttvm.recording.runs import read_options
from ttvm.setup import MachineOptions, make_scheduler, make_vm
from ttvm.source import visible
from ttvm.vm import Status, make_loader

LONGEST_TURN = 200_000
"""Instructions after which ``tick`` gives control back although the turn is not over."""

PATIENCE = 20
"""Milliseconds to wait for an answer from outside before the front end has its turn again."""
_MOST_WAITS = 50
"""Waits of that length after which a step or a turn gives up: it can be tried again."""
_TOLD_AT_ONCE = 2_000
"""Steps of a continue that are told as they happen; what happens in a longer one is told where it stops."""

_TOLD = (
    events.ProcessSpawned,
    events.ProcessWoke,
    events.ProcessBlocked,
    events.ProcessExited,
    events.ChildRestarted,
    events.SupervisorGaveUp,
    events.MessageSent,
    events.MessageTaken,
    events.MessageDropped,
    events.FaultRaised,
)
"""Events that DID speaks of."""


class Recording(NamedTuple):
    """The lines of a file that `ttvm record` wrote, and its name for messages."""

    lines: Sequence[str]
    name: str


class Driver:
    """One program under the debugger, and the verbs that run it forward and back.

    The world of the program is in memory: output goes to ``output``, input comes from ``input_text``, and
    time is virtual, so that every run can be repeated. ``memory`` keeps breakpoints between sessions. With a
    ``recording`` the run is the recorded one, with its options. Raises SourceError or UnreadableError when the program
    cannot be loaded, and ReplayError when it is not the recorded one.
    """

    def __init__(
        self,
        program: str,
        options: MachineOptions | None = None,
        input_text: str = "",
        loader: Loader | None = None,
        checkpoint_spacing: int = SPACING,
        memory: BreakpointMemory | None = None,
        recording: Recording | None = None,
    ) -> None:
        self.program = program
        self._recording = recording
        self._spacing = checkpoint_spacing
        self._options = options or MachineOptions()
        self._input = input_text
        self._breakpoints = Breakpoints(memory)
        self._load(loader or make_loader())

    # -- loading

    def _load(self, loader: Loader) -> None:
        """Put a fresh machine at the start of the program; on an error nothing changes."""
        log = LogReader(*self._recording) if self._recording is not None else None
        if log is not None:
            self._options = read_options(log.header.options, log.name)
            loader.on_load = lambda module: log.module(module.name, module.source.text_hash)
        module = load_program(self.program, loader)
        self._loader = loader
        self._module = module
        self._happened: list[Any] = []
        self._continuing = False
        self._hits: dict[tuple[int, str, int], int] = {}
        """How often each process has run each instruction, by module and address, since the last stop."""
        self._last_hits = self._hits
        self._did = ""
        self._continued_from = (0, 0)
        self._attempt: Attempt | None = None
        options = self._options
        world = DebugWorld(options, self._input) if log is None else RecordedWorld(options, log)
        self._world = world
        steering = self._steering = Steering(options, policies(options, log) if log is not None else make_scheduler)
        vm = self._vm = make_vm(module, loader, world.host, steering, options)
        vm.system.traced = True
        self._breakpoints.use(loader.modules, module)
        self._output = OutputLog(vm)
        self._inspector = Inspector(vm)
        self._inspector.remember()
        self._triggers = Triggers(vm, self._breakpoints, self._output)
        self._chronicle = Chronicle(vm)
        keepers = (self._output, self._inspector, *((module,) if isinstance(module, LiveModule) else ()))
        self._timeline = Timeline(Target(vm, steering), world, keepers, self._triggers, self._chronicle, self._spacing)
        self._timeline.choosing = self._happened.clear
        self._search: Generator[StopView | None, None, None] | None = None
        self._stop = StopView("start", "at the first instruction", 1)

    def restart(self) -> StopView:
        """Load the file anew and go back to its start; breakpoints stay.

        Raises SourceError or UnreadableError when the file cannot be loaded any more; the session is then as
        it was.
        """
        before = self._vm
        self._load(make_loader())
        before.close()
        return self._stop

    def close(self) -> None:
        """End the session."""
        self._continuing = False
        self._vm.close()

    @property
    def steps(self) -> int:
        """Steps of the run up to the present moment."""
        return self._vm.steps

    # -- verbs

    def step(self, count: int = 1, passes: bool = True) -> StopView:
        """Execute ``count`` instructions, whoever's turn it is; a breakpoint on the way stops earlier.

        ``passes``: one right here does not.
        """
        return self._watch(count, passes=passes) or self._stopped(
            StopView("step", after("step", count), self._vm.last_pid)
        )

    def tick(self, count: int = 1) -> StopView:
        """Run ``count`` turns: each time until the process that runs next has had its slice."""
        for _ in range(count):
            stop = self._watch(LONGEST_TURN, one_turn=True)
            if stop is not None:
                return stop
            if self._vm.current is not None:
                text = f"paused inside a turn of more than {LONGEST_TURN:,} instructions"
                return self._stopped(StopView("pause", text, self._vm.last_pid))
        return self._stopped(StopView("tick", after("turn", count), self._vm.last_pid))

    def step_over(self, outward: bool = False) -> StopView:
        """Let the process that runs next execute an instruction, a call with all that is in it.

        ``outward``: run until it is back from the call that it is in. The others run meanwhile, as is their turn.
        """
        first = self._vm.steps
        stop = run_over(self._vm, lambda: self._watch(1, passes=self._vm.steps == first), outward)
        return self._stopped(stop or StopView("step", f"after a step {over(outward)}", self._vm.last_pid))

    def step_over_back(self, outward: bool = False) -> StopView:
        """Undo the last instruction of the process that ran last, a call with all that is in it.

        ``outward``: go back to the CALL that led here.
        """
        step = max(0, result_of(search_over(self._vm, self._timeline, outward)))
        return self.goto(step, StopView("back", f"one step back {over(outward)}"))

    def _watch(self, budget: int, one_turn: bool = False, stops: bool = True, passes: bool = True) -> StopView | None:
        """Run up to ``budget`` instructions and note the last one for DID; the stop, if something stopped it."""
        vm = self._vm
        first, last = vm.steps, vm.steps + budget
        with self._listening():
            try:
                waits = 0
                while True:
                    status = self._timeline.run(last - vm.steps, passes and vm.steps == first, one_turn, stops)
                    if status is not Status.IDLE:
                        break
                    self._timeline.wait(PATIENCE)
                    waits += bool(vm.system.parked)
                    if waits > _MOST_WAITS:
                        return self._stopped(waiting_stop(vm))
            except OutOfMemory as error:
                return self._stopped(StopView("memory", str(error), vm.last_pid))
        if vm.steps > first:
            self._tell(vm.steps - first)
        if status is Status.BREAKPOINT:
            return self._stopped(self._triggers.stop())
        return self._stopped(end_stop(vm)) if status is Status.ENDED else None

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Take note of each instruction, and of what it leads to, for DID."""
        observers = self._vm.observers
        self._attempt = None
        observers.subscribe(events.InstructionStarting, self._note)
        for event_type in _TOLD:
            observers.subscribe(event_type, self._hear)
        try:
            yield
        finally:
            observers.unsubscribe(events.InstructionStarting, self._note)
            for event_type in _TOLD:
                observers.unsubscribe(event_type, self._hear)

    def _hear(self, event: object) -> None:
        self._happened.append(event)

    def _tell(self, steps: int) -> None:
        """Say in DID what the last of so many steps did."""
        choice, attempt = self._timeline.last_choice(), self._attempt
        before = f"{steps:,} instructions ran, the last: " if steps > 1 else ""
        if choice:
            self._did = visible(f"{before}you {choice}{consequences(0, self._happened)}")
        elif attempt is not None:
            sentence = did_sentence(attempt, self._vm.system.processes.get(attempt.pid), self._happened, self._vm)
            self._did = f"{before}{about(attempt.title, sentence)}"

    def _note(self, event: events.InstructionStarting) -> None:
        process = event.process
        key = (process.pid, process.frame.module.identity, process.pc)
        self._hits[key] = self._hits.get(key, 0) + 1
        self._attempt = observe(process)
        self._happened.clear()

    def start_continue(self) -> None:
        """Begin to run until a breakpoint or the end; ``advance`` does the running."""
        self._continuing = True
        self._did = ""
        self._continued_from = (self._vm.steps, self._vm.ticks)

    def advance(self, budget: int) -> StopView | None:
        """Run up to ``budget`` instructions of a continue, or fewer; None as long as nothing has stopped it."""
        if not self._continuing:
            return self._stop
        return self._run_on(budget, self._vm.steps == self._continued_from[0])

    def _run_on(self, budget: int, pass_breakpoint: bool) -> StopView | None:
        """Run up to ``budget`` instructions; the stop, when there was one."""
        vm = self._vm
        before = (vm.steps, vm.ticks)
        if (told := self._continued_from[0] + _TOLD_AT_ONCE - vm.steps) <= 0:
            self._timeline.rest()
        else:
            budget = min(budget, told)
        try:
            status = self._timeline.run(budget, pass_breakpoint)
        except OutOfMemory as error:
            return self._stopped(StopView("memory", str(error), vm.last_pid))
        if status is Status.IDLE:
            self._timeline.wait(PATIENCE)
        if status in (Status.IDLE, Status.PAUSED):
            return None
        self._tell_run(self._continued_from if self._continuing else before)
        return self._stopped(self._triggers.stop() if status is Status.BREAKPOINT else end_stop(vm))

    def continue_(self) -> StopView:
        """Run until a breakpoint or the end."""
        self.start_continue()
        while (stop := self.advance(1_000_000)) is None:
            pass
        return stop

    def pause(self) -> StopView:
        """End a continue that is under way; a search backward goes back to where it began."""
        if self._search is not None:
            self._search.close()
            self._search = None
            return self.goto(self._continued_from[0], StopView("pause", "gave up the way back"))
        if not self._continuing:
            return self._stop
        self._tell_run(self._continued_from)
        process = self._vm.next_process()
        return self._stopped(StopView("pause", "paused", process.pid if process else 0))

    def _tell_run(self, since: tuple[int, int]) -> None:
        self._did = ran(self._vm.steps - since[0], self._vm.ticks - since[1]) or self._did

    def _stopped(self, stop: StopView) -> StopView:
        self._continuing = False
        self._last_hits, self._hits = self._hits, {}
        if stop.reason in ("step", "tick", "back") and is_over(self._vm) and self._vm.system.main_alive:
            # A deadlock is one also for those who walk into it step by step.
            stop = end_stop(self._vm)
        self._stop = stop
        self._timeline.recall(self._continued_from[0])
        self._inspector.remember()
        return stop

    # -- choices and branches

    def choose(self, choice: Choice) -> StopView:
        """Change the run here: one more step of it, which back undoes as any other.

        In the past that begins a new branch of history. Raises TtvmError when it cannot be done; nothing is then
        changed.
        """
        branches = len(self._timeline.branches)
        with self._listening():
            self._timeline.choose(choice)
        self._tell(1)
        new = len(self._timeline.branches) > branches
        what = f"the past: this is branch {self._timeline.branch.number} now" if new else "the run"
        return self._arrived(StopView("choice", f"you have changed {what}"))

    def switch_branch(self, number: int) -> StopView:
        """Go to another branch of history, where the session was last on it. Raises TtvmError when there is none."""
        self._timeline.switch(number)
        return self.goto(self._vm.steps, StopView("back", f"on branch {number}, at step {self._vm.steps:,}"))

    def _arrived(self, stop: StopView) -> StopView:
        following = self._vm.next_process()
        return self._stopped(stop.at(following.pid if following is not None else 0))

    # -- back

    def back(self, count: int = 1) -> StopView:
        """Undo the last ``count`` instructions of the whole system."""
        return self.goto(max(0, self._vm.steps - count), StopView("back", back("step", count)))

    def goto(self, step: int, stop: StopView | None = None) -> StopView:
        """Go to the moment after ``step`` instructions of the run; DID tells of the last of them.

        Behind the last step ever executed the program runs on, without looking at breakpoints. ``stop`` is what the
        session then says.
        """
        self._timeline.goto(max(0, step - 1))
        self._did = ""
        vm = self._vm
        if vm.steps < step:
            # More than one step is left when the way there waited for the world outside.
            ended = self._watch(step - vm.steps, stops=False)
            if ended is not None:
                return ended
        stop = stop or StopView("back", f"at step {vm.steps:,}")
        if vm.steps == 0:
            stop = StopView("start", "at the first instruction", 1)
        return self._arrived(stop)

    def first(self) -> StopView:
        """Go back to the first instruction."""
        return self.goto(0)

    def latest(self) -> StopView:
        """Go forward to the last step ever executed."""
        if self._vm.steps == self._timeline.latest:
            return self._stop
        return self.goto(self._timeline.latest, StopView("back", "at the last step so far"))

    def tick_back(self, count: int = 1) -> StopView:
        """Undo ``count`` turns: each time back to where the turn began that ran last."""
        step = self._vm.steps
        for _ in range(count):
            step = max(0, result_of(self._timeline.last_turn(step)))
        return self.goto(step, StopView("back", back("turn", count)))

    def start_continue_back(self) -> None:
        """Begin to run back to the last stop of a breakpoint; ``advance_back`` does the searching."""
        self._start_search(self._run_back())

    def _run_back(self) -> Generator[StopView | None, None, None]:
        for step in self._timeline.last_stop(self._vm.steps):
            if step is None:
                yield None
            elif step < 0:
                yield self.goto(0)
            else:
                found, early = self._timeline.found, self._timeline.found_early
                assert found is not None
                self.goto(step)
                if early:
                    self._timeline.go_to_early_stop()
                self._stop = found
                yield found

    def _start_search(self, search: Generator[StopView | None, None, None]) -> None:
        """Begin a search for another moment: it yields None now and then, and at last the stop there."""
        self._continued_from = (self._vm.steps, self._vm.ticks)
        self._search = search

    def advance_back(self) -> StopView | None:
        """Search on for a while, whatever search it is; None as long as nothing has been found."""
        if self._search is None:
            return self._stop
        stop = next(self._search)
        if stop is not None:
            self._search = None
        return stop

    def _finish_search(self) -> StopView:
        while (stop := self.advance_back()) is None:
            pass
        return stop

    def continue_back(self) -> StopView:
        """Run back to the last moment at which a breakpoint, an event or a watch stopped, or to the start."""
        self.start_continue_back()
        return self._finish_search()
