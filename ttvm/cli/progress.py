"""A line on standard error that tells how far a long search is."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType

from ttvm.explore.exploring import Progress

_PAUSE = 0.2
"""Seconds between two looks of the line."""


class ProgressLine:
    """One line that is written again and again, on a terminal only. Nothing that goes wrong with it ends the search."""

    def __init__(self, wanted: bool) -> None:
        self._shown = wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._next = 0.0
        self._begin = time.monotonic()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._write("\r\x1b[K")

    def show(self, progress: Progress) -> None:
        """Tell how far the search is, if the last time was long enough ago."""
        if self._shown and time.monotonic() >= self._next:
            self.tell(self._text(progress, time.monotonic() - self._begin))

    def tell(self, text: str) -> None:
        """Show a text, if the last time was long enough ago."""
        now = time.monotonic()
        if self._shown and now >= self._next:
            self._next = now + _PAUSE
            self._write(f"\r{text}\x1b[K")

    def _text(self, progress: Progress, seconds: float) -> str:
        text = f"{progress.executions:,} executions, {progress.outcomes:,} outcomes, {progress.findings:,} findings"
        if progress.share > 0.001:
            left = seconds / progress.share - seconds
            text += f"; {progress.share:.0%} of what is known, about {left:,.0f} s more"
        return text[:100]

    def _write(self, text: str) -> None:
        if self._shown:
            try:
                sys.stderr.write(text)
                sys.stderr.flush()
            except (OSError, ValueError):
                self._shown = False
