"""How much a profile slows a run down: ``python -m tests.benchmarks.profile_overhead`` prints the ratio.

Each program runs in memory, plain and profiled by turns; the figures are the best processor times of several runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.benchmarks.programs import FIBONACCI, LOOP, PING_PONG
from tests.unit.helpers import machine
from ttvm.observers.profiler import Profiler
from ttvm.vm import Vm

RUNS = 5

PROGRAMS = {"loop": (LOOP, 20_000), "recursion": (FIBONACCI, 18), "messages": (PING_PONG, 5_000)}
"""What is profiled, with the sizes."""


def nanoseconds(text: str, prepare: Callable[[Vm], object]) -> float:
    """The processor time of a step, when ``prepare`` may first do something with the machine."""
    running = machine(text)
    kept = prepare(running.vm)
    begin = time.process_time_ns()
    running.run()
    passed = time.process_time_ns() - begin
    del kept
    return passed / running.vm.steps


def main() -> None:
    """Measure and print."""
    print(f"{'program':<12}{'plain':>12}{'profiled':>12}{'ratio':>8}")
    for name, (program, size) in PROGRAMS.items():
        text = program.replace("SIZE", str(size))
        pairs = [
            (nanoseconds(text, lambda vm: None), nanoseconds(text, lambda vm: Profiler(vm, time.perf_counter)))
            for _ in range(RUNS)
        ]
        plain, profiled = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
        print(f"{name:<12}{plain:>9.0f} ns{profiled:>9.0f} ns{profiled / plain:>8.1f}")


if __name__ == "__main__":
    main()
