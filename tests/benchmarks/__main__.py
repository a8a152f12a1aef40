"""How fast the machine is: ``python -m tests.benchmarks`` prints a table; with ``--quick`` of smaller programs.

Each program runs on the stepper, on the fast engine, as plain Python written by hand, and on whatever peers there are.
All is measured in one go; figures are medians of several runs, in milliseconds, and mean something as ratios only.
"""

from __future__ import annotations

import gc
import importlib.metadata
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from os import environ
from pathlib import Path

from tests.benchmarks import breakpoints, start_up, time_travel
from tests.benchmarks.peers import by_hand, with_asyncio
from tests.benchmarks.programs import IDLE, PROGRAMS, QUEUED, SERVED, Program
from tests.unit.helpers import machine
from ttvm.process.state import Limits
from ttvm.setup import MachineOptions

HERE = Path(__file__).parent / "peers"
RUNS = 3
PYKKA_SHARE = 20
"""Pykka's actors are threads: it does a part of the work, and the figure is multiplied."""
WIDTH = 11
TARGETS = {"loop": 15, "fib": 5, "list": 10, "ring": 6, "spawn": 3.5, "ping-pong": 6}
"""How many times faster than the stepper the fast engine is meant to be."""

Times = dict[str, float]
"""Milliseconds, by the names of programs."""


def milliseconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """The median time of some work."""
    times = []
    for _ in range(runs):
        gc.collect()
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def run_machine(program: Program, size: int, engine: str) -> tuple[float, int]:
    """Milliseconds and instructions of a program on an engine."""
    limits = Limits(mailbox=10_000_000, processes=1_000_000)
    options = MachineOptions(engine=engine, limits=limits)
    times, steps = [], 0
    for _ in range(RUNS):
        running = machine(program.text_of(size), options)
        times.append(milliseconds(running.run, 1))
        steps = running.vm.steps
    return statistics.median(times), steps


def run_peer(command: list[str], sizes: dict[str, int], variables: dict[str, str] | None = None) -> Times:
    """The times that a program of another language prints; none when the language is not here."""
    if shutil.which(command[0]) is None:
        return {}
    words = [word for name, size in sizes.items() for word in (name, str(size))]
    done = subprocess.run(
        [*command, *words], capture_output=True, encoding="utf-8", check=True, env={**environ, **(variables or {})}
    )
    return {name: float(figure) for name, figure in (line.split("\t") for line in done.stdout.splitlines())}


def run_pykka(sizes: dict[str, int]) -> Times:
    """Pykka's times; none when it is not installed."""
    try:
        from tests.benchmarks.peers import with_pykka
    except ModuleNotFoundError:
        return {}
    return {
        name: PYKKA_SHARE * milliseconds(lambda run=run, name=name: run(sizes[name] // PYKKA_SHARE), 1)  # type: ignore[misc]
        for name, run in with_pykka.PROGRAMS.items()
    }


def version_of(what: str, command: list[str]) -> str:
    """What a peer calls itself; that it is missing when it is."""
    if what == "pykka":
        try:
            return f"Pykka {importlib.metadata.version('pykka')}"
        except importlib.metadata.PackageNotFoundError:
            return "Pykka is not installed"
    if shutil.which(command[0]) is None:
        return f"{what} is not installed"
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return (done.stdout or done.stderr).strip().partition("  ")[0]


ERLANG = ["erl", "-noshell", "-eval", 'io:format("Erlang/OTP ~s", [erlang:system_info(otp_release)]), halt().']


def print_speed(sizes: dict[str, int]) -> None:
    """The table of programs."""
    print(f"Python {sys.version.split()[0]}; {version_of('Erlang', ERLANG)}, one scheduler; ", end="")
    print(f"{version_of('Lua', ['lua5.4', '-v'])}; {version_of('pykka', [])}\n")
    peers = {
        "Erlang": run_peer(["escript", str(HERE / "bench.escript")], sizes, {"ERL_FLAGS": "+S 1:1"}),
        "Lua": run_peer(["lua5.4", str(HERE / "bench.lua")], sizes),
        "asyncio": {
            name: milliseconds(lambda run=run, name=name: run(sizes[name]))  # type: ignore[misc]
            for name, run in with_asyncio.PROGRAMS.items()
        },
        "Pykka": run_pykka(sizes),
    }
    heads = ["stepper", "fast", "faster by", "(aim)", "a second", "Python", "slower by", *peers]
    print(f"{'':<14}{''.join(f'{head:>{WIDTH}}' for head in heads)}")
    for program in PROGRAMS:
        size = sizes[program.name]
        slow, steps = run_machine(program, size, "stepper")
        fast, _ = run_machine(program, size, "fast")
        by_python = milliseconds(lambda: by_hand.PROGRAMS[program.name](size))  # noqa: B023
        count = steps if program.unit == "instructions" else size
        aim = f"{TARGETS[program.name]:g}x" if program.name in TARGETS else ""
        cells = [f"{slow:.0f}", f"{fast:.0f}", f"{slow / fast:.1f}x", aim, f"{count / fast / 1000:.1f} M"]
        cells += [f"{by_python:.1f}", f"{fast / by_python:.1f}x"]
        cells += [f"{times[program.name]:.1f}" if program.name in times else "-" for times in peers.values()]
        print(f"{program.name:<14}{''.join(f'{cell:>{WIDTH}}' for cell in cells)}")
    print("\nMilliseconds; a second: millions of instructions (ring and ping-pong: messages, spawn: processes).")


def bytes_each(text: str, count: int) -> float:
    """What each of so many things costs that a program makes."""
    running = machine(text.replace("SIZE", "300"))  # so that what is made once is there
    running.vm.run()
    running = machine(text.replace("SIZE", str(count)), MachineOptions(limits=Limits(mailbox=10_000_000)))
    gc.collect()
    tracemalloc.start()
    running.vm.run()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / count


def print_memory() -> None:
    """Bytes of a process and of a message."""
    print(f"an idle process      {bytes_each(IDLE, 20_000):7.0f} bytes (aim: 1,500)")
    print(f"one that has served  {bytes_each(SERVED, 20_000):7.0f} bytes")
    print(f"a queued message     {bytes_each(QUEUED, 50_000):7.0f} bytes beyond its value (aim: 200)")
    running = machine(IDLE.replace("SIZE", "100000"))
    passed = milliseconds(running.vm.run, 1)
    print(f"alive at once        {len(running.vm.system.processes):,} processes, made in {passed:.0f} ms")


def print_start() -> None:
    """What it takes to start."""
    if sys.dont_write_bytecode:
        print("the start of ttvm is not measured: unset PYTHONDONTWRITEBYTECODE")
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "hello.ttvm"
        program.write_text(start_up.PROGRAM, encoding="utf-8")
        bare = start_up.milliseconds(sys.executable, "-c", "pass")
        whole = start_up.milliseconds(str(Path(sys.executable).parent / "ttvm"), str(program))
    print(f"ttvm hello.ttvm      {whole - bare:7.1f} ms over python -c pass ({bare:.1f} ms; aim: 40)")


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv[1:]
    sizes = {each.name: each.size if each.name == "fib" else each.size // (10 if quick else 1) for each in PROGRAMS}
    if quick:
        sizes["fib"] = 18
    print_speed(sizes)
    print()
    print_memory()
    print_start()
    print()
    sys.argv[1:] = ["1000000" if quick else "10000000"]
    time_travel.main()
    print()
    breakpoints.main()


if __name__ == "__main__":
    main()
