"""The key ``!``: the terminal is lent to the REPL, which works on the same session, and comes back."""

from __future__ import annotations

import signal
from collections.abc import Callable

from debugger.tui.commanding import Commanding

NOT_HERE = "the terminal cannot be lent here: the command line (:) does the same, with execute"
GREETING = "the REPL on this session: Ctrl-D goes back to the screen"


class Lending(Commanding):
    """The action that opens the REPL."""

    def action_repl(self) -> None:
        """Type instructions in the process that is shown. Not a coroutine: nothing may repaint meanwhile."""
        with self._guarded():
            self._lend(self._type_lines)
            self._redraw()

    def _refusal(self, action: str) -> str:
        return NOT_HERE if action == "repl" and not self._can_lend else super()._refusal(action)

    @property
    def _can_lend(self) -> bool:
        """Whether somebody else can use the terminal meanwhile: not in a browser."""
        return self._driver is not None and self._driver.can_suspend

    def _lend(self, use: Callable[[], None]) -> None:
        """Let ``use`` have the terminal. What it raises is raised again when the screen is back."""
        failure: BaseException | None = None
        with self.suspend():  # an exception in here would leave the terminal without a screen
            # Ctrl-C means the REPL. The event loop must not hear of it even later, or it would end the debugger.
            handler = signal.signal(signal.SIGINT, signal.default_int_handler)
            wakeup = signal.set_wakeup_fd(-1)
            try:
                use()
            except BaseException as error:
                failure = error
            finally:
                signal.set_wakeup_fd(wakeup)
                signal.signal(signal.SIGINT, handler)
        if failure is not None:
            raise failure

    def _type_lines(self) -> None:
        from debugger.repl.prompt import run_repl  # another screen library, which few sessions need
        from debugger.repl.settings import read_settings

        pid = self._view.selected.row.pid if self._view.selected is not None else 1
        run_repl(self._session, read_settings(), pid=pid, in_thread=True, greeting=GREETING)
