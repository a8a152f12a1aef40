"""The commands that tell the story of a run."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from debugger.commands import CommandLine
from debugger.session import Session
from tests.machines import ROOT
from ttvm.errors import TtvmError

PHILOSOPHERS = ROOT / "examples" / "dining_philosophers_deadlock.ttvm"


@pytest.fixture
def line() -> CommandLine:
    """The philosophers, at their deadlock."""
    session = Session(str(PHILOSOPHERS), checkpoint_spacing=20)
    session.continue_()
    return CommandLine(session)


def test_why(line: CommandLine) -> None:
    lines = line.execute("why").text.split("\n")
    assert lines[0].startswith("deadlock: main waits")
    assert "5 philosopher waits for 3 fork" in lines[1]
    page = (ROOT / "docs" / "explanations.md").read_text(encoding="utf-8")
    assert f"```text\n{line.execute('why').text}\n```" in page


def test_last_goes_further_back_each_time(line: CommandLine) -> None:
    assert line.execute("last stack[0] in 5").text.startswith(
        "step 82 of 133, turn 9: stack[0] of 5 philosopher is gone"
    )
    assert line.execute("last stack[0] in 5").text.startswith("step 81 of 133")
    assert "has not changed before" in line.execute("last nonsense in 5").text
    assert line.execute("last mailbox 3").text.startswith("step 61 of 133")


def test_last_is_about_the_process_that_is_looked_at(line: CommandLine) -> None:
    line.execute("process 6")
    assert "depth of 6 philosopher changed from Int 2 to Int 0" in line.execute("last depth").text


def test_origin(line: CommandLine) -> None:
    assert line.execute("origin number in 5").text.split("\n") == [
        "number of 5 philosopher is Int 1:",
        "  given by 1 main with SPAWN at dining_philosophers_deadlock.ttvm:71 (step 16)",
        "  put there by PUSH_INT at dining_philosophers_deadlock.ttvm:36 (step 10)",
    ]
    line.execute("goto 80")
    line.execute("process 5")
    assert line.execute("origin").text == line.execute("origin 0 in 5").text == line.execute("origin stack[0]").text


def test_messages(line: CommandLine) -> None:
    assert line.execute("message 3").text == (
        "#3 6: 6 philosopher sent it to 3 fork at step 61, and 3 fork took it at step 84"
    )
    assert line.execute("received #3").text.startswith("step 84 of 133")
    assert line.execute("sent 3").text.startswith("step 61 of 133")


def test_history_and_diagram(line: CommandLine) -> None:
    lines = line.execute("history 2").text.split("\n")
    assert lines == [
        "     132  7 philosopher sends #9 to 2 fork: 7",
        '     133  7 philosopher waits for "yours"',
    ]
    rows = line.execute("diagram 2").text.split("\n")
    assert rows == [
        "   step  2 fork        7 philosopher",
        "    132  |<------ #9 --o             7",
        '    133  |             ?             waits for "yours"',
    ]
    line.execute("first")
    assert line.execute("history").text.split() == ["0", "1", "main", "begins"]


def test_exports(line: CommandLine, tmp_path: Path) -> None:
    before = line.session.view()
    for name in ("run.svg", "run.mmd", "run.txt"):
        assert line.execute(f"export diagram {tmp_path / name}").text == f"diagram is written to {tmp_path / name}"
    assert line.session.view() == before
    assert ElementTree.parse(tmp_path / "run.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "run.mmd").read_text(encoding="utf-8").startswith("sequenceDiagram\n")
    lines = (tmp_path / "run.txt").read_text(encoding="utf-8").splitlines()
    assert lines[-1].split() == ["133", *"||||||", "?", "waits", "for", '"yours"']
    line.execute(f"export state {tmp_path / 'state.json'}")
    assert json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))["step"] == 133


def test_a_diagram_ends_at_the_present_moment(line: CommandLine, tmp_path: Path) -> None:
    line.execute("goto 61")
    line.execute(f"export diagram {tmp_path / 'run.txt'}")
    assert (tmp_path / "run.txt").read_text(encoding="utf-8").splitlines()[-1].startswith("     61 ")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("why now", "nothing may stand behind"),
        ("last", "last change of what?"),
        ("last 1 +", "something is missing at the end"),
        ("last x if y", "only in PROCESS may stand behind"),
        ("origin nobody", 'there is no variable "nobody"'),
        ("origin 0 in nobody", "there is no live process nobody"),
        ("message x", "x is not a number from 1 on"),
        ("message 999", "there is no message #999 so far"),
        ("export", "export what?"),
        ("export diagram run.pdf", "export what?"),
        ("export state run.svg", "export what?"),
        ("export diagram /nowhere/at/all.svg", "there is no directory /nowhere/at; give another file"),
    ],
)
def test_mistakes_are_told(line: CommandLine, command: str, message: str) -> None:
    before = line.session.view()
    with pytest.raises(TtvmError) as caught:
        line.execute(command)
    assert message in str(caught.value)
    assert line.session.view() == before


def test_the_program_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "program.txt"
    path.write_text("NOP\n", encoding="utf-8")
    line = CommandLine(Session(str(path)))
    with pytest.raises(TtvmError, match="this file is the program"):
        line.execute(f"export diagram {path}")
    assert path.read_text(encoding="utf-8") == "NOP\n"
