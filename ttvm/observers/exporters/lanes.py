"""What the message diagrams have in common: rows of marks and arrows on lanes, one lane for each process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ttvm.observers.exporters.sentences import Titles, sentence
from ttvm.observers.history import Entry
from ttvm.record import Record
from ttvm.source import visible
from ttvm.values import Pid

MESSAGE, LOST, TAKEN, SPAWN = "message", "lost", "taken", "spawn"
SIGNAL, WAIT, NOTE, END = "signal", "wait", "note", "end"

_KINDS = {
    "MessageSent": MESSAGE,
    "MessageDropped": LOST,
    "MessageTaken": TAKEN,
    "ProcessSpawned": SPAWN,
    "SignalArrived": SIGNAL,
    "ProcessExited": END,
    "ProcessBlocked": WAIT,
    "NameRegistered": NOTE,
    "ChildRestarted": NOTE,
    "SupervisorGaveUp": NOTE,
}
"""The events that are drawn. A wake is not: what came just before it tells as much."""


class Row(Record):
    """One event: an arrow from ``start`` to ``end``, or, when these are the same, a mark.

    ``number`` is that of a message (0: none), ``text`` what stands beside it.
    """

    step: int
    kind: str
    start: Pid
    end: Pid
    number: int
    text: str


def rows_of(entries: Iterable[Entry], titles: Titles) -> Iterator[Row]:
    """The rows of a diagram, in order."""
    for entry in entries:
        kind = _KINDS.get(entry.kind)
        if kind is not None:
            yield _row(kind, entry, titles)
        elif entry.kind == "ProcessWoke" and entry.fields["timeout"]:
            yield _row(NOTE, entry, titles)


def _row(kind: str, entry: Entry, titles: Titles) -> Row:
    fields, pid = entry.fields, entry.pid
    number = int(fields.get("message", 0))
    words = sentence(entry, titles)
    if kind == MESSAGE:
        return Row(entry.step, kind, pid, int(fields["receiver"]), number, visible(str(fields["value"])))
    if kind == SPAWN:
        return Row(entry.step, kind, int(fields["spawner"]) or pid, pid, 0, words)
    if kind == SIGNAL:
        return Row(entry.step, kind, int(fields["sender"]), pid, 0, words)
    return Row(entry.step, kind, pid, pid, number, words)


def lanes_of(rows: Sequence[Row], most: int) -> list[Pid]:
    """The processes that get lanes, by pid: all of them, or those with the most rows; nobody, pid 0, gets none."""
    counts: dict[Pid, int] = {}
    for row in rows:
        for pid in {row.start, row.end} - {0}:
            counts[pid] = counts.get(pid, 0) + 1
    busiest = sorted(counts, key=lambda pid: (-counts[pid], pid))[:most]
    return sorted(busiest)
