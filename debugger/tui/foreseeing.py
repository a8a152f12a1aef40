"""What can still happen, on the screen: the search with its progress, and the list of outcomes to go to."""

from __future__ import annotations

from debugger.tui.running import Explore, Open
from debugger.tui.verbs import Verbs
from debugger.tui.widgets.chooser import Choice, Chooser


class Foreseeing(Verbs):
    """Actions that look ahead."""

    def action_explore(self) -> None:
        """Find out what can still happen from here, and choose an outcome to go to."""
        self._explore()

    def _explore(self, until: str = "", most: int = 0) -> None:
        self._begin(lambda: Explore(self._session, (until, most), self._tell_progress, self._choose_outcome))

    def _tell_progress(self, words: str) -> None:
        self._notify(f"{words}; space or Escape ends it")

    def _open(self, number: int) -> None:
        """Go to what can still happen, in pieces: finding out what decides, and the way there, take seconds."""
        self._begin(lambda: Open(self._session, number, self._tell_opening))

    def _give_up(self) -> bool:
        if not isinstance(self._run, (Explore, Open)):
            return False
        self.action_pause()
        return True

    def _tell_opening(self, words: str) -> None:
        self._notify(f"opening: {words}; Escape gives up" if words else "")

    def _choose_outcome(self) -> None:
        """Show what was found; choosing an outcome goes there."""
        self._notice = ""
        found = self._session.prospects()
        if not found.prospects:
            self._notify("nothing was found out yet")
            return
        choices = [Choice(f"{each.number} {each.kind}", each.text) for each in found.prospects]

        def chosen(number: int | None) -> None:
            if number is not None:
                self._open(found.prospects[number].number)

        known = "not all" if found.bound else "all"
        title = f"What can still happen ({known}, {found.executions:,} executions): Enter goes there"
        self.push_screen(Chooser(self._glyphs, title, choices), chosen)
