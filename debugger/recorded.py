"""Runs that `ttvm record` wrote, under the debugger: the file answers, until the user decides otherwise.

Where one is in the file belongs to the moment, so such a run goes back and forth as any other. From the first choice
of the user on, and behind the end of the recording, the oldest ready process has each turn, time is virtual, standard
input has ended, and the world outside answers nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from debugger.world import DebugWorld, WorldState
from ttvm.effects import Clock, Console, Randomness, Secrets
from ttvm.errors import FaultKind
from ttvm.host.memory import VirtualClock
from ttvm.host.world import FixedSurroundings, SeededRandomness, SeededSecrets, World
from ttvm.outside import Pending, Refusal, Request
from ttvm.recording.log import LogReader
from ttvm.recording.replayer import ReplayingOutside, ReplayingScheduler, replay_world
from ttvm.schedulers.base import Scheduler
from ttvm.setup import MachineOptions, make_scheduler
from ttvm.values import Pid, Value
from ttvm.vm import Vm


class RecordedPolicy(ReplayingScheduler):
    """Chooses whom the recorded run chose, and behind it the one who has waited longest."""

    name = "recorded"

    def __init__(self, log: LogReader) -> None:
        super().__init__(log)
        self._reader = log

    def choose(self) -> Pid | None:
        if not self._reader.is_over:
            return super().choose()
        pid = next(iter(self._ready), None)
        if pid is not None:
            del self._ready[pid]
        return pid

    def save(self) -> Any:
        return tuple(self._ready), self._reader.save()

    def load(self, state: Any) -> None:
        ready, place = state
        self._ready = dict.fromkeys(ready)
        self._reader.load(place)


def policies(recorded: MachineOptions, log: LogReader) -> Callable[[MachineOptions], Scheduler]:
    """What makes the policy of a run: the recorded one of the options in the recording, usual ones of all others."""
    return lambda options: RecordedPolicy(log) if options is recorded else make_scheduler(options)


class _RecordedClock(VirtualClock):
    """Tells the times of the recording; behind it, it goes on from the last of them."""

    def __init__(self, recorded: Clock, log: LogReader) -> None:
        super().__init__()
        self._recorded = recorded
        self._log = log

    def seconds(self) -> float:
        return super().seconds() if self._log.is_over else self._recorded.seconds()

    def milliseconds(self) -> int:
        if not self._log.is_over:
            self.now = self._recorded.milliseconds()
        return self.now

    def wait_until(self, deadline: int) -> None:
        if self._log.is_over:
            super().wait_until(deadline)


class _RecordedConsole(Console):
    """Reads what was read; what is printed is an event of the machine, and kept by whoever listens."""

    def __init__(self, recorded: Console, log: LogReader) -> None:
        self._recorded = recorded
        self._log = log

    def write(self, pid: Pid, text: str) -> None:
        """Nothing is kept here."""

    def read(self, size: int | None) -> str:
        return "" if self._log.is_over else self._recorded.read(size)

    def read_until_newline(self) -> str:
        return "" if self._log.is_over else self._recorded.read_until_newline()

    @property
    def interactive(self) -> bool:
        return not self._log.is_over and self._recorded.interactive


class _RecordedRandomness(SeededRandomness):
    """The recorded numbers. They came from the seed, so the numbers behind them are those that would have come."""

    def __init__(self, seed: int, recorded: Randomness, log: LogReader) -> None:
        super().__init__(seed)
        self._recorded = recorded
        self._log = log

    def number_below(self, bound: int) -> int:
        number = super().number_below(bound)
        return number if self._log.is_over else self._recorded.number_below(bound)


class _RecordedSecrets(SeededSecrets):
    """The recorded bytes; behind them, others."""

    def __init__(self, seed: int, recorded: Secrets, log: LogReader) -> None:
        super().__init__(seed)
        self._recorded = recorded
        self._log = log

    def random_bytes(self, count: int) -> bytes:
        return super().random_bytes(count) if self._log.is_over else self._recorded.random_bytes(count)


class _RecordedOutside(ReplayingOutside):
    """The recorded answers; behind them, refusals."""

    def __init__(self, log: LogReader) -> None:
        super().__init__(log)
        self._reader = log

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        if not self._reader.is_over:
            return super().ask(pid, request)
        return Refusal(FaultKind.PERMISSION_DENIED, "gets no answer here: the recording does not know it")

    def wait(self, milliseconds: int | None) -> bool:
        return self._reader.is_over or super().wait(milliseconds)


class RecordedWorld(DebugWorld):
    """The world of a machine that repeats a recording."""

    def __init__(self, options: MachineOptions, log: LogReader) -> None:
        super().__init__(options, "")
        self._log = log
        recorded = replay_world(self.host.console, log, options.arguments)
        self.clock = _RecordedClock(recorded.clock, log)
        self._randomness = _RecordedRandomness(options.seed, recorded.randomness, log)
        self._secrets = _RecordedSecrets(options.seed, recorded.secrets, log)
        self.host = World(
            _RecordedConsole(recorded.console, log),
            self.clock,
            self._randomness,
            self._secrets,
            FixedSurroundings(options.arguments),
            lambda: _RecordedOutside(log),
        )

    @property
    def is_unknown(self) -> bool:
        return self._log.is_over

    def wait(self, vm: Vm, patience: int) -> None:
        if not self._log.is_over or not vm.system.parked:
            vm.wait()

    def diverge(self) -> None:
        self._log.abandon()

    def save(self) -> WorldState:
        return super().save()._replace(recording=self._log.save())

    def load(self, state: WorldState) -> None:
        super().load(state)
        self._log.load(state.recording)
