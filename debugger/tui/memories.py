"""What the screen remembers of its use: whether somebody has been welcomed already."""

from __future__ import annotations

import contextlib
from pathlib import Path

from debugger.memory import state_folder


def was_welcomed(folder: Path | None = None) -> bool:
    """Whether the first words were shown before; asking makes it so. Without a place to write, they come again."""
    file = (folder or state_folder()) / "welcomed"
    with contextlib.suppress(OSError):
        if file.exists():
            return True
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return False
