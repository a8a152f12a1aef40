"""What the unit tests share: program files in memory, and machines put together from a text."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import NamedTuple

from ttvm.asm.assembler import assemble
from ttvm.asm.loader import Loader
from ttvm.errors import SourceError, UnreadableError
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.process.state import Process
from ttvm.program import Module
from ttvm.setup import MachineOptions, make_machine
from ttvm.source import Source, Span
from ttvm.values import ExceptionValue, List, Pid, Value
from ttvm.vm import Vm

FOLDER = "/ttvm-test-home"
"""A folder that exists on no machine, so that its resolved path is itself."""
PACKAGE = "/ttvm-test-package"
ONE_QUEUE = MachineOptions(policy="round-robin")


class MemoryFiles:
    """Program files in a dict; ``looked`` are the paths that were looked for, in order."""

    def __init__(self, files: dict[str, str] | None = None, search_path: tuple[str, ...] = ()) -> None:
        self.files = {} if files is None else files
        self.looked: list[str] = []
        self.reads: list[str] = []
        self._search_path = search_path

    def find(self, name: str, folders: tuple[str, ...]) -> str | None:
        for folder in folders:
            path = posixpath.join(folder, name)
            self.looked.append(path)
            if path in self.files:
                return path
        return None

    def search_path(self) -> tuple[str, ...]:
        return self._search_path

    def read(self, path: str) -> Source:
        self.reads.append(path)
        if path not in self.files:
            raise UnreadableError(f"{path}: there is no such file")
        return Source(path, self.files[path])


def module_of(text: str, path: str = "test.ttvm") -> Module:
    """A text, assembled."""
    return assemble(Source(path, text))


def problems_of(text: str) -> list[str]:
    """The errors of a text, each as ``line:column: what``; empty when it has none."""
    try:
        module_of(text)
    except SourceError as error:
        return [f"{each.span.line}:{each.span.column}: {each.text}" for each in error.problems]
    return []


def marked(span: Span) -> str:
    """The characters of the source that a span points at."""
    return span.source.line(span.line)[span.column - 1 : span.column - 1 + span.width]


def failure(message: str = "it broke", kind: str = "Thrown", payload: Value = None) -> ExceptionValue:
    """An exception value."""
    return ExceptionValue(kind, message, payload, ("main (x.ttvm:1)",))


def nest(leaf: Value, wrap: Callable[[Value], Value], depth: int) -> Value:
    """A value inside of a value inside of ..."""
    value = leaf
    for _ in range(depth):
        value = wrap(value)
    return value


def tower(make: type[List], leaf: Value, floors: int = 60) -> Value:
    """A list that shares so much that its display form would have 2^60 leaves."""
    value = leaf
    for _ in range(floors):
        value = make([value, value])
    return value


class Machine(NamedTuple):
    """A machine and its world in memory."""

    vm: Vm
    console: MemoryConsole
    clock: VirtualClock
    loader: Loader

    @property
    def output(self) -> str:
        """All that was printed."""
        return self.console.text

    def process(self, pid: Pid = 1) -> Process:
        """A live process."""
        return self.vm.system.processes[pid]

    def run(self) -> str:
        """Run to the end; returns all that was printed."""
        self.vm.run_to_end()
        return self.console.text


def machine(
    text: str,
    options: MachineOptions = ONE_QUEUE,
    input_text: str = "",
    files: MemoryFiles | None = None,
) -> Machine:
    """A machine at the start of a text."""
    loader = Loader(files or MemoryFiles(), PACKAGE)
    module = loader.add(Source(f"{FOLDER}/test.ttvm", text))
    console, clock = MemoryConsole(input_text), VirtualClock()
    return Machine(make_machine(module, loader, options, console, clock), console, clock, loader)
