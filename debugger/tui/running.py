"""Letting the program run while the screen stays alive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from debugger.playing import Player
from debugger.views import StopView

if TYPE_CHECKING:
    from debugger.descriptions import Place
    from debugger.session import Session

BUDGET = 2_000
"""Instructions between two looks at the keyboard, at first: some milliseconds, even if each of them is looked at."""
MOST_BUDGET = 100_000
"""As many at most: some milliseconds of compiled code."""
QUICK, SLOW = 0.005, 0.02
"""Seconds: an advance that took less is followed by one of twice the budget, one that took more by one of half."""

EXECUTIONS = 10
"""Executions of an exploration between two such looks."""

REDRAW_SECONDS = 0.1
"""Shortest time between two redraws; nobody can read faster."""

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class Run(Protocol):
    """Something that goes on for a while and can be interrupted."""

    @property
    def rest(self) -> float:
        """Seconds to do nothing between two advances."""
        ...

    def advance(self) -> bool:
        """Go on a little; False when it has come to its end."""
        ...

    def pause(self) -> None:
        """Make an end of it now."""
        ...


class Continue:
    """Run until something stops the program, or until ``place`` is reached."""

    rest = 0.0

    def __init__(self, session: Session, clock: Clock, place: Place | None = None) -> None:
        self._session = session
        self._clock = clock
        self._budget = BUDGET
        if place is None:
            session.start_continue()
        else:
            session.start_continue_to(place)

    def advance(self) -> bool:
        begun = self._clock()
        goes_on = self._session.advance(self._budget) is None
        taken = self._clock() - begun
        if taken < QUICK:
            self._budget = min(2 * self._budget, MOST_BUDGET)
        elif taken > SLOW:
            self._budget = max(self._budget // 2, BUDGET)
        return goes_on

    def pause(self) -> None:
        self._session.pause()


class Search:
    """Look for another moment of the run: ``begin`` says which."""

    rest = 0.0

    def __init__(self, session: Session, begin: Callable[[], None]) -> None:
        self._session = session
        begin()

    def advance(self) -> bool:
        return self._session.advance_back() is None

    def pause(self) -> None:
        self._session.pause()


class Explore:
    """Find out what can still happen; ``tell`` hears how far it is, ``done`` that it is over."""

    rest = 0.0

    def __init__(
        self, session: Session, request: tuple[str, int], tell: Callable[[str], None], done: Callable[[], None]
    ) -> None:
        """``request``: the kind of finding that ends it, and the most executions, as ``Session.start_explore``."""
        self._session = session
        self._tell = tell
        self._done = done
        session.start_explore(*request)

    def advance(self) -> bool:
        words = self._session.advance_explore(EXECUTIONS)
        if words is None:
            self._done()
            return False
        self._tell(words)
        return True

    def pause(self) -> None:
        """What has been found so far is what there is."""
        self._session.end_explore()
        self._done()


class Open:
    """Go to a prospect, piece by piece; ``tell`` hears how far it is."""

    rest = 0.0

    def __init__(self, session: Session, number: int, tell: Callable[[str], None]) -> None:
        self._session = session
        self._tell = tell
        session.start_open(number)

    def advance(self) -> bool:
        going_on = self._session.advance_back() is None
        self._tell(self._session.opening)
        return going_on

    def pause(self) -> None:
        """Give up; nothing has changed then."""
        self._session.pause()
        self._tell("")


class Repeat:
    """A verb many times, ``at_once`` at a time; anything but the verb's own stop ends it early."""

    rest = 0.0

    def __init__(self, verb: Callable[[int], StopView], count: int, at_once: int) -> None:
        self._verb = verb
        self._left = count
        self._at_once = at_once

    def advance(self) -> bool:
        some = min(self._left, self._at_once)
        self._left -= some
        stop = self._verb(some)
        return self._left > 0 and stop.reason in {"step", "tick"}

    def pause(self) -> None:
        self._left = 0


class Play:
    """Step after step at a speed that a person can follow."""

    def __init__(self, player: Player) -> None:
        self.player = player

    @property
    def rest(self) -> float:
        """Until about the next step is due, but never longer than a redraw takes to be noticed."""
        return min(REDRAW_SECONDS, 1 / self.player.speed)

    def advance(self) -> bool:
        return self.player.tick() is None

    def pause(self) -> None:
        """Between two steps nothing is half done."""


async def drive(run: Run, redraw: Callable[[], None], clock: Clock, sleep: Sleep) -> None:
    """Advance ``run`` to its end, giving way to the event loop in between.

    The clock and ``sleep`` are parameters because a test must not wait for a real one.
    """
    drawn = clock()
    while run.advance():
        if clock() - drawn >= REDRAW_SECONDS:
            redraw()
            drawn = clock()
        await sleep(run.rest)
