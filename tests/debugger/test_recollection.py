"""What a session finds again: the last change of a thing, the way of a message, the origin of a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from debugger import writes
from debugger.choices import SetVariable
from debugger.session import Session
from tests.debugger.programs import COUNTING, SHOP, session_of
from tests.machines import EXAMPLES
from ttvm.errors import TtvmError

ORDERS = """\
    MAKE_FUNCTION shop
    SPAWN
    STORE shop
    MAKE_OBJECT
    PUSH_STR "tea"
    SET_FIELD drink
    PUSH_INT 3
    SET_FIELD count
    LOAD shop
    SEND
    RECEIVE
    CALL double n
    STORE answer
wait:
    RECEIVE
double:
    LOAD n
    PUSH_INT 2
    SWAP
    MUL
    RET
shop:
    REGISTER "shop"
    RECEIVE
    STORE order
    LOAD order
    GET_FIELD count
    SEND 1
    RECEIVE
"""


def ended(tmp_path: Path, text: str, spacing: int = 7) -> Session:
    session = session_of(tmp_path, text, spacing=spacing)
    session.continue_()
    return session


# -- the last change


def test_last_goes_back_to_the_change_and_then_further_back(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, spacing=10)
    session.goto(100)
    found = []
    for _ in range(4):
        stop = session.last("i", "1")
        found.append((session.view().step, stop.reason, stop.text))
    assert found == [
        (step, "change", f"i of 1 main changed from Int {i - 1} to Int {i} (STORE at shop.ttvm:7)")
        for step, i in ((96, 19), (91, 18), (86, 17), (81, 16))
    ]
    assert session.view().did == "1 main: STORE: stored 16 in i"


def test_a_change_right_here_counts_the_first_time(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING)
    session.goto(11)
    session.last("i", "1")
    assert session.view().step == 11
    session.last("i", "1")
    assert session.view().step == 6
    session.goto(11)
    session.last("i + 0", "1")
    assert session.view().step == 11


def test_last_of_a_mailbox_finds_the_receive_and_the_send(tmp_path: Path) -> None:
    session = ended(tmp_path, ORDERS)
    found = []
    for _ in range(3):
        stop = session.last("mailbox shop")
        found.append((session.view().step, stop.text))
    order = '#1 {drink: "tea", count: 3}'
    assert found == [
        (13, f"2 shop took {order} out of its mailbox, which holds 0 now (RECEIVE at shop.ttvm:24)"),
        (10, f"the mailbox of 2 shop got {order} from 1 main, which holds 1 now (SEND at shop.ttvm:10 in 1 main)"),
        (10, "the mailbox of shop has not changed before"),  # nobody is called shop yet
    ]


def test_a_message_of_a_timer_is_told_as_one(tmp_path: Path) -> None:
    session = ended(tmp_path, SHOP)
    session.last("mailbox", "1")
    stop = session.last("mailbox", "1")
    assert "got #3 true from 1 main, which holds 1 now (a timer, right behind step" in stop.text


def test_last_of_a_name_and_of_things_that_never_changed(tmp_path: Path) -> None:
    session = ended(tmp_path, ORDERS)
    assert session.last("name shop").text == 'the name "shop" belongs to 2 shop now (REGISTER at shop.ttvm:23)'
    here = session.view().step
    assert session.last("nothing_like_this", "1").text == "nothing_like_this of 1 main has not changed before"
    assert session.last("depth", "99").text == "depth of 99 has not changed before"
    assert session.view().step == here
    with pytest.raises(TtvmError):
        session.start_last("1 +", "1")


def test_a_search_can_be_given_up(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, spacing=1000)
    session.goto(30_000)
    session.start_last("nothing_like_this", "1")
    assert session.advance_back() is None
    assert session.view().running
    stop = session.pause()
    assert (stop.text, session.view().step) == ("gave up the way back", 30_000)
    assert session.last("i", "1").reason == "change"


def test_a_search_comes_in_short_pieces(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING, spacing=100_000)
    session.goto(40_000)
    session.start_last("nothing_like_this", "1")
    pieces = 1
    while session.advance_back() is None:
        pieces += 1
    assert pieces >= 10


def test_what_the_user_changed_is_told_as_such(tmp_path: Path) -> None:
    session = session_of(tmp_path, COUNTING)
    session.goto(13)
    session.choose(SetVariable(1, "i", 50))
    session.goto(15)
    stop = session.last("i", "1")
    assert (session.view().step, stop.text) == (14, "i of 1 main changed from Int 2 to Int 50 (you)")
    assert session.origin("i", "1").links[0][2] == "which you put there (step 14)"


# -- messages


@pytest.mark.parametrize("spacing", [3, 1000])
def test_the_way_of_a_message(tmp_path: Path, spacing: int) -> None:
    session = ended(tmp_path, ORDERS, spacing)
    view = session.letter(1)
    assert (view.sender, view.receiver, view.sent, view.received, view.dropped) == (1, 2, 10, 13, False)
    view = session.letter(2)
    assert view.words == "#2 3: 2 shop sent it to 1 main at step 17, and 1 main took it at step 19"
    with pytest.raises(TtvmError, match="there is no message #3 so far"):
        session.letter(3)


def test_sent_and_received_go_both_ways(tmp_path: Path) -> None:
    session = ended(tmp_path, ORDERS)
    session.first()
    assert session.received(2).text.startswith("#2 3: 2 shop sent it")
    assert session.view().step == 19
    assert session.sent(1).reason == "message"
    assert session.view().step == 10
    assert session.received(1).pid == 2
    assert session.view().step == 13
    assert session.sent(99).text == "there is no message #99 so far"
    assert session.view().step == 13


def test_messages_that_nobody_took(tmp_path: Path) -> None:
    session = Session(str(next(path for path in EXAMPLES if path.stem == "lost_message")), checkpoint_spacing=9)
    session.continue_()
    assert session.letter(4).words.endswith("and it was dropped: nobody was there")
    assert session.letter(6).words.endswith("and nobody has taken it so far")
    here = session.view()
    assert session.received(6).reason == "back"
    assert session.view().step == here.step


def test_a_message_from_long_ago_is_found_by_the_mailboxes_of_checkpoints(tmp_path: Path) -> None:
    loop = "PUSH_INT 2000\nSTORE n\nmore:\nLOAD n\nPUSH_INT 1\nSUB\nDUP\nSTORE n\nJNZ more\n"
    session = ended(tmp_path, f'PUSH_STR "late"\nSEND 1\n{loop}RECEIVE\n', 50)
    view = session.letter(1)
    assert view.sent == 2
    assert view.received == session.view().step - 1 > 12_000


# -- where values come from


def words(session: Session, what: str, within: str) -> list[str]:
    return [link for _, _, link in session.origin(what, within).links]


RECEIVED = [
    "taken from message #2 by RECEIVE at shop.ttvm:11 (step 19), which 2 shop sent at shop.ttvm:28 (step 17)",
    'taken out of {drink: "tea", count: 3} by GET_FIELD at shop.ttvm:27 (step 16)',
    "put there by LOAD of order at shop.ttvm:26 (step 15)",
    "stored in order by STORE at shop.ttvm:25 (step 14)",
    "taken from message #1 by RECEIVE at shop.ttvm:24 (step 13), which 1 main sent at shop.ttvm:10 (step 10)",
    "put in by SET_FIELD at shop.ttvm:8 (step 8)",
    "put there by PUSH_INT at shop.ttvm:7 (step 7)",
]


@pytest.mark.parametrize("spacing", [1, 5, 1000])
def test_a_value_is_followed_through_messages_calls_and_fields(tmp_path: Path, spacing: int) -> None:
    session = ended(tmp_path, ORDERS, spacing)
    session.goto(19)
    assert words(session, "0", "1") == RECEIVED
    session.goto(23)
    assert words(session, "0", "1") == [
        "put there by LOAD of n at shop.ttvm:17 (step 21)",
        "passed as n by CALL at shop.ttvm:12 (step 20)",
        *RECEIVED,
    ]
    assert words(session, "1", "1") == ["put there by PUSH_INT at shop.ttvm:18 (step 22)"]
    session.goto(24)
    assert words(session, "0", "1") == ["made of 2 and 3 by MUL at shop.ttvm:20 (step 24)"]


ORIGINS = {
    "PUSH_INT 1\nPUSH_INT 2\nPUSH_INT 3\nROT": ["put there by PUSH_INT at shop.ttvm:1 (step 1)"],
    "PUSH_INT 1\nPUSH_INT 2\nOVER": ["put there by PUSH_INT at shop.ttvm:1 (step 1)"],
    "PUSH_INT 7\nTO_STR\nDUP": [
        "made of 7 by TO_STR at shop.ttvm:2 (step 2)",
        "put there by PUSH_INT at shop.ttvm:1 (step 1)",
    ],
    "PUSH_INT 4\nPUSH_INT 5\nMAKE_LIST 2\nPUSH_INT 6\nAPPEND\nPUSH_INT 1\nINDEX": [
        "taken out of [4, 5, 6] by INDEX at shop.ttvm:7 (step 7)",
        "put in by MAKE_LIST at shop.ttvm:3 (step 3)",
        "put there by PUSH_INT at shop.ttvm:2 (step 2)",
    ],
    "MAKE_LIST 0\nPUSH_INT 6\nAPPEND\nPUSH_INT 0\nINDEX": [
        "taken out of [6] by INDEX at shop.ttvm:5 (step 5)",
        "put in by APPEND at shop.ttvm:3 (step 3)",
        "put there by PUSH_INT at shop.ttvm:2 (step 2)",
    ],
    "TRY\nPUSH_INT 1\nPUSH_INT 0\nDIV\nCATCH\nEND_TRY": ["an exception, as DIV at shop.ttvm:4 (step 4) failed"],
    "PUSH_INT 9\nSTORE z\nCAPTURE z\nMAKE_LAMBDA f\nCALL_FUNCTION\nHALT\nf:\nLOAD z\nRECEIVE": [
        "put there by LOAD of z at shop.ttvm:8 (step 6)",
        "captured in the function called by CALL_FUNCTION at shop.ttvm:5 (step 5)",
    ],
    'PUSH_STR "me"\nSEND_AFTER 5 1\nPOP\nRECEIVE': [
        "taken from message #1 by RECEIVE at shop.ttvm:4 (step 5), which a timer or the end of 1 main sent (step 4)"
    ],
    "PUSH_INT 3\nSLEEP\nSELF": ["put there by SELF at shop.ttvm:3 (step 4)"],
    "READ_LINE": ["put there by READ_LINE at shop.ttvm:1 (step 1)"],
}


@pytest.mark.parametrize(("text", "expected"), ORIGINS.items())
def test_origins(tmp_path: Path, text: str, expected: list[str]) -> None:
    session = session_of(tmp_path, f"{text}\nRECEIVE\n", spacing=3)
    session.continue_()
    assert words(session, "0", "1") == expected


def test_arguments_of_a_new_process_come_from_its_spawner(tmp_path: Path) -> None:
    text = 'PUSH_INT 5\nPUSH_INT 6\nPUSH_STR "kid"\nSPAWN 2\nPUSH_INT 8\nMAKE_FUNCTION child x\nSPAWN 1\nRECEIVE\n'
    session = ended(tmp_path, f"{text}kid:\nRECEIVE\nchild:\nRECEIVE\n")
    assert words(session, "1", "2") == [
        "given by 1 main with SPAWN at shop.ttvm:4 (step 4)",
        "put there by PUSH_INT at shop.ttvm:1 (step 1)",
    ]
    assert words(session, "x", "3") == [
        "given by 1 main with SPAWN at shop.ttvm:7 (step 7)",
        "put there by PUSH_INT at shop.ttvm:5 (step 5)",
    ]


def test_an_imported_variable_comes_from_its_module(tmp_path: Path) -> None:
    (tmp_path / "part.ttvm").write_text("PUSH_INT 5\nSTORE five\nEXPORT five\n", encoding="utf-8")
    session = ended(tmp_path, 'IMPORT "part"\nLOAD five\nRECEIVE\n')
    assert words(session, "0", "1") == [
        "put there by LOAD of five at shop.ttvm:2 (step 6)",
        "taken over from a module by the end of the text at part.ttvm:3 (step 5)",
    ]


def test_what_is_too_far_back_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writes, "LONGEST_WAY", 500)
    session = session_of(tmp_path, f"PUSH_INT 77\n{COUNTING}", spacing=100)
    session.goto(5_000)
    [link] = words(session, str(len(session.view(1).selected.stack) - 1), "1")  # type: ignore[union-attr]
    assert link.endswith("steps: nothing further back was searched")


def test_what_is_not_there_has_no_origin(tmp_path: Path) -> None:
    session = ended(tmp_path, ORDERS)
    for what, within, text in (
        ("0", "1", "the stack of 1 main holds 0 values"),
        ("nothing", "1", 'there is no variable "nothing" in 1 main'),
        ("0", "9", "there is no live process 9"),
    ):
        with pytest.raises(TtvmError, match=text):
            session.origin(what, within)
