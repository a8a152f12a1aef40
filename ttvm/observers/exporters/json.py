"""Versioned JSON lines, for programs: a header, a line for each event, an end.

===========  ==================================================================================
``header``   ``format`` (always ``ttvm-trace``), ``version``, ``program``
each event   ``step``, ``tick``, ``pid``, ``kind``, ``fields``: see ``ttvm.observers.history.Entry``
``end``      ``steps`` of the whole run, ``events`` above, ``left_out`` events, pids ``alive``
===========  ==================================================================================

New kinds and new fields may come at any time; a change that breaks readers raises ``version``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from ttvm.observers.history import History

VERSION = 1


def export(history: History, note: Callable[[str], None]) -> Iterator[str]:
    """The history, one JSON object a line, in ASCII."""
    yield _line({"kind": "header", "format": "ttvm-trace", "version": VERSION, "program": history.program})
    for entry in history.entries:
        yield _line({name: getattr(entry, name) for name in ("step", "tick", "pid", "kind", "fields")})
    counts = {"steps": history.steps, "events": len(history.entries), "left_out": history.left_out}
    yield _line({"kind": "end", **counts, "alive": history.alive})


def _line(record: dict[str, object]) -> str:
    return json.dumps(record) + "\n"
