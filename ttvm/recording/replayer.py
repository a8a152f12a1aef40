"""Replaying: a scheduler and a world that choose and answer what was written down, and know nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from ttvm.effects import Clock, Console, Randomness, Secrets
from ttvm.errors import ReplayError
from ttvm.host.world import FixedSurroundings, World
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.process.state import Process
from ttvm.recording.answers import read_answer, write_arguments
from ttvm.recording.log import LogReader
from ttvm.schedulers.base import choose_often
from ttvm.values import Pid, Value


class ReplayingScheduler:
    """Chooses whom the recorded run chose. Raises ReplayError when that process cannot run now."""

    name = "replay"
    scheduler = 0
    run_queues = None

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._ready: dict[Pid, None] = {}

    def add(self, process: Process) -> None:
        self._ready[process.pid] = None

    def choose(self) -> Pid | None:
        pid = self._log.turn()
        if pid == 0 and not self._ready:
            return None
        if pid not in self._ready:
            wanted = f"process {pid} had a turn" if pid else "nobody could run"
            ready = ", ".join(map(str, self._ready)) or "nobody"
            raise ReplayError(f"{self._log.place()}: in the recorded run {wanted}; now these could run: {ready}")
        del self._ready[pid]
        return pid

    def choices(self, processes: dict[Pid, Process]) -> Iterator[Pid]:
        return choose_often(self, processes)

    def withdraw(self, pid: Pid) -> bool:
        return self._ready.pop(pid, self) is None

    def queues(self) -> tuple[tuple[Pid, ...], ...]:
        return (tuple(self._ready),)

    def save(self) -> Any:
        raise ReplayError("a replay only goes forward")

    def load(self, state: Any) -> None:
        raise ReplayError("a replay only goes forward")


class ReplayingConsole(Console):
    """Reads what the recorded run read; prints to another console."""

    def __init__(self, output: Console, log: LogReader) -> None:
        self._output = output
        self._log = log

    def write(self, pid: Pid, text: str) -> None:
        self._output.write(pid, text)

    def read(self, size: int | None) -> str:
        return str(self._log.answer("input", (str,)))

    def read_until_newline(self) -> str:
        return str(self._log.answer("line", (str,)))

    @property
    def interactive(self) -> bool:
        """Whether the recorded run asked a person now."""
        entry = self._log.next_with("ask")
        return entry is not None and str(entry["ask"]).startswith("console.")


class ReplayingClock(Clock):
    """Tells the times that the recorded run was told, and never waits."""

    def __init__(self, log: LogReader) -> None:
        self._log = log

    def seconds(self) -> float:
        seconds = float(self._log.answer("time", (int, float)))
        if not math.isfinite(seconds):
            raise ReplayError(f"{self._log.place()}: this is no time")
        return seconds

    def milliseconds(self) -> int:
        return int(self._log.answer("milliseconds", (int,)))

    def wait_until(self, deadline: int) -> None:
        """Time has passed already."""


class ReplayingRandomness(Randomness):
    """Gives the random numbers that the recorded run got."""

    def __init__(self, log: LogReader) -> None:
        self._log = log

    def number_below(self, bound: int) -> int:
        number = int(self._log.answer("random", (int,)))
        if not 0 <= number < bound:
            raise ReplayError(f"{self._log.place()}: the random number {number} is not below {bound}")
        return number


class ReplayingSecrets(Secrets):
    """Gives the random bytes that the recorded run got."""

    def __init__(self, log: LogReader) -> None:
        self._log = log

    def random_bytes(self, count: int) -> bytes:
        digits = str(self._log.answer("random bytes", (str,)))
        try:
            data = bytes.fromhex(digits)
        except ValueError:
            data = b""
        if len(data) != count:
            raise ReplayError(f"{self._log.place()}: these are not {count} random bytes")
        return data


class ReplayingOutside(Outside):
    """Answers what the recorded run was answered, when it was answered. It never touches the world."""

    def __init__(self, log: LogReader) -> None:
        self._log = log

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        entry = self._log.next_with("ask")
        arguments = write_arguments(request.arguments)
        asked = None if entry is None else (entry["ask"], entry.get("by"), entry.get("with"))
        if entry is None or asked != (str(request), pid, arguments):
            words = json.dumps(arguments, ensure_ascii=False)
            raise self._log.unexpected(f"process {pid} asks for {request} with {words}")
        self._log.take()
        if type(entry.get("ticket")) is int:
            return Pending(entry["ticket"])
        return self._answer(entry)

    def _answer(self, entry: dict[str, Any]) -> Value | Refusal:
        try:
            return read_answer(entry)
        except ValueError:
            raise ReplayError(f"{self._log.place()}: this answer is damaged") from None

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        arrivals: list[tuple[int, Value | Refusal]] = []
        while (entry := self._log.next_with("arrived")) is not None:
            self._log.take()
            if type(entry["arrived"]) is not int:
                raise ReplayError(f"{self._log.place()}: this answer is damaged")
            arrivals.append((entry["arrived"], self._answer(entry)))
        return arrivals

    def wait(self, milliseconds: int | None) -> bool:
        """What was waited for has come already."""
        return self._log.next_with("arrived") is not None or milliseconds is None

    def leave(self, pid: Pid) -> None:
        """Nothing was ever opened."""

    def close(self) -> None:
        """Nothing was ever opened."""


def replay_world(output: Console, log: LogReader, words: tuple[str, ...]) -> World:
    """A world that answers from a recording and refuses everything else."""
    return World(
        ReplayingConsole(output, log),
        ReplayingClock(log),
        ReplayingRandomness(log),
        ReplayingSecrets(log),
        FixedSurroundings(words),
        lambda: ReplayingOutside(log),
    )
