"""What an exploration found out, as plain data, and its form as JSON (docs/exploring.md describes the fields)."""

from __future__ import annotations

from typing import Any

from ttvm.explore.outcomes import Outcome
from ttvm.record import Record
from ttvm.values import Pid

VERSION = 1
"""Of the JSON form. A field that is added does not change it; one that is removed, or means something else, does."""
BAD = (
    *("deadlock", "crash", "failed assertion", "unexpected output", "process loops", "name conflict", "literal pid"),
    *("lost message", "orphan", "bound hit", "not recorded"),
)
"""The kinds of findings, the worst first."""

ENDLESS = ("process loops", "bound hit")
"""The kinds whose executions have no end of their own."""


class Schedule(Record):
    """Who takes each visible step: pids, and minus the number of a timer that fires."""

    steps: tuple[Pid, ...]
    preemptions: int
    """How often a step is not of the process that went before, although that one could go on."""

    @property
    def rank(self) -> tuple[int, int, tuple[Pid, ...]]:
        """The simpler of two schedules has the smaller rank."""
        return (self.preemptions, len(self.steps), self.steps)


class OutcomeClass(Record):
    """All executions with one outcome."""

    outcome: Outcome
    count: int
    schedule: Schedule
    """The simplest of their schedules that was met."""


class Finding(Record):
    """Something that can go wrong, and how."""

    kind: str
    text: str
    process: Pid
    """Whose trouble it is."""
    place: str
    """``file:line``."""
    schedule: Schedule
    count: int
    """In how many executions it happened."""
    race: str = ""
    """Which two steps decide about it, in words; empty when no single pair does."""
    details: tuple[str, ...] = ()
    """Who waits for what, with what in the mailbox."""
    trace: tuple[str, ...] = ()
    """The steps of the schedule, in words."""


class Report(Record):
    """The result of an exploration. ``complete`` means that there are no other outcomes."""

    program: str
    complete: bool
    executions: int
    blocked: int
    """Executions that were begun and given up because all that could follow was known."""
    strategy: str
    pids: str
    """``stable`` or ``counter``, and why."""
    outcomes: tuple[OutcomeClass, ...]
    findings: tuple[Finding, ...]
    bound: str | None
    """Why these may not be all outcomes: what stopped the search, or cut executions off; None when they are all."""
    notes: tuple[str, ...] = ()
    """What the exploration assumed, where that matters."""


def as_json(report: Report) -> dict[str, Any]:
    """The report as what ``json`` writes."""
    return {
        "format": "ttvm-exploration",
        "version": VERSION,
        "program": report.program,
        "complete": report.complete,
        "executions": report.executions,
        "blocked": report.blocked,
        "strategy": report.strategy,
        "pids": report.pids.partition(":")[0],
        "outcomes": [_outcome(each) for each in report.outcomes],
        "findings": [
            {
                "kind": each.kind,
                "text": each.text,
                "process": each.process,
                "place": each.place,
                "race": each.race or None,
                "schedule": list(each.schedule.steps),
                "preemptions": each.schedule.preemptions,
            }
            for each in report.findings
        ],
        "bound": report.bound,
        "notes": list(report.notes),
    }


def _outcome(each: OutcomeClass) -> dict[str, Any]:
    outcome = each.outcome
    return {
        "count": each.count,
        "output": {str(pid): list(lines) for pid, lines in outcome.output},
        "exits": {str(pid): reason for pid, reason in outcome.exits},
        "blocked": list(outcome.blocked),
        "loops": list(outcome.loops),
        "lost": [{"from": sender, "to": to, "message": text} for sender, to, text in outcome.lost],
        "names": dict(outcome.names),
        "status": outcome.status,
        "schedule": list(each.schedule.steps),
    }
