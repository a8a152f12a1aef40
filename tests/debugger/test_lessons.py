"""The scripts among the examples: lessons for the debugger, which are tests by their ``expect`` lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.cli import main
from debugger.opening import open_session
from tests.machines import ROOT
from ttvm.setup import MachineOptions

LESSONS = sorted((ROOT / "examples").glob("*.debug"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_ends_well(
    lesson: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    status = main(["--batch", str(lesson), str(lesson.with_suffix(".ttvm"))])
    assert (status, capsys.readouterr().err) == (0, "")


def test_the_philosophers_are_saved_with_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [lesson] = [each for each in LESSONS if each.stem == "dining_philosophers_deadlock"]
    main(["--batch", str(lesson), str(lesson.with_suffix(".ttvm"))])
    session = open_session("philosophers.ttvmrun", MachineOptions())
    assert session.view().ended
    session.switch_branch(1)
    assert session.latest().reason == "deadlock"
    session.close()
