"""Programs of several files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.process.state import Outcome, Process

if TYPE_CHECKING:
    from ttvm.ops.protocol import Actors


def import_(process: Process, system: Actors, path: str) -> Outcome | None:
    """Run another file once in this process, and take over the variables it exports."""
    return system.import_module(process, path)


def export(process: Process, name: str) -> None:
    """Publish a variable of this module; IMPORT stores it in the importer's frame."""
    value = process.lookup(name)
    identity = process.frame.module.identity
    if process.modules is not None and identity in process.modules:
        process.modules[identity].exports[name] = value
