"""How long `ttvm-repl` takes to its first prompt: ``python -m tests.benchmarks.repl_start`` prints it.

A real terminal (of pexpect) is given to fresh processes; the time is that from their start to the prompt on the
screen. The bound is 0.4 s.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

import pexpect

RUNS = 15
BOUND = 0.4


def seconds_to_prompt() -> float:
    """The time of one start."""
    began = time.perf_counter()
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-m", "debugger.repl.start", "--config", ""],
        dimensions=(40, 120),
        encoding="utf-8",
        env={**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": os.devnull},
    )
    child.expect_exact("1 main 0")
    taken = time.perf_counter() - began
    child.close(force=True)
    return taken


def main() -> None:
    """Measure and print."""
    if sys.dont_write_bytecode:
        raise SystemExit("unset PYTHONDONTWRITEBYTECODE: without compiled files this measures the compiler")
    seconds_to_prompt()  # fills the cache of compiled files
    times = sorted(seconds_to_prompt() for _ in range(RUNS))
    middle = statistics.median(times)
    print(f"start to prompt: median {middle:.3f} s, best {times[0]:.3f} s, worst {times[-1]:.3f} s of {RUNS}")
    print(f"bound {BOUND} s: {'held' if middle <= BOUND else 'NOT held'}")


if __name__ == "__main__":
    main()
