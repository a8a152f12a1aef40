"""Read a recorded run for an exploration: repeat it, and note who asked what and what was answered."""

from __future__ import annotations

from collections.abc import Sequence

from ttvm.effects import Clock, Console
from ttvm.errors import ReplayError
from ttvm.events import ProcessSpawned
from ttvm.explore.asking import Answer, Recorded
from ttvm.host.memory import MemoryConsole
from ttvm.host.sources import SourceFiles
from ttvm.host.world import World
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.record import Record
from ttvm.recording.log import LogReader
from ttvm.recording.replayer import ReplayingScheduler, replay_world
from ttvm.recording.runs import read_options
from ttvm.setup import make_vm
from ttvm.values import Pid, Value
from ttvm.vm import Status, Vm, make_loader


class Remembered(Record):
    """A recorded run as an exploration needs it."""

    recorded: Recorded
    pids: dict[tuple[Pid, int], Pid]
    """The pid of the n-th process that a process made."""
    seed: int
    arguments: tuple[str, ...]
    fingerprint: str
    """SHA-256 of the text of the recording."""


class _Listener(Outside):
    """Passes questions on, and notes them with their answers."""

    def __init__(self, inner: Outside, recorded: Recorded) -> None:
        self._inner = inner
        self._recorded = recorded
        self._open: dict[int, tuple[Request, Answer]] = {}

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        told = self._inner.ask(pid, request)
        answer = self._recorded.note(pid, request)
        if isinstance(told, Pending):
            self._open[told.ticket] = (request, answer)
        else:
            answer.value, answer.arrived = told, True
        return told

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        arrived = self._inner.arrivals()
        for ticket, value in arrived:
            if ticket in self._open:
                request, answer = self._open.pop(ticket)
                answer.value, answer.arrived = value, True
                if request.room == "console":  # somebody typed it
                    self._recorded.input += str(value) + ("\n" if request.verb == "read_line" else "")
        return arrived

    def wait(self, milliseconds: int | None) -> bool:
        return self._inner.wait(milliseconds)

    def leave(self, pid: Pid) -> None:
        self._inner.leave(pid)

    def close(self) -> None:
        self._inner.close()


class _ListeningConsole(Console):
    """Notes what is read; what is printed is nobody's concern."""

    def __init__(self, inner: Console, recorded: Recorded) -> None:
        self._inner = inner
        self._recorded = recorded

    def write(self, pid: Pid, text: str) -> None:
        """Nobody looks at it."""

    def read(self, size: int | None) -> str:
        text = self._inner.read(size)
        self._note(text, size is None or len(text) < size)
        return text

    def read_until_newline(self) -> str:
        text = self._inner.read_until_newline()
        self._note(text, not text.endswith("\n"))
        return text

    def _note(self, text: str, has_ended: bool) -> None:
        self._recorded.input += text
        self._recorded.input_has_ended = self._recorded.input_has_ended or has_ended

    @property
    def interactive(self) -> bool:
        return self._inner.interactive


class _ListeningClock(Clock):
    """Notes what the program is told; the machine itself looks at the clock, too."""

    def __init__(self, inner: Clock, recorded: Recorded) -> None:
        self._inner = inner
        self._recorded = recorded
        self.vm: Vm | None = None

    def seconds(self) -> float:
        return self._note("seconds", self._inner.seconds())

    def milliseconds(self) -> int:
        return int(self._note("milliseconds", self._inner.milliseconds()))

    def _note(self, unit: str, time: float) -> float:
        process = self.vm.current if self.vm is not None else None
        if process is not None and 0 < process.pc <= len(process.frame.module.ops):
            asking = process.frame.module.ops[process.pc - 1].row.mnemonic
            if asking in ("GET_TIME", "GET_MONOTONIC"):
                self._recorded.times.setdefault((process.pid, unit), []).append(time)
        return time

    def wait_until(self, deadline: int) -> None:
        self._inner.wait_until(deadline)


def remember(file: str, program: str) -> Remembered:
    """What the recording ``file`` knows of a run of ``program``, which is a path.

    Raises ReplayError, or UnreadableError, when the recording is damaged, has no end, or is of another text.
    """
    source = SourceFiles().read(file)
    log = LogReader(source.lines, file)
    if log.ending is None:
        raise ReplayError(f"{file}: the recording has no end: it was cut off, or the run was killed")
    options = read_options(log.header.options, log.name)
    loader = make_loader()
    loader.on_load = lambda module: log.module(module.name, module.source.text_hash)
    module = loader.load(program)
    recorded = Recorded()
    world = replay_world(MemoryConsole(), log, options.arguments)
    clock = _ListeningClock(world.clock, recorded)
    listening = World(
        _ListeningConsole(world.console, recorded),
        clock,
        world.randomness,
        world.secrets,
        world.surroundings,
        lambda: _Listener(world.outside, recorded),
    )
    vm = make_vm(module, loader, listening, ReplayingScheduler(log), options)
    clock.vm = vm
    pids: dict[tuple[Pid, int], Pid] = {}
    made: dict[Pid, int] = {}

    def note(event: ProcessSpawned) -> None:
        made[event.spawner] = made.get(event.spawner, 0) + 1
        pids[event.spawner, made[event.spawner]] = event.process.pid

    vm.observe(ProcessSpawned, note)
    while vm.steps < log.ending.steps:
        status = vm.run(log.ending.steps - vm.steps)
        if status is Status.ENDED:
            break
        if status is Status.IDLE:
            vm.wait()
    vm.close()
    return Remembered(recorded, pids, options.seed, options.arguments, source.text_hash)
