"""Entering lines in a session: where they go, who runs meanwhile, and what is forgotten of one that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger.choices import Enter, Execute, Freeze, Lock, Push, Skip
from debugger.line_entry import LineFault
from debugger.live_module import LIVE, LiveModule
from debugger.run_files import read_run
from debugger.session import Session
from ttvm.errors import SourceError, TtvmError
from ttvm.outside import Grants
from ttvm.setup import MachineOptions


@pytest.fixture
def session() -> Session:
    return Session(LIVE)


def stack(session: Session, pid: int = 1) -> list[str]:
    """The stack of a process, the bottom first."""
    selected = session.view(pid).selected
    assert selected is not None
    assert selected.row.pid == pid
    return [value.text for value in reversed(selected.stack)]


def test_a_line_runs_until_the_end_of_the_text(session: Session) -> None:
    stop = session.run_line(1, "    PUSH_INT 1\n")
    assert (stop.reason, stop.text) == ("line", "1 main waits for the next line")
    assert stack(session) == ["Int 1"]
    view = session.view()
    assert not view.ended
    assert view.next == "the next line that you enter"
    assert session.continue_().reason == "line"


def test_each_line_is_a_step_that_a_saved_run_has(session: Session) -> None:
    session.run_line(1, "    PUSH_INT 1\n")
    session.run_line(1, "    PUSH_INT 2\n")
    lines = list(session.save())
    again = Session(LIVE)
    again.resume(read_run(lines, "saved"))
    assert again.text == session.text
    assert stack(again) == ["Int 1", "Int 2"]
    again.goto(again.entries()[-1])
    assert again.text == "    PUSH_INT 1\n"


def test_every_moment_has_its_text(session: Session) -> None:
    for number in range(40):
        session.run_line(1, f"    PUSH_INT {number}\n")
    for entry, step in enumerate(session.entries()):
        session.goto(step)
        assert session.text.count("\n") == entry
        assert len(stack(session)) == entry
    session.latest()
    assert len(stack(session)) == 40


def test_branches_have_texts_of_their_own(session: Session) -> None:
    session.run_line(1, "    PUSH_INT 1\n")
    session.goto(0)
    session.run_line(1, "    PUSH_INT 2\n")
    assert (session.text, stack(session)) == ("    PUSH_INT 2\n", ["Int 2"])
    session.switch_branch(1)
    assert session.text == ""
    session.latest()
    assert (session.text, stack(session)) == ("    PUSH_INT 1\n", ["Int 1"])


def test_the_same_line_again_is_no_branch(session: Session) -> None:
    session.run_line(1, "    PUSH_INT 1\n")
    session.goto(0)
    session.run_line(1, "    PUSH_INT 1\n")
    assert len(session.branches()) == 1


def test_a_failed_line_in_the_past_leaves_no_branch(session: Session) -> None:
    session.run_line(1, "    PUSH_INT 1\n")
    session.goto(0)
    with pytest.raises(LineFault, match="ADD needs 2 values") as raised:
        session.run_line(1, '    PUSH_STR "x"\n    PRINT\n    ADD\n')
    assert raised.value.printed == 1
    assert str(raised.value.span) == "repl:3:5"
    assert len(session.branches()) == 1
    assert (session.steps, session.text, list(session.output())) == (0, "", [])
    session.latest()
    assert stack(session) == ["Int 1"]


def test_a_failed_execution_takes_back_those_before_it(session: Session) -> None:
    idle = "    JMP on\nidle:\n    YIELD\n    JMP idle\non:\n"
    session.run_line(1, f'{idle}    PUSH_STR "idle"\n    SPAWN\n')
    step = session.steps
    with pytest.raises(TtvmError, match="cannot divide by zero"):
        session.execute_line(2, ["PUSH_INT 1", "PUSH_INT 0", "DIV"])
    assert (session.steps, stack(session, 2)) == (step, [])
    assert len(session.branches()) == 1
    session.execute_line(2, ["PUSH_INT 1", "DUP"])
    assert stack(session, 2) == ["Int 1", "Int 1"]
    assert session.changes_by_hand() == 2


def test_what_was_asked_outside_in_a_failed_line_is_asked_again(tmp_path: Path) -> None:
    file = tmp_path / "file"
    session = Session(LIVE, MachineOptions(grants=Grants(read=())))
    file.write_text("before", encoding="utf-8")
    with pytest.raises(LineFault):
        session.run_line(1, f'    PUSH_STR "{file}"\n    READ_FILE\n    POP\n    ADD\n')
    file.write_text("after", encoding="utf-8")
    session.run_line(1, f'    PUSH_STR "{file}"\n    READ_FILE\n')
    assert stack(session) == ['Str "after"']
    session.close()


def test_a_mistake_in_the_text_changes_nothing(session: Session) -> None:
    with pytest.raises(SourceError):
        session.run_line(1, "    NONSENSE\n")
    assert (session.steps, session.text) == (0, "")


def test_while_a_line_waits_for_time_the_others_wait_too(session: Session) -> None:
    chatter = '    JMP on\nchatter:\n    PUSH_STR "me"\n    PRINT\n    YIELD\n    JMP chatter\non:\n'
    session.run_line(1, f'{chatter}    PUSH_STR "chatter"\n    SPAWN\n')
    session.run_line(1, "    PUSH_INT 1000\n    SLEEP\n    YIELD\n    YIELD\n")
    assert not session.output()
    session.tick()
    assert [line.text for line in session.output()] == ["me"]


def test_with_the_others_they_run_until_all_wait(session: Session) -> None:
    echo = "    JMP on\necho:\n    RECEIVE\n    PRINT\n    JMP echo\non:\n"
    session.run_line(1, f'{echo}    PUSH_STR "echo"\n    SPAWN\n', others=True)
    session.run_line(1, '    PUSH_STR "hi"\n    SEND 2\n', others=True)
    assert [line.text for line in session.output()] == ["hi"]
    assert session.view(2).processes[1].state == "waiting"


def test_the_others_may_end_at_the_end_of_the_text(session: Session) -> None:
    session.run_line(1, '    PUSH_STR "fall"\n    SPAWN\nfall:\n', others=True)
    rows = {row.pid: row.state for row in session.view().processes}
    assert rows == {1: "waiting", 2: "exited"}


def test_where_no_line_can_be_entered_it_is_said(session: Session) -> None:
    session.run_line(1, '    JMP on\nidle:\n    YIELD\n    JMP idle\non:\n    PUSH_STR "idle"\n    SPAWN\n')
    with pytest.raises(TtvmError, match="2 idle is not at the end of the text"):
        session.choose(Enter(2, "    NOP\n"))
    with pytest.raises(TtvmError, match="there is no live process 3"):
        session.choose(Enter(3, "    NOP\n"))
    with pytest.raises(TtvmError, match="waits for the next line, so it can execute nothing else; enter a line"):
        session.choose(Execute(1, "NOP"))
    with pytest.raises(TtvmError, match="at the end of the text"):
        session.choose(Skip(1))
    session.choose(Freeze(1))
    with pytest.raises(TtvmError, match="held back"):
        session.choose(Enter(1, "    NOP\n"))
    session.choose(Lock(2))
    with pytest.raises(TtvmError, match="held back"):
        session.choose(Enter(1, "    NOP\n"))
    other = Session("examples/02_message_passing.ttvm")
    with pytest.raises(TtvmError, match="the text of this program does not grow"):
        other.choose(Enter(1, "    NOP\n"))


def test_values_can_be_pushed_while_the_next_line_is_awaited(session: Session) -> None:
    session.run_line(1, "    NOP\n")
    session.choose(Push(1, 5))
    session.run_line(1, "    DUP\n")
    assert stack(session) == ["Int 5", "Int 5"]


def test_hot_loops_survive_that_the_text_grows(session: Session) -> None:
    loop = (
        "    JMP on\ncount:\n    PUSH_INT 1\n    ADD\n    DUP\n    PUSH_INT 5000\n    LT\n    JNZ count\n    RET\non:\n"
    )
    session.run_line(1, f"{loop}    PUSH_INT 0\n    CALL count\n")
    assert stack(session) == ["Int 5000"]
    session.run_line(1, "    POP\n    PUSH_INT 10\n    CALL count\n    JMP more\nmore:\n    DUP\n")
    assert stack(session) == ["Int 5000", "Int 5000"]


def test_a_module_goes_from_edition_to_edition() -> None:
    module = LiveModule()
    first = module.save()
    module.grow("a:\n    NOP\n")
    module.grow("b:\n    JMP a\n")
    last = module.save()
    module.load(first)
    assert (module.ops, module.labels, module.source.text) == ((), {}, "")
    module.grow("    NOP\n")
    module.load(last)
    assert (len(module.ops), module.labels) == (2, {"a": 0, "b": 1})
    assert module.label_at(1) == "b"
    assert [op.line for op in module.ops] == [2, 4]
    ops = module.ops
    module.load(first)
    module.grow("a:\n    NOP\n")
    module.grow("b:\n    JMP a\n")
    assert all(one is other for one, other in zip(module.ops, ops, strict=True))  # assembled once
