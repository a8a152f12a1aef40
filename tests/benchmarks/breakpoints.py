"""What a breakpoint costs that never stops: python -m tests.benchmarks.breakpoints [STEPS]

A loop, and a loop that calls a function, run for 2,000,000 steps (or STEPS) in the debugger: without a breakpoint, with
one elsewhere, and with some in the loop whose conditions are never true. Figures are the shares of the speed without a
breakpoint, of the best of three runs; the aim is a third for a condition that speaks of variables.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from debugger.breakpoint_text import parse_breakpoint
from debugger.session import Session
from tests.benchmarks.time_travel import measure, run

LOOP = """\
    JMP start
elsewhere:
    HALT
start:
    PUSH_INT 0
    STORE i
again:
    LOAD i
    PUSH_INT 1
    ADD
    STORE i
    JMP again
"""
CALLING = """\
    JMP start
elsewhere:
    HALT
start:
    PUSH_INT 0
    STORE i
again:
    LOAD i
    CALL following n
middle:
    STORE i
    JMP again
following:
    LOAD n
    PUSH_INT 1
    ADD
    RET
"""
WANTED = {
    "a loop": (
        LOOP,
        ("elsewhere", "again if i == -1", "again if i % 10 == 11", "again if i < 0 or depth > 5 and pid == 1"),
    ),
    "a loop that calls": (
        CALLING,
        ("elsewhere", "again if i == -1", "middle if i == -1", "following if n == -1"),
    ),
}
"""Programs, and the breakpoints that each is run with."""
RUNS = 3


def seconds(path: Path, steps: int, text: str) -> float:
    """The best time of a run with a breakpoint; an empty text is none."""
    times = []
    for _ in range(RUNS):
        session = Session(str(path))
        if text:
            session.add_breakpoint(parse_breakpoint(text))
        times.append(measure(lambda session=session: run(session, steps)))  # type: ignore[misc]
        assert session.steps == steps, "it has stopped"
    return min(times)


def main() -> None:
    """Measure and print."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    with tempfile.TemporaryDirectory() as folder:
        for name, (program, breakpoints) in WANTED.items():
            path = Path(folder) / "program.ttvm"
            path.write_text(program, encoding="ascii")
            bare = seconds(path, steps, "")
            print(f"{name}: {steps:,} steps in the debugger, {steps / bare / 1e6:.1f} million a second")
            for text in breakpoints:
                print(f"    {f'break {text}':<50} {bare / seconds(path, steps, text):4.0%} of the speed")


if __name__ == "__main__":
    main()
