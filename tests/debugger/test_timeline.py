"""Going back and forth on one run: what is undone with it, and how much is kept for it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from debugger.checkpoints import DENSITY
from debugger.session import Session
from tests.machines import EXAMPLES, beside, options_of, promises
from ttvm.outside import ALL
from ttvm.setup import MachineOptions

CHANGES = """\
    READ_LINE
    PRINT
    PUSH_INT 1000000
    RANDOM
    STORE chance
    PUSH_INT 50
    SLEEP
    GET_MONOTONIC
    STORE time
    PUSH_STR "text"
    PUSH_STR "key"
    ENCRYPT
    HASH
    STORE secret
    REGISTER "me"
    PUSH_STR "mail"
    SEND 1
    MAKE_FUNCTION child
    SPAWN_LINK
    POP
    READ_LINE
    PRINT
    RECEIVE
    HALT
child:
    RECEIVE
"""


def session_of(tmp_path: Path, text: str, spacing: int, options: MachineOptions | None = None) -> Session:
    path = tmp_path / "program.ttvm"
    path.write_text(text, encoding="utf-8")
    return Session(str(path), options, "first\nsecond\n", checkpoint_spacing=spacing)


def picture(session: Session) -> object:
    """All that is shown, without the marks of what has changed."""
    view = session.view()
    selected = view.selected
    return (
        view.step,
        view.tick,
        view.next,
        [(row.pid, row.state, row.depth, row.mailbox, row.line) for row in view.processes],
        [value.text for value in selected.stack] if selected else None,
        [(each.name, each.value.text) for frame in selected.frames for each in frame.variables] if selected else None,
        [message.text for message in selected.mailbox] if selected else None,
        [(name.name, name.pid) for name in view.relations.names],
        view.relations.links,
        [line.text for line in session.output()],
    )


@pytest.mark.parametrize("spacing", [1, 3, 1000])
def test_everything_goes_back(tmp_path: Path, spacing: int) -> None:
    session = session_of(tmp_path, CHANGES, spacing)
    pictures = [picture(session)]
    while session.step().reason == "step":
        pictures.append(picture(session))
    assert len(pictures) > 25
    for step in reversed(range(len(pictures))):
        session.goto(step)
        assert picture(session) == pictures[step]
    for step in (7, 3, 20, 19, 21, 0, len(pictures) - 1, 1):
        session.goto(step)
        assert picture(session) == pictures[step]


def test_back_undoes_one_instruction_of_the_system(tmp_path: Path) -> None:
    session = session_of(tmp_path, CHANGES, 1000)
    session.step(6)
    before = picture(session)
    session.step()
    stop = session.back()
    assert (stop.reason, stop.text, picture(session)) == ("back", "one step back", before)
    assert session.back(100).reason == "start"
    assert session.view().latest == 7
    assert session.latest().text == "at the last step so far"
    assert session.view().step == 7


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_can_be_walked_backward(path: Path) -> None:
    with beside(path):
        session = Session(str(path), options_of(promises(path)), promises(path).input, checkpoint_spacing=40)
        session.start_continue()
        session.advance(300)
        session.pause()
        last, output = session.view().step, [line.text for line in session.output()]
        turns = []
        while session.view().step > 0:
            turns.append(session.view().step)
            session.tick_back()
        assert turns == sorted(set(turns), reverse=True)
        session.goto(last)
        assert [line.text for line in session.output()] == output
        session.close()


def test_a_turn_back_goes_to_the_beginning_of_the_turn(tmp_path: Path) -> None:
    text = "MAKE_FUNCTION f\nSPAWN\nPOP\nYIELD\nNOP\nHALT\nf:\nNOP\nNOP\nYIELD\nNOP\n"
    session = session_of(tmp_path, text, 1000, MachineOptions("round-robin"))
    ends = [0]
    while session.tick().reason == "tick":
        ends.append(session.view().step)
    session.goto(ends[2])
    session.back()
    session.tick_back()
    assert session.view().step == ends[1]
    session.tick_back()
    assert session.view().step == 0
    session.goto(ends[-1])
    session.tick_back(2)
    assert session.view().step == ends[-3]


LOOP = "    PUSH_INT 0\n    STORE i\nloop:\n    LOAD i\n    PUSH_INT 1\n    ADD\n    STORE i\n    JMP loop\n"


def test_continue_back_finds_the_last_breakpoint(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOP, 7)
    session.start_continue()
    session.advance(100)
    session.pause()
    session.break_at_line(6)
    found = []
    while (stop := session.continue_back()).reason == "breakpoint":
        found.append(session.view().step)
    assert found == [step for step in range(99, 0, -1) if step % 5 == 4]
    assert stop.reason == "start"
    session.continue_()
    assert session.view().step == 4


def test_continue_back_stops_behind_a_breakpoint_instruction(tmp_path: Path) -> None:
    session = session_of(tmp_path, "NOP\nBREAKPOINT\nNOP\nNOP\n", 2)
    session.goto(4)
    assert session.continue_back().reason == "breakpoint"
    assert session.view().step == 2
    assert session.continue_back().reason == "start"


def test_continue_back_can_be_done_in_pieces(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOP, 10)
    session.break_at_line(1)
    session.goto(4_000)
    session.start_continue_back()
    pieces = 1
    while session.advance_back() is None:
        pieces += 1
    assert pieces > 5
    assert session.view().step == 0


def test_the_number_of_checkpoints_is_bounded(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOP, 10)
    session.goto(100_000)
    checkpoints = session._timeline.checkpoints
    assert len(checkpoints) < 12 * DENSITY
    gaps = [after - before for before, after in itertools.pairwise(checkpoints)]
    distances = [100_000 - step for step in checkpoints[1:]]
    assert max(gaps) <= 100_000 / DENSITY
    assert all(gap <= max(400, distance / DENSITY) for gap, distance in zip(gaps, distances, strict=True))


def test_processes_that_do_nothing_are_kept_once(tmp_path: Path) -> None:
    idle = "    PUSH_INT 50\n    STORE n\nmore:\n    MAKE_FUNCTION f\n    SPAWN\n    POP\n    LOAD n\n    PUSH_INT 1\n"
    session = session_of(
        tmp_path, f"{idle}    SUB\n    DUP\n    STORE n\n    JNZ more\nloop:\n    JMP loop\nf:\n    RECEIVE\n", 100
    )
    session.goto(600_000)
    [*_, before, last] = session._timeline.branch.checkpoints
    known = set(map(id, before.snapshot.processes))
    assert sum(id(process) not in known for process in last.snapshot.processes) == 1


def test_the_world_outside_is_asked_once(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    text = (
        f'    PUSH_STR "a"\n    PUSH_STR "{path}"\n    APPEND_FILE\n    PUSH_STR "{path}"\n    READ_FILE\n    PRINT\n'
    )
    session = session_of(tmp_path, text, 1000, MachineOptions(grants=ALL))
    for _ in range(3):
        session.first()
        session.goto(6)
        assert [line.text for line in session.output()] == ["a"]
    assert path.read_text(encoding="utf-8") == "a"
