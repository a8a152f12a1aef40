"""Races of messages that a RECEIVE has seen: the RECEIVE is the observer of the order of two messages.

Whether one message came into a mailbox before another matters only when some RECEIVE took the first one and would have
taken the second one, too. So the order of messages is left out of what happened before what, and each RECEIVE is asked
for its alternatives instead: which other messages could it have taken, had they come first? And one with AFTER: could
its time have been over before any of them came?

An alternative is a sequence of all events that would also have happened without the RECEIVE, in an order in which that
other message comes before all others that fit, together with the RECEIVE. The idea is that of Aronis, Jonsson, Lang and
Sagonas (TACAS 2018); docs/decisions/0011-observers.md says what is done differently here, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ttvm.explore.events import Append, Event
from ttvm.explore.trace import Trace


class Alternative(NamedTuple):
    """Another way to go on."""

    position: int
    """How many events stay as they are."""
    sequence: list[Event]
    """What would follow, with the RECEIVE that takes something else as early as it can be."""


class Observation(NamedTuple):
    """A RECEIVE that took a message although others would have fitted as well. Events are given by their positions."""

    receive: int
    sender: int
    rivals: dict[int, Append]
    """Which later message of another event it could have taken. Those that come behind the RECEIVE, or behind the
    message that it took, in any order of the events, are left out."""


def observations(trace: Trace) -> list[Observation]:
    """The RECEIVEs that have seen the order of messages, and those with AFTER that could have taken nothing."""
    events, before = trace.events, trace.before
    taken_at = {events[position].taken: position for position in trace.takes}
    found = []
    for position in trace.takes:
        sender = trace.sender_of(events[position].taken)
        look = events[position].look
        if sender is None or look is None:
            continue  # the message was there at the start
        rivals: dict[int, Append] = {}
        for other in reversed(trace.users_of(look.box)):
            if other <= sender:
                break
            if before[other] >> position & 1 or before[other] >> sender & 1:
                continue
            for each in events[other].appends:
                if each.box == look.box and taken_at.get(each.number, position) >= position and look.fits(each.value):
                    rivals[other] = each
                    break
        if rivals or look.polls:
            found.append(Observation(position, sender, rivals))
    return found


def alternatives(trace: Trace, is_known: Callable[[int, Event], bool]) -> Iterator[Alternative]:
    """What the RECEIVEs of an execution could have done instead.

    ``is_known`` says whether everything is known that goes on with an event after so many others: then no alternative
    is made. (Most are known already, and this is much faster than to find it out from the whole sequence.)
    """
    seen = observations(trace)
    for each in seen:
        old = (1 << each.sender) - 1
        follows = trace.behind(each.receive)
        for rival, append in each.rivals.items():
            stay, first = _to_come_first(trace, seen, each, rival, ~follows)
            new = first & ~old
            if new and not is_known(each.sender, trace.events[(new & -new).bit_length() - 1]):
                yield _alternative(trace, seen, each, stay, first, append.number)
        look = trace.events[each.receive].look
        if look is not None and look.polls:
            gone = trace.behind(each.sender) | follows
            for rival in each.rivals:
                gone |= trace.behind(rival)
            cause = trace.cause_of(each.receive)
            if cause < 0 or not gone >> cause & 1:
                yield _alternative(trace, seen, each, ~gone, 0, 0)


def _to_come_first(
    trace: Trace, seen: list[Observation], observation: Observation, rival: int, stay: int
) -> tuple[int, int]:
    """The events that stay when a rival is to come first, and those of them up to the rival; no event when it cannot.

    ``stay`` are those that do not depend on the RECEIVE.

    It cannot come first when another message that fits must come before it: because its sender knew of that one, or
    because another RECEIVE has seen them, or others, in that order. When the other RECEIVE has seen a second message
    of the same event (the end of a process tells several others), that RECEIVE does not stay.
    """
    receive, sender, rivals = observation
    while True:
        past = _past(trace, seen, stay, 1 << rival)
        if not past >> sender & 1:
            return (0, 0) if any(past >> other & 1 for other in rivals if other != rival) else (stay, past)
        hindering = 0
        for each in seen:
            if each.sender == sender and stay >> each.receive & 1 and any(past >> other & 1 for other in each.rivals):
                hindering |= trace.behind(each.receive)
        cause = trace.cause_of(receive)
        if not hindering or (hindering >> rival | hindering >> sender | (cause >= 0 and hindering >> cause)) & 1:
            return 0, 0
        stay &= ~hindering


def _past(trace: Trace, seen: list[Observation], stay: int, positions: int) -> int:
    """All that comes before some events, and those; of the RECEIVEs that have seen an order, those that stay count."""
    past = 0
    while positions:
        position = positions.bit_length() - 1
        past |= trace.before[position] | 1 << position
        positions &= ~past
        if not positions:
            for each in seen:
                counts = stay >> each.receive & 1 and not past >> each.sender & 1
                if counts and any(past >> other & 1 for other in each.rivals):
                    positions |= 1 << each.sender
    return past


def _alternative(
    trace: Trace, seen: list[Observation], observation: Observation, stay: int, first: int, number: int
) -> Alternative:
    """The events in ``first``, what the RECEIVE needs besides, the RECEIVE, and the rest of what stays."""
    events = trace.events
    receive, sender, _ = observation
    cause = trace.cause_of(receive)
    needed = _past(trace, seen, stay, 1 << cause) if cause >= 0 else 0
    free = [position for position in range(sender, len(events)) if stay >> position & 1]
    sequence = [events[position] for position in free if first >> position & 1]
    sequence += [events[position] for position in free if needed >> position & 1 and not first >> position & 1]
    sequence.append(events[receive].with_taken(number))
    sequence += [events[position] for position in free if not (first | needed) >> position & 1]
    return Alternative(sender, sequence)
