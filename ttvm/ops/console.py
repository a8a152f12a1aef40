"""Reading standard input.

Input from a file or a pipe belongs to what determines a run, as the program does: it is read at once, and no other
process runs meanwhile. A person at a terminal is waited for as the rest of the world is.
"""

from __future__ import annotations

from ttvm.effects import Console
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import Value


def _asks_outside(process: Process, console: Console) -> bool:
    """Whether a person is waited for; also when the answer is there, and the instruction runs again to take it."""
    return process.answer is not None or console.interactive


def read_line(process: Process, system: Actors) -> Value:
    """Read a line of standard input without its newline; an empty text at the end."""
    console = system.host.console
    if _asks_outside(process, console):
        return system.ask(process, "a line of input", "console", "read_line")
    return console.read_until_newline().removesuffix("\n").removesuffix("\r")


def read_character(process: Process, system: Actors) -> Value:
    """Read one character of standard input; an empty text at the end."""
    console = system.host.console
    if _asks_outside(process, console):
        return system.ask(process, "a character of input", "console", "read_character")
    return console.read(1)


def read_input(process: Process, system: Actors) -> Value:
    """Read all the rest of standard input."""
    console = system.host.console
    if _asks_outside(process, console):
        return system.ask(process, "the rest of the input", "console", "read_input")
    return console.read(None)
