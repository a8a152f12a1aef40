"""Session: the one API of the debugger. Every front end is a thin layer over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from debugger.descriptions import Breakpoint, Place
from debugger.explanation import about, next_sentence, observe, title
from debugger.expressions import read_expression
from debugger.foresight import Foresight
from debugger.run_files import SavedRun, write_run
from debugger.scope import Scope, did_you_mean
from debugger.stops import awaited, awaits_text, held_back, held_words, is_over, policy_words
from debugger.views import (
    BookmarkView,
    BranchView,
    BreakpointView,
    CodeView,
    OutputLine,
    ProcessView,
    StopView,
    SystemView,
)
from ttvm.asm.loader import Loader
from ttvm.errors import ReplayError, TtvmError
from ttvm.process.state import Process
from ttvm.program import Module
from ttvm.values import Value


class Session(Foresight):
    """A driver that remembers, with all that a front end needs besides its verbs: breakpoints, bookmarks, and views."""

    def _load(self, loader: Loader) -> None:
        super()._load(loader)
        self._passing = 0
        """The number of the breakpoint at the place that the run is on its way to."""
        self._bookmarks: dict[str, BookmarkView] = {}
        self._text_hash = self._module.source.text_hash
        """That of the text at the start: it may grow."""

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

    # -- runs as files

    def save(self) -> Iterator[str]:
        """All branches, bookmarks and breakpoints as the lines of a file; ``resume`` takes them up again."""
        self._timeline.branch.position = self._vm.steps
        run = SavedRun(
            self.program,
            self._text_hash,
            self._options,
            self._input,
            tuple(self._recording.lines) if self._recording is not None else None,
            self._timeline.branches,
            self._timeline.branch.number,
            list(self.bookmarks()),
            list(self._breakpoints.items()),
        )
        return write_run(run)

    def resume(self, run: SavedRun) -> StopView:
        """Go on where a run was saved. The session is new, and has the program, options and input of that run.

        Raises ReplayError when the program is not the one that ran, or the run cannot have been so.
        """
        if self._text_hash != run.text_hash:
            raise ReplayError(f"{self.program} is not the text that ran: it has changed since the run was saved")
        self._breakpoints.clear()
        self._breakpoints.take_in(run.breakpoints)
        self._triggers.apply()
        try:
            self._timeline.adopt(run.branches, run.current)
        except ReplayError:
            raise
        except TtvmError as error:
            raise ReplayError(f"the saved run does not fit the program: {error}") from None
        self._bookmarks = {each.name: each for each in run.bookmarks}
        return self.goto(self._vm.steps, StopView("back", f"where the run was saved, at step {self._vm.steps:,}"))

    # -- a way to a place

    def start_continue_to(self, place: Place, backward: bool = False) -> None:
        """Begin to run until a place is reached, or another stop; ``advance`` or ``advance_back`` does it.

        Raises TtvmError when there is no such place.
        """
        known = {each.number for each in self.breakpoints()}
        number = self._breakpoints.add(Breakpoint(place)).number
        self._passing = 0 if number in known else number
        self._triggers.apply()
        if backward:
            self.start_continue_back()
        else:
            self.start_continue()

    def continue_to(self, place: Place, backward: bool = False) -> StopView:
        """Run until a place is reached, or another stop. Raises TtvmError when there is no such place."""
        self.start_continue_to(place, backward)
        while (stop := self.advance_back() if backward else self.advance(1_000_000)) is None:
            pass
        return stop

    def advance(self, budget: int) -> StopView | None:
        stop = super().advance(budget)
        return self._passed() if stop is not None else None

    def advance_back(self) -> StopView | None:
        stop = super().advance_back()
        return self._passed() if stop is not None else None

    def pause(self) -> StopView:
        super().pause()
        return self._passed()

    def _passed(self) -> StopView:
        """Forget the breakpoint of a way to a place, which is over; the stop, in words that do not name it."""
        number, self._passing = self._passing, 0
        if number:
            self._breakpoints.remove(number)
            self._triggers.apply()
            self._stop = replace(self._stop, text=self._stop.text.replace(f"breakpoint {number} ", "arrived "))
        return self._stop

    # -- branches and bookmarks

    def branches(self) -> tuple[BranchView, ...]:
        """All branches of history, in the order in which they were begun."""
        current = self._timeline.branch
        return tuple(
            BranchView(each.number, each.parent, each.start, each.latest, each.reason, each is current)
            for each in self._timeline.branches
        )

    def bookmarks(self) -> tuple[BookmarkView, ...]:
        """All bookmarks, in the order in which they were set."""
        return tuple(self._bookmarks.values())

    def add_bookmark(self, name: str = "") -> BookmarkView:
        """Give the present moment a name; one that is in use goes over to this moment."""
        step = self._vm.steps
        bookmark = BookmarkView(name or f"step {step}", self._timeline.branch.number, step)
        self._bookmarks[bookmark.name] = bookmark
        return bookmark

    def remove_bookmark(self, name: str) -> None:
        """Forget a bookmark. Raises TtvmError when there is none of that name."""
        if self._bookmarks.pop(name, None) is None:
            raise TtvmError(f"there is no bookmark {name}{did_you_mean(name, self._bookmarks)}")

    def go_to_bookmark(self, name: str) -> StopView:
        """Go to the moment that has a name. Raises TtvmError when there is none."""
        bookmark = self._bookmarks.get(name)
        if bookmark is None:
            raise TtvmError(f"there is no bookmark {name}{did_you_mean(name, self._bookmarks)}")
        if bookmark.branch != self._timeline.branch.number:
            self._timeline.switch(bookmark.branch)
        return self.goto(bookmark.step, StopView("back", f"at bookmark {name}, step {bookmark.step:,}"))

    def evaluate(self, text: str, pid: int) -> Value:
        """The value of an expression, as process ``pid`` sees it. Raises ExpressionError."""
        return read_expression(text).value(Scope(self._vm.system, self._vm.system.processes.get(pid)))

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
        if chosen is not None and self._last_hits:
            chosen = replace(chosen, hits=self._hits_of(chosen))
        ended = is_over(vm) and not held_back(vm) and not awaits_text(vm)
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
            branch=self._timeline.branch.number,
            locked=self._steering.locked,
            frozen=self._steering.frozen,
        )

    def _hits_of(self, process: ProcessView) -> dict[int, int]:
        """How often the lines of its source ran between the last two stops."""
        module = self._find(process.code.identity)
        hits: dict[int, int] = {}
        for (pid, identity, address), count in self._last_hits.items():
            if pid == process.row.pid and module is not None and identity == module.identity:
                line = module.line(address)
                hits[line] = hits.get(line, 0) + count
        return hits

    def _next_words(self, following: Process | None, ended: bool) -> str:
        if ended:
            return "nothing: the program is over (S goes back a step, R starts again)"
        if following is None and held_back(self._vm):
            return f"nothing: {held_words(self._vm)}"
        if following is None and awaits_text(self._vm):
            return "the next line that you enter"
        if following is None and self._vm.system.parked:
            return f"an answer arrives: {awaited(self._vm)}"
        if following is None:
            return f"time passes until {self._vm.system.timers.next_deadline()} ms"
        return about(title(following), next_sentence(observe(following), self._vm))

    def output(self, start: int = 0) -> Sequence[OutputLine]:
        """The lines of output from number ``start`` on, as far as they are still known."""
        return self._output.lines(start)

    def code(self, identity: str) -> CodeView:
        """The source of a module. Raises TtvmError when it is not loaded."""
        module = self._find(identity)
        if module is None:
            raise TtvmError(f"{identity} is not loaded")
        return self._inspector.code(module)

    def sources(self) -> tuple[CodeView, ...]:
        """The sources of all modules that are loaded: the program, what it imports, and templates it has spawned."""
        return tuple(map(self._inspector.code, self._loader.modules.values()))

    def _find(self, identity: str) -> Module | None:
        return self._loader.modules.get(identity)
