"""Variables of the current frame, and, for reading, of the module's outermost frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.process.state import Process
from ttvm.values import Value

if TYPE_CHECKING:
    from ttvm.ops.protocol import Actors


def store(process: Process, name: str, value: Value) -> None:
    """Take a value off the stack into a variable of the current frame."""
    process.frame.variables[name] = value


def load(process: Process, name: str) -> Value:
    """Put the value of a variable on the stack.

    It is looked up in the current frame, then in the outermost frame of the module. An unknown name is
    UndefinedVariable.
    """
    try:
        return process.frame.variables[name]
    except KeyError:
        return process.lookup(name)


def delete(process: Process, system: Actors, name: str) -> None:
    """Forget a variable of the current frame. An unknown name only gives a warning."""
    if name in process.frame.variables:
        del process.frame.variables[name]
    else:
        system.warn(process, f'DELETE finds no variable "{name}" in this frame')
