"""How long `ttvm` takes to start: ``python -m tests.benchmarks.start_up`` prints it beside what Python itself takes.

All figures are processor time (user and system) of fresh processes, the lower quartile of 25 runs, in one go.
The bound is twice a bare ``python -c pass`` plus the time to import the standard-library modules that a run needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 25
PROGRAM = '    PUSH_STR "hello"\n    PRINT\n'


def milliseconds(*command: str) -> float:
    """The processor time of a command, in ms."""
    times: list[float] = []
    for _ in range(RUNS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} failed")
        process.returncode = 0
        times.append((usage.ru_utime + usage.ru_stime) * 1000)
    return sorted(times)[RUNS // 4]


def library_modules() -> list[str]:
    """The modules of the standard library that a run loads, and a bare Python does not."""
    code = "import sys; before = set(sys.modules); import ttvm.cli.main; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    return sorted(name for name in loaded.stdout.split() if not name.startswith(("ttvm", "_")))


def main() -> None:
    """Measure and print."""
    if sys.dont_write_bytecode:
        raise SystemExit("unset PYTHONDONTWRITEBYTECODE: without compiled files this measures the compiler")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "hello.ttvm"
        program.write_text(PROGRAM, encoding="utf-8")
        ttvm = str(Path(sys.executable).parent / "ttvm")
        bare = milliseconds(sys.executable, "-c", "pass")
        modules = library_modules()
        imports = milliseconds(sys.executable, "-c", f"import {', '.join(modules)}") - bare
        whole = milliseconds(ttvm, str(program))
    bound = 2 * bare + imports
    print(f"python -c pass                    {bare:6.1f} ms")
    print(f"its {len(modules):2} standard-library modules   {imports:6.1f} ms")
    print(f"ttvm hello.ttvm                   {whole:6.1f} ms, {whole - bare:.1f} over python -c pass")
    print(f"bound 2 x pass + modules          {bound:6.1f} ms: ratio {whole / bound:.2f}")


if __name__ == "__main__":
    main()
