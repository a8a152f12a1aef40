"""DID and NEXT say in words what every instruction does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from debugger.session import Session
from tests.debugger.test_session import session_of
from tests.machines import PROGRAMS, folder_for, options_of, promises
from ttvm.errors import TtvmError
from ttvm.isa import ISA

SENTENCES = [
    ("    PUSH_INT 1\n    PUSH_INT 41\n    ADD\n", 3, "ADD: takes 1 and 41 off the stack, puts the sum there",
     "ADD: took 1 and 41 off the stack, put 42"),
    ("    PUSH_INT 0\n    JZ end\n    NOP\nend:\n", 2,
     "JZ: takes 0 off the stack: false means go to end, true means go on",
     "JZ: took 0 off the stack: false means go to end, true means go on"),
    ('    PUSH_STR "a"\n    STORE x\n', 2, 'STORE: stores "a" in x', 'STORE: stored "a" in x'),
    ("    ADD\n", 1, "ADD: will fail, the stack holds too few values",
     "ADD failed: ADD needs 2 values (a, b) on the stack, which is empty (program.ttvm:1); 1 main crashed"),
    ('    PUSH_STR "x"\n    SENDNAMED ghost\n', 2,
     'SENDNAMED: puts "x" in the mailbox of whoever is called "ghost" (nobody is)',
     'SENDNAMED: put "x" in the mailbox of whoever is called "ghost" (nobody is); the message Str "x" from process 1 '
     'was dropped: nobody is called "ghost" (program.ttvm:2)'),
    ("    RECEIVE int AFTER 5 late\nlate:\n", 1, "RECEIVE: takes a message out of the mailbox",
     "RECEIVE: found no message that fits int, so 1 main waits, at most until 5 ms"),
    ('    PUSH_STR "nobody"\n    SPAWN\n', 2, 'SPAWN: makes a process that runs "nobody"',
     'SPAWN: made a process that runs "nobody"; it is process 2'),
    ("    NULL\n    TRY\n    THROW\n    CATCH\n    END_TRY\n", 3, "THROW: raises null",
     "THROW failed: null; the handler takes over"),
    ("", 1, "(end of the text): 1 main ends", "(end of the text): 1 main ended"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "step", "following", "did"), SENTENCES)
def test_sentences(tmp_path: Path, text: str, step: int, following: str, did: str) -> None:
    session = session_of(tmp_path, text)
    for _ in range(step - 1):
        session.step()
    assert session.view().next == f"1 main: {following}"
    session.step()
    assert session.view().did == f"1 main: {did}"


def test_an_exit_signal_is_announced(tmp_path: Path) -> None:
    text = '    MAKE_FUNCTION f\n    SPAWN\n    PUSH_STR "stop"\n    SWAP\n    KILL\n    YIELD\nf:\n    NOP\n'
    session = session_of(tmp_path, text)
    session.step(6)
    assert session.view().next == '2 f ends: an exit signal has come, reason "stop"'
    session.step()
    assert session.view().did == '2 f ended: an exit signal had come, reason "stop"'


def instructions_told(session: Session) -> set[str]:
    """The instructions that the first 200 steps explain."""
    told: set[str] = set()
    for _ in range(200):
        view = session.view()
        mnemonic = view.next.partition(": ")[2].partition(":")[0]
        if mnemonic in ISA:
            told.add(mnemonic)
        try:
            if session.step().reason == "end":
                break
        except TtvmError:
            break
        for sentence in (view.next, session.view().did):
            assert "{to" not in sentence
            assert "|" not in sentence.partition('"')[0] or "RECEIVE" in sentence, sentence
    return told


def test_every_instruction_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Step through the test programs until each row was explained; no template may be left over."""
    told: set[str] = set()
    for path in PROGRAMS:
        expectation = promises(path)
        if expectation.exit_status == 2 or "limits" in path.parts:
            continue
        if not {word.upper() for word in path.read_text("utf-8", "replace").split()} & (set(ISA) - told):
            continue  # it has nothing new
        monkeypatch.chdir(folder_for(path, tmp_path))
        session = Session(str(path), options_of(expectation), expectation.input)
        with closing(session):
            told |= instructions_told(session)
    assert set(ISA) - told == set()
