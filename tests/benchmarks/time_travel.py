"""What going back costs: python -m tests.benchmarks.time_travel [STEPS]

A counting loop runs for 2,000,000 steps (or STEPS), and a ring of 1,000 processes hands on 1,000,000 messages; each
once without the debugger and once in it. Then the session goes back a step, to random steps, and back to a breakpoint
that was met once at the start. The overhead is a ratio of two runs in this one process; times are medians in
milliseconds of this machine and say nothing of another one.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from debugger.session import Session
from debugger.start import COLLECT_AFTER
from tests.debugger.programs import COUNTING
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.setup import MachineOptions, make_machine
from ttvm.vm import make_loader

ENDLESS = 1 << 62
"""A spacing at which no checkpoint is ever made."""
TIMES = 20
RING = """\
    SELF
    STORE next
    PUSH_INT 1000
    STORE count
build:
    LOAD next
    MAKE_FUNCTION node next
    SPAWN 1
    STORE next
    LOAD count
    PUSH_INT 1
    SUB
    STORE count
    LOAD count
    JNZ build
    PUSH_INT 1000
    STORE count
round:
    PUSH_INT 0
    LOAD next
    SEND
    RECEIVE
    POP
    LOAD count
    PUSH_INT 1
    SUB
    STORE count
    LOAD count
    JNZ round
    HALT
node:
    RECEIVE
    LOAD next
    SEND
    JMP node
"""
"""1,000 processes, each of which hands on 1,000 messages."""


def measure(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def run(session: Session, steps: int) -> None:
    """Continue for so many steps, or to the end, as the screen does."""
    session.start_continue()
    while (left := steps - session.steps) > 0 and session.advance(min(left, 100_000)) is None:
        pass
    session.pause()


def run_bare(path: Path, steps: int) -> None:
    """The same without a debugger."""
    loader = make_loader()
    make_machine(loader.load(str(path)), loader, MachineOptions(), MemoryConsole(), VirtualClock()).run(steps)


def median(work: Callable[[], object]) -> float:
    """The median of some runs of the same work, in milliseconds."""
    return 1000 * statistics.median(measure(work) for _ in range(TIMES))


def report(name: str, path: Path, most: int) -> None:
    """Measure one program for at most so many steps."""
    bare = min(measure(lambda: run_bare(path, most)) for _ in range(3))
    recorded = min(measure(lambda: run(Session(str(path)), most)) for _ in range(3))
    tracemalloc.start()
    session = Session(str(path))
    run(session, most)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    steps = session.steps
    print(f"{name}: {steps:,} steps")
    print(f"    run            {bare:.2f} s, in the debugger {recorded:.2f} s: ratio {recorded / bare:.2f}")
    print(f"    checkpoints    {len(session._timeline.checkpoints)}, all of the session {kept / 1e6:.1f} MB")
    print(f"    back           {median(session.back):.1f} ms")
    chance = random.Random(1)
    print(f"    goto           {median(lambda: session.goto(chance.randrange(steps))):.1f} ms")
    session.latest()
    session.break_at_line(1)
    print(f"    continue back  {measure(session.continue_back):.2f} s to a breakpoint at the start")


def main() -> None:
    """Measure and print."""
    gc.set_threshold(COLLECT_AFTER)  # as the command does
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    with tempfile.TemporaryDirectory() as folder:
        for name, text, most in (("a loop", COUNTING, steps), ("a ring of 1,000 processes", RING, ENDLESS)):
            path = Path(folder) / "program.ttvm"
            path.write_text(text, encoding="ascii")
            report(name, path, most)


if __name__ == "__main__":
    main()
