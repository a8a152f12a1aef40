"""Ctrl-C in plain mode: whatever was half done is whole again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from debugger.plain import run_plain
from debugger.session import Session
from tests.debugger.programs import COUNTING
from ttvm.vm import Status, Vm


def test_an_interrupted_turn_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "loop.ttvm"
    path.write_text(COUNTING, encoding="ascii")
    session = Session(str(path))
    run = Vm.run

    def interrupted_run(vm: Vm, budget: int, *more: bool) -> Status:
        run(vm, 4_321, *more)
        vm.system.processes[1].stack.append("half done")
        vm.system.processes[1].frame.variables.clear()
        monkeypatch.setattr(Vm, "run", run)
        raise KeyboardInterrupt

    monkeypatch.setattr(Vm, "run", interrupted_run)
    target = io.StringIO()
    assert run_plain(session, io.StringIO("continue\nwhere\n"), target) == 0
    assert "interrupted" in target.getvalue()
    assert session.steps == 4_321
    found = session.view()
    again = Session(str(path))
    again.goto(4_321)
    expected = again.view()
    assert found.selected is not None
    assert expected.selected is not None
    assert [each.text for each in found.selected.stack] == [each.text for each in expected.selected.stack]
    assert found.selected.frames[0].variables != ()
    assert [(each.name, each.value.text) for each in found.selected.frames[0].variables] == [
        (each.name, each.value.text) for each in expected.selected.frames[0].variables
    ]
