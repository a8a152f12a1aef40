"""The key ``!`` without a terminal: what it says where none can be lent, and the screen after one was."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from debugger.choices import Push
from debugger.session import Session
from debugger.tui import lending
from debugger.tui.app import DebuggerApp
from debugger.tui.lending import NOT_HERE
from ttvm.errors import InternalError, TtvmError

from .screens import WIDE, header, press, screen_text
from .test_screen import GREETER

Debug = Callable[..., Session]


class Lent(DebuggerApp):
    """A screen whose terminal can be lent to a function."""

    use: Callable[[], None]
    _can_lend = True

    def _lend(self, use: Callable[[], None]) -> None:
        self.use()


async def test_where_the_terminal_cannot_be_lent_the_key_says_so(debug: Debug) -> None:
    app = DebuggerApp(debug(GREETER))
    async with app.run_test(size=WIDE) as pilot:
        assert app.check_action("repl", ()) is None
        await press(pilot, "exclamation_mark")
        assert NOT_HERE[:40] in header(app)


async def test_what_was_typed_is_on_the_screen_afterwards(debug: Debug) -> None:
    session = debug(GREETER)
    app = Lent(session)

    def push() -> None:
        session.choose(Push(1, 4711))

    app.use = push
    async with app.run_test(size=WIDE) as pilot:
        assert app.check_action("repl", ()) is True
        await press(pilot, "exclamation_mark")
        assert "Int 4711" in screen_text(app)


async def test_an_error_is_shown_and_not_died_of(debug: Debug) -> None:
    def fail() -> None:
        raise TtvmError("config.toml: there is no setting x")

    app = Lent(debug(GREETER))
    app.use = fail
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "exclamation_mark")
        assert "there is no setting x" in screen_text(app)


async def test_the_session_process_and_settings_go_to_the_repl(debug: Debug, monkeypatch: pytest.MonkeyPatch) -> None:
    from debugger.repl import prompt, settings

    given: list[object] = []
    monkeypatch.setattr(settings, "read_settings", lambda: "settings")
    monkeypatch.setattr(prompt, "run_repl", lambda *words, **more: given.append((words, more)))
    session = debug(GREETER)
    app = Lent(session)
    app.use = app._type_lines
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "exclamation_mark")
    more = {"pid": 1, "in_thread": True, "greeting": lending.GREETING}
    assert given == [((session, "settings"), more)]


def test_whatever_happens_the_signals_are_as_before(debug: Debug, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    app = DebuggerApp(debug(GREETER))
    monkeypatch.setattr(app, "suspend", nullcontext)
    before = signal.getsignal(signal.SIGINT)

    def crash() -> None:
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        raise InternalError("a bug")

    with pytest.raises(InternalError):
        app._lend(crash)
    assert signal.getsignal(signal.SIGINT) is before
