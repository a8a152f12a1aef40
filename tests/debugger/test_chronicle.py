"""The chronicle: what happened up to the present moment, whichever way led there."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger import chronicle, driver
from debugger.session import Session
from debugger.views import HappeningView
from tests.debugger.programs import session_of
from tests.machines import EXAMPLES, beside, options_of, promises
from ttvm.outside import ALL
from ttvm.setup import MachineOptions

TALK = """\
    MAKE_FUNCTION worker
    SPAWN_LINK
    STORE kid
    PUSH_INT 7
    LOAD kid
    SEND
    RECEIVE "done"
    PUSH_STR "anybody?"
    SENDNAMED nobody
    RECEIVE AFTER 5 end
end:
    PUSH_STR "enough"
    KILL 2
    PUSH_STR "too late"
    SEND 3
    HALT
worker:
    REGISTER "worker"
    RECEIVE
    PUSH_STR "done"
    SEND 1
    RECEIVE
"""


def told(session: Session) -> list[tuple[int, str, int, int, int, str]]:
    """What is known, in brief."""
    return [(each.step, each.kind, each.pid, each.other, each.number, each.text) for each in session.chronicle()]


def test_every_kind_of_happening_is_told(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    session.continue_()
    assert told(session) == [
        (0, "spawn", 1, 0, 0, "begins"),
        (2, "spawn", 2, 1, 0, "is spawned by 1 main"),
        (2, "link", 1, 2, 0, "links itself with 2 worker"),
        (6, "send", 1, 2, 1, "sends #1 to 2 worker: 7"),
        (7, "block", 1, 0, 0, 'waits for "done"'),
        (8, "register", 2, 0, 0, "is called worker from now on"),
        (9, "receive", 2, 1, 1, "takes #1 from 1 main: 7"),
        (11, "send", 2, 1, 2, 'sends #2 to 1 main: "done"'),
        (12, "block", 2, 0, 0, "waits for any message"),
        (13, "receive", 1, 2, 2, 'takes #2 from 2 worker: "done"'),
        (15, "drop", 1, 0, 3, 'sends #3 to nobody, who is not there: "anybody?"'),
        (16, "block", 1, 0, 0, "waits for any message until 5 ms"),
        (16, "timeout", 1, 0, 0, "wakes: its time is over"),
        (19, "kill", 2, 1, 0, "gets an exit signal from 1 main: enough"),
        (21, "drop", 1, 3, 4, 'sends #4 to 3, who is not there: "too late"'),
        (22, "exit", 1, 0, 0, "ends: normal"),
        (23, "exit", 2, 0, 0, "ends: enough"),
    ]


def test_steps_between_happenings_are_those_of_the_process(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    session.continue_()
    mine = [(each.step, each.kind, each.local) for each in session.chronicle() if each.pid == 1]
    assert mine[:6] == [
        (0, "spawn", 0),
        (2, "link", 2),
        (6, "send", 4),
        (7, "block", 1),
        (13, "receive", 1),
        (15, "drop", 2),
    ]
    assert sum(each.local for each in session.chronicle()) == session.view().step == 23


def test_a_crash_tells_its_kind_and_an_exit_what_was_left_unread(tmp_path: Path) -> None:
    session = session_of(tmp_path, "PUSH_INT 1\nSEND 1\nPUSH_INT 1\nSEND 1\nPUSH_INT 1\nNULL\nADD\n")
    session.continue_()
    last = session.chronicle()[-1]
    assert (last.kind, last.number) == ("crash", 2)
    assert last.text.startswith("crashes: TypeMismatch: ADD needs two numbers")


@pytest.mark.parametrize("spacing", [1, 4, 1000])
def test_it_goes_back_and_forth(tmp_path: Path, spacing: int) -> None:
    session = session_of(tmp_path, TALK, spacing=spacing)
    stories: list[tuple[HappeningView, ...]] = [session.chronicle()]
    while session.step().reason == "step":
        stories.append(session.chronicle())
    for step in (5, 19, 2, 0, 22, 12, 13, 7, 20):
        session.goto(step)
        assert session.chronicle() == stories[step]


def numbers(view: HappeningView) -> tuple[object, ...]:
    """A happening without its words."""
    return (view.step, view.tick, view.kind, view.pid, view.other, view.number, view.local)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_chronicle_of_an_example_is_always_that_of_the_moment(path: Path) -> None:
    with beside(path):
        session = Session(str(path), options_of(promises(path)), promises(path).input, checkpoint_spacing=30)
        session.goto(400)
        known = session.chronicle()
        for step in (250, 90, 301):
            session.goto(step)
            here = session.chronicle()
            # Names are those of the moment; and behind its step more may have happened, when a timer fired.
            assert list(map(numbers, here)) == list(map(numbers, known[: len(here)]))
            assert all(each.step <= step for each in here)
            assert all(each.step >= min(step, session.view().latest) for each in known[len(here) :])
        session.close()


def test_numbers_count_from_the_start_and_from_the_end(tmp_path: Path) -> None:
    session = session_of(tmp_path, TALK)
    session.continue_()
    everything = session.chronicle()
    assert session.chronicle_count == len(everything) == 17
    assert session.chronicle(3, 5) == everything[3:5]
    assert session.chronicle(-2) == everything[-2:]
    assert session.chronicle(100) == ()


CHATTER = "loop:\n    PUSH_INT 1\n    SEND 1\n    RECEIVE\n    POP\n    JMP loop\n"


def test_only_the_last_part_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chronicle, "MOST_ENTRIES", 50)
    session = session_of(tmp_path, CHATTER, spacing=100)
    session.goto(5_000)
    assert session.chronicle_count == 2_001
    known = session.chronicle()
    assert 50 <= len(known) <= 150
    assert session.chronicle(1_990) == known[-11:]
    assert session.chronicle(0, 10) == ()


def test_in_the_past_there_is_as_much_as_a_screen_shows(tmp_path: Path) -> None:
    session = session_of(tmp_path, CHATTER, spacing=100)
    session.goto(50_000)
    session.goto(30_000)
    assert len(session.chronicle()) >= chronicle.KEPT_ENTRIES
    assert session.chronicle(-1)[0].step == 29_998


def test_behind_a_long_way_the_last_part_is_told_as_if_all_had_been_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = session_of(tmp_path, CHATTER)
    long.start_continue()
    while long.steps < 20_000:
        long.advance(1_000)
    monkeypatch.setattr(driver, "_TOLD_AT_ONCE", 5_000)
    quick = session_of(tmp_path, CHATTER)
    quick.start_continue()
    while quick.steps < 20_000:
        quick.advance(1_000)
    assert long.pause() == quick.pause()
    told = quick.chronicle()
    assert len(told) >= 1_000
    assert long.chronicle()[-1_000:] == told[-1_000:]
    assert long.chronicle_count == 8_001


def test_large_messages_are_not_kept(tmp_path: Path) -> None:
    large = "PUSH_INT 0\nPUSH_INT 5000\nRANGE\nSEND 1\nRECEIVE\nPOP\n" + "NOP\n" * 300
    session = session_of(tmp_path, large, spacing=3)
    session.continue_()
    sent = next(each for each in session._chronicle.entries() if each.kind == "send")
    assert isinstance(sent.detail, chronicle.Excerpt)
    assert session.chronicle()[1].text.startswith("sends #1 to 1 main: [0, 1, 2, 3,")


def test_an_answer_from_outside_wakes(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello", encoding="utf-8")
    text = f'PUSH_STR "{path}"\nASYNC_READ\nAWAIT\nPRINT\n'
    session = session_of(tmp_path, text, options=MachineOptions(grants=ALL))
    session.continue_()
    assert [line.text for line in session.output()] == ["hello"]
    kinds = [each.kind for each in session.chronicle()]
    assert kinds in (["spawn", "block", "wake", "exit"], ["spawn", "exit"])  # the file may be faster
    session.close()
