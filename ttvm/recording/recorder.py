"""Recording: wrappers around the scheduler and the world that write down what they choose and answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ttvm.effects import Clock, Console, Host, Randomness, Secrets
from ttvm.host.world import World
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.process.state import Process
from ttvm.recording.answers import write_answer, write_arguments
from ttvm.recording.log import LogWriter
from ttvm.schedulers.base import choose_often
from ttvm.values import Pid, Value

if TYPE_CHECKING:
    from ttvm.schedulers.base import Scheduler


class RecordingScheduler:
    """Passes everything to another policy and writes down whom it chooses."""

    run_queues = None

    def __init__(self, inner: Scheduler, log: LogWriter) -> None:
        self._inner = inner
        self._log = log
        self.name = inner.name

    @property
    def scheduler(self) -> int:
        return self._inner.scheduler

    def add(self, process: Process) -> None:
        self._inner.add(process)

    def choose(self) -> Pid | None:
        pid = self._inner.choose()
        self._log.turn(pid or 0)
        return pid

    def choices(self, processes: dict[Pid, Process]) -> Iterator[Pid]:
        return choose_often(self, processes)

    def withdraw(self, pid: Pid) -> bool:
        return self._inner.withdraw(pid)

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        return self._inner.queues()

    def save(self) -> Any:
        return self._inner.save()

    def load(self, state: Any) -> None:
        self._inner.load(state)


class RecordingConsole(Console):
    """Writes down what is read; what is printed follows from it."""

    def __init__(self, inner: Console, log: LogWriter) -> None:
        self._inner = inner
        self._log = log

    def write(self, pid: Pid, text: str) -> None:
        self._inner.write(pid, text)

    def read(self, size: int | None) -> str:
        text = self._inner.read(size)
        self._log.answer("input", text)
        return text

    def read_until_newline(self) -> str:
        line = self._inner.read_until_newline()
        self._log.answer("line", line)
        return line

    @property
    def interactive(self) -> bool:
        return self._inner.interactive


class RecordingClock(Clock):
    """Writes down every look at the clock."""

    def __init__(self, inner: Clock, log: LogWriter) -> None:
        self._inner = inner
        self._log = log

    def seconds(self) -> float:
        seconds = self._inner.seconds()
        self._log.answer("time", seconds)
        return seconds

    def milliseconds(self) -> int:
        milliseconds = self._inner.milliseconds()
        self._log.answer("milliseconds", milliseconds)
        return milliseconds

    def wait_until(self, deadline: int) -> None:
        self._inner.wait_until(deadline)


class RecordingRandomness(Randomness):
    """Writes down every random number."""

    def __init__(self, inner: Randomness, log: LogWriter) -> None:
        self._inner = inner
        self._log = log

    def number_below(self, bound: int) -> int:
        number = self._inner.number_below(bound)
        self._log.answer("random", number)
        return number


class RecordingSecrets(Secrets):
    """Writes down the random bytes, in hex: with them, and the key, a replay encrypts to the same bytes."""

    def __init__(self, inner: Secrets, log: LogWriter) -> None:
        self._inner = inner
        self._log = log

    def random_bytes(self, count: int) -> bytes:
        data = self._inner.random_bytes(count)
        self._log.answer("random bytes", data.hex())
        return data


class RecordingOutside(Outside):
    """Writes down every question and every answer, and when an answer arrived."""

    def __init__(self, inner: Outside, log: LogWriter) -> None:
        self._inner = inner
        self._log = log

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        answer = self._inner.ask(pid, request)
        told = {"ticket": answer.ticket} if isinstance(answer, Pending) else write_answer(answer)
        self._log.entry({"ask": str(request), "by": pid, "with": write_arguments(request.arguments), **told})
        return answer

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        arrivals = self._inner.arrivals()
        for ticket, answer in arrivals:
            self._log.entry({"arrived": ticket, **write_answer(answer)})
        return arrivals

    def wait(self, milliseconds: int | None) -> bool:
        return self._inner.wait(milliseconds)

    def leave(self, pid: Pid) -> None:
        self._inner.leave(pid)

    def close(self) -> None:
        self._inner.close()


def record_world(world: Host, log: LogWriter) -> World:
    """The same world, with everything it answers written down. Its words are in the header of the recording."""
    return World(
        RecordingConsole(world.console, log),
        RecordingClock(world.clock, log),
        RecordingRandomness(world.randomness, log),
        RecordingSecrets(world.secrets, log),
        world.surroundings,
        lambda: RecordingOutside(world.outside, log),
    )
