"""What can still happen: an exploration from the present moment, and whether a way led to where it should.

The exploration works on copies, so the session that it starts from stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from debugger.views import OutputLine, ProspectsView, ProspectView
from ttvm.errors import TtvmError
from ttvm.explore.exploring import Exploration
from ttvm.explore.options import Options
from ttvm.explore.outcomes import Outcome
from ttvm.explore.pieces import Pieces
from ttvm.explore.report import BAD, Finding, OutcomeClass, Report
from ttvm.explore.telling import tell_rest
from ttvm.explore.walking import Walk, walking
from ttvm.forms import debug
from ttvm.process.state import ProcessState
from ttvm.source import visible
from ttvm.vm import Vm

USUAL_EXECUTIONS = 2_000
"""Executions after which an exploration of the debugger stops unless it is told otherwise."""
EXPLAINED = 2
"""Findings whose schedules are made simpler and told in detail: a second each, for a large program."""
LONGEST_REASON = 200
_REF = re.compile(r"#Ref<\d+>")


def find_kind(words: str) -> str:
    """The kind of finding that is meant: all of its name or an unambiguous beginning. Raises TtvmError."""
    close = [kind for kind in BAD if kind.startswith(words.lower())] if words else []
    if words in BAD:
        return words
    if len(close) != 1:
        raise TtvmError(f"until what? {', '.join(BAD)}")
    return close[0]


class Prospecting:
    """One exploration from a moment of a run, in pieces, with its result."""

    def __init__(self, vm: Vm, options: Options, moment: tuple[int, int], until: str = "") -> None:
        """``moment`` is the branch and the step. ``until``: the kind of finding that ends the search."""
        self._exploration = Exploration(vm, options)
        self._work = iter(self._exploration)
        self._until = until
        self._has_found = False
        self._report: Report | None = None
        self._telling: Pieces[Report] | None = None
        """Makes the schedules of what was found simpler, when the search is over."""
        self._tries = 0
        self.moment = moment
        self.executions = 0

    def advance(self, executions: int) -> bool:
        """Work on for so many executions; False when all is known and told in its simplest form."""
        if self._telling is not None:
            return self._tell_on(executions)
        for _ in range(executions):
            progress = next(self._work, None)
            if progress is None:
                return self._begin_to_tell()
            self.executions = progress.executions
            if progress.findings and any(key.kind == self._until for key in self._exploration.collection.found):
                self._has_found = True
                return self._begin_to_tell()
        return True

    def _begin_to_tell(self) -> bool:
        self._work.close()
        self._telling = self._exploration.reporting(EXPLAINED)
        return self._tell_on(1)

    def _tell_on(self, tries: int) -> bool:
        """Make schedules simpler, so many tries; False when the report is there."""
        assert self._telling is not None
        try:
            for _ in range(tries):
                next(self._telling)
                self._tries += 1
        except StopIteration as end:
            self._report = end.value
            return False
        return True

    def words(self) -> str:
        """How far the search is."""
        progress = self._exploration.progress()
        doing = f"simplifying, try {self._tries:,}" if self._telling is not None else "exploring"
        return (
            f"{doing}: {_count(progress.executions, 'execution')}, {_count(progress.outcomes, 'outcome')}, "
            f"{_count(progress.findings, 'finding')}"
        )

    @property
    def report(self) -> Report:
        """What was found; the search is over then. What it had no time for to make simpler stays as it was met."""
        if self._report is None:
            self._work.close()
            if self._telling is not None:
                self._telling.close()
            self._report = self._exploration.report(explained=0)
        return self._report

    def view(self) -> ProspectsView:
        """What was found, numbered: findings first, then outcomes."""
        report = self.report
        found = [_finding_view(number, each) for number, each in enumerate(report.findings, 1)]
        ends = [_outcome_view(number, each) for number, each in enumerate(report.outcomes, len(found) + 1)]
        branch, step = self.moment
        bound = re.sub(r" \(--[a-z-]+\)", "", report.bound or "")  # a debugger has no such options
        if self._has_found:
            bound = f"{self._until} was found"
        return ProspectsView(branch, step, report.executions, bound, report.notes, (*found, *ends))

    def walking(self, number: int) -> Pieces[Walk]:
        """The schedule of a prospect, found in pieces. Raises TtvmError when there is none of that number."""
        findings, outcomes = self.report.findings, self.report.outcomes
        if not 1 <= number <= len(findings) + len(outcomes):
            raise TtvmError(f"there is no outcome {number}; there are 1 to {len(findings) + len(outcomes)}")
        if number <= len(findings):
            finding = findings[number - 1]
            return walking(self._exploration, finding.schedule.steps, finding)
        return walking(self._exploration, outcomes[number - len(findings) - 1].schedule.steps)


def _finding_view(number: int, finding: Finding) -> ProspectView:
    place = f" ({finding.place})" if finding.place else ""
    decides = (f"what decides: {finding.race}",) if finding.race else ()
    return ProspectView(
        number,
        finding.kind,
        visible(f"{finding.text}{place}"),
        tuple(map(visible, (*decides, *finding.details))),
        finding.count,
        len(finding.schedule.steps),
    )


def _outcome_view(number: int, each: OutcomeClass) -> ProspectView:
    printed = (f"{pid} prints {' / '.join(lines)}" for pid, lines in each.outcome.output)
    lines = tuple(map(visible, (*printed, *tell_rest(each.outcome)))) or ("everybody ends, and prints nothing",)
    return ProspectView(number, "outcome", "; ".join(lines), lines, each.count, len(each.schedule.steps))


def differences(promised: Outcome, vm: Vm, printed: Sequence[OutputLine]) -> list[str]:
    """In what the end of a run is not the outcome that was promised, as sentences; none when it is.

    ``printed`` are the lines of output since the moment from which was explored.
    """
    system = vm.system
    lines: dict[int, list[str]] = {}
    for each in printed:
        if each.kind == "output":
            lines.setdefault(each.pid, []).extend(each.text.splitlines())
    wanted = {pid: [visible(line) for line in said] for pid, said in promised.output}
    found = [
        f"{pid} printed {_listed(lines.get(pid, []))} and not {_listed(wanted.get(pid, []))}"
        for pid in sorted(lines.keys() | wanted.keys())
        if _plain(lines.get(pid, [])) != _plain(wanted.get(pid, []))
    ]
    ends = [(pid, debug(system.exits[pid], LONGEST_REASON)) for pid in sorted(system.exits)]
    if _REF.sub("", str(ends)) != _REF.sub("", str(list(promised.exits))):
        found.append(f"these have ended: {_ends(ends)}; and not these: {_ends(promised.exits)}")
    waiting = [pid for pid, each in system.processes.items() if each.state is ProcessState.WAITING]
    if promised.status is None and tuple(sorted(waiting)) != promised.blocked:
        found.append(f"{_pids(waiting)} wait and not {_pids(promised.blocked)}")
    if tuple(sorted(system.names.items())) != promised.names:
        found.append("other names are taken")
    if system.stop_status != promised.status:
        found.append(f"the exit status is {system.stop_status} and not {promised.status}")
    return found


def _plain(lines: Sequence[str]) -> list[str]:
    """Lines without the numbers of refs, which an exploration counts in another way."""
    return [_REF.sub("", line) for line in lines]


def _listed(lines: Sequence[str]) -> str:
    return " / ".join(lines[-3:]) or "nothing"


def _ends(ends: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{pid} {reason}" for pid, reason in ends) or "nobody"


def _pids(pids: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(pids))) or "nobody"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
