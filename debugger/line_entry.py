"""Entering lines: how a session runs what is typed in a REPL, and takes back a line that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from debugger.branches import Branch
from debugger.choices import Choice, Enter, Execute
from debugger.explanation import title
from debugger.live_module import LIVE
from debugger.recollection import Recollection
from debugger.stops import awaits_text, end_stop, waits_alone
from debugger.views import StopView
from ttvm import events
from ttvm.asm.assembler import Fragment, assemble_fragment
from ttvm.asm.loader import Loader
from ttvm.errors import TtvmError
from ttvm.observers.tracer import trace_instructions
from ttvm.process.state import Process, ProcessState
from ttvm.setup import MachineOptions
from ttvm.source import Source, Span
from ttvm.vm import Status


class LineFault(TtvmError):
    """A line that crashed its process, and was taken back.

    ``span`` is the instruction in the text of its module, ``printed`` how many lines of output were taken back.
    """

    def __init__(self, text: str, span: Span) -> None:
        super().__init__(text)
        self.span = span
        self.printed = 0


class LineEntry(Recollection):
    """A session in which lines can be entered: at the end of a text that grows, or one instruction at a time."""

    def _load(self, loader: Loader) -> None:
        super()._load(loader)
        self._steering.waits_alone = lambda pid: waits_alone(self._vm.system.processes.get(pid))
        self._line_pid = 0
        """The process whose line runs now; 0: no line does."""
        self._line_start: tuple[int, Branch] = (0, self._timeline.branch)
        self._line_output = 0
        """How many lines had been printed before it."""
        self._line_over = False
        self._line_fault: LineFault | None = None

    @property
    def is_live(self) -> bool:
        """Whether the program is a text that grows."""
        return self.program == LIVE

    @property
    def options(self) -> MachineOptions:
        """What decides how the program runs."""
        return self._options

    @property
    def text(self) -> str:
        """The text of the program at this moment."""
        return self._module.source.text

    def fragment(self, source: Source) -> Fragment:
        """What a text would be behind the text of the program, with its mistakes."""
        return assemble_fragment(source, self._module)

    def awaits(self, pid: int) -> bool:
        """Whether lines of process ``pid`` go to the end of the text: it has come there, and the text grows."""
        process = self._vm.system.processes.get(pid)
        if process is None or process.spawner or process.frame.module is not self._module or not self.is_live:
            return False
        return process.pc >= len(self._module.ops)

    def entries(self) -> list[int]:
        """The steps up to the present behind which the user entered lines or executed instructions, ascending."""
        now = self._vm.steps
        return [
            step
            for step, choice in self._timeline.branch.choices
            if step < now and isinstance(choice, (Enter, Execute))
        ]

    def changes_by_hand(self) -> int:
        """How many choices led to the present moment that are not in the text."""
        now = self._vm.steps
        return sum(step < now and not isinstance(choice, Enter) for step, choice in self._timeline.branch.choices)

    # -- a line at the end of the text

    def start_line(self, pid: int, text: str) -> None:
        """Add lines to the text and begin to run them; ``advance_line`` does the running.

        Raises TtvmError when process ``pid`` is not at the end of the text, and SourceError for a mistake in it.
        """
        start = (self._vm.steps, self._timeline.branch)
        self._line_output = self._output.count
        self.choose(Enter(pid, text))
        self._timeline.remember_here()
        self._line_pid, self._line_start, self._line_over, self._line_fault = pid, start, False, None

    def advance_line(
        self, budget: int, others: bool = False, trace: Callable[[str], None] | None = None
    ) -> StopView | None:
        """Run up to ``budget`` instructions of a line, at most a turn; None as long as it is not over.

        A line is over when its process has come to its end, waits for what others do, or has ended. With ``others``
        they run then, until nobody can without time passing. Raises LineFault when the line crashed its process: all
        is then as it was before. With ``trace`` each instruction is written.
        """
        if not self._line_pid:
            return self._stop
        with self._line_watched(trace):
            status = self._timeline.run(budget, one_turn=True)
        if self._line_fault is not None:
            fault = self._line_fault
            fault.printed = sum(line.kind == "output" for line in self._output.lines(self._line_output))
            self.take_back(self._line_start)
            raise fault
        if status is Status.BREAKPOINT:
            return self._line_stopped(self._triggers.stop())
        process = self._vm.system.processes.get(self._line_pid)
        if not self._line_over and process is not None:
            if process.state is ProcessState.READY and status is not Status.ENDED:
                return None
            if waits_alone(process):
                self._timeline.wait(20)
                return None
        self._line_over = True
        if others and status is Status.PAUSED and self._timeline.branch.next_choice(self._vm.steps) != self._vm.steps:
            return None
        return self._line_stopped(self._line_end(process))

    def run_line(self, pid: int, text: str, others: bool = False) -> StopView:
        """Enter lines and run them to their end. Raises as ``start_line`` and ``advance_line`` do."""
        self.start_line(pid, text)
        while (stop := self.advance_line(10_000, others)) is None:
            pass
        return stop

    def pause_line(self) -> StopView:
        """Stop in the middle of a line; whatever runs the machine goes on with it."""
        process = self._vm.system.processes.get(self._line_pid)
        where = f" at {process.frame.module.place(process.pc)}" if process is not None else ""
        return self._line_stopped(StopView("pause", f"stopped{where}", self._line_pid))

    def execute_line(self, pid: int, instructions: list[str]) -> StopView:
        """Execute instructions in a process wherever it is. Raises TtvmError, and all is as before, when one fails."""
        start = (self._vm.steps, self._timeline.branch)
        stop = self._stop
        for each in instructions:
            choice: Choice = Execute(pid, each)
            try:
                stop = self.choose(choice)
            except TtvmError:
                if self._vm.steps > start[0]:
                    self.take_back(start)
                raise
        return stop

    def take_back(self, start: tuple[int, Branch]) -> None:
        """Be where a line began, as if it had never been entered."""
        self._line_pid = 0
        step, branch = start
        self._timeline.take_back(step, branch)
        self.goto(step)

    def _line_stopped(self, stop: StopView) -> StopView:
        self._line_pid = 0
        self._did = ""
        return self._stopped(stop)

    def _line_end(self, process: Process | None) -> StopView:
        vm, pid = self._vm, self._line_pid
        if vm.stopped:
            return end_stop(vm)
        if process is None:
            reason = next((row.last for row in self._inspector.rows() if row.pid == pid), "")
            return StopView("end", f"{pid} has ended: {reason}", pid)
        if process.awaits_text or vm.next_process() is not None or vm.waits_for_something:
            words = self._inspector.process(pid)
            return StopView("line", f"{title(process)} waits for {words.waits_for if words else ''}", pid)
        return end_stop(vm) if not awaits_text(vm) else StopView("line", f"{title(process)} waits", pid)

    @contextmanager
    def _line_watched(self, trace: Callable[[str], None] | None) -> Iterator[None]:
        """Hear of faults of the line, and write what it does when that is wanted."""
        observers = self._vm.observers
        observers.subscribe(events.FaultRaised, self._fault_raised)
        try:
            with self.tracing(trace) if trace is not None else nullcontext():
                yield
        finally:
            observers.unsubscribe(events.FaultRaised, self._fault_raised)

    @contextmanager
    def tracing(self, write: Callable[[str], None]) -> Iterator[None]:
        """Write a line before each instruction that is executed meanwhile."""
        listener = trace_instructions(self._vm, write)
        try:
            yield
        finally:
            self._vm.observers.unsubscribe(events.InstructionStarting, listener)

    def _fault_raised(self, event: events.FaultRaised) -> None:
        process = event.process
        if event.caught or process.pid != self._line_pid or self._line_over:
            return
        module = process.frame.module
        text = event.message.removesuffix(f" ({module.place(process.pc)})")
        self._line_fault = LineFault(text, module.span(process.pc))
