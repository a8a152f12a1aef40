"""Keys with which the user takes the part of the scheduler, marks moments, and goes to them."""

from __future__ import annotations

from debugger.tui.commanding import Commanding
from debugger.tui.widgets.chooser import Choice, Chooser

POLICIES = (
    ("round-robin", "one queue, everybody in turn"),
    ("smp 4", "four schedulers, each with a queue of its own, one after the other"),
    ("smp 2", "two schedulers"),
    ("random 1", "anybody who can run, by a seed; choose it again with another number by :policy random 7"),
    ("random 2", "another seed"),
    ("random 3", "and another"),
)


class Choosing(Commanding):
    """Actions that decide who runs, and bookmarks."""

    def action_run_next(self) -> None:
        """Give the process under the cursor the next turn."""
        self._decide(self._processes.pid, "run-next {}")

    def action_lock(self) -> None:
        """Let only the process under the cursor run, or all again."""
        self._decide(self._processes.pid, "lock off" if self._view.locked else "lock {}")

    def action_freeze(self) -> None:
        """Give the process under the cursor no turns, or give them again."""
        pid = self._processes.pid
        self._decide(pid, "thaw {}" if pid in self._view.frozen else "freeze {}")

    def _decide(self, pid: int, command: str) -> None:
        """Do something about a process, and stay with it: the next key may be about it too."""
        self._execute(command.format(pid))
        self._processes.go_to(pid)

    def action_policy(self) -> None:
        """Choose who decides who runs next."""

        def chosen(number: int | None) -> None:
            if number is not None:
                self._execute(f"policy {POLICIES[number][0]}")

        choices = [Choice(f"policy {name}", words) for name, words in POLICIES]
        self.push_screen(Chooser(self._glyphs, "Who decides who runs next", choices), chosen)

    def action_bookmark(self) -> None:
        """Mark this moment, or take the mark away; ``:bookmark NAME`` gives it a name."""
        here = (self._view.branch, self._view.step)
        known = next((each for each in self._session.bookmarks() if (each.branch, each.step) == here), None)
        with self._guarded():
            if known is not None:
                self._session.remove_bookmark(known.name)
            else:
                self._session.add_bookmark()
            self._redraw()
            self._notify(f"bookmark {known.name} removed" if known is not None else "bookmarked: ' goes to bookmarks")

    def action_bookmarks(self) -> None:
        """Choose a bookmark to go to."""
        bookmarks = self._session.bookmarks()
        if not bookmarks:
            self._notify("there are no bookmarks: k marks this moment")
            return
        choices = [Choice(each.name, f"step {each.step:,} of branch {each.branch}") for each in bookmarks]

        def chosen(number: int | None) -> None:
            if number is not None:
                self._travel(lambda: self._session.go_to_bookmark(bookmarks[number].name))

        self.push_screen(Chooser(self._glyphs, "Bookmarks", choices), chosen)
