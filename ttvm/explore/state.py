"""Saved states of an explored machine, and the world around it. Going back is making a state the current one again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ttvm.effects import Clock, Console
from ttvm.explore.asking import Asked, NotRecorded
from ttvm.host.memory import VIRTUAL_EPOCH
from ttvm.host.world import SeededRandomness, SeededSecrets
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.process.state import Process
from ttvm.record import Record
from ttvm.system.timers import Timer
from ttvm.values import Pid, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ttvm.explore.noting import NotedSystem


class Processes(dict[Pid, Process]):
    """A table of processes on top of a saved one. A process is copied when it is first asked for.

    The system reaches processes only through its table, so what a step does not touch stays shared with all other
    states; most steps touch one process or two.
    """

    __slots__ = ("own",)

    def __init__(self, saved: dict[Pid, Process]) -> None:
        super().__init__(saved)
        self.own: set[Pid] = set()
        """The processes that are not shared."""

    def __getitem__(self, pid: Pid) -> Process:
        process = dict.__getitem__(self, pid)
        if pid not in self.own:
            process = process.copy()
            self.own.add(pid)
            dict.__setitem__(self, pid, process)
        return process

    def __setitem__(self, pid: Pid, process: Process) -> None:
        self.own.add(pid)
        dict.__setitem__(self, pid, process)

    def get(self, pid: Pid, default: Process | None = None) -> Process | None:  # type: ignore[override]
        """The process, ready to be changed."""
        if pid not in self:
            return default
        return self[pid]  # which copies it, as dict.get would not

    def look(self, pid: Pid) -> Process:
        """The process, only to be read."""
        return dict.__getitem__(self, pid)


Written = tuple["Written | None", str]
"""What a process has printed: all before, and the last text. Shared between states like a list that only grows."""


class Lost(tuple[Pid, "Pid | str", str, str]):
    """A message that nobody took: sender, receiver, its value in debug form, and why."""

    __slots__ = ()


class Parting(Record):
    """A process ended while it was linked to another, or watched it (``monitor`` is the number of the ref)."""

    dead: Pid
    monitor: int


class Death(Record):
    """How a process was when it ended."""

    trapping: bool
    """Whether exit signals came to it as messages."""
    deaf: bool
    """Whether it heard no signals any more: a supervisor that waited for the ends of its children."""


class State:
    """The state of an explored machine between two visible steps. Never changed once it is saved."""

    __slots__ = (
        "asked",
        "chance",
        "counts",
        "deaths",
        "elapsed",
        "exits",
        "identities",
        "last_pid",
        "lost",
        "names",
        "order",
        "output",
        "partings",
        "position",
        "processes",
        "stopped",
        "stuck",
        "taken_away",
        "timers",
    )

    def __init__(self) -> None:
        self.processes: dict[Pid, Process] = {}
        self.names: dict[str, Pid] = {}
        self.exits: OrderedDict[Pid, Value] = OrderedDict()
        self.output: dict[Pid, Written] = {}
        self.order: Written | None = None
        """All that was printed in its order, when that counts."""
        self.counts: dict[Pid, tuple[int, int]] = {}
        """How many processes and refs each process has made."""
        self.timers: dict[int, Timer | None] = {}
        self.partings: dict[Pid, tuple[Parting, ...]] = {}
        """Who ended while it was tied to a process that lives."""
        self.taken_away: dict[Pid, tuple[str, ...]] = {}
        """The names that others have taken away from a process."""
        self.deaths: dict[Pid, Death] = {}
        """How those who ended were then."""
        self.elapsed: dict[Pid, int] = {}
        """The milliseconds that each process has waited."""
        self.asked: Asked = {}
        """With a recorded run: what was asked outside."""
        self.lost: tuple[Lost, ...] = ()
        self.stopped: int | None = None
        """The exit status of an EXIT."""
        self.stuck: frozenset[Pid] = frozenset()
        """Processes that went on and on without a visible step, or asked what was not recorded."""
        self.chance: tuple[int, int] = (0, 0)
        self.position = 0
        """How much of the input is read."""
        self.identities: dict[Pid, Pid] = {}
        """With pids that count: the identity of each pid that the program sees."""
        self.last_pid = 0


class ExploredConsole(Console):
    """Keeps what each process prints, and reads from a text."""

    def __init__(self, system: NotedSystem, source: str) -> None:
        self._system = system
        self.source = source

    def write(self, pid: Pid, text: str) -> None:
        self._system.note_output(pid, text)

    def read(self, size: int | None) -> str:
        system = self._system
        end = len(self.source) if size is None else system.position + size
        recorded = system.settings.recorded
        if recorded is not None and not recorded.input_has_ended and (size is None or end > len(self.source)):
            raise NotRecorded("reads more of the input than the recorded run did")
        text = self.source[system.position : end]
        system.position += len(text)
        return text

    def read_until_newline(self) -> str:
        newline = self.source.find("\n", self._system.position)
        return self.read(None if newline < 0 else newline + 1 - self._system.position)


class OwnTimeClock(Clock):
    """Each process sees the time that it has waited itself: nothing that another one does changes it.

    With a recorded run it is told what it was told then.
    """

    def __init__(self, system: NotedSystem) -> None:
        self._system = system

    def seconds(self) -> float:
        return self._tell("seconds", self._waited() / 1000, VIRTUAL_EPOCH)

    def milliseconds(self) -> int:
        return int(self._tell("milliseconds", self._waited(), 0))

    def _waited(self) -> int:
        return self._system.elapsed.get(self._system.running, 0)

    def _tell(self, unit: str, waited: float, start: float) -> float:
        system = self._system
        recorded = system.settings.recorded
        now = start + waited
        if recorded is not None:
            now = recorded.time(system.asked, system.identity(system.running), unit, waited, start)
        if system.asked_times is not None:
            system.asked_times.append(now)
        return now

    def wait_until(self, deadline: int) -> None:
        """Nobody ever waits."""


class NothingOutside(Outside):
    """The world outside of an exploration: it refuses everything."""

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        raise NotImplementedError("an explored system refuses before it asks")

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        return ()

    def wait(self, milliseconds: int | None) -> bool:
        return False

    def leave(self, pid: Pid) -> None:
        """Nothing was ever opened."""

    def close(self) -> None:
        """Nothing was ever opened."""


class NoScheduler:
    """Whom the search runs next is its own choice."""

    name = "explored"
    scheduler = 0
    run_queues = None

    def add(self, process: Process) -> None:
        """Whoever is READY may be chosen."""

    def choose(self) -> Pid | None:
        return None

    def choices(self, processes: dict[Pid, Process]) -> Iterator[Pid]:
        return iter(())

    def withdraw(self, pid: Pid) -> bool:
        return False

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        return ()

    def save(self) -> None:
        return None

    def load(self, state: object) -> None:
        """There is nothing to load."""


def make_chance(seed: int) -> tuple[SeededRandomness, SeededSecrets]:
    """The generators behind RANDOM and ENCRYPT."""
    return SeededRandomness(seed), SeededSecrets(seed)
