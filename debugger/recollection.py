"""What a session remembers of its run, and how it finds again what it does not."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from debugger.changes import ChangeSearch, read_question
from debugger.chronicle import as_history, view_of
from debugger.diagnosis import Diagnosis
from debugger.driver import Driver
from debugger.explanation import title
from debugger.letters import Letter, find_letter
from debugger.provenance import origin_of
from debugger.scope import find_pid
from debugger.timeline import finish
from debugger.views import HappeningView, LetterView, OriginView, StopView
from debugger.writes import Location, Slot, Variable, home_of
from ttvm.asm.loader import Loader
from ttvm.errors import Fault, TtvmError
from ttvm.forms import brief, debug
from ttvm.observers.exporters import find_exporter
from ttvm.observers.exporters.diagram import draw_last
from ttvm.observers.history import History
from ttvm.process.state import Process
from ttvm.source import visible

_ResultT = TypeVar("_ResultT")


class Recollection(Driver):
    """A driver that tells what happened, and where and why."""

    def _load(self, loader: Loader) -> None:
        super()._load(loader)
        self._told = ("", -1, 0)
        """The last change that was told: of what, where the session stands since then, and the moment of the change."""

    # -- the chronicle

    @property
    def chronicle_count(self) -> int:
        """Happenings up to the present moment, those that are forgotten included."""
        return self._chronicle.count

    def chronicle(self, start: int = 0, end: int | None = None) -> tuple[HappeningView, ...]:
        """What happened up to the present moment: from number ``start`` to before ``end``, as far as it is known.

        Negative numbers count from the end: ``chronicle(-20)`` are the last twenty.
        """
        titles = self._inspector.titles()
        return tuple(view_of(entry, titles) for entry in self._chronicle.entries(start, end))

    # -- the last change

    def start_last(self, what: str, within: str = "") -> None:
        """Begin to search for the last change of a thing; ``advance_back`` does the searching.

        ``what`` is ``mailbox [PROCESS]``, ``name NAME``, or an expression as in a watch; ``within`` the pid or name of
        the process whose it is, unless ``what`` says so. What changed right here counts, but when that was told
        already, the search goes further back. Raises ExpressionError.
        """
        question = read_question(what, within, self._vm.system)
        words, step, moment = self._told
        again = (words, step) == (question.words, self._vm.steps)
        search = ChangeSearch(self._vm, self._timeline, question.watched, moment if again else 2 * self._vm.steps + 1)
        self._start_search(self._to_last_change(search, question.words))

    def _to_last_change(self, search: ChangeSearch, words: str) -> Generator[StopView | None, None, None]:
        here = self._timeline.mark()
        for step in self._timeline.search_back(self._vm.steps, search.scan):
            if step is None:
                yield None
        found = search.found
        if found is None:
            self._timeline.come_back(here)
            self._stop = StopView("back", visible(f"{words} has not changed before"), self._stop.pid)
        else:
            self.goto(found.moment // 2)
            self._told = (words, self._vm.steps, found.moment)
            self._stop = StopView("change", visible(found.words), found.pid)
        yield self._stop

    def last(self, what: str, within: str = "") -> StopView:
        """Go back to where a thing last changed; see ``start_last``."""
        self.start_last(what, within)
        return self._finish_search()

    # -- messages

    def letter(self, number: int) -> LetterView:
        """The way of a message, in all of the run that was ever executed. Raises TtvmError when there is none."""
        letter = self._elsewhere(find_letter(self._vm, self._timeline, number))
        if letter is None:
            raise TtvmError(f"there is no message #{number} so far")
        return self._letter_view(letter)

    def _letter_view(self, letter: Letter) -> LetterView:
        message, to = letter.message, letter.to
        titles = self._inspector.titles()
        sender = titles.get(message.sender, str(message.sender)) if message.sender else "you"
        receiver = titles.get(to, str(to)) if isinstance(to, int) else f'"{to}"'
        how = f"a timer of {sender}" if letter.by_timer and message.sender else sender
        words = f"#{message.number} {brief(message.value)}: {how} sent it to {receiver} at step {message.step:,}"
        if letter.dropped:
            words += ", and it was dropped: nobody was there"
        elif letter.taken:
            words += f", and {receiver} took it at step {letter.taken:,}"
        else:
            words += ", and nobody has taken it so far"
        return LetterView(
            message.number,
            message.sender,
            to if isinstance(to, int) else 0,
            message.step,
            letter.taken,
            letter.dropped,
            debug(message.value),
            visible(words),
        )

    def start_sent(self, number: int) -> None:
        """Begin to search for where a message was sent; ``advance_back`` does the searching."""
        self._start_search(self._to_letter(number, received=False))

    def start_received(self, number: int) -> None:
        """Begin to search for where a message was taken, before or behind the present step."""
        self._start_search(self._to_letter(number, received=True))

    def _to_letter(self, number: int, received: bool) -> Generator[StopView | None, None, None]:
        here = self._timeline.mark()
        letter = yield from find_letter(self._vm, self._timeline, number)
        self._timeline.come_back(here)
        if letter is None or (received and not letter.taken):
            text = f"there is no message #{number} so far" if letter is None else self._letter_view(letter).words
            self._stop = StopView("back", text, self._stop.pid)
            yield self._stop
            return
        step = letter.taken if received else letter.message.step
        self.goto(step)
        about = "right behind this step a timer sends it" if letter.by_timer and not received else ""
        text = self._letter_view(letter).words + (f"; {about}" if about else "")
        pid = letter.to if received and isinstance(letter.to, int) else letter.message.sender
        self._stop = StopView("message", text, pid)
        yield self._stop

    def sent(self, number: int) -> StopView:
        """Go to where a message was sent."""
        self.start_sent(number)
        return self._finish_search()

    def received(self, number: int) -> StopView:
        """Go to where a message was taken, back or forward."""
        self.start_received(number)
        return self._finish_search()

    # -- where values came from

    def origin(self, what: str = "0", within: str = "") -> OriginView:
        """Where a value came from: of the stack of a process (``what`` counts from the top), or of a variable.

        ``within`` is a pid or a name, empty for the process that runs next. Raises TtvmError when there is no such
        value.
        """
        process = self._process_of(within)
        if what.isdecimal():
            position = len(process.stack) - 1 - int(what)
            if position < 0:
                raise TtvmError(f"the stack of {title(process)} holds {len(process.stack):,} values")
            location: Location = Slot(process.pid, position)
            value, subject = process.stack[position], f"stack[{what}] of {title(process)}"
        else:
            try:
                value = process.lookup(what)
            except Fault:
                raise TtvmError(f'there is no variable "{what}" in {title(process)}') from None
            own = what in process.frame.variables
            home = home_of(process) if own else process.frame.module.identity
            location, subject = Variable(process.pid, home, what), f"{what} of {title(process)}"
        return self._elsewhere(origin_of(self._vm, self._timeline, location, self._vm.steps, subject, value))

    def _process_of(self, reference: str) -> Process:
        system = self._vm.system
        process = system.processes.get(find_pid(system, reference)) if reference else self._vm.next_process()
        process = process or (None if reference else system.processes.get(self._vm.last_pid))
        if process is None:
            raise TtvmError(f"there is no live process {reference}".rstrip())
        return process

    def _elsewhere(self, search: Generator[None, None, _ResultT]) -> _ResultT:
        """What a search comes to that executes the run somewhere else; afterwards everything is as it was."""
        here = self._timeline.mark()
        try:
            return finish(search)
        finally:
            self._timeline.come_back(here)

    # -- why

    def explain(self) -> tuple[str, ...]:
        """Why the run has stopped here, line by line, with what is certain and what is guessed."""
        here = self._timeline.mark()
        try:
            titles = self._inspector.titles()
            return Diagnosis(self._vm, self._timeline, self._chronicle, titles, self._stop, self._did).lines()
        finally:
            self._timeline.come_back(here)

    # -- diagrams

    def diagram(self, count: int) -> str:
        """The last rows of the message diagram up to the present moment, as plain text."""
        # Not every entry makes a row; of four, one nearly always does.
        entries = map(as_history, self._chronicle.entries(-4 * count - 20))
        return "".join(draw_last(entries, self._inspector.titles(), count))

    def trace(self, form: str) -> tuple[str, tuple[str, ...]]:
        """The run from its start to the present moment in one of the formats of ``ttvm trace``.

        The second part tells what had to be left out. Raises ValueError when there is no such format.
        """
        notes: list[str] = []
        export = find_exporter(form)
        here, step = self._timeline.mark(), self._vm.steps
        try:
            self._timeline.goto(0)
            history = History(self._vm)
            try:
                self._timeline.execute_until(step)
                return "".join(export(history, notes.append)), tuple(notes)
            finally:
                history.stop()
        finally:
            self._timeline.come_back(here)
