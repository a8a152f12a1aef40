"""How much a profile slows a run down: ``python -m tests.benchmarks.profile_overhead`` prints the ratio.

Each program runs in memory, plain and profiled by turns; the figures are the best processor times of several runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.unit.helpers import machine
from ttvm.observers.profiler import Profiler
from ttvm.vm import Vm

RUNS = 5

LOOP = """
    PUSH_INT 0
    STORE i
again:
    LOAD i
    PUSH_INT 1
    ADD
    STORE i
    LOAD i
    PUSH_INT 20000
    LT
    JNZ again
"""
FIBONACCI = """
    PUSH_INT 18
    CALL fibonacci n
    PRINT
    HALT
fibonacci:
    LOAD n
    PUSH_INT 2
    LT
    JZ more
    LOAD n
    RET
more:
    LOAD n
    PUSH_INT 1
    SUB
    CALL fibonacci n
    LOAD n
    PUSH_INT 2
    SUB
    CALL fibonacci n
    ADD
    RET
"""
PING_PONG = """
    MAKE_FUNCTION pong
    SPAWN
    STORE partner
    PUSH_INT 5000
    STORE i
again:
    LOAD i
    LOAD partner
    SEND
    RECEIVE
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    HALT
pong:
    RECEIVE
    SEND 1
    JMP pong
"""
PROGRAMS = {"loop": LOOP, "recursion": FIBONACCI, "messages": PING_PONG}


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
    for name, text in PROGRAMS.items():
        pairs = [
            (nanoseconds(text, lambda vm: None), nanoseconds(text, lambda vm: Profiler(vm, time.perf_counter)))
            for _ in range(RUNS)
        ]
        plain, profiled = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
        print(f"{name:<12}{plain:>9.0f} ns{profiled:>9.0f} ns{profiled / plain:>8.1f}")


if __name__ == "__main__":
    main()
