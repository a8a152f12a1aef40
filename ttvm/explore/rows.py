"""What each row of the instruction table means for exploring: the table of footprints.

A row of kind pure or control touches nobody else, so it is never a scheduling point. Every row of kind actor or
effect stands in ``ROWS`` (a test compares the two): either it is invisible to all other processes, or it is visible
and says here what it touches by itself. What follows from it elsewhere (messages delivered, signals that strike, ends
that are told to others) is noted by ``ttvm.explore.machine`` where it happens, so that an exit notes the same things
whether an instruction, a fault or a signal brought it about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ttvm.errors import Fault
from ttvm.explore.events import (
    CHANCE,
    INPUT,
    MACHINE,
    OUTPUT,
    PID_COUNTER,
    POLL,
    POPULATION,
    READ,
    WRITE,
    Event,
    Look,
    alive,
    born,
    children,
    link,
    mailbox,
    timer,
    trap,
)
from ttvm.instruction import Kind
from ttvm.isa import ISA
from ttvm.process.state import Process
from ttvm.record import Record
from ttvm.values import Pid, Ref

if TYPE_CHECKING:
    from ttvm.explore.noting import NotedSystem

Touching = Callable[[Event, "NotedSystem", Process, tuple[Any, ...]], None]
"""Notes in the event what an instruction, about to be executed, touches by itself."""


class Row(Record):
    """A row of the instruction table as the exploration sees it."""

    touching: Touching | None
    """None: invisible, never a scheduling point."""
    volatile: bool = False
    """Whether its effect may be another one when it comes earlier."""
    printing: bool = False
    """Whether it prints: then it is visible only where the order of output counts, or its process could be struck."""
    asking: bool = False
    """Whether it asks the world outside: visible only where a recorded run answers, and the order of asking counts."""


def _target(process: Process, operand: Any) -> Pid | None:
    """The pid that an instruction means; None when it will fault."""
    found: object = operand or (process.stack[-1] if process.stack else None)
    return found if isinstance(found, int) else None


def find(event: Event, system: NotedSystem, pid: Pid) -> Pid:
    """The identity of the process that has a pid; whether there is one already is read."""
    identity = system.identity(pid)
    event.volatile = event.volatile or system.counts_pids  # earlier, the pid may be another's, or nobody's
    event.touch(PID_COUNTER if system.counts_pids and pid not in system.identities else born(identity), READ)
    return identity


def _nothing(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    """All it does is noted where it happens."""


def _send(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    pid = _target(process, operands[0])
    if pid is not None:
        find(event, system, pid)


def _send_named(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(operands[0], READ)


def _cancel_timer(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    ref = process.stack[-1] if process.stack else None
    if isinstance(ref, Ref):
        event.touch(timer(ref.number), WRITE)


def _receive(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    pattern, after = operands
    if after is not None:
        process.timed_out = True  # time is elastic: the wait may be over at any moment
    variables = {}
    if pattern is not None:
        try:
            variables = {name: process.lookup(name) for name in pattern.variables()}
        except Fault:  # the instruction faults, and does not look at all
            return
    box = mailbox(system.identity(process.pid))
    event.look = Look(box, pattern, variables, after is not None)
    if after is not None:
        event.touch(box, POLL)


def _register(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(operands[0], READ if operands[0] in system.names else WRITE)


def _unregister(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(operands[0], WRITE if operands[0] in system.names else READ)


def _whereis(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(operands[0], READ)


def _relate(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    pid = _target(process, operands[0])
    if pid is None or pid == process.pid:
        return
    identity = find(event, system, pid)
    event.touch(alive(identity), READ)
    if system.is_alive(pid):
        event.touch(link(system.identity(process.pid), identity), WRITE)


def _demonitor(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    ref = process.stack[-1] if process.stack else None
    watched = process.monitors.get(ref.number) if process.monitors and isinstance(ref, Ref) else None
    if watched is None:
        event.touch(POPULATION, READ)  # whoever it was may have ended
    else:
        identity = system.identity(watched)
        event.touch(alive(identity), READ)
        event.touch(link(system.identity(process.pid), identity), WRITE)


def _kill(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    pid = _target(process, operands[0])
    if pid is not None and pid != process.pid:
        find(event, system, pid)


def _is_alive(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    pid = _target(process, operands[0])
    if pid is not None:
        event.touch(alive(find(event, system, pid)), READ)


def _processes(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(POPULATION, READ)
    if system.counts_pids:
        event.touch(PID_COUNTER, READ)


def _trap_exit(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(trap(system.identity(process.pid)), WRITE)


def _supervise(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(children(system.identity(process.pid)), WRITE)


def _stop_machine(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(MACHINE, WRITE)


def _read_input(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(INPUT, WRITE)


def _chance(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    event.touch(CHANCE, WRITE)


def _print(event: Event, system: NotedSystem, process: Process, operands: tuple[Any, ...]) -> None:
    if system.orders_output:
        event.touch(OUTPUT, WRITE)


INVISIBLE = Row(None)
"""Touches nothing that another process could see or change."""
ASKING = Row(_nothing, True, asking=True)
"""A question to the world outside. What it touches is noted where it is asked; one that is refused touches nothing."""

ROWS: dict[str, Row] = {
    # processes
    "SPAWN": Row(_nothing),
    "SPAWN_LINK": Row(_nothing),
    "SPAWN_MONITOR": Row(_nothing),
    "SELF": INVISIBLE,
    "SPAWNER": INVISIBLE,
    "YIELD": INVISIBLE,
    "IS_ALIVE": Row(_is_alive, True),
    "PROCESSES": Row(_processes, True),
    "REGISTER": Row(_register, True),
    "UNREGISTER": Row(_unregister, True),
    "WHEREIS": Row(_whereis, True),
    # messages
    "SEND": Row(_send),
    "SENDNAMED": Row(_send_named, True),
    "SEND_AFTER": Row(_nothing),
    "CANCEL_TIMER": Row(_cancel_timer, True),
    "RECEIVE": Row(_receive, True),
    # links and monitors
    "LINK": Row(_relate, True),
    "UNLINK": Row(_relate, True),
    "MONITOR": Row(_relate, True),
    "DEMONITOR": Row(_demonitor, True),
    "TRAP_EXIT": Row(_trap_exit),
    "EXIT_PROCESS": Row(_nothing, True),
    "KILL": Row(_kill, True),
    "EXIT": Row(_stop_machine),
    # supervision
    "START_SUPERVISOR": Row(_supervise, True),
    "SUPERVISE_CHILD": Row(_supervise, True),
    "RESTART_CHILD": Row(_supervise, True),
    "STOP_CHILD": Row(_supervise, True),
    # the process itself
    "SLEEP": INVISIBLE,
    "DELETE": INVISIBLE,
    "IMPORT": INVISIBLE,
    # console and surroundings
    "PRINT": Row(_print, printing=True),
    "DUMP_SCOPE": Row(_print, printing=True),
    "READ_LINE": Row(_read_input),
    "READ_CHAR": Row(_read_input),
    "READ_INPUT": Row(_read_input),
    "GET_ARGS": INVISIBLE,
    # time and chance: a process sees only the time that it has waited itself
    "GET_TIME": INVISIBLE,
    "GET_MONOTONIC": INVISIBLE,
    "RANDOM": Row(_chance),
    "ENCRYPT": Row(_chance),
    # the world outside
    **dict.fromkeys(
        (
            *("READ_FILE", "WRITE_FILE", "APPEND_FILE", "READ_BYTES", "WRITE_BYTES", "FILE_EXISTS", "FILE_SIZE"),
            *("DELETE_FILE", "LIST_DIR", "GET_ENV", "SET_ENV", "EXEC", "EXEC_CAPTURE"),
            *("HTTP_GET", "HTTP_POST", "TCP_CONNECT", "TCP_LISTEN", "TCP_ACCEPT", "TCP_SEND", "TCP_RECV"),
            *("UDP_BIND", "UDP_SEND", "UDP_RECV", "DNS_RESOLVE", "PORT_OF", "CLOSE"),
            *("ASYNC_READ", "ASYNC_WRITE", "AWAIT", "STREAM_CREATE", "STREAM_READ", "STREAM_WRITE", "STREAM_CLOSE"),
            *("DB_CONNECT", "DB_QUERY", "DB_EXEC", "DB_QUERY_WITH", "DB_EXEC_WITH"),
        ),
        ASKING,
    ),
}

LETHAL = frozenset(
    {"KILL", "LINK", "SPAWN_LINK", "EXIT", "START_SUPERVISOR", "SUPERVISE_CHILD", "RESTART_CHILD", "STOP_CHILD"}
)
"""Rows that can end another process in the middle of its work, so that it counts what it had printed by then."""


def missing_rows() -> set[str]:
    """Rows of kind actor or effect that the table above forgets."""
    return {name for name, row in ISA.items() if row.kind in (Kind.ACTOR, Kind.EFFECT)} - set(ROWS)
