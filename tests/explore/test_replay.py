"""Every schedule that is found can be recorded and repeated by an ordinary machine, to the same outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.generated import random_program
from tests.explore.helpers import explored, printed, printed_in, replay, schedules
from tests.explore.programs import REFERENCE
from tests.machines import EXAMPLES, ROOT
from ttvm.errors import ReplayError
from ttvm.explore.execution import follow
from ttvm.explore.exploring import Exploration
from ttvm.explore.options import Options
from ttvm.vm import make_loader

ASKING = ("echo_server", "encrypted_log", "file_pipeline", "http_client", "key_value_server", "sqlite_notebook")
"""Examples that ask for the world outside, which is refused."""


def check_all(exploration: Exploration, path: Path) -> None:
    """Repeat a schedule of each outcome."""
    for outcome, steps in schedules(exploration):
        watched = replay(exploration, path, steps)
        assert printed(watched.console.written) == printed_in(outcome)
        assert watched.vm.system.stop_status == outcome.status
        if outcome.status is None:
            assert sorted(watched.vm.system.processes) == sorted(outcome.blocked)


@pytest.mark.parametrize("name", REFERENCE)
def test_reference_programs_replay(name: str, tmp_path: Path) -> None:
    text, *_ = REFERENCE[name]
    path = tmp_path / "prog.ttvm"
    path.write_text(text)
    check_all(explored(text), path)


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_random_programs_replay(first: int, tmp_path: Path) -> None:
    path = tmp_path / "prog.ttvm"
    for seed in range(first, first + 20):
        text = random_program(seed)
        path.write_text(text)
        check_all(explored(text, max_executions=60), path)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.stem))
def test_examples_replay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    loader = make_loader()
    exploration = Exploration(loader.load(str(path)), Options(max_executions=15), loader)
    for _ in exploration:
        pass
    check_all(exploration, path)
    assert bool(exploration.system.refused) == (path.stem in ASKING)


def test_a_schedule_that_cannot_be_followed_is_refused_loudly(tmp_path: Path) -> None:
    text, *_ = REFERENCE["calls3"]
    path = tmp_path / "prog.ttvm"
    path.write_text(text)
    exploration = explored(text)
    with pytest.raises(ReplayError, match="the schedule wants 2"):
        replay(exploration, path, (1, 2))
    with pytest.raises(ReplayError, match="step 2 of the schedule wants 2, which cannot go on now; who can: 1"):
        follow(exploration.system, exploration.beginning.state, (1, 2), strict=True)
