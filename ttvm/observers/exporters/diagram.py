"""A message diagram as plain text: time goes down, each process has a lane, and messages are arrows between them.

``o-- #3 -->`` is a send, ``*`` where the message is taken; ``o-- #3 --x`` went nowhere. ``+`` is a new process, ``!``
an exit signal, ``?`` a wait, ``X`` an end, ``.`` anything else. ASCII only, so it can be put into any mail or commit
message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ttvm.observers.exporters.lanes import END, LOST, MESSAGE, NOTE, SIGNAL, SPAWN, TAKEN, WAIT, Row, lanes_of, rows_of
from ttvm.observers.exporters.sentences import Titles, titles_of
from ttvm.observers.history import Entry, History, cut
from ttvm.values import Pid

MOST_LANES = 8
"""Lanes side by side; rows of the other processes are told in words."""
LANE = 14
"""Columns of a lane."""
_MARGIN = 9
_LONGEST_TEXT = 60
_MARKS = {TAKEN: "*", WAIT: "?", NOTE: ".", END: "X", LOST: "o", SPAWN: "+", MESSAGE: "o", SIGNAL: "!"}


def export(history: History, note: Callable[[str], None]) -> Iterator[str]:
    """The history as a diagram."""
    titles = titles_of(history.entries)
    rows = list(rows_of(history.entries, titles))
    lanes = lanes_of(rows, MOST_LANES)
    hidden = len({pid for row in rows for pid in (row.start, row.end)} - {0, *lanes})
    if hidden:
        note(f"the diagram has lanes for {len(lanes)} processes; {hidden:,} more are told in words")
    yield from draw(rows, titles, lanes)
    if history.left_out:
        yield f"... and {history.left_out:,} more events\n"


def draw_last(entries: Iterable[Entry], titles: Titles, count: int) -> Iterator[str]:
    """The last rows of what happened."""
    rows = list(rows_of(entries, titles))[-count:]
    yield from draw(rows, titles, lanes_of(rows, MOST_LANES))


def draw(rows: Sequence[Row], titles: Titles, lanes: Sequence[Pid]) -> Iterator[str]:
    """The lines of a diagram, each with its newline."""
    heads = (cut(titles.get(pid, str(pid)), LANE - 1) for pid in lanes)
    yield f"{'step':>{_MARGIN - 2}}  {''.join(f'{_plain(head):<{LANE}}' for head in heads)}".rstrip() + "\n"
    unborn = {row.end for row in rows if row.kind == SPAWN}
    dead: set[Pid] = set()
    for row in rows:
        if row.kind == SPAWN:
            unborn.discard(row.end)
        line = [" "] * (LANE * len(lanes))
        for index, pid in enumerate(lanes):
            if pid not in unborn and pid not in dead:
                line[index * LANE] = "|"
        text = _draw_row(line, row, lanes, titles)
        if row.kind == END:
            dead.add(row.start)
        yield f"{row.step:>{_MARGIN - 2}}  {''.join(line)}{cut(_plain(text), _LONGEST_TEXT)}".rstrip() + "\n"


def _draw_row(line: list[str], row: Row, lanes: Sequence[Pid], titles: Titles) -> str:
    """Put a row into a line; what is to be written beside it."""
    places = {pid: index * LANE for index, pid in enumerate(lanes)}
    start, end = places.get(row.start), places.get(row.end)
    if row.start == row.end or start is None or end is None:
        if end is not None:
            line[end] = _MARKS[row.kind]
        elif start is not None:
            line[start] = _MARKS[row.kind]
        if row.kind == LOST and start is not None:
            _write(line, start + 1, f"-- #{row.number} --x")
        if row.start != row.end and row.kind == MESSAGE:
            return f"#{row.number} from {_title(row.start, titles)} to {_title(row.end, titles)}: {row.text}"
        if row.start == row.end and start is not None:
            return row.text if row.kind != MESSAGE else f"to itself: {row.text}"
        return f"{_title(row.end, titles)} {row.text}"
    forward = start < end
    left, right = (start, end) if forward else (end, start)
    line[left + 1 : right] = "-" * (right - left - 1)
    line[start] = "o"
    line[end - 1 if forward else end + 1] = ">" if forward else "<"
    if row.kind != MESSAGE:
        line[end] = _MARKS[row.kind]
    label = {SPAWN: " spawns ", SIGNAL: " kills "}.get(row.kind, f" #{row.number} ")
    near = start + 2 if forward else start - 2 - len(label)
    _write(line, near, label)
    return row.text


def _write(line: list[str], place: int, text: str) -> None:
    """Write over a part of a line that is as long as it was before."""
    for offset, character in enumerate(text):
        if 0 <= place + offset < len(line):
            line[place + offset] = character


def _title(pid: Pid, titles: Titles) -> str:
    return titles.get(pid, str(pid) if pid else "nobody")


def _plain(text: str) -> str:
    """``text`` with everything that is not ASCII as ``?``: so the columns stay where they are."""
    return text.encode("ascii", "replace").decode("ascii")
