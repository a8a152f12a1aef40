"""What a breakpoint is, before it belongs to a machine: where, when and how it stops. Frozen records."""

from __future__ import annotations

from dataclasses import dataclass

EVENTS = {
    "send": "a message was sent",
    "receive": "a message was taken from a mailbox",
    "spawn": "a process was started",
    "exit": "a process ended",
    "crash": "a process ended by a fault",
    "register": "a process got a name",
    "block": "a process began to wait",
    "mailbox": "a mailbox got longer than a number",
    "timer": "a timer is over",
    "print": "something was printed",
    "deadlock": "main waits and nobody can wake it",
}
"""The events that can stop a run."""


@dataclass(frozen=True, slots=True)
class Place:
    """An instruction: behind a label, at an address, or the first one at or behind a line; the first that is given.

    ``identity`` is the source it is in, empty for the program itself; ``file`` names a source as people do.
    """

    line: int = 0
    label: str = ""
    address: int = -1
    identity: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens: one of ``EVENTS``.

    ``to`` is the receiver of a send or the owner of a mailbox, by pid or name (empty: any); a mailbox is met when it
    gets longer than ``more_than``.
    """

    kind: str
    to: str = ""
    more_than: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """A value that changes: an expression, or, with an empty one, the process that a name belongs to."""

    expression: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A breakpoint, an event break or a watch.

    It is met when its place is reached, its event happens or its value changes, as long as that is in the process
    ``within`` (a pid or a name; of an event: whoever does it; of a watch: whose value it is) and ``condition`` is
    true. It stops the run from the ``hits``-th time on; with ``once`` only that time; with ``log`` it writes a line
    into the output instead. What happens until another breakpoint, number ``after``, was met is not counted.
    """

    what: Place | Event | Watch
    condition: str = ""
    hits: int = 1
    within: str = ""
    log: str | None = None
    once: bool = False
    after: int = 0
