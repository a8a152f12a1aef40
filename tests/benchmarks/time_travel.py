"""What going back costs: python -m tests.benchmarks.time_travel [STEPS]

A counting loop runs for 2,000,000 steps (or STEPS), once without and once with a timeline. Then it goes back a step, to
random steps, and back to a breakpoint that was met once at the start. The overhead is a ratio of two runs in this one
process; times are medians in milliseconds of this machine and say nothing of another one.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from debugger.session import Session
from tests.debugger.programs import COUNTING

ENDLESS = 1 << 62
"""A spacing at which no checkpoint is ever made."""
TIMES = 20


def measure(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def run(session: Session, steps: int) -> None:
    """Continue for so many steps, as the screen does."""
    session.start_continue()
    while (left := steps - session.view().step) > 0:
        session.advance(min(left, 100_000))
    session.pause()


def median(work: Callable[[], object]) -> float:
    """The median of some runs of the same work, in milliseconds."""
    return 1000 * statistics.median(measure(work) for _ in range(TIMES))


def main() -> None:
    """Measure and print."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loop.ttvm"
        path.write_text(COUNTING, encoding="ascii")
        plain = min(measure(lambda: run(Session(str(path), checkpoint_spacing=ENDLESS), steps)) for _ in range(3))
        recorded = min(measure(lambda: run(Session(str(path)), steps)) for _ in range(3))
        print(f"{steps:,} steps          {plain:.2f} s, with history {recorded:.2f} s: ratio {recorded / plain:.3f}")
        tracemalloc.start()
        session = Session(str(path))
        run(session, steps)
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        print(f"checkpoints        {len(session._timeline.checkpoints)}, all of the session {kept / 1e6:.1f} MB")
        print(f"back               {median(session.back):.1f} ms")
        chance = random.Random(1)
        print(f"goto               {median(lambda: session.goto(chance.randrange(steps))):.1f} ms")
        session.latest()
        session.break_at_line(1)
        print(f"continue back      {measure(session.continue_back):.2f} s to a breakpoint at the start")


if __name__ == "__main__":
    main()
