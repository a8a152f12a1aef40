"""Run a program in memory and compare what it prints with the promises in its comments."""

from __future__ import annotations

import sys

from ttvm.cli.terminal import say
from ttvm.expectations import read_expectation
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.observers.reporter import Reporter, end_report
from ttvm.setup import MachineOptions, make_machine
from ttvm.vm import make_loader


def run_and_compare(path: str) -> int:
    """Run the program of a file; 0 when it printed what it promises, 1 when not."""
    loader = make_loader()
    module = loader.load(path)
    expectation = read_expectation(module.source)
    console = MemoryConsole(expectation.input)
    options = MachineOptions(arguments=expectation.arguments)
    vm = make_machine(module, loader, options, console, VirtualClock())
    Reporter(say).attach(vm)
    vm.run_to_end()
    sys.stdout.write(console.text)
    waiting = end_report(vm.system.processes.values())
    if waiting:
        say(waiting)
    if expectation.output is not None and console.text == expectation.output and not waiting:
        say(f"{module.name}: ok: {vm.system.next_pid - 1} processes, {vm.steps:,} steps, as expected")
        return 0
    say(f"error: {module.name}: it did not print what it promises; expected:\n{expectation.output}")
    return 1
