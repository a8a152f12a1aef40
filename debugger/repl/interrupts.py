"""Ctrl-C while a line or a command runs: stop it, and never in the middle of an instruction if that can be helped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interrupts:
    """Whether the user wants what runs to stop."""

    def __init__(self) -> None:
        self._wanted = False

    def take(self) -> bool:
        """Whether it was wanted since this was last asked."""
        wanted, self._wanted = self._wanted, False
        return wanted

    @contextmanager
    def heard(self, may_raise: Callable[[], bool]) -> Iterator[None]:
        """Note Ctrl-C meanwhile, or, when something runs that does not ask, raise KeyboardInterrupt in it."""

        def interrupted(number: int, frame: object) -> None:
            if may_raise():
                raise KeyboardInterrupt
            self._wanted = True

        self._wanted = False
        if threading.current_thread() is not threading.main_thread():  # only there are signals heard
            yield
            return
        before = signal.signal(signal.SIGINT, interrupted)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
