"""Gather outcomes and findings, execution by execution. What several workers gathered can be put together."""

from __future__ import annotations

from collections.abc import Iterable

from ttvm.explore.noting import Trouble
from ttvm.explore.outcomes import Outcome, outcome_of
from ttvm.explore.report import BAD, Finding, OutcomeClass, Schedule
from ttvm.explore.state import State
from ttvm.forms import debug
from ttvm.record import Record
from ttvm.values import Pid


class Key(Record):
    """What makes two findings the same one."""

    kind: str
    process: Pid
    place: str
    text: str


class Ended(Record):
    """One execution: where it ended, by which schedule, and what went wrong on the way."""

    state: State
    schedule: Schedule
    troubles: tuple[Trouble, ...]
    truncated: bool
    """Whether it was cut off because it is too long. Then it has no outcome, as when a question had no answer."""


class Collection:
    """Outcomes and findings with their counts and simplest schedules."""

    def __init__(self) -> None:
        self.outcomes: dict[Outcome, OutcomeClass] = {}
        self.found: dict[Key, tuple[int, Schedule]] = {}

    def add(self, ended: Ended) -> None:
        """One execution more."""
        for trouble in dict.fromkeys(ended.troubles):
            if trouble.kind != "literal pid":
                self._find(Key(trouble.kind, trouble.pid, trouble.place, trouble.text), 1, ended.schedule)
        if ended.truncated or any(trouble.kind == "not recorded" for trouble in ended.troubles):
            return
        outcome = outcome_of(ended.state)
        self._class(OutcomeClass(outcome, 1, ended.schedule))
        for key in keys_of_end(ended.state, outcome, ended.troubles):
            self._find(key, 1, ended.schedule)

    def merge(self, other: Collection) -> None:
        """All that another collection has."""
        for each in other.outcomes.values():
            self._class(each)
        for key, (count, schedule) in other.found.items():
            self._find(key, count, schedule)

    def _class(self, new: OutcomeClass) -> None:
        known = self.outcomes.get(new.outcome)
        if known is not None:
            schedule = min(known.schedule, new.schedule, key=lambda each: each.rank)
            new = OutcomeClass(new.outcome, known.count + new.count, schedule)
        self.outcomes[new.outcome] = new

    def _find(self, key: Key, count: int, schedule: Schedule) -> None:
        if key in self.found:
            before, known = self.found[key]
            count, schedule = count + before, min(known, schedule, key=lambda each: each.rank)
        self.found[key] = (count, schedule)

    def orphans(self) -> Iterable[tuple[Key, int, Schedule]]:
        """Processes that are left waiting in some executions, although the main process ends, and end in others."""
        ends = {pid for outcome in self.outcomes for pid, _ in outcome.exits}
        for pid in sorted(ends):
            left = [
                each for each in self.outcomes.values() if pid in each.outcome.blocked and 1 not in each.outcome.blocked
            ]
            if left:
                count = sum(each.count for each in left)
                schedule = min((each.schedule for each in left), key=lambda each: each.rank)
                text = f"process {pid} is left waiting for ever; in other executions it ends"
                yield Key("orphan", pid, "", text), count, schedule

    def unexpected(self, expected: tuple[tuple[str, ...], ...]) -> Iterable[tuple[Key, int, Schedule]]:
        """Outcomes in which something else is printed than what is expected."""
        for each in self.outcomes.values():
            lines = printed_lines(each.outcome)
            if lines not in expected:
                yield unexpected_key(lines), each.count, each.schedule

    def findings(self, expected: tuple[tuple[str, ...], ...] | None = None) -> list[Finding]:
        """Everything that was found, the simplest schedule first."""
        all_found = [(key, count, schedule) for key, (count, schedule) in self.found.items()]
        all_found += self.orphans()
        if expected is not None:
            all_found += self.unexpected(expected)
        all_found.sort(
            key=lambda each: (each[2].preemptions, len(each[2].steps), BAD.index(each[0].kind), each[0].text)
        )
        return [
            Finding(key.kind, key.text, key.process, key.place, schedule, count) for key, count, schedule in all_found
        ]


def printed_lines(outcome: Outcome) -> tuple[str, ...]:
    """What all processes printed, in the order of their pids."""
    return tuple(line for _, lines in outcome.output for line in lines)


def unexpected_key(lines: tuple[str, ...]) -> Key:
    """The finding that this is printed."""
    return Key("unexpected output", 1, "", f"this is printed: {' / '.join(lines)}" if lines else "nothing is printed")


def keys_of_end(state: State, outcome: Outcome, troubles: tuple[Trouble, ...]) -> Iterable[Key]:
    """What is wrong with how an execution ended."""
    if 1 in outcome.blocked:
        waiting = state.processes[1]
        place = waiting.frame.module.place(waiting.pc)
        others = [pid for pid in outcome.blocked if pid != 1]
        with_whom = f", and so do {', '.join(map(str, others))}" if others else ""
        yield Key("deadlock", 1, place, f"the main process waits, and nobody can ever wake it{with_whom}")
    late = {trouble for trouble in troubles if trouble.kind == "literal pid"}
    for trouble in late:
        pid = int(trouble.text.split()[1])
        if pid in state.counts or pid in state.exits or pid in state.processes:
            yield Key("literal pid", trouble.pid, trouble.place, f"{trouble.text}, and is made later")
    seen = set()
    for sender, to, text, why in state.lost:
        if (sender, to) not in seen:
            seen.add((sender, to))
            yield Key("lost message", sender, "", f"nobody takes {text} from {sender} to {to}: {why}")
    if 1 in outcome.blocked:
        return  # what lies in mailboxes is part of the deadlock
    for pid, process in state.processes.items():
        for message in process.mailbox:
            if message.step and (message.sender, pid) not in seen:
                seen.add((message.sender, pid))
                text = debug(message.value, 80)
                yield Key(
                    "lost message",
                    message.sender,
                    "",
                    f"nobody takes {text} from {message.sender} to {pid}: {pid} lives on without taking it",
                )
