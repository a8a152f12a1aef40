"""Events: what one visible step of a process did, and when the order of two of them matters.

A step reads, writes or adds to objects; together they are its footprint. Two steps of different processes depend on
each other when they touch one object and not both in a way that commutes. Everything else may be swapped without
anybody noticing, and that is why most interleavings need not be run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ttvm.process.patterns import Pattern
from ttvm.values import Pid, Value

if TYPE_CHECKING:
    from ttvm.program import Module

READ, COUNT, APPEND, WRITE, POLL = 1, 2, 4, 8, 16
"""How a step touches an object. COUNT is a change whose order among its kind nobody can tell (one process more);
APPEND puts a message in a mailbox; POLL looks into one and does not wait."""

COMMUTING = READ | COUNT | POLL
"""Uses of one object that commute when both are of the same kind of these."""
COMMUTING_UNSEEN = COMMUTING | APPEND
"""The same where the order of two messages counts only once a RECEIVE has seen it: see ``ttvm.explore.observers``."""

Thing = int | str | tuple[Pid, Pid]
"""An object of a footprint: a number for what belongs to a process, a text for a name, two pids for a link."""

_FATE, _MAILBOX, _ALIVE, _BORN, _TRAP, _CHILDREN, _TIMER = range(7)
POPULATION, PID_COUNTER, INPUT, CHANCE, OUTPUT, MACHINE = range(-1, -7, -1)
"""Objects there is one of."""


def fate(pid: Pid) -> Thing:
    """Whether an exit signal has struck a process. Each of its own steps reads it."""
    return pid << 3 | _FATE


def mailbox(pid: Pid) -> Thing:
    """The mailbox of a process."""
    return pid << 3 | _MAILBOX


def alive(pid: Pid) -> Thing:
    """Whether a process has not ended yet."""
    return pid << 3 | _ALIVE


def born(pid: Pid) -> Thing:
    """Whether a process exists already; what is done to a pid before that is lost."""
    return pid << 3 | _BORN


def trap(pid: Pid) -> Thing:
    """Whether a process traps exits."""
    return pid << 3 | _TRAP


def children(pid: Pid) -> Thing:
    """What a supervisor knows of its children, and does to them."""
    return pid << 3 | _CHILDREN


def timer(number: int) -> Thing:
    """A timer of SEND_AFTER."""
    return number << 3 | _TIMER


def link(one: Pid, other: Pid) -> Thing:
    """The link or the monitors between two processes."""
    return (one, other) if one < other else (other, one)


class Append(NamedTuple):
    """A message that a step put in a mailbox."""

    box: Thing
    number: int
    """0 for one to the dead, which nobody can take."""
    value: Value
    takers: int
    """The RECEIVEs of the program that may take it, as the bits of a number."""


class Look:
    """What a RECEIVE would have taken: the messages of ``box`` that fit the pattern."""

    __slots__ = ("box", "pattern", "polls", "variables")

    def __init__(self, box: Thing, pattern: Pattern | None, variables: dict[str, Value], polls: bool) -> None:
        self.box = box
        self.pattern = pattern
        self.variables = variables
        self.polls = polls
        """Whether it has an AFTER, so that it may go on without a message."""

    def fits(self, value: Value) -> bool:
        """Whether it would take a message with this value."""
        return self.pattern is None or self.pattern.matches(value, self.variables.__getitem__)


class Event:
    """One visible step of a process, or the firing of a timer (``pid`` is then minus its number).

    ``number`` counts the steps of the process from 1. ``address`` of ``module`` is the instruction, -1 for an exit
    by a signal. ``volatile`` says that the step may do something else when it is done earlier.
    """

    __slots__ = (
        "address",
        "appends",
        "footprint",
        "look",
        "module",
        "number",
        "pid",
        "started",
        "stops",
        "taken",
        "text",
        "volatile",
    )

    def __init__(self, pid: Pid, number: int, module: Module | None, address: int) -> None:
        self.pid = pid
        self.number = number
        self.module = module
        self.address = address
        self.footprint: dict[Thing, int] = {}
        self.appends: list[Append] = []
        """Each message it put somewhere."""
        self.look: Look | None = None
        """How a RECEIVE looked into its mailbox."""
        self.taken = 0
        """The number of the message that a RECEIVE took; 0 for none: its time was over."""
        self.started: list[Pid] = []
        """Processes (and timers) that exist because of this step."""
        self.stops = False
        """Whether it ends the whole machine."""
        self.volatile = False
        self.text = ""
        """What happened, in words, as far as only this step knows it."""

    def touch(self, thing: Thing, how: int) -> None:
        """Add to the footprint; two different uses of one object together are as strong as a write."""
        before = self.footprint.get(thing)
        self.footprint[thing] = how if before is None or before == how else WRITE

    def with_taken(self, number: int) -> Event:
        """This RECEIVE as it would be had it taken another message."""
        twin = Event(self.pid, self.number, self.module, self.address)
        twin.footprint, twin.look, twin.taken, twin.volatile = self.footprint, self.look, number, self.volatile
        return twin

    @property
    def place(self) -> str:
        """``file:line``, or an empty text for what is not an instruction."""
        return self.module.place(self.address) if self.module is not None else ""

    @property
    def mnemonic(self) -> str:
        """The instruction; ``exit`` for an exit by a signal or behind the last line, ``timer`` for a timer."""
        if self.pid < 0:
            return "timer"
        if self.module is None or not 0 <= self.address < len(self.module.ops):
            return "exit"
        return self.module.ops[self.address].row.mnemonic

    def __repr__(self) -> str:
        return f"<{self.pid}.{self.number} {self.mnemonic} {self.place}>"


def depends(first: Event, second: Event, commuting: int = COMMUTING) -> bool:
    """Whether the order of the two can matter."""
    if first.pid == second.pid or first.stops or second.stops:
        return True
    small, large = first.footprint, second.footprint
    if len(small) > len(large):
        small, large = large, small
    for thing, how in small.items():
        other = large.get(thing)
        if other is not None and not (how & other & commuting) and conflicts(thing, how, other, first, second):
            return True
    return False


def conflicts(thing: Thing, how: int, other: int, first: Event, second: Event) -> bool:
    """Whether two uses of an object that do not commute by their kinds alone really exclude each other."""
    if how == other == APPEND:
        return _order_shows(thing, first, second)
    if how | other != POLL | APPEND:
        return True
    polling, appending = (first, second) if first.footprint[thing] == POLL else (second, first)
    look = polling.look
    assert look is not None
    if polling.taken:
        return any(each.number == polling.taken for each in appending.appends)
    return any(each.box == thing and look.fits(each.value) for each in appending.appends)


def _order_shows(box: Thing, first: Event, second: Event) -> bool:
    """Whether the order of two messages in a mailbox can show: some RECEIVE may take either."""
    return any(
        one.takers & other.takers
        for one in first.appends
        if one.box == box
        for other in second.appends
        if other.box == box
    )


def causes(first: Event, second: Event) -> bool:
    """Whether ``second`` is only possible because of ``first``: the process it made, the message it sent."""
    if second.number == 1 and second.pid in first.started:
        return True
    return second.taken != 0 and any(each.number == second.taken for each in first.appends)
