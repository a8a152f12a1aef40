"""Session: the one API of the debugger. Every front end is a thin layer over it."""

from __future__ import annotations

from collections.abc import Sequence

from debugger.descriptions import Breakpoint, Place
from debugger.driver import Driver
from debugger.explanation import next_sentence, observe, title
from debugger.stops import awaited, held_back, held_words, is_over, policy_words
from debugger.views import BreakpointView, CodeView, OutputLine, SystemView
from ttvm.errors import TtvmError
from ttvm.process.state import Process
from ttvm.program import Module


class Session(Driver):
    """A driver with all that a front end needs besides its verbs: breakpoints, and views of what there is."""

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
        ended = is_over(vm) and not held_back(vm)
        return SystemView(
            program=self.program,
            step=vm.steps,
            tick=vm.ticks,
            policy=policy_words(self._steering.options),
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
        if following is None and held_back(self._vm):
            return f"nothing: {held_words(self._vm)}"
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
