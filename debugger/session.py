"""Session: the one API of the debugger. Every front end is a thin layer over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from debugger.breakpoints import BreakpointMemory, Breakpoints
from debugger.descriptions import Breakpoint, Place
from debugger.explanation import Attempt, did_sentence, next_sentence, observe, title
from debugger.inspector import Inspector
from debugger.output_log import OutputLog
from debugger.stepping import run_over, search_over
from debugger.stops import after, awaited, back, end_stop, is_over, over, policy_words, ran, waiting_stop
from debugger.timeline import SPACING, Timeline, result_of
from debugger.triggers import Triggers
from debugger.views import BreakpointView, CodeView, OutputLine, StopView, SystemView
from debugger.world import DebugWorld
from ttvm import events
from ttvm.asm.loader import Loader
from ttvm.errors import OutOfMemory, TtvmError
from ttvm.process.state import Process
from ttvm.program import Module
from ttvm.setup import MachineOptions, make_scheduler
from ttvm.vm import Status, Vm, make_loader

LONGEST_TURN = 200_000
"""Instructions after which ``tick`` gives control back although the turn is not over."""

PATIENCE = 20
"""Milliseconds to wait for an answer from outside before the front end has its turn again."""

_MOST_WAITS = 50
"""Waits of that length after which a step or a turn gives up: it can be tried again."""

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


class Session:
    """One program under the debugger: verbs that run it, and views of what it looks like.

    The world of the program is in memory: output goes to ``output``, input comes from ``input_text``, and
    time is virtual, so that every run can be repeated. ``memory`` keeps breakpoints between sessions. Raises
    SourceError or UnreadableError when the program cannot be loaded.
    """

    def __init__(
        self,
        program: str,
        options: MachineOptions | None = None,
        input_text: str = "",
        loader: Loader | None = None,
        checkpoint_spacing: int = SPACING,
        memory: BreakpointMemory | None = None,
    ) -> None:
        self.program = program
        self._spacing = checkpoint_spacing
        self._options = options or MachineOptions()
        self._input = input_text
        self._breakpoints = Breakpoints(memory)
        self._load(loader or make_loader())

    # -- loading

    def _load(self, loader: Loader) -> None:
        """Put a fresh machine at the start of the program; on an error nothing changes."""
        module = loader.load(self.program)
        self._loader = loader
        self._module = module
        self._happened: list[Any] = []
        self._continuing = False
        self._did = ""
        self._continued_from = (0, 0)
        self._attempt: Attempt | None = None
        options, world = self._options, DebugWorld(self._options, self._input)
        self._world = world
        vm = self._vm = Vm(module, loader, world.host, make_scheduler(options), options.quantum, options.limits)
        vm.system.traced, vm.system.fast = True, options.is_fast
        self._breakpoints.use(loader.modules, module)
        for event_type in _TOLD:
            vm.observe(event_type, self._happened.append)
        self._output = OutputLog(vm)
        self._inspector = Inspector(vm)
        self._inspector.remember()
        self._triggers = Triggers(vm, self._breakpoints, self._output)
        self._timeline = Timeline(vm, world, (self._output, self._inspector), self._triggers, self._spacing)
        self._search: Iterator[int | None] | None = None
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

    # -- verbs

    def step(self, count: int = 1) -> StopView:
        """Execute ``count`` instructions, whoever's turn it is; a breakpoint on the way stops earlier."""
        return self._watch(count) or self._stopped(StopView("step", after("step", count), self._vm.last_pid))

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
        vm.observe(events.InstructionStarting, self._note)
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
        finally:
            vm.observers.unsubscribe(events.InstructionStarting, self._note)
        attempt = self._attempt
        if vm.steps > first and attempt is not None:
            sentence = did_sentence(attempt, vm.system.processes.get(attempt.pid), self._happened, vm)
            before = f"{vm.steps - first:,} instructions ran, the last: " if vm.steps > first + 1 else ""
            self._did = f"{before}{attempt.title}: {sentence}"
        if status is Status.BREAKPOINT:
            return self._stopped(self._triggers.stop())
        return self._stopped(end_stop(vm)) if status is Status.ENDED else None

    def _note(self, event: events.InstructionStarting) -> None:
        self._attempt = observe(event.process)
        self._happened.clear()

    def start_continue(self) -> None:
        """Begin to run until a breakpoint or the end; ``advance`` does the running."""
        self._continuing = True
        self._did = ""
        self._continued_from = (self._vm.steps, self._vm.ticks)

    def advance(self, budget: int) -> StopView | None:
        """Run up to ``budget`` instructions of a continue; None as long as nothing has stopped it."""
        if not self._continuing:
            return self._stop
        return self._run_on(budget, self._vm.steps == self._continued_from[0])

    def _run_on(self, budget: int, pass_breakpoint: bool) -> StopView | None:
        """Run up to ``budget`` instructions; the stop, when there was one."""
        vm = self._vm
        before = (vm.steps, vm.ticks)
        self._happened.clear()
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
        if stop.reason in ("step", "tick", "back") and is_over(self._vm) and self._vm.system.main_alive:
            # A deadlock is one also for those who walk into it step by step.
            stop = end_stop(self._vm)
        self._stop = stop
        self._inspector.remember()
        return stop

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
        following = vm.next_process()
        return self._stopped(stop.at(following.pid if following is not None else 0))

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
        self._continued_from = (self._vm.steps, self._vm.ticks)
        self._search = self._timeline.last_stop(self._vm.steps)

    def advance_back(self) -> StopView | None:
        """Search on for a while; None as long as the stop has not been found."""
        if self._search is None:
            return self._stop
        step = next(self._search)
        if step is None:
            return None
        self._search = None
        if step < 0:
            return self.goto(0)
        found, early = self._timeline.found, self._timeline.found_early
        assert found is not None
        self.goto(step)
        if early:
            self._timeline.go_to_early_stop()
        self._stop = found
        return found

    def continue_back(self) -> StopView:
        """Run back to the last moment at which a breakpoint, an event or a watch stopped, or to the start."""
        self.start_continue_back()
        while (stop := self.advance_back()) is None:
            pass
        return stop

    # -- breakpoints

    def breakpoints(self) -> tuple[BreakpointView, ...]:
        """All breakpoints, event breaks and watches, by number."""
        return self._breakpoints.views()

    def add_breakpoint(self, wanted: Breakpoint) -> BreakpointView:
        """Set a breakpoint, an event break or a watch; ``breakpoint_text.parse_breakpoint`` makes one of a text.

        One that counts or writes is at once as if it had been there from the start of the run. Raises TtvmError when
        its place does not exist, and ExpressionError for a mistake in an expression.
        """
        view = self._breakpoints.add(wanted)
        self._breakpoints_changed()
        return view

    def remove_breakpoint(self, number: int) -> None:
        """Remove a breakpoint, an event break or a watch. Raises TtvmError when there is none of that number."""
        if not self._breakpoints.remove(number):
            raise TtvmError(f"there is no breakpoint {number}")
        self._breakpoints_changed()

    def toggle_breakpoint(self, identity: str, line: int) -> BreakpointView | None:
        """Set or remove a breakpoint; None when one was removed or no instruction follows the line."""
        module = self._find(identity)
        view = self._breakpoints.toggle(module, line) if module is not None else None
        self._breakpoints_changed()
        return view

    def break_at_label(self, label: str) -> BreakpointView:
        """Set a breakpoint behind a label of the program. Raises TtvmError when there is none."""
        return self.add_breakpoint(Breakpoint(Place(label=label)))

    def break_at_line(self, line: int) -> BreakpointView:
        """Set a breakpoint at a line of the program. Raises TtvmError when no instruction follows."""
        return self.add_breakpoint(Breakpoint(Place(line)))

    def labels(self) -> tuple[str, ...]:
        """The labels of the program."""
        return tuple(self._module.labels)

    def clear_breakpoints(self) -> None:
        """Remove all of them."""
        self._breakpoints.clear()
        self._breakpoints_changed()

    def _breakpoints_changed(self) -> None:
        self._triggers.apply()
        if self._triggers.needs_the_past:
            self._timeline.rebuild()
        self._breakpoints.keep()

    # -- views

    def view(self, selected: int = 0) -> SystemView:
        """Everything a screen shows, with process ``selected`` (0, or one that is gone: who ran last) from near."""
        vm = self._vm
        following = self._vm.next_process()
        chosen = self._inspector.process(selected)
        if chosen is None:
            first = next(iter(vm.system.processes), 0)
            fallback = following.pid if following is not None else first
            chosen = self._inspector.process(self._stop.pid) or self._inspector.process(fallback)
        ended = is_over(vm)
        return SystemView(
            program=self.program,
            step=vm.steps,
            tick=vm.ticks,
            policy=policy_words(self._options),
            stop=self._stop,
            current=following.pid if following is not None else 0,
            selected=chosen,
            processes=self._inspector.rows(),
            queues=vm.system.scheduler.queues(),
            relations=self._inspector.relations(),
            output_count=self._output.count,
            breakpoints=self._breakpoints.views(),
            did=self._did,
            next=self._next_words(following, ended),
            ended=ended,
            running=self._continuing or self._search is not None,
            latest=self._timeline.latest,
        )

    def _next_words(self, following: Process | None, ended: bool) -> str:
        if ended:
            return "nothing: the program is over (S goes back a step, R starts again)"
        if following is None and self._vm.system.parked:
            return f"an answer arrives: {awaited(self._vm)}"
        if following is None:
            return f"time passes until {self._vm.system.timers.next_deadline()} ms"
        return f"{title(following)}: {next_sentence(observe(following), self._vm)}"

    def output(self, start: int = 0) -> Sequence[OutputLine]:
        """The lines of output from number ``start`` on, as far as they are still known."""
        return self._output.lines(start)

    def code(self, identity: str) -> CodeView:
        """The source of a module. Raises TtvmError when it is not loaded."""
        module = self._find(identity)
        if module is None:
            raise TtvmError(f"{identity} is not loaded")
        return self._inspector.code(module)

    def _find(self, identity: str) -> Module | None:
        return self._loader.modules.get(identity)
