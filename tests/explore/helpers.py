"""Explore programs in memory, and replay what was found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.machines import Watched
from ttvm.explore.exhaustive import visit_all
from ttvm.explore.exploring import Exploration
from ttvm.explore.options import Options
from ttvm.explore.outcomes import Outcome, outcome_of
from ttvm.explore.report import Report
from ttvm.explore.saving import record_schedule
from ttvm.host.memory import Written
from ttvm.recording.log import LogReader
from ttvm.recording.runs import compare_ending
from ttvm.setup import MachineOptions
from ttvm.source import Source
from ttvm.values import Pid
from ttvm.vm import make_loader

NAME = "prog.ttvm"


def exploration_of(text: str, **options: Any) -> Exploration:
    """An exploration of a program."""
    loader = make_loader()
    return Exploration(loader.add(Source(NAME, text)), Options(**options), loader)


def finish(exploration: Exploration) -> Exploration:
    """Let it work to its end."""
    for _ in exploration:
        pass
    return exploration


def explored(text: str, **options: Any) -> Exploration:
    """A finished exploration of a program."""
    return finish(exploration_of(text, **options))


def report_of(text: str, **options: Any) -> Report:
    """The report about a program."""
    return explored(text, **options).report()


def all_outcomes(text: str, most_states: int, **options: Any) -> set[Outcome] | None:
    """Every outcome, found without any reduction; None when there are too many states."""
    beginning = exploration_of(text, **options).beginning
    outcomes: set[Outcome] = set()
    for number, visit in enumerate(visit_all(beginning.system, beginning.state)):
        if number > most_states:
            return None
        if visit is not None and not visit.truncated:
            outcomes.add(outcome_of(visit.state))
    return outcomes


def replay(exploration: Exploration, path: Path, steps: tuple[Pid, ...]) -> Watched:
    """Record a schedule of the program in a file and repeat the recording, which checks itself."""
    lines: list[str] = []
    beginning = exploration.beginning
    record_schedule(
        str(path), make_loader(), beginning.system, beginning.module, steps, exploration.options, lines.append
    )
    log = LogReader(lines, "run.ttvmrun")
    watched = Watched(path, MachineOptions(), replay=log)
    status = watched.run_to_end().status
    compare_ending(watched.vm, status, log)
    return watched


def printed(written: list[Written]) -> dict[Pid, str]:
    """What each process printed. Refs are counted in the order of a run, so their numbers are left out."""
    output: dict[Pid, str] = {}
    for each in written:
        output[each.pid] = output.get(each.pid, "") + each.text
    return {pid: without_refs(text) for pid, text in output.items()}


def printed_in(outcome: Outcome) -> dict[Pid, str]:
    """What each process prints in an outcome."""
    return {pid: without_refs("".join(f"{line}\n" for line in lines)) for pid, lines in outcome.output}


def without_refs(text: str) -> str:
    """A text without the numbers of refs."""
    return re.sub(r"#Ref<\d+>", "#Ref", text)


def schedules(exploration: Exploration) -> Iterator[tuple[Outcome, tuple[Pid, ...]]]:
    """Each outcome that was found with a schedule."""
    for each in exploration.collection.outcomes.values():
        yield each.outcome, each.schedule.steps
