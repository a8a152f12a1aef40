"""The report of an exploration for people."""

from __future__ import annotations

from collections.abc import Iterable

from ttvm.explore.outcomes import Outcome
from ttvm.explore.report import Finding, OutcomeClass, Report
from ttvm.explore.search import Strategy
from ttvm.source import visible

MOST_LINES = 12
"""Printed lines of an outcome, and steps of a trace beyond thrice as many, that are shown."""
MOST_OUTCOMES = 30


def as_text(report: Report) -> str:
    """The whole report."""
    lines = [
        f"{report.program}: {_summary(report)}",
        *(f"  {note}" for note in report.notes),
        f"  pids: {report.pids}",
        "",
    ]
    for number, each in enumerate(report.outcomes[:MOST_OUTCOMES], 1):
        lines += _outcome(number, each)
    if len(report.outcomes) > MOST_OUTCOMES:
        lines.append(f"and {len(report.outcomes) - MOST_OUTCOMES:,} more outcomes (--json has them all)")
    if report.outcomes:
        lines.append("")
    for number, finding in enumerate(report.findings, 1):
        lines += [*_finding(number, finding, report.executions), ""]
    if not report.findings:
        lines.append("nothing wrong was found" + ("" if report.complete else " so far"))
    return "\n".join(map(visible, lines)).rstrip("\n") + "\n"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _summary(report: Report) -> str:
    all_or_not = "all outcomes" if report.complete else "the outcomes seen so far"
    given_up = f", {report.blocked:,} more given up" if report.blocked else ""
    return (
        f"{_count(report.executions, 'execution')} ({report.strategy}{given_up}), "
        f"{_count(len(report.outcomes), 'outcome')}, {_count(len(report.findings), 'finding')}; these are {all_or_not}"
    )


def _outcome(number: int, each: OutcomeClass) -> Iterable[str]:
    outcome = each.outcome
    yield f"outcome {number}: in {_count(each.count, 'execution')}"
    for pid, printed in outcome.output:
        who = f"{pid} prints" if pid else "printed, in this order"
        for index, line in enumerate(printed[:MOST_LINES]):
            yield f"  {who if index == 0 else ' ' * len(who)}  {line}"
        if len(printed) > MOST_LINES:
            yield f"  {' ' * len(who)}  ... and {len(printed) - MOST_LINES:,} lines more"
    yield from (f"  {line}" for line in tell_rest(outcome))


def tell_rest(outcome: Outcome) -> Iterable[str]:
    """What is left at the end of an outcome besides what was printed, line by line."""
    for pid, reason in outcome.exits:
        if reason != 'Str "normal"':
            yield f"{pid} ends with reason {reason}"
    if outcome.blocked:
        yield f"{', '.join(map(str, outcome.blocked))} wait{'' if len(outcome.blocked) > 1 else 's'} for ever"
    if outcome.loops:
        yield f"{', '.join(map(str, outcome.loops))} loop{'' if len(outcome.loops) > 1 else 's'}"
    for sender, to, text in outcome.lost:
        yield f"nobody takes {text} from {sender} to {to}"
    if outcome.names:
        yield "names at the end: " + ", ".join(f"{name} is {pid}" for name, pid in outcome.names)
    if outcome.status is not None:
        yield f"EXIT ends the machine with status {outcome.status}"


def _finding(number: int, finding: Finding, executions: int) -> Iterable[str]:
    place = f" ({finding.place})" if finding.place else ""
    yield f"finding {number}: {finding.kind}: {finding.text}{place}"
    yield (
        f"  in {finding.count:,} of {_count(executions, 'execution')}; the simplest schedule has "
        f"{_count(len(finding.schedule.steps), 'step')} and {_count(finding.schedule.preemptions, 'preemption')}"
    )
    if finding.race:
        yield f"  what decides: {finding.race}"
    yield from (f"  {line}" for line in finding.details)
    most = MOST_LINES * 3
    yield from (f"    {line}" for line in finding.trace[:most])
    if len(finding.trace) > most:
        yield f"    ... and {len(finding.trace) - most:,} steps more"


def advice(report: Report) -> Iterable[str]:
    """What to do about a search that is too large."""
    if report.bound is None or report.strategy not in tuple(Strategy):
        return
    if report.bound.endswith("(--recorded)"):
        yield "a run that was recorded with another --policy or --seed may know what this one does not"
    elif report.bound.endswith(("(--max-steps)", "(--max-loop)")):
        yield "where a program does not end by itself, the findings say what goes on; a larger bound looks further"
    else:
        yield (
            "a smaller program says as much: fewer workers, fewer rounds, and RECEIVE with a pattern where the order "
            "does not matter"
        )
        yield "or look at a part of it: --preemptions 2, --pct 3, --random 1000; or let it run longer: --resume FILE"
