"""Supervisors: processes that start their children again when they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttvm.process.state import Outcome, Process
from ttvm.process.supervision import Restart, Strategy
from ttvm.values import Value

if TYPE_CHECKING:
    from ttvm.ops.protocol import Actors

DEFAULT_RESTARTS = 3
DEFAULT_SECONDS = 5


def start_supervisor(
    process: Process, system: Actors, strategy: Strategy | None, restarts: int | None, seconds: int | None
) -> None:
    """Make this process a supervisor: from now on it starts its children again when they fail.

    The machine does that by itself, also while the program of the supervisor waits or works. With strategy
    one_for_one (the default) the failed child is started again, with one_for_all all children are, with
    rest_for_one the failed one and those started after it. More restarts than the given number (3) within
    that many seconds (5) are too many: the supervisor ends with reason shutdown. Whenever a supervisor ends, it
    first ends its children, the last one first.
    """
    system.supervision.start_supervisor(
        process,
        strategy or Strategy.ONE_FOR_ONE,
        DEFAULT_RESTARTS if restarts is None else restarts,
        DEFAULT_SECONDS if seconds is None else seconds,
    )


def supervise_child(process: Process, system: Actors, name: str, restart: Restart | None) -> Value | Outcome:
    """Start a child of this supervisor, linked to it, and give its pid.

    The name is looked for as SPAWN does with a text: a label, a file NAME.ttvm, a built-in template, or else the
    default process. A transient child (the default) is started again when it ends for another reason than normal
    or shutdown, a permanent one always, a temporary one never.
    """
    return system.supervision.supervise_child(process, name, restart or Restart.TRANSIENT)


def restart_child(process: Process, system: Actors, name: str) -> Value | Outcome:
    """End a child, if it runs, wait until it has ended, start it again, and give its new pid.

    Its siblings stay as they are, and it does not count as one of the restarts that a supervisor may do.
    """
    return system.supervision.restart_child(process, name)


def stop_child(process: Process, system: Actors, name: str) -> Outcome | None:
    """End a child and wait until it has ended.

    The child gets the exit signal shutdown from its supervisor, so one that traps exits has to end by itself.
    RESTART_CHILD starts it again, and so does the restart of a group it belongs to (one_for_all, rest_for_one).
    A temporary child is forgotten.
    """
    return system.supervision.stop_child(process, name)
