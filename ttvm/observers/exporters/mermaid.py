"""Mermaid sequence diagrams, which Markdown viewers such as GitHub's draw.

A process is a lifeline, in the order of spawning. Messages are arrows with their number and value, drawn where they
are sent; dropped ones end in a cross. Dotted arrows are spawns and exit signals. Notes tell who waits, for messages
or for the world outside, who wakes, ends and crashes, and what supervisors decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ttvm.observers.exporters.sentences import Titles, sentence, titles_of
from ttvm.observers.history import Entry, History, Plain, cut
from ttvm.source import visible
from ttvm.values import Pid

LONGEST_DIAGRAM = 50_000
"""Characters of a diagram. Viewers refuse longer ones: it is the default of Mermaid's ``maxTextSize``."""
LONGEST_LABEL = 60
"""Characters of the text of an arrow or note, before they are escaped."""
_END_SIZE = 200
"""Room for the note that tells what is not drawn."""
_NOTES = (
    *("ProcessBlocked", "ProcessWoke", "ProcessExited"),
    *("ChildRestarted", "ChildStopped", "SupervisorGaveUp"),
)
_DANGEROUS = re.compile("""[^\\w ,.:()\\[\\]{}"'=|/!?*+@-]|:(?! )|[\u00df\ufb02]""")
"""What may mean something to Mermaid, HTML or Markdown; the two letters are marks that Mermaid itself puts in texts."""


def export(history: History, note: Callable[[str], None]) -> Iterator[str]:
    """The history as a ``sequenceDiagram``, without the code fence; cut where viewers would refuse it."""
    titles = titles_of(history.entries)
    diagram = _Diagram(titles)
    hidden = history.left_out
    full = False
    for entry in history.entries:
        if entry.kind not in _DRAWN:
            continue
        if full or not diagram.add(_DRAWN[entry.kind](entry, titles)):
            full = True
            hidden += 1
    if full:
        note(f"the diagram is cut: {hidden:,} more events would pass the {LONGEST_DIAGRAM:,} characters viewers draw")
    yield from diagram.lines(hidden)


class _Line:
    """A line of the diagram and the lifelines it needs; ``end`` is the same pid for a note."""

    def __init__(self, start: Pid, arrow: str, end: Pid, text: str) -> None:
        self.pids = (start, end)
        text = escape(cut(text, LONGEST_LABEL))
        place = f"{_lifeline(start)}{arrow}{_lifeline(end)}" if arrow else f"Note over {_lifeline(start)}"
        self.text = f"    {place}: {text}\n"


class _Diagram:
    """Lines and the lifelines they need, never longer than viewers allow."""

    def __init__(self, titles: Titles) -> None:
        self._titles = titles
        self._head: dict[Pid, str] = {}
        self._body: list[str] = []
        self._size = _END_SIZE

    def add(self, line: _Line) -> bool:
        """Add a line; False when there is no more room."""
        new = {pid: self._participant(pid) for pid in line.pids if pid not in self._head}
        size = self._size + len(line.text) + sum(map(len, new.values()))
        if size > LONGEST_DIAGRAM:
            return False
        self._size = size
        self._head.update(new)
        self._body.append(line.text)
        return True

    def lines(self, hidden: int) -> Iterator[str]:
        """The whole diagram; ``hidden`` events are not in it."""
        yield "sequenceDiagram\n"
        # Nobody, pid 0, stands behind all others.
        pids = sorted(self._head, key=lambda pid: (pid == 0, pid))
        yield from (self._head[pid] for pid in pids)
        yield from self._body
        if hidden and pids:
            yield f"    Note over {_lifeline(pids[0])}: ... {hidden} more events are not drawn\n"

    def _participant(self, pid: Pid) -> str:
        return f"    participant {_lifeline(pid)} as {escape(self._titles.get(pid, '(nobody)'))}\n"


def _lifeline(pid: Pid) -> str:
    return f"p{pid}"


def escape(text: str) -> str:
    """``text`` with everything that could mean more than itself as an entity code: ``#`` becomes ``#35;``."""
    return _DANGEROUS.sub(lambda found: f"#{ord(found[0])};", visible(text))


def _known(pid: Plain, titles: Titles) -> Pid:
    """``pid``, or 0, the lifeline of nobody, when there was no such process."""
    return pid if isinstance(pid, int) and pid in titles else 0


def _sent(entry: Entry, titles: Titles) -> _Line:
    text = f"#{entry.fields['message']} {entry.fields['value']}"
    return _Line(_known(entry.pid, titles), "->>", int(entry.fields["receiver"]), text)


def _dropped(entry: Entry, titles: Titles) -> _Line:
    to = entry.fields["to"]
    end = _known(to, titles)
    address = "" if end else f" to {to}:"
    text = f"#{entry.fields['message']}{address} {entry.fields['value']}"
    return _Line(_known(entry.pid, titles), "-x", end, text)


def _spawned(entry: Entry, titles: Titles) -> _Line:
    spawner = int(entry.fields["spawner"])
    if not spawner:
        return _note(entry, titles)
    return _Line(spawner, "-->>", entry.pid, f"spawns {entry.fields['target']}")


def _signal(entry: Entry, titles: Titles) -> _Line:
    return _Line(_known(entry.fields["sender"], titles), "-->>", entry.pid, f"exit signal: {entry.fields['reason']}")


def _note(entry: Entry, titles: Titles) -> _Line:
    return _Line(entry.pid, "", entry.pid, sentence(entry, titles))


_DRAWN: dict[str, Callable[[Entry, Titles], _Line]] = {
    "MessageSent": _sent,
    "MessageDropped": _dropped,
    "ProcessSpawned": _spawned,
    "SignalArrived": _signal,
    **dict.fromkeys(_NOTES, _note),
}
