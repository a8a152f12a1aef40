"""Playing: step after step at a speed that a person can follow, forward or back."""

from __future__ import annotations

from collections.abc import Callable

from debugger.session import Session
from debugger.views import StopView

SLOWEST, FASTEST = 0.25, 4096.0
"""Steps per second."""
MOST_AT_ONCE = 1_000
"""Steps of one ``tick``: where the clock is ahead of what the machine can do, time is lost rather than the keyboard."""


class Player:
    """Plays a session.

    Forward, a breakpoint ends the play. It owns no timer: whoever draws calls ``tick`` as often as it likes, and
    ``clock`` (in seconds) says how many steps are due by then.
    """

    def __init__(
        self, session: Session, clock: Callable[[], float], speed: float = 4.0, backward: bool = False
    ) -> None:
        self._session = session
        self._clock = clock
        self._speed = min(FASTEST, max(SLOWEST, speed))
        self.backward = backward
        self._since = clock()
        self._done = 0
        """Steps since then."""
        self._begins = True

    @property
    def speed(self) -> float:
        """Steps per second."""
        return self._speed

    def change_speed(self, factor: float) -> None:
        """Play so many times as fast from now on, within what a person or the machine can follow."""
        self._speed = min(FASTEST, max(SLOWEST, self._speed * factor))
        self._start_over()

    def turn_round(self) -> None:
        """Play in the other direction from now on."""
        self.backward = not self.backward
        self._begins = True
        self._start_over()

    def _start_over(self) -> None:
        self._since, self._done = self._clock(), 0

    def tick(self) -> StopView | None:
        """Do the steps that are due. The stop that ends the play: a breakpoint, the end, the start; else None."""
        session = self._session
        due = int((self._clock() - self._since) * self._speed) - self._done
        if due > MOST_AT_ONCE:
            self._start_over()
            due = MOST_AT_ONCE
        else:
            self._done += due
        for _ in range(due):
            before = session.steps
            stop = session.back() if self.backward else session.step(passes=self._begins)
            self._begins = False
            if stop.reason not in ("step", "back") or session.steps == before:
                return stop
        return None
