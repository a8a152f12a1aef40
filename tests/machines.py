"""Run programs in memory and keep all that can be seen of a run."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ttvm import sealing
from ttvm.cli.parser import read_run_options
from ttvm.errors import SourceError, UnreadableError
from ttvm.events import ProcessExited
from ttvm.expectations import Expectation, read_expectation
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.observers.reporter import Reporter, end_report
from ttvm.recording.log import LogReader, LogWriter
from ttvm.recording.runs import record_machine, replay_machine
from ttvm.setup import MachineOptions, make_machine
from ttvm.source import Source
from ttvm.vm import Status, make_loader

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.ttvm"))
PROGRAMS = sorted(path for path in (ROOT / "tests" / "programs").rglob("*.ttvm") if "lib" not in path.parts)
LIBRARY_PROGRAMS = sorted(path for path in (ROOT / "tests" / "programs").rglob("*.ttvm") if "lib" in path.parts)
STEP_LIMIT = 5_000_000
"""No test program runs longer; one that does is a failure and not a hang."""


class Run(NamedTuple):
    """What a run came to."""

    output: str
    errors: str
    status: int
    fault: str
    steps: int


class Watched:
    """A machine in memory whose words and end are kept."""

    def __init__(
        self,
        path: Path | str,
        options: MachineOptions,
        input_text: str = "",
        text: str | None = None,
        record: Callable[[str], object] | None = None,
        replay: LogReader | None = None,
    ) -> None:
        """A machine for the program at ``path``, or with ``text``; it may be recorded, or repeat a recording."""
        loader = make_loader()
        self.console = MemoryConsole(input_text)
        self.clock = VirtualClock()
        self.log: LogWriter | None = None
        if record is not None:
            self.vm, self.log = record_machine(str(path), loader, options, self.console, self.clock, record)
        elif replay is not None:
            self.vm = replay_machine(str(path), loader, replay, self.console)
        else:
            module = loader.load(str(path)) if text is None else loader.add(Source(str(path), text))
            self.vm = make_machine(module, loader, options, self.console, self.clock)
        self.errors: list[str] = []
        self.fault = ""
        Reporter(self.errors.append).attach(self.vm)
        self.vm.observe(ProcessExited, self._exited)

    def _exited(self, event: ProcessExited) -> None:
        if event.process.pid == 1:
            self.fault = event.kind

    def result(self) -> Run:
        """The run so far; ``status`` is the one ``ttvm`` would exit with."""
        system = self.vm.system
        report = end_report(system.processes.values())
        errors = "\n".join([*self.errors, report])
        if system.stop_status is not None:
            status = system.stop_status
        elif system.stop_fault is not None:
            status = 4
        elif system.main_alive:
            status = 3
        else:
            status = 1 if system.main_failed else 0
        return Run(self.console.text, errors, status, self.fault, self.vm.steps)

    def run_to_end(self, budget: int = STEP_LIMIT) -> Run:
        """Run on to the end, ``budget`` instructions at a time."""
        while (status := self.vm.run(budget)) is not Status.ENDED:
            if status is Status.IDLE:
                self.vm.wait()
            if self.vm.steps >= STEP_LIMIT:
                raise AssertionError(f"more than {STEP_LIMIT:,} steps")
        self.vm.close()
        return self.result()


@functools.cache
def promises(path: Path) -> Expectation:
    """The promises of a program file."""
    return read_expectation(Source(str(path), path.read_text(encoding="utf-8", errors="replace")))


def run_program(path: Path, options: MachineOptions, input_text: str = "", budget: int = STEP_LIMIT) -> Run:
    """Run a program file to its end; one that cannot be loaded gives status 2 and the messages."""
    try:
        watched = Watched(path, options, input_text)
    except SourceError as error:
        return Run("", "\n".join(map(str, error.problems)), 2, "", 0)
    except UnreadableError as error:
        return Run("", str(error), 2, "", 0)
    return watched.run_to_end(budget)


def options_of(expectation: Expectation, **changes: object) -> MachineOptions:
    """The machine options a program asks for in its ``; options:`` lines, changed where a test wants it."""
    options = read_run_options([*expectation.options, "program", *expectation.arguments])
    return options.machine.replace(**changes)


@contextlib.contextmanager
def cheap_keys() -> Iterator[None]:
    """Keys of ENCRYPT that cost little: that they cost much on purpose is tested once, and not in every program."""
    cost, sealing._COST = sealing._COST, 2**6
    try:
        yield
    finally:
        sealing._COST = cost


def folder_for(path: Path, empty: Path) -> Path:
    """Where a program runs: beside its file. One that may write runs in an empty folder: others run it as well."""
    return path.parent if options_of(promises(path)).grants.write is None else empty


@contextlib.contextmanager
def beside(path: Path) -> Iterator[None]:
    """Run a program where it belongs, see ``folder_for``."""
    with tempfile.TemporaryDirectory() as empty, contextlib.chdir(folder_for(path, Path(empty))):
        yield
