"""What the tutorial says about the examples."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machines import ROOT
from ttvm.explore.exploring import explore
from ttvm.explore.options import Options
from ttvm.explore.report import Report
from ttvm.vm import make_loader


def report_about(name: str, **options: Any) -> Report:
    loader = make_loader()
    return explore(loader.load(str(ROOT / "examples" / f"{name}.ttvm")), Options(**options), loader)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("lost_update", ["unexpected output"]),
        ("registry_race", ["lost message", "lost message"]),
        ("dining_philosophers_deadlock", ["deadlock"]),
    ],
)
def test_the_mistake_is_found_and_what_decides_is_said(name: str, kinds: list[str]) -> None:
    expected = (("2",),) if name == "lost_update" else None
    report = report_about(name, expected=expected)
    assert report.complete
    assert [finding.kind for finding in report.findings] == kinds
    assert all(finding.race for finding in report.findings)


@pytest.mark.parametrize("name", ["lost_update_fixed", "registry_race_fixed", "dining_philosophers_fixed"])
def test_the_cure_is_proved(name: str) -> None:
    expected = (("2",),) if name == "lost_update_fixed" else None
    report = report_about(name, expected=expected)
    assert (report.complete, report.findings, len(report.outcomes)) == (True, (), 1)


def test_the_numbers_of_the_tutorial() -> None:
    page = (ROOT / "docs" / "exploring.md").read_text(encoding="utf-8")
    for name, words in (
        ("lost_update", "{} executions (observers), 2 outcomes"),
        ("dining_philosophers_deadlock", "one deadlock in {} executions"),
        ("dining_philosophers_fixed", "round: {} executions, one outcome"),
    ):
        assert words.format(report_about(name).executions) in page
