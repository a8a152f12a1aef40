"""Trace events of Chrome: JSON for https://ui.perfetto.dev and chrome://tracing.

Processes are tracks, and a step is a microsecond. A turn is a slice; what a process does to others in it is a small
slice inside of it, and a wait is the slice that follows. Arrows (flow events) lead from sends to receives, from
spawns to first turns, and from exit signals to exits. Exits, and what supervisors decide, are instants. Waits for the
world outside have a category of their own, ``outside``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from ttvm.observers.exporters.sentences import sentence, titles_of
from ttvm.observers.history import Entry, History
from ttvm.values import Pid

_Event: TypeAlias = dict[str, Any]

MACHINE = 1
"""The one operating system process, in the words of Chrome; ours are its threads."""
_DEEDS = ("MessageSent", "MessageTaken", "MessageDropped", "TimerStarted", "OutputWritten", "NameRegistered", "Linked")
"""What is shown as a slice of its own when a process does it in its turn."""
_DECISIONS = ("ChildRestarted", "ChildStopped", "SupervisorGaveUp")
"""What a supervisor does when a child ends: in the turn of the child, so it is an instant on its own track."""


def export(history: History, note: Callable[[str], None]) -> Iterator[str]:
    """The history as one JSON object, an event a line."""
    about = {"program": history.program, "unit": "1 step = 1 us", "events left out": history.left_out}
    yield f'{{"displayTimeUnit": "ms", "otherData": {json.dumps(about)}, "traceEvents": [\n'
    events = _Timeline(history).events()
    yield json.dumps(next(events))
    for event in events:
        yield f",\n{json.dumps(event)}"
    yield "\n]}\n"


class _Timeline:
    """Turns the entries of a history into trace events, one after the other."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._titles = titles_of(history.entries)
        self._turn: Entry | None = None
        self._waits: dict[Pid, Entry] = {}
        self._exits: dict[Pid, float] = {}
        """When each process ended: what the machine does in its name later comes from there."""
        self._origins: dict[str, tuple[Pid, float]] = {}
        """Where the arrow of each message, spawn, timer and signal starts, if it ever gets an end."""
        self._fired = ""
        """The timer that fired just now: the next message is its own."""

    def events(self) -> Iterator[_Event]:
        """All of them, names of tracks first."""
        yield _event("M", 0, name="process_name", args={"name": self._history.program})
        for pid, title in self._titles.items():
            yield _event("M", pid, name="thread_name", args={"name": title})
            yield _event("M", pid, name="thread_sort_index", args={"sort_index": pid})
        for entry in self._history.entries:
            yield from self._events_of(entry)
            self._fired = f"timer {entry.fields['number']}" if entry.kind == "TimerFired" else ""
        last = self._history.entries[-1].step if self._history.left_out else self._history.steps
        yield from self._end_turn(last)
        for entry in list(self._waits.values()):
            yield from self._end_wait(entry.pid, last)

    def _events_of(self, entry: Entry) -> Iterator[_Event]:
        kind, pid, fields = entry.kind, entry.pid, entry.fields
        if kind == "TurnStarted":
            yield from self._end_turn(entry.step)
            self._turn = entry
            yield from self._arrow("spawn", f"spawn {pid}", pid, entry.step + 0.5)
        elif kind == "ProcessSpawned":
            self._start(f"spawn {pid}", int(fields["spawner"]), entry)
            yield from self._deed(entry, int(fields["spawner"]), f"spawns {self._titles[pid]}")
        elif kind == "ProcessBlocked":
            self._waits[pid] = entry
        elif kind == "ProcessWoke":
            yield from self._end_wait(pid, entry.step)
        elif kind == "SignalArrived":
            self._start(f"signal to {pid}", int(fields["sender"]), entry)
        elif kind == "ProcessExited":
            self._exits[pid] = _inside(entry)
            yield from self._arrow("signal", f"signal to {pid}", pid, _inside(entry))
            yield _event("i", pid, s="t", ts=_inside(entry), name=sentence(entry, self._titles), cat=kind)
        elif kind in _DECISIONS:
            yield _event("i", pid, s="t", ts=_inside(entry), name=sentence(entry, self._titles), cat="supervision")
        elif kind in _DEEDS:
            yield from self._deed(entry, pid, sentence(entry, self._titles))
            yield from self._message(entry)

    def _message(self, entry: Entry) -> Iterator[_Event]:
        """Remember where the arrow of a message starts, or draw it when the message is taken."""
        if entry.kind == "TimerStarted":
            self._start(f"timer {entry.fields['number']}", entry.pid, entry)
        elif entry.kind == "MessageSent":
            number = f"message {entry.fields['message']}"
            if self._fired in self._origins:
                self._origins[number] = self._origins.pop(self._fired)
            else:
                self._start(number, entry.pid, entry)
        elif entry.kind == "MessageTaken":
            yield from self._arrow("message", f"message {entry.fields['message']}", entry.pid, _inside(entry))

    def _start(self, arrow: str, pid: Pid, entry: Entry) -> None:
        """An arrow starts where a process is now, or where it ended. Nobody's arrows start nowhere."""
        if pid in self._exits:
            self._origins[arrow] = (pid, self._exits[pid])
        elif self._turn is not None and pid in self._titles:
            # What a supervisor does when a child ends, it does in the turn of the child.
            self._origins[arrow] = (self._turn.pid, _inside(entry))

    def _arrow(self, category: str, name: str, pid: Pid, time: float) -> Iterator[_Event]:
        """The two ends of an arrow, if it has a start."""
        origin = self._origins.pop(name, None)
        if origin is not None:
            yield _event("s", origin[0], ts=origin[1], id=name, name=name, cat=category)
            yield _event("f", pid, bp="e", ts=time, id=name, name=name, cat=category)

    def _deed(self, entry: Entry, pid: Pid, text: str) -> Iterator[_Event]:
        if self._turn is not None and self._turn.pid == pid and pid not in self._exits:
            # A little shorter than its step, so that it lies inside of a turn of one step, and not the other way.
            yield _event("X", pid, ts=entry.step - 0.75, dur=0.5, name=text, cat=entry.kind)

    def _end_turn(self, step: int) -> Iterator[_Event]:
        turn = self._turn
        if turn is not None:
            arguments = {"turn": turn.tick, "scheduler": turn.fields["scheduler"]}
            length = step - turn.step
            yield _event("X", turn.pid, ts=turn.step, dur=length, name=f"turn {turn.tick}", cat="turn", args=arguments)

    def _end_wait(self, pid: Pid, step: int) -> Iterator[_Event]:
        wait = self._waits.pop(pid, None)
        if wait is not None:
            text = sentence(wait, self._titles)
            category = "outside" if "ticket" in wait.fields else "wait"
            yield _event("X", pid, ts=wait.step, dur=step - wait.step, name=text, cat=category)


def _inside(entry: Entry) -> float:
    """The middle of the step of an entry, which no slice but its own contains."""
    return entry.step - 0.5


def _event(phase: str, pid: Pid, **fields: Any) -> _Event:
    return {"ph": phase, "pid": MACHINE, "tid": pid, **fields}
