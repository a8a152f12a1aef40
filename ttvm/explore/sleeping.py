"""Steps that sleep: all executions that begin with them are known, so nobody need begin with them again.

A sleeping step wakes when something happens that depends on it: then what follows is new. Where the order of two
messages counts only once a RECEIVE has seen it (``ttvm.explore.observers``), a sleeping SEND sleeps on when somebody
else sends to the same mailbox. The other message is its rival from then on, and it wakes when a RECEIVE takes the
rival and would have taken its own message, too. It may even be executed in its sleep; what follows is still known,
unless such a RECEIVE comes.
"""

from __future__ import annotations

from collections.abc import Iterable

from ttvm.explore.events import APPEND, Append, Event, depends
from ttvm.values import Pid

_NO_RIVALS: frozenset[int] = frozenset()


class Sleeper:
    """A step that sleeps. Never changed: ``behind`` makes another one."""

    __slots__ = ("depth", "event", "executed", "own", "rivals", "was_met")

    def __init__(
        self,
        event: Event,
        depth: int = 0,
        executed: bool = False,
        rivals: frozenset[int] = _NO_RIVALS,
        own: list[Append] | None = None,
        was_met: bool = False,
    ) -> None:
        self.event = event
        self.depth = depth
        """How many steps had been taken where it went to sleep."""
        self.executed = executed
        self.rivals = rivals
        """The messages before its own in some mailbox that were not there when it went to sleep."""
        self.own = event.appends if own is None else own
        """Its messages that nobody has taken yet."""
        self.was_met = was_met
        """Whether anybody has sent to the same mailbox since it went to sleep."""

    @property
    def is_fast(self) -> bool:
        """Whether nobody may execute it, since no RECEIVE could wake it afterwards."""
        return not self.executed and not self.was_met

    def behind(self, event: Event, commuting: int) -> Sleeper | None:
        """This sleeper after one more step; None when the step wakes it."""
        executed = self.executed
        if not executed:
            if event.pid == self.event.pid:
                executed = True
            elif depends(event, self.event, commuting):
                return None
        if not self.own or not commuting & APPEND:
            return self if executed == self.executed else Sleeper(self.event, self.depth, executed)
        rivals, own, was_met = self.rivals, self.own, self.was_met
        if event.taken:
            if event.taken in rivals:
                look = event.look
                assert look is not None
                if any(each.box == look.box and look.fits(each.value) for each in own):
                    return None
                rivals -= {event.taken}
            elif executed:
                own = [each for each in own if each.number != event.taken]
        elif event.appends and not executed:
            boxes = {each.box for each in own}
            numbers = [each.number for each in event.appends if each.box in boxes]
            was_met = was_met or bool(numbers)
            rivals |= {number for number in numbers if number}
        if (executed, was_met) == (self.executed, self.was_met) and rivals == self.rivals and len(own) == len(self.own):
            return self
        return Sleeper(self.event, self.depth, executed, rivals, own, was_met)


def behind(sleepers: Iterable[Sleeper], event: Event, commuting: int) -> list[Sleeper]:
    """Those who sleep on after one more step."""
    return [left for each in sleepers if (left := each.behind(event, commuting)) is not None]


def fast_asleep(sleepers: Iterable[Sleeper]) -> set[Pid]:
    """The processes whose next steps nobody may execute."""
    return {each.event.pid for each in sleepers if each.is_fast}


def sleeps_through(sleeper: Sleeper, sequence: list[Event], commuting: int) -> bool:
    """Whether some executions that go on with the sequence are known: nothing in it wakes the sleeper."""
    left: Sleeper | None = sleeper
    for event in sequence:
        assert left is not None
        left = left.behind(event, commuting)
        if left is None:
            return False
        if left.executed and not left.rivals:
            return True
    return True
