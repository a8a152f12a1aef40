"""Ctrl-C at a moment at which nothing is half done."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from types import FrameType, TracebackType


class HeldInterrupt:
    """Notes the first Ctrl-C, for whoever works on to look at when nothing is half done; the second one interrupts."""

    def __init__(self) -> None:
        self.was_pressed = False
        self._before: object = None

    def __enter__(self) -> HeldInterrupt:
        if threading.current_thread() is threading.main_thread():  # only there Python hears of signals
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if callable(self._before) or isinstance(self._before, int):
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.was_pressed:
            raise KeyboardInterrupt
        self.was_pressed = True
        with suppress(OSError):  # not through sys.stderr, which may be in the middle of a line
            os.write(2, b"\nending after this execution; Ctrl-C once more ends it at once\n")
