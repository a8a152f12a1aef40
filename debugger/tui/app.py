"""The screen of ``ttvm-debug``: asks the session for a view after every verb and gives it to the widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugger.tui.base import USUAL
from debugger.tui.choosing import Choosing
from debugger.tui.exporting import Exporting
from debugger.tui.lending import Lending
from debugger.tui.looking import Looking
from debugger.tui.memories import was_welcomed
from debugger.tui.options import ScreenOptions
from debugger.tui.travelling import Travelling
from ttvm.errors import InternalError

if TYPE_CHECKING:
    from debugger.session import Session


class DebuggerApp(Choosing, Exporting, Lending, Looking, Travelling):
    """The debugger on one session: what can be seen, and what the keys do with it."""

    def on_mount(self) -> None:
        super().on_mount()
        if self._options.welcome and not was_welcomed():
            self.action_welcome()


def run(session: Session, options: ScreenOptions = USUAL) -> int:
    """Debug ``session`` on this terminal until the user quits; the caller closes the session.

    Returns the exit status: 0, or 128 and the number of the signal that ended it. Raises InternalError when the
    debugger itself has failed.
    """
    app = DebuggerApp(session, options)
    app.run()
    if app._exception is not None:
        raise InternalError(f"{type(app._exception).__name__}: {app._exception}") from app._exception
    return app.return_code or 0
