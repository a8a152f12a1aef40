"""How quick the screen is: ``python -m tests.benchmarks.screen`` prints times of this machine.

1. From the press of ``s`` to the painted frame at 120x40, in a program of 100,000 lines with 1,000 processes and 10,000
   messages in one mailbox: instruction, view, widgets, compositor. Target: at most 20 ms median.
2. The memory of that process. Target: below 300 MB.
3. From the start of ``ttvm-debug`` to its first frame on a terminal. Target: below 0.7 s.
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pexpect

os.environ.setdefault("TEXTUAL_FPS", "250")  # as debugger.cli does, before Textual is imported

from rich.console import RenderableType
from textual.screen import Screen

from debugger.session import Session
from debugger.tui.app import DebuggerApp
from ttvm.setup import MachineOptions

LINES, PROCESSES, MESSAGES = 100_000, 1_000, 10_000
PRESSES = 200
STARTS = 9


def program() -> str:
    """Main starts the others, fills its own mailbox, and goes through a very long text."""
    head = [
        *("    PUSH_INT 0", "    STORE i", "spawn_next:", "    MAKE_FUNCTION other", "    SPAWN", "    POP"),
        *("    LOAD i", "    PUSH_INT 1", "    ADD", "    STORE i", "    LOAD i"),
        *(f"    PUSH_INT {PROCESSES - 1}", "    LT", "    JNZ spawn_next", "    PUSH_INT 0", "    STORE i"),
        *("send_next:", "    LOAD i", "    SELF", "    SEND", "    LOAD i", "    PUSH_INT 1", "    ADD", "    STORE i"),
        *("    LOAD i", f"    PUSH_INT {MESSAGES}", "    LT", "    JNZ send_next", "body:"),
    ]
    tail = ["    JMP body", "other:", "    YIELD", "    JMP other"]
    body = [f"    PUSH_INT {number}\n    POP" for number in range((LINES - len(head) - len(tail)) // 2)]
    return "\n".join([*head, *body, *tail]) + "\n"


class Painting(DebuggerApp):
    """Notes when the last frame was given to the terminal."""

    painted = 0.0

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        self.painted = time.perf_counter()


async def frames(session: Session) -> list[float]:
    """Seconds from each press of ``s`` until everything that came of it is painted."""
    app = Painting(session)
    times: list[float] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for _ in range(PRESSES):
            begun = time.perf_counter()
            app.simulate_key("s")
            for _ in range(4):  # application, pane, screen, footer
                await pilot.pause(0)
            times.append(app.painted - begun)
    return times


def start(path: Path, home: str) -> float:
    """Seconds until a terminal has got the first frame."""
    begun = time.perf_counter()
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-m", "debugger.start", str(path)],
        dimensions=(40, 120),
        encoding="utf-8",
        env={**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home},
    )
    child.expect_exact("NEXT", timeout=30)
    seconds = time.perf_counter() - begun
    child.close(force=True)
    return seconds


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.ttvm"
        path.write_text(program(), encoding="ascii")
        session = Session(str(path), MachineOptions(policy="round-robin", quantum=0))
        session.break_at_label("body")
        session.continue_()
        view = session.view()
        messages = view.selected.row.mailbox if view.selected is not None else 0
        alive = sum(row.state != "exited" for row in view.processes)
        print(f"{alive:,} processes, {messages:,} messages, {LINES:,} lines")
        begun = time.process_time()
        times = asyncio.run(frames(session))
        spent = (time.process_time() - begun) / PRESSES
        print(f"key to frame   median {1000 * statistics.median(times):5.1f} ms, of {PRESSES} presses", end="")
        print(f"; nine in ten below {1000 * sorted(times)[PRESSES * 9 // 10]:.1f} ms")
        print(f"               of it {1000 * spent:5.1f} ms of the processor: what is left when nobody else wants it")
        # What Linux calls kilobytes, other systems call bytes.
        unit = 1 if sys.platform == "darwin" else 1024
        print(f"memory         {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6:5.0f} MB at most")
        small = Path(folder) / "small.ttvm"
        small.write_text("    HALT\n", encoding="ascii")
        home = Path(folder) / "ttvm-debug"
        home.mkdir()
        (home / "welcomed").touch()
        starts = [start(small, folder) for _ in range(STARTS)]
        print(f"first frame    median {statistics.median(starts):5.2f} s after the start, best {min(starts):.2f} s")


if __name__ == "__main__":
    main()
