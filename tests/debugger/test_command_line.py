"""Breakpoints given to ``ttvm-debug``."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from debugger.cli import main
from debugger.memory import Memory
from tests.debugger.programs import SHOP


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("debugger.memory.state_folder", lambda: tmp_path / "state")
    path = tmp_path / "shop.ttvm"
    path.write_text(SHOP, encoding="utf-8")
    return str(path)


def test_a_mistake_is_shown_with_its_place(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--break", "loop if total = 3", program]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: this cannot be read; == compares",
        "  loop if total = 3",
        "                ^",
    ]


def test_a_place_that_is_not_there(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--break", "lop", program]) == 2
    assert capsys.readouterr().err == 'error: shop.ttvm has no code at a label lop; did you mean "loop"?\n'


def test_what_is_given_is_kept(
    program: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("break\n"))
    assert main(["--plain", "--break", "loop once", "--break", "send to barista", program]) == 0
    assert capsys.readouterr().out.endswith("\n1: loop once\n2: send to barista\n")
    assert len(Memory().recall(str(Path(program).resolve()))) == 2
