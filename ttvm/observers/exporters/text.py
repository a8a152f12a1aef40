"""A line for people for each event: step, turn, process, what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ttvm.observers.exporters.sentences import sentence, titles_of
from ttvm.observers.history import History


def export(history: History, note: Callable[[str], None]) -> Iterator[str]:
    """The history as a table; its last line tells how the run came out of it."""
    titles = titles_of(history.entries)
    width = max((len(title) for title in titles.values()), default=0)
    yield f"{'step':>8} {'turn':>6}  {'process':<{width}}  what happened\n"
    for entry in history.entries:
        title = titles.get(entry.pid, str(entry.pid or ""))
        yield f"{entry.step:>8} {entry.tick:>6}  {title:<{width}}  {sentence(entry, titles)}\n"
    if history.left_out:
        yield f"... and {history.left_out:,} more events\n"
    yield f"{history.steps:,} steps, {len(history.alive):,} processes alive at the end\n"
