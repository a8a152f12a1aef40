"""Run the `ttvm` command as a user does: a process of its own, with its output in pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tests.machines import ROOT


class Done(NamedTuple):
    """What a command left behind."""

    status: int
    output: str
    errors: str


def ttvm(
    *words: str | Path,
    input_text: str | bytes = "",
    folder: Path = ROOT,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Done:
    """Run ``ttvm`` to its end. Whatever it is given, it never shows a Python traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "ttvm", *map(str, words)],
        input=input_text if isinstance(input_text, bytes) else input_text.encode(),
        capture_output=True,
        timeout=120,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    result = Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
    assert "Traceback" not in result.errors, result.errors
    return result


def program(folder: Path, text: str, name: str = "program.ttvm") -> Path:
    """A program file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
