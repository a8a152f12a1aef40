"""The world of a program under the debugger: in memory as far as it can be, and remembered where it cannot.

Input comes from a text and time is virtual, so both go back and forth as the program does. What is asked of the
real world outside is asked once: whoever goes back and forward again gets the same answers at the same moments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.host.world import SeededRandomness, SeededSecrets, World
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.setup import MachineOptions, make_world
from ttvm.values import Pid, Value

if TYPE_CHECKING:
    from ttvm.vm import Vm

Moment = tuple[int, int]
"""Steps and turns of the machine."""


class Asked(NamedTuple):
    """A question to the world outside and what it said at once."""

    pid: Pid
    request: Request
    answer: Value | Refusal | Pending


class Arrived(NamedTuple):
    """An answer that came later, before the turn after this moment."""

    moment: Moment
    ticket: int
    answer: Value | Refusal


class Passed(NamedTuple):
    """Time that passed while somebody waited for the world outside: the clock stood at ``now`` then."""

    moment: Moment
    now: int


class Left(NamedTuple):
    """The end of a process was told outside."""

    pid: Pid


Entry = Asked | Arrived | Passed | Left


class RememberingOutside(Outside):
    """Asks another world once, and answers from memory whenever the run comes by again.

    ``position`` is how much of ``journal`` the run has lived through; behind its end everything is new.
    """

    def __init__(self, inner: Callable[[], Outside]) -> None:
        self.journal: list[Entry] = []
        self.position = 0
        self.moment: Callable[[], Moment] = lambda: (0, 0)
        self._inner = inner

    @property
    def following(self) -> Entry | None:
        """What happened next when the run was here before; None when it was not."""
        return self.journal[self.position] if self.position < len(self.journal) else None

    def _remember(self, entry: Entry) -> None:
        self.journal.append(entry)
        self.position = len(self.journal)

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        known = self.following
        if isinstance(known, Asked) and (known.pid, known.request) == (pid, request):
            self.position += 1
            return known.answer
        answer = self._inner().ask(pid, request)
        self._remember(Asked(pid, request, answer))
        return answer

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        if self.following is None:
            moment = self.moment()
            for ticket, answer in self._inner().arrivals():
                self.journal.append(Arrived(moment, ticket, answer))
        arrived: list[tuple[int, Value | Refusal]] = []
        while isinstance(known := self.following, Arrived) and known.moment == self.moment():
            self.position += 1
            arrived.append((known.ticket, known.answer))
        return arrived

    def wait(self, milliseconds: int | None) -> bool:
        return self.following is not None or self._inner().wait(milliseconds)

    def pass_time(self, now: int) -> None:
        """Time has passed until ``now`` while the world outside was waited for."""
        self._remember(Passed(self.moment(), now))

    def leave(self, pid: Pid) -> None:
        if self.following == Left(pid):
            self.position += 1
        else:
            self._inner().leave(pid)
            self._remember(Left(pid))

    def close(self) -> None:
        self._inner().close()


class WorldState(NamedTuple):
    """All of a ``DebugWorld`` that changes."""

    now: int
    random: int
    secrets: int
    read: int
    outside: int
    recording: Any = None
    """Where a recorded run is in its recording."""


class _Typed(MemoryConsole):
    """Input from a text. What is printed is an event of the machine, and kept by whoever listens."""

    def write(self, pid: Pid, text: str) -> None:
        """Nothing is kept here."""


class DebugWorld:
    """The world of one machine; ``host`` is what the machine gets."""

    def __init__(self, options: MachineOptions, input_text: str) -> None:
        self.clock: VirtualClock = VirtualClock()
        self._console = _Typed(input_text)
        self._randomness = SeededRandomness(options.seed)
        self._secrets = SeededSecrets(options.seed)
        usual = make_world(options, self._console, self.clock)
        self.outside = RememberingOutside(lambda: usual.outside)
        self.host = World(
            self._console, self.clock, self._randomness, self._secrets, usual.surroundings, lambda: self.outside
        )

    @property
    def is_unknown(self) -> bool:
        """Whether the run has never come further than this: what the world outside answers is not known."""
        return self.outside.following is None

    @property
    def unread(self) -> str:
        """What is left of the input."""
        return self._console.source[self._console.position :]

    def wait(self, vm: Vm, patience: int) -> None:
        """Let time pass when nobody can run; for an answer from outside not longer than so many milliseconds."""
        if not vm.system.parked:
            vm.wait()
            return
        known = self.outside.following
        if isinstance(known, Passed):
            self.outside.position += 1
            self.clock.now = known.now
            vm.system.fire_timers()
        elif known is None:
            before = self.clock.now
            vm.wait(patience)
            if self.clock.now != before:
                self.outside.pass_time(self.clock.now)

    def diverge(self) -> None:
        """The user changes the run, so what the world answered later is not known any more."""

    def save(self) -> WorldState:
        """The state now."""
        return WorldState(
            self.clock.now,
            self._randomness.generator.state,
            self._secrets.generator.state,
            self._console.position,
            self.outside.position,
        )

    def load(self, state: WorldState) -> None:
        """Go back, or forward, to a state."""
        self.clock.now = state.now
        self._randomness.generator.state = state.random
        self._secrets.generator.state = state.secrets
        self._console.position = state.read
        self.outside.position = state.outside
