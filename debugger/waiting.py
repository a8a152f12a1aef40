"""Who waits for whom: what is certain of it, and what the messages so far let one guess.

That a process waits, and for what, is certain. Who should send it is certain only for the end of a process that it
watches. Else the best guess is somebody whom its pattern names, or whom it last wrote to and who has not answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from debugger.chronicle import DROP, RECEIVE, SEND, Chronicle, Entry, shown
from debugger.explanation import title
from debugger.inspector import waiting_words
from debugger.timeline import Timeline
from ttvm.errors import Fault
from ttvm.process.state import NORMAL, Process, ProcessState
from ttvm.source import visible
from ttvm.system.system import System
from ttvm.values import Object, Pid, Ref, Value

MOST_JUMPS = 25
"""Places in the past from which the chronicle is read again, when it has forgotten what is needed."""


class Expectation(NamedTuple):
    """What a process waits for, from whom (0: nobody is known) and why one thinks so.

    ``certain``: there is no other way that it could go on. ``last`` tells of its last messages.
    """

    pid: Pid
    title: str
    what: str
    whom: Pid
    why: str
    certain: bool
    last: str


class _Letters:
    """What is known of the messages of one process, going back from the present."""

    def __init__(self) -> None:
        self.sent: Entry | None = None
        self.taken: Entry | None = None
        self.answered: set[Pid] = set()
        """Those whose messages were taken later than what is looked at."""
        self.unanswered: Entry | None = None

    def go_back_over(self, entry: Entry) -> None:
        """Take account of something that the process did before all that is known so far."""
        if entry.kind == RECEIVE:
            self.taken = self.taken or entry
            self.answered.add(entry.other)
        elif entry.other != entry.pid:
            self.sent = self.sent or entry
            if entry.kind == DROP or entry.other not in self.answered:
                self.unanswered = self.unanswered or entry

    @property
    def is_known(self) -> bool:
        """Whether nothing further back matters."""
        return self.unanswered is not None and self.taken is not None


def entries_backward(chronicle: Chronicle, timeline: Timeline) -> Iterator[Entry]:
    """What happened, the last first, and further back than the chronicle remembers: the machine is elsewhere then."""
    number = chronicle.count
    for _ in range(MOST_JUMPS):
        known = chronicle.entries(0, number)
        yield from reversed(known)
        number -= len(known)
        if not number or not known:
            return
        timeline.goto(known[0].step + 1)


def waiting(system: System) -> list[Process]:
    """Those who wait."""
    return [each for each in system.processes.values() if each.state is ProcessState.WAITING]


def expectations(system: System, chronicle: Chronicle, timeline: Timeline) -> list[Expectation]:
    """Who waits for whom. The machine may be elsewhere afterwards."""
    certain = {process.pid: _watched(process) or _named(process, system) for process in waiting(system)}
    described = {process.pid: (title(process), waiting_words(process)) for process in waiting(system)}
    titles = {pid: title(process) for pid, process in system.processes.items()}
    letters = _letters(described, entries_backward(chronicle, timeline))
    found: list[Expectation] = []
    for pid, (name, what) in described.items():
        known = letters[pid]
        whom, why, sure = certain[pid] or _asked(known, titles)
        found.append(Expectation(pid, name, what, whom, visible(why), sure, _last(known)))
    return found


def _letters(pids: Iterable[Pid], entries: Iterator[Entry]) -> dict[Pid, _Letters]:
    letters = {pid: _Letters() for pid in pids}
    open_ones = set(letters)
    for entry in entries:
        if not open_ones:
            break
        if entry.pid in open_ones and entry.kind in (SEND, RECEIVE, DROP):
            known = letters[entry.pid]
            known.go_back_over(entry)
            if known.is_known:
                open_ones.discard(entry.pid)
    return letters


def _watched(process: Process) -> tuple[Pid, str, bool] | None:
    """Whose end a process waits for, when only the message of that fits its pattern."""
    wait = process.waiting
    if wait is None or wait.pattern is None or _fits(process, Object()):
        return None
    fitting = [
        pid
        for number, pid in (process.monitors or {}).items()
        if _fits(process, Object(type="DOWN", ref=Ref(number), pid=pid, reason=NORMAL))
    ]
    if not fitting:
        return None
    more = f" or of {len(fitting) - 1} more" if len(fitting) > 1 else ""
    return fitting[0], f"it watches process {fitting[0]} and waits for the end of that{more}", True


def _fits(process: Process, message: Value) -> bool:
    wait = process.waiting
    try:
        return wait is not None and wait.pattern is not None and wait.pattern.matches(message, process.lookup)
    except Fault:  # the user has taken a variable away that the pattern reads
        return False


def _named(process: Process, system: System) -> tuple[Pid, str, bool] | None:
    """A process whose pid a variable of the pattern holds."""
    wait = process.waiting
    if wait is None or wait.pattern is None:
        return None
    for name in wait.pattern.variables():
        value = process.frame.variables.get(name)
        if type(value) is int and value in system.processes and value != process.pid:
            return value, f"its pattern has ${name}, which is {value}", False
    return None


def _asked(known: _Letters, titles: dict[Pid, str]) -> tuple[Pid, str, bool]:
    entry = known.unanswered
    if entry is None:
        return 0, "nobody is known whom it has asked", False
    if entry.kind == DROP:
        value, to = entry.detail
        return 0, f"it wrote #{entry.number} {shown(value)} to {to} at step {entry.step:,}, and nobody was there", False
    whom = entry.other
    wrote = f"it wrote #{entry.number} {shown(entry.detail)} to {titles.get(whom, str(whom))} at step {entry.step:,}"
    if whom not in titles:
        return 0, f"{wrote}, which has ended without an answer", False
    return whom, f"{wrote} and has had no answer", False


def _last(known: _Letters) -> str:
    parts = []
    if known.sent is not None:
        parts.append(f"its last send was at step {known.sent.step:,}")
    if known.taken is not None:
        parts.append(f"its last receive at step {known.taken.step:,}")
    return ", ".join(parts) or "it has sent and received nothing"


def circle(found: Sequence[Expectation]) -> list[Expectation]:
    """Processes each of which waits for the next one, and the last for the first; empty when there are none."""
    by_pid = {each.pid: each for each in found}
    for start in found:
        way: list[Expectation] = []
        at: Expectation | None = start
        while at is not None and at not in way:
            way.append(at)
            at = by_pid.get(at.whom)
        if at is not None:
            return way[way.index(at) :]
    return []
