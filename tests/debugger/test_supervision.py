"""What the debugger says of supervisors."""

from __future__ import annotations

from pathlib import Path

from tests.debugger.test_session import session_of

TREE = """
    START_SUPERVISOR one_for_one 1
    SUPERVISE_CHILD worker
    POP
    RECEIVE
    HALT
worker:
    PUSH_STR "oh"
    EXIT_PROCESS
"""
ORDERLY = """
    START_SUPERVISOR
    SUPERVISE_CHILD worker
    POP
    STOP_CHILD worker
    RESTART_CHILD worker
    POP
    HALT
worker:
    RECEIVE
"""


def sentences(folder: Path, text: str) -> list[str]:
    """What DID says, step by step, until the end."""
    session = session_of(folder, text)
    said: list[str] = []
    while not session.view().ended:
        session.step()
        said.append(session.view().did)
    return said


def test_a_restart_is_told_where_the_child_ends(tmp_path: Path) -> None:
    assert sentences(tmp_path, TREE)[1:] == [
        "1 main: SUPERVISE_CHILD: started worker as a child of this supervisor; it is process 2",
        "1 main: POP: took 2 off the stack and forgot it",
        "1 main: RECEIVE: found no message in the mailbox, so 1 main waits",
        '2 worker: PUSH_STR: put "oh" on the stack',
        '2 worker: EXIT_PROCESS: ended this process with reason "oh"; 1 main starts worker again as process 3',
        '3 worker: PUSH_STR: put "oh" on the stack',
        '3 worker: EXIT_PROCESS: ended this process with reason "oh"; 1 main gives up: to start worker again would '
        "make more than 1 restart in 5 s; 1 main wakes",
        '1 main ended: reason "shutdown"',
    ]


def test_who_waits_for_a_child_says_so(tmp_path: Path) -> None:
    said = sentences(tmp_path, ORDERLY)
    assert "1 main: STOP_CHILD: 1 main waits for the end of its child worker" in said
    assert "1 main: STOP_CHILD: ended the child worker" in said
    assert "1 main: HALT: 1 main waits for the end of its children" in said
    assert said[-1] == '1 main ended: reason "normal"'


def test_an_ending_supervisor_waits_for_its_children(tmp_path: Path) -> None:
    session = session_of(tmp_path, ORDERLY)
    while "HALT: 1 main waits" not in session.view().did:
        session.step()
    view = session.view(1)
    assert view.selected is not None
    assert view.selected.row.state == "waiting"
    assert view.selected.waits_for == "the end of its children"


def test_a_signal_begins_the_end_of_a_supervisor(tmp_path: Path) -> None:
    text = """
    MAKE_FUNCTION tree
    SPAWN
    YIELD
    PUSH_STR "enough"
    SWAP
    KILL
    RECEIVE
tree:
    START_SUPERVISOR
    SUPERVISE_CHILD worker
worker:
    RECEIVE
"""
    said = sentences(tmp_path, text)
    begins = '2 tree ends and waits for the end of its children: an exit signal had come, reason "enough"'
    assert begins in said
    assert said[-1] == '2 tree ended: reason "enough"'
