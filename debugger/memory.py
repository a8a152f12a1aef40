"""What is kept of a program between two sessions: its breakpoints, as JSON in the user's folder for state.

Nothing here is worth an error: a file that cannot be read counts as none, and what cannot be written is not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from debugger.breakpoint_records import read_breakpoint, write_breakpoint_record
from debugger.descriptions import Breakpoint

MOST_REMEMBERED = 1_000
"""Breakpoints of one program that are kept."""
LARGEST = 1 << 20
"""Bytes of a file that is read."""


def state_folder() -> Path:
    """Where programs like this one keep what they remember of their use."""
    from platformdirs import user_state_dir

    return Path(user_state_dir("ttvm-debug", appauthor=False))


class Memory:
    """Breakpoints by program, a file for each; a program is known by its resolved path."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def _file(self, program: str) -> Path:
        name = hashlib.sha256(program.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return (self._folder or state_folder()) / "programs" / f"{name}.json"

    def recall(self, program: str) -> list[tuple[int, Breakpoint]]:
        """The breakpoints of a program with the numbers they had; none when nothing readable is kept."""
        try:
            with self._file(program).open("rb") as file:
                kept = json.loads(file.read(LARGEST))
            if not isinstance(kept, dict) or kept.get("program") != program:
                return []
            entries = kept.get("breakpoints")
        except (OSError, ValueError, RecursionError):
            return []
        read = map(read_breakpoint, entries[:MOST_REMEMBERED] if isinstance(entries, list) else ())
        return [each for each in read if each is not None]

    def keep(self, program: str, breakpoints: Iterable[tuple[int, Breakpoint]]) -> None:
        """Remember the breakpoints of a program instead of what was kept before."""
        entries = [write_breakpoint_record(number, each) for number, each in breakpoints][:MOST_REMEMBERED]
        text = json.dumps({"program": program, "breakpoints": entries}, indent=1)
        with contextlib.suppress(OSError, ValueError):
            file = self._file(program)
            if not entries:
                file.unlink(missing_ok=True)
                return
            file.parent.mkdir(parents=True, exist_ok=True)
            # First beside it and then in its place, so that nobody ever reads half of it.
            handle, unfinished = tempfile.mkstemp(dir=file.parent, suffix=".new")
            try:
                with open(handle, "w", encoding="utf-8") as output:
                    output.write(text)
                os.replace(unfinished, file)
            except OSError:
                os.unlink(unfinished)
