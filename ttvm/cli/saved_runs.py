"""Write a recorded run for each outcome and each finding of an exploration."""

from __future__ import annotations

import os

from ttvm.cli.output_files import write_file
from ttvm.cli.terminal import say
from ttvm.explore.exploring import Exploration
from ttvm.explore.report import Report
from ttvm.explore.saving import record_schedule
from ttvm.values import Pid
from ttvm.vm import make_loader

MOST_FILES = 200
"""Runs that are written."""


def save_runs(exploration: Exploration, report: Report, folder: str, file: str) -> list[str]:
    """Write them into a folder; returns their paths. Raises TtvmError when one cannot be written."""
    wanted: list[tuple[str, tuple[Pid, ...]]] = [
        (f"{number}-{finding.kind.replace(' ', '-')}", finding.schedule.steps)
        for number, finding in enumerate(report.findings, 1)
    ]
    wanted += ((f"outcome-{number}", each.schedule.steps) for number, each in enumerate(report.outcomes, 1))
    program = os.path.abspath(file)
    paths: list[str] = []
    for name, steps in wanted[:MOST_FILES]:
        lines: list[str] = []
        beginning = exploration.beginning
        record_schedule(
            program, make_loader(), beginning.system, beginning.module, steps, exploration.options, lines.append
        )
        path = os.path.join(folder, f"{name}.ttvmrun")
        write_file(path, "".join(lines).encode("utf-8", "backslashreplace"))
        paths.append(path)
    runs = "run is" if len(paths) == 1 else "runs are"
    say(f"note: {len(paths):,} {runs} in {folder}{f'; `ttvm replay {paths[0]}` repeats one' if paths else ''}")
    if len(wanted) > MOST_FILES:
        say(f"note: {len(wanted) - MOST_FILES:,} more are left out")
    return paths
