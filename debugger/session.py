"""Session: the one API of the debugger. Every front end is a thin layer over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from debugger.breakpoints import Breakpoints
from debugger.explanation import Attempt, did_sentence, next_sentence, observe, title
from debugger.inspector import Inspector
from debugger.views import BreakpointView, CodeView, OutputLine, StopView, SystemView
from ttvm import events
from ttvm.asm.loader import Loader
from ttvm.errors import OutOfMemory, TtvmError
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.observers.reporter import crash_report, end_report, lost_message
from ttvm.process.state import Process
from ttvm.program import Module
from ttvm.setup import MachineOptions, make_machine
from ttvm.source import visible
from ttvm.vm import Status, make_loader

MOST_OUTPUT = 20_000
"""Lines of output that are kept; older ones are forgotten."""

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
    time is virtual, so that every run can be repeated. Raises SourceError or UnreadableError when the
    program cannot be loaded.
    """

    def __init__(
        self, program: str, options: MachineOptions | None = None, input_text: str = "", loader: Loader | None = None
    ) -> None:
        self.program = program
        self._options = options or MachineOptions()
        self._input = input_text
        self._breakpoints = Breakpoints()
        self._load(loader or make_loader())

    # -- loading

    def _load(self, loader: Loader) -> None:
        """Put a fresh machine at the start of the program; on an error nothing changes."""
        module = loader.load(self.program)
        self._loader = loader
        self._module = module
        self._output: list[OutputLine] = []
        self._forgotten = 0
        self._happened: list[Any] = []
        self._continuing = False
        self._did = ""
        self._continued_from = (0, 0)
        self._attempt: Attempt | None = None
        vm = self._vm = make_machine(module, loader, self._options, MemoryConsole(self._input), VirtualClock())
        vm.stops_at_breakpoints = True
        vm.system.traced = True
        vm.system.breakpoints = self._breakpoints.addresses(loader.modules.values())
        vm.observe(events.OutputWritten, self._output_written)
        vm.observe(events.ProcessExited, self._process_exited)
        vm.observe(events.MessageDropped, self._message_dropped)
        vm.observe(events.Warned, self._warned)
        for event_type in _TOLD:
            vm.observe(event_type, self._happened.append)
        self._inspector = Inspector(vm)
        self._inspector.remember()
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
        return self._watch(count) or self._stopped(StopView("step", _after("step", count), self._vm.last_pid))

    def tick(self, count: int = 1) -> StopView:
        """Run ``count`` turns: each time until the process that runs next has had its slice."""
        for _ in range(count):
            stop = self._watch(LONGEST_TURN, one_turn=True)
            if stop is not None:
                return stop
            if self._vm.current is not None:
                text = f"paused inside a turn of more than {LONGEST_TURN:,} instructions"
                return self._stopped(StopView("pause", text, self._vm.last_pid))
        return self._stopped(StopView("tick", _after("turn", count), self._vm.last_pid))

    def _watch(self, budget: int, one_turn: bool = False) -> StopView | None:
        """Run up to ``budget`` instructions and note the last one for DID; the stop, if something stopped it."""
        vm = self._vm
        first, last = vm.steps, vm.steps + budget
        vm.observe(events.InstructionStarting, self._note)
        try:
            waits = 0
            while (status := vm.run(last - vm.steps, vm.steps == first, one_turn)) is Status.IDLE:
                vm.wait(PATIENCE)
                waits += bool(vm.system.parked)
                if waits > _MOST_WAITS:
                    return self._stopped(StopView("waiting", f"nobody can run: {self._awaited()}", vm.last_pid))
        except OutOfMemory as error:
            return self._stopped(StopView("memory", str(error), vm.last_pid))
        finally:
            vm.observers.unsubscribe(events.InstructionStarting, self._note)
        attempt = self._attempt
        if vm.steps > first and attempt is not None:
            after = vm.system.processes.get(attempt.pid)
            executed = vm.steps - first
            before = f"{executed:,} instructions ran, the last: " if executed > 1 else ""
            self._did = f"{before}{attempt.title}: {did_sentence(attempt, after, self._happened, vm)}"
        if status is Status.BREAKPOINT:
            return self._stopped(self._breakpoint_stop())
        return self._stopped(self._end_stop()) if status is Status.ENDED else None

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
            status = vm.run(budget, pass_breakpoint)
        except OutOfMemory as error:
            return self._stopped(StopView("memory", str(error), vm.last_pid))
        if status is Status.IDLE:
            vm.wait(PATIENCE)
        if status in (Status.IDLE, Status.PAUSED):
            return None
        self._tell_run(self._continued_from if self._continuing else before)
        return self._stopped(self._breakpoint_stop() if status is Status.BREAKPOINT else self._end_stop())

    def continue_(self) -> StopView:
        """Run until a breakpoint or the end."""
        self.start_continue()
        while (stop := self.advance(1_000_000)) is None:
            pass
        return stop

    def pause(self) -> StopView:
        """End a continue that is under way."""
        if not self._continuing:
            return self._stop
        self._tell_run(self._continued_from)
        process = self._vm.next_process()
        return self._stopped(StopView("pause", "paused", process.pid if process else 0))

    def _tell_run(self, since: tuple[int, int]) -> None:
        steps, ticks = self._vm.steps - since[0], self._vm.ticks - since[1]
        if steps:
            self._did = (
                f"ran {steps:,} instruction{'s' if steps != 1 else ''} in {ticks:,} turn{'s' if ticks != 1 else ''}"
            )

    def _stopped(self, stop: StopView) -> StopView:
        self._continuing = False
        self._stop = stop
        self._inspector.remember()
        return stop

    def _breakpoint_stop(self) -> StopView:
        process = self._vm.next_process()
        if process is None:
            return StopView("breakpoint", "BREAKPOINT")
        module = process.frame.module
        place = module.place(process.pc)
        return StopView("breakpoint", f"breakpoint at {place} in {title(process)}", process.pid)

    def _end_stop(self) -> StopView:
        system = self._vm.system
        if system.stop_status is not None:
            return StopView("end", f"EXIT ended the machine with status {system.stop_status}", self._vm.last_pid)
        if system.stop_fault is not None:
            return StopView("end", visible(system.stop_fault[1]), system.stop_fault[0].pid)
        report = end_report(system.processes.values())
        if system.main_alive:
            return StopView("deadlock", report.partition("\n")[0].removeprefix("deadlock: "), 1)
        if report:
            return StopView("end", report.partition("\n")[0].removeprefix("note: "))
        return StopView("end", "all processes have ended")

    # -- breakpoints

    def toggle_breakpoint(self, identity: str, line: int) -> BreakpointView | None:
        """Set or remove a breakpoint; None when one was removed or no instruction follows the line."""
        module = self._find(identity)
        view = self._breakpoints.toggle(module, line) if module is not None else None
        self._apply_breakpoints()
        return view

    def break_at_label(self, label: str) -> BreakpointView:
        """Set a breakpoint behind a label of the program. Raises TtvmError when there is none."""
        view = self._breakpoints.set_at_label(self._module, label)
        if view is None:
            raise TtvmError(f"{self._module.name} has no code at a label {label}")
        self._apply_breakpoints()
        return view

    def break_at_line(self, line: int) -> BreakpointView:
        """Set a breakpoint at a line of the program. Raises TtvmError when no instruction follows."""
        address = self._module.address_of_line(line)
        if line < 1 or address is None:
            raise TtvmError(f"{self._module.name} has no instruction at or behind line {line}")
        known = {(view.identity, view.line): view for view in self._breakpoints.views()}
        key = (self._module.identity, self._module.line(address))
        view = known.get(key) or self._breakpoints.toggle(self._module, line)
        assert view is not None
        self._apply_breakpoints()
        return view

    def clear_breakpoints(self) -> None:
        """Remove all breakpoints."""
        self._breakpoints.clear()
        self._apply_breakpoints()

    def _apply_breakpoints(self) -> None:
        self._vm.system.breakpoints = self._breakpoints.addresses(self._loader.modules.values())

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
        ended = vm.stopped or (following is None and not vm.waits_for_something)
        return SystemView(
            program=self.program,
            step=vm.steps,
            tick=vm.ticks,
            policy=self._policy_words(),
            stop=self._stop,
            current=following.pid if following is not None else 0,
            selected=chosen,
            processes=self._inspector.rows(),
            queues=vm.system.scheduler.queues(),
            relations=self._inspector.relations(),
            output_count=self._forgotten + len(self._output),
            breakpoints=self._breakpoints.views(),
            did=self._did,
            next=self._next_words(following, ended),
            ended=ended,
            running=self._continuing,
        )

    def _policy_words(self) -> str:
        options = self._options
        if options.policy == "smp":
            return f"smp {options.schedulers}"
        return f"random, seed {options.seed}" if options.policy == "random" else options.policy

    def _next_words(self, following: Process | None, ended: bool) -> str:
        if ended:
            return "nothing: the program is over (R starts again)"
        if following is None and self._vm.system.parked:
            return f"an answer arrives: {self._awaited()}"
        if following is None:
            return f"time passes until {self._vm.system.timers.next_deadline()} ms"
        return f"{title(following)}: {next_sentence(observe(following), self._vm)}"

    def _awaited(self) -> str:
        """Who waits for what from outside."""
        system = self._vm.system
        waiting = [system.processes[pid] for pid in system.parked.values()]
        return ", ".join(f"{title(each)} waits for {each.waiting.what}" for each in waiting[:3] if each.waiting)

    def output(self, start: int = 0) -> Sequence[OutputLine]:
        """The lines of output from number ``start`` on, as far as they are still known."""
        return self._output[max(0, start - self._forgotten) :]

    def code(self, identity: str) -> CodeView:
        """The source of a module. Raises TtvmError when it is not loaded."""
        module = self._find(identity)
        if module is None:
            raise TtvmError(f"{identity} is not loaded")
        return self._inspector.code(module)

    def _find(self, identity: str) -> Module | None:
        return self._loader.modules.get(identity)

    # -- what the machine tells

    def _output_written(self, event: events.OutputWritten) -> None:
        self._add_output(event.pid, event.text.removesuffix("\n"), "output")

    def _process_exited(self, event: events.ProcessExited) -> None:
        if event.kind:
            self._add_output(event.process.pid, crash_report(event), "crash")

    def _message_dropped(self, event: events.MessageDropped) -> None:
        self._add_output(event.message.sender, lost_message(event), "warning")

    def _warned(self, event: events.Warned) -> None:
        self._add_output(event.process.pid, event.text, "warning")

    def _add_output(self, pid: int, text: str, kind: str) -> None:
        step = self._vm.steps
        self._output += (OutputLine(pid, step, visible(line), kind) for line in text.split("\n"))
        surplus = len(self._output) - 2 * MOST_OUTPUT
        if surplus > 0:  # cut rarely, and then by half, so that adding stays cheap
            del self._output[:MOST_OUTPUT]
            self._forgotten += MOST_OUTPUT


def _after(what: str, count: int) -> str:
    return f"after a {what}" if count == 1 else f"after {count:,} {what}s"
