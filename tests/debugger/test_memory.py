"""What is kept between sessions, and that nothing goes wrong when it cannot be read or written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from platformdirs import user_state_dir

from debugger.breakpoint_text import parse_breakpoint
from debugger.memory import MOST_REMEMBERED, Memory, state_folder
from debugger.session import Session
from tests.debugger.programs import COUNTING, SHOP

TEXTS = ("loop if total > 2", "send to 2 once", "watch total in barista", '25 after 1 log "x"', "@3", "watch name it")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "shop.ttvm"
    path.write_text(SHOP, encoding="utf-8")
    return path


def texts(session: Session) -> list[str]:
    return [view.text for view in session.breakpoints()]


def kept_file(folder: Path) -> Path:
    [file] = (folder / "programs").iterdir()
    return file


def test_breakpoints_are_there_again(tmp_path: Path, program: Path) -> None:
    memory = Memory(tmp_path / "state")
    session = Session(str(program), memory=memory)
    for text in TEXTS:
        session.add_breakpoint(parse_breakpoint(text))
    again = Session(str(program), memory=memory)
    assert texts(again) == list(TEXTS)
    assert again.breakpoints() == session.breakpoints()
    again.remove_breakpoint(2)
    again.toggle_breakpoint(again.breakpoints()[0].identity, 25)
    third = Session(str(program), memory=Memory(tmp_path / "state"))
    assert texts(third) == [TEXTS[0], TEXTS[2], TEXTS[4], TEXTS[5]]
    assert third.continue_().text.startswith("breakpoint 3 at")
    third.clear_breakpoints()
    assert list((tmp_path / "state" / "programs").iterdir()) == []
    assert texts(Session(str(program), memory=memory)) == []


def test_numbers_that_others_wait_for_are_found_again(tmp_path: Path, program: Path) -> None:
    memory = Memory(tmp_path / "state")
    session = Session(str(program), memory=memory)
    for text in ("exit", "receive", "loop after 2"):
        session.add_breakpoint(parse_breakpoint(text))
    session.remove_breakpoint(1)
    again = Session(str(program), memory=memory)
    assert texts(again) == ["receive", "loop after 1"]
    assert [again.continue_().text[:7], again.continue_().text[:12]] == ["break 1", "breakpoint 2"]


def test_without_a_memory_nothing_is_written(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    Session(str(program)).break_at_line(3)
    assert not (tmp_path / "home").exists()


def test_one_program_by_two_names_is_one_program(tmp_path: Path, program: Path) -> None:
    memory = Memory(tmp_path / "state")
    Session(str(program), memory=memory).break_at_line(3)
    link = tmp_path / "link.ttvm"
    link.symlink_to(program)
    assert texts(Session(str(link), memory=memory)) == ["3"]
    other = tmp_path / "other.ttvm"
    other.write_text(SHOP, encoding="utf-8")
    assert texts(Session(str(other), memory=memory)) == []


def test_lines_that_are_gone_are_left_out(tmp_path: Path, program: Path) -> None:
    memory = Memory(tmp_path / "state")
    session = Session(str(program), memory=memory)
    for text in ("26", "2", "barista", "loop", "@22", "exit after 1"):
        session.add_breakpoint(parse_breakpoint(text))
    program.write_text(COUNTING, encoding="utf-8")
    again = Session(str(program), memory=memory)
    assert texts(again) == ["2", "loop"]


def test_a_breakpoint_in_another_module_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "inner.ttvm").write_text("    PUSH_INT 1\n    STORE inside\n", encoding="utf-8")
    path = tmp_path / "main.ttvm"
    path.write_text('    NOP\n    IMPORT "inner"\n    NOP\n', encoding="utf-8")
    memory = Memory(tmp_path / "state")
    session = Session(str(path), memory=memory)
    session.continue_()
    session.add_breakpoint(parse_breakpoint("inner.ttvm:2"))
    again = Session(str(path), memory=memory)
    assert [(view.line, view.text) for view in again.breakpoints()] == [(2, "2")]
    assert again.continue_().text == "breakpoint 1 at inner.ttvm:2 in 1 main"
    assert texts(again) == ["inner.ttvm:2"]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"program": 3}',
        b"[" * 100_000,
        b"null",
        json.dumps({"program": "elsewhere", "breakpoints": [{"number": 1, "text": "3"}]}).encode(),
    ],
)
def test_a_damaged_file_counts_as_none(tmp_path: Path, program: Path, damage: bytes) -> None:
    memory = Memory(tmp_path / "state")
    Session(str(program), memory=memory).break_at_line(3)
    kept_file(tmp_path / "state").write_bytes(damage)
    session = Session(str(program), memory=memory)
    assert texts(session) == []
    session.break_at_line(4)
    assert texts(Session(str(program), memory=memory)) == ["4"]


def test_damaged_entries_are_left_out(tmp_path: Path, program: Path) -> None:
    memory = Memory(tmp_path / "state")
    session = Session(str(program), memory=memory)
    session.break_at_line(3)
    file = kept_file(tmp_path / "state")
    kept = json.loads(file.read_text(encoding="utf-8"))
    kept["breakpoints"] += [
        *(3, None, [], {}, {"number": 2}, {"number": 2, "text": 3}, {"number": "2", "text": "4"}),
        *({"number": 2, "text": "4 if"}, {"number": 3, "text": "4", "file": 7}, {"number": 9, "text": "exit"}),
    ]
    file.write_text(json.dumps(kept), encoding="utf-8")
    assert texts(Session(str(program), memory=memory)) == ["3", "exit"]


def test_there_is_a_limit(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.keep("program", [(number, parse_breakpoint("exit")) for number in range(MOST_REMEMBERED + 5)])
    assert len(memory.recall("program")) == MOST_REMEMBERED


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, program: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    session = Session(str(program), memory=Memory(tmp_path / "state"))
    session.break_at_line(3)
    assert texts(session) == ["3"]
    session.clear_breakpoints()
    assert (tmp_path / "state").read_text(encoding="utf-8") == "a file"


def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space")

    memory = Memory(tmp_path)
    memory.keep("program", [(1, parse_breakpoint("exit"))])
    monkeypatch.setattr("debugger.memory.os.replace", fail)
    memory.keep("program", [(1, parse_breakpoint("send"))])
    assert [kept for _, kept in memory.recall("program")] == [parse_breakpoint("exit")]
    assert len(list((tmp_path / "programs").iterdir())) == 1


def test_the_folder_is_the_one_for_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == Path(user_state_dir("ttvm-debug", appauthor=False))
    assert "ttvm-debug" in str(state_folder())
