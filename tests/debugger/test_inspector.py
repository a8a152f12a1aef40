"""The views: what is marked as changed, and what is cut when there is too much."""

from __future__ import annotations

from pathlib import Path

from debugger.inspector import MOST_FRAMES, MOST_VALUES
from debugger.views import ProcessView
from tests.debugger.test_session import session_of


def near(tmp_path: Path, text: str, steps: int, pid: int = 1) -> ProcessView:
    session = session_of(tmp_path, text)
    session.step(steps - 1)
    session.step()
    view = session.view(pid).selected
    assert view is not None
    return view


def test_only_what_changed_is_marked(tmp_path: Path) -> None:
    view = near(tmp_path, "    PUSH_INT 300\n    PUSH_INT 400\n    DUP\n    STORE x\n    STORE y\n    NOP\n", 3)
    assert [(each.text, each.changed) for each in view.stack] == [
        ("Int 400", True),
        ("Int 400", False),
        ("Int 300", False),
    ]
    assert view.row.changed == {"depth", "line", "reductions"}


def test_a_variable_is_marked_when_it_is_stored(tmp_path: Path) -> None:
    text = "    PUSH_INT 300\n    STORE x\n    PUSH_INT 400\n    STORE y\n    NOP\n"
    variables = near(tmp_path, text, 4).frames[0].variables
    assert [(each.name, each.value.text, each.value.changed) for each in variables] == [
        ("x", "Int 300", False),
        ("y", "Int 400", True),
    ]
    assert not any(each.value.changed for each in near(tmp_path, text, 5).frames[0].variables)


def test_frames_innermost_first_with_the_line_of_the_call(tmp_path: Path) -> None:
    view = near(tmp_path, "    PUSH_INT 5\n    CALL f n\n    HALT\nf:\n    CALL g\n    RET\ng:\n    RET\n", 3)
    assert [(frame.label, frame.call_line) for frame in view.frames] == [("g", 5), ("f", 2), ("main", 0)]
    assert [each.name for each in view.frames[1].variables] == ["n"]


def test_handlers(tmp_path: Path) -> None:
    view = near(tmp_path, "    TRY bad\n    NULL\n    THROW\nbad:\n    CATCH\n    NOP\n", 1)
    assert view.handlers == ("open -> bad",)
    assert near(tmp_path, "    TRY bad\n    NULL\n    THROW\nbad:\n    CATCH\n    NOP\n", 4).handlers == (
        "handling -> bad",
    )


def test_selective_receive_shows_what_it_skipped(tmp_path: Path) -> None:
    text = """\
    MAKE_FUNCTION child
    SPAWN
    STORE kid
    PUSH_INT 1
    LOAD kid
    SEND
    RECEIVE
child:
    RECEIVE str AFTER 500 late
late:
    HALT
"""
    view = near(tmp_path, text, 8, pid=2)
    assert view.waits_for == "str until 500 ms"
    assert [message.skipped for message in view.mailbox] == [True]
    assert view.row.state == "waiting"


def test_deep_recursion_and_a_deep_stack_are_cut(tmp_path: Path) -> None:
    view = near(tmp_path, "f:\n    PUSH_INT 1\n    CALL f\n", 2 * (MOST_VALUES + 50))
    assert len(view.stack) == MOST_VALUES
    assert view.row.depth == MOST_VALUES + 50
    assert len(view.frames) == MOST_FRAMES
    assert view.hidden_frames == MOST_VALUES + 51 - MOST_FRAMES


def test_links_and_monitors(tmp_path: Path) -> None:
    text = "    MAKE_FUNCTION f\n    SPAWN_LINK\n    MAKE_FUNCTION f\n    SPAWN_MONITOR\n    NOP\nf:\n    RECEIVE\n"
    session = session_of(tmp_path, text)
    session.step(4)
    relations = session.view().relations
    assert relations.links == ((1, 2),)
    assert relations.monitors == ((1, 3),)


def test_exited_process_is_marked_once(tmp_path: Path) -> None:
    session = session_of(tmp_path, "    MAKE_FUNCTION f\n    SPAWN\n    RECEIVE\nf:\n    NOP\n")
    session.step(5)
    assert session.view().processes[1].state == "exited"
    assert session.view().processes[1].changed == {"state"}


def test_names_of_control_characters_cannot_disturb_the_terminal(tmp_path: Path) -> None:
    session = session_of(tmp_path, '    NULL\n    STORE "a\\x1B[2Jb"\n    NOP\n')
    session.step(2)
    view = session.view().selected
    assert view is not None
    assert view.frames[0].variables[0].name == "a\N{REPLACEMENT CHARACTER}[2Jb"
