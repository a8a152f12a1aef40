"""The words in which traces speak of events: one sentence for each kind, and a title for each process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from ttvm.observers.history import Entry, Plain, cut
from ttvm.source import visible
from ttvm.values import Pid

Titles: TypeAlias = Mapping[Pid, str]
_Fields: TypeAlias = Mapping[str, Plain]

LONGEST_TITLE = 40
_PIDS = ("sender", "receiver", "spawner", "to", "other", "watched", "process", "before", "pid")
"""Fields that name a process; sentences show its title."""


def titles_of(entries: Iterable[Entry]) -> dict[Pid, str]:
    """A title for each process, in the order of spawning: pid, what it runs, and its first name.

    ``2 worker``, or ``2 worker (printer)`` when it is registered under another name than that.
    """
    targets: dict[Pid, str] = {}
    names: dict[Pid, str] = {}
    for entry in entries:
        if entry.kind == "ProcessSpawned":
            targets[entry.pid] = cut(str(entry.fields["target"]), LONGEST_TITLE)
        elif entry.kind == "NameRegistered":
            names.setdefault(entry.pid, cut(str(entry.fields["name"]), LONGEST_TITLE))
    return {pid: visible(_title(pid, target, names.get(pid, target))) for pid, target in targets.items()}


def _title(pid: Pid, target: str, name: str) -> str:
    return f"{pid} {target}" if name == target else f"{pid} {target} ({name})"


def sentence(entry: Entry, titles: Titles) -> str:
    """What a process does, without its title, on one line that is safe to show; of an unknown kind, all fields."""
    template = _SENTENCES.get(entry.kind)
    fields = {name: _with_title(name, value, titles) for name, value in entry.fields.items()}
    if template is None:
        return visible(" ".join([entry.kind, *(f"{name}={value}" for name, value in fields.items())]))
    return visible((template if isinstance(template, str) else template(fields)).format_map(fields))


def _with_title(name: str, value: Plain, titles: Titles) -> Plain:
    if name in _PIDS and isinstance(value, int):
        return titles.get(value, str(value))
    return value.rstrip("\n") if isinstance(value, str) else value


def _spawned(fields: _Fields) -> str:
    return "is spawned by {spawner}" if fields["spawner"] != "0" else "begins"


def _blocked(fields: _Fields) -> str:
    if fields["asleep"]:
        text = "waits for {what}" if fields.get("what") else "sleeps"
    else:
        text = "waits for {pattern}" if "pattern" in fields else "waits for any message"
    return text + " until {deadline} ms" if "deadline" in fields else text


def _woke(fields: _Fields) -> str:
    return "wakes: its time is over" if fields["timeout"] else "wakes"


def _exited(fields: _Fields) -> str:
    return "crashes: {kind}: {reason}" if fields["kind"] else "ends: {reason}"


def _failed(fields: _Fields) -> str:
    return "fails and catches it: {message}" if fields["caught"] else "fails: {message}"


_SENTENCES: dict[str, str | Callable[[_Fields], str]] = {
    "TurnStarted": "begins turn {tick} on scheduler {scheduler}",
    "ProcessSpawned": _spawned,
    "ProcessBlocked": _blocked,
    "ProcessWoke": _woke,
    "ProcessExited": _exited,
    "MessageSent": "sends #{message} to {receiver}: {value}",
    "MessageTaken": "takes #{message} from {sender}: {value}",
    "MessageDropped": "sends #{message} to {to}, who is not there: {value}",
    "NameRegistered": "is called {name} from now on",
    "NameFreed": "is no longer called {name}",
    "Linked": "links itself with {other}",
    "MonitorFired": "hears of the end of {watched}: {reason}",
    "ChildRestarted": "restarts {name}: {process} takes the place of {before}",
    "ChildStopped": "does not restart {name}: {pid} ended: {reason}",
    "SupervisorGaveUp": "gives up because of {name}: {why}: {reason}",
    "FaultRaised": _failed,
    "SignalArrived": "gets an exit signal from {sender}: {reason}",
    "TimerStarted": "sets timer {number}: a message to {to} at {deadline} ms",
    "TimerFired": "timer {number} fires",
    "OutputWritten": "prints {text}",
    "Warned": "is warned: {text}",
}
