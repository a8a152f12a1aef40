"""A log for ShiViz (https://bestchai.bitbucket.io/shiviz/), which draws what happened before what.

Two lines for each event of a process, in the order of the run: what it did, and its host with its vector clock (see
``clocks``) as JSON. In front of them stand the two lines that ShiViz wants in a file: the parser regular expression,
which is its default, and the delimiter of several runs, which is empty. Pasted with the log they do no harm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from ttvm.observers.exporters.clocks import Moment, moments_of
from ttvm.observers.exporters.sentences import Titles, sentence, titles_of
from ttvm.observers.history import History

PARSER = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})"
"""The parser regular expression of ShiViz that reads this log, in the syntax of JavaScript."""
LONGEST_LOG = 10_000_000
"""Characters of a log. Clocks of thousands of processes would fill any disk, and nobody could see them."""


def export(history: History, note: Callable[[str], None]) -> Iterator[str]:
    """The history as a ShiViz log; cut when it gets too long for any browser."""
    titles = titles_of(history.entries)
    hosts = {pid: re.sub(r"[^\w().-]+", "_", title) for pid, title in titles.items()}
    yield f"{PARSER}\n\n"
    size = 0
    for moment in moments_of(history.entries):
        clock = json.dumps({hosts[pid]: count for pid, count in moment.clock.items()}, ensure_ascii=False)
        lines = f"{_what(moment, titles)}\n{hosts[moment.pid]} {clock}\n"
        size += len(lines)
        if size > LONGEST_LOG:
            note(f"the log is cut after {LONGEST_LOG:,} characters, at step {moment.entry.step:,}")
            return
        yield lines


def _what(moment: Moment, titles: Titles) -> str:
    entry = moment.entry
    if entry.kind == "ProcessSpawned" and moment.pid != entry.pid:
        return f"spawns {titles[entry.pid]}"
    if entry.kind == "SignalArrived":
        return f"sends an exit signal to {titles[entry.pid]}"
    # A word and a brace would read as a host and its clock.
    return re.sub(r"^(\S*) \{", r"\1  {", sentence(entry, titles))
