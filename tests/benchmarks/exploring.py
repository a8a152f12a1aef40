"""How fast schedules are explored: executions a second, the philosophers, and what a second process is worth.

    python -m tests.benchmarks.exploring [--jobs]

The figures of one process are of processor time, so that others at work on the computer change little. What two
processes are worth can only be measured by the clock: on a computer with two free cores. On a busy one, the processor
time of both says how much of their work is for having two.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.explore.helpers import exploration_of, finish
from tests.explore.programs import calls, lost_update, philosophers, take_any
from ttvm.explore.exploring import Exploration
from ttvm.explore.options import Options
from ttvm.explore.parallel import ParallelExploration
from ttvm.explore.pools import LocalPool
from ttvm.explore.search import Strategy
from ttvm.vm import make_loader

LONG = {"9 senders": (take_any(9, 9), 26_000), "9 clients of a server": (calls(9), 22_000)}
"""Programs and bounds that keep one process busy for about 20 seconds."""


def one_process() -> None:
    """Executions a second of processor time, where some order of messages counts and where only what is seen does."""
    for name, text, bound in (
        ("5 clients of a server", calls(5), 10**6),
        ("7 clients of a server", calls(7), 10**6),
        ("6 senders", take_any(6, 6), 10**6),
        ("3 lost updates", lost_update(3), 10**6),
        ("4 philosophers", philosophers(4), 10**6),
        ("5 philosophers", philosophers(5), 10**6),
    ):
        for strategy in (Strategy.OPTIMAL, Strategy.OBSERVERS):
            exploration = exploration_of(text, max_executions=bound, strategy=strategy)
            start = time.process_time()
            finish(exploration)
            seconds = time.process_time() - start
            count = exploration.executions
            speed = f"{count:>6,} executions {seconds:>7.2f} s {count / seconds:>8,.0f} a second"
            print(f"{name:<24} {strategy:<10} {speed}")


def processor_time() -> float:
    """Seconds of this process, and of the workers that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def two_processes() -> None:
    """One process against two, by the clock, and what the work of both costs together."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (text, bound) in LONG.items():
            path = Path(folder) / "prog.ttvm"
            path.write_text(text)
            options = Options(max_executions=bound)
            loader = make_loader()
            seconds, processor = [], []
            for exploration in (
                Exploration(loader.load(str(path)), options, loader),
                ParallelExploration(str(path), options, lambda: LocalPool(2)),
            ):
                start, used = time.perf_counter(), processor_time()
                finish(exploration)
                scale = bound / exploration.executions
                seconds.append((time.perf_counter() - start) * scale)
                processor.append((processor_time() - used) * scale)
            ratio, more = seconds[0] / seconds[1], processor[1] / processor[0]
            print(f"{name:<24} one process {seconds[0]:.1f} s, two {seconds[1]:.1f} s: {ratio:.2f} times as fast")
            print(f"{'':<24} processor time {processor[0]:.1f} s, {processor[1]:.1f} s: {more:.2f} times as much")


if __name__ == "__main__":
    if "--jobs" in sys.argv:
        two_processes()
    else:
        one_process()
