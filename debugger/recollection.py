"""What a session remembers of its run, and how it finds again what it does not."""

from __future__ import annotations

from collections.abc import Generator

from debugger.changes import ChangeSearch, read_subject
from debugger.chronicle import view_of
from debugger.driver import Driver
from debugger.views import HappeningView, StopView
from ttvm.asm.loader import Loader
from ttvm.source import visible


class Recollection(Driver):
    """A driver that tells what happened, and where and why."""

    def _load(self, loader: Loader) -> None:
        super()._load(loader)
        self._told: tuple[str, str, int, int] = ("", "", -1, 0)
        """The last change that was told: of what, where the session stood then, and the moment of the change."""

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
        subject = read_subject(what, within)
        told, told_within, step, moment = self._told
        again = (told, told_within, step) == (what, within, self._vm.steps)
        search = ChangeSearch(self._vm, self._timeline, subject, moment if again else 2 * self._vm.steps + 1)
        self._start_search(self._to_last_change(search, what, within))

    def _to_last_change(self, search: ChangeSearch, what: str, within: str) -> Generator[StopView | None, None, None]:
        here = self._timeline.mark()
        for step in self._timeline.search_back(self._vm.steps, search.scan):
            if step is None:
                yield None
        if search.found is None:
            self._timeline.come_back(here)
            whose = f" of {within}" if within and "in" not in what.split() else ""
            self._stop = StopView("back", visible(f"{what}{whose} has not changed before"), self._stop.pid)
            yield self._stop
            return
        found = search.found
        self.goto(found.moment // 2)
        self._told = (what, within, self._vm.steps, found.moment)
        self._stop = StopView("change", visible(found.words), found.pid)
        yield self._stop

    def last(self, what: str, within: str = "") -> StopView:
        """Go back to where a thing last changed; see ``start_last``."""
        self.start_last(what, within)
        return self._finish_search()
