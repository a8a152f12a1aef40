"""Breakpoints as text: what is read, what is written, and where a mistake is."""

from __future__ import annotations

import re

import pytest

from debugger.breakpoint_text import parse_breakpoint, write_breakpoint
from debugger.descriptions import Breakpoint, Event, Place, Watch
from debugger.scope import ExpressionError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", Breakpoint(Place(12))),
        (" line 12 ", Breakpoint(Place(12))),
        ("shop.ttvm:12", Breakpoint(Place(12, file="shop.ttvm"))),
        ("lib/shop.ttvm:12", Breakpoint(Place(12, file="lib/shop.ttvm"))),
        ('"my shop.ttvm":12', Breakpoint(Place(12, file="my shop.ttvm"))),
        ("@7", Breakpoint(Place(address=7))),
        ("loop", Breakpoint(Place(label="loop"))),
        ("label send", Breakpoint(Place(label="send"))),
        ('"two words"', Breakpoint(Place(label="two words"))),
        ("loop if x > 3", Breakpoint(Place(label="loop"), "x > 3")),
        ("send", Breakpoint(Event("send"))),
        ("send to worker", Breakpoint(Event("send", "worker"))),
        ("send 1 to worker", Breakpoint(Event("send", "worker"), within="1")),
        ("send by main to 2 if msg == 'in'", Breakpoint(Event("send", "2"), "msg == 'in'", within="main")),
        ("exit", Breakpoint(Event("exit"))),
        ("exit worker", Breakpoint(Event("exit"), within="worker")),
        ("crash of 'two words'", Breakpoint(Event("crash"), within="two words")),
        ("exit in 3", Breakpoint(Event("exit"), within="3")),
        ("mailbox worker > 3", Breakpoint(Event("mailbox", "worker", 3))),
        ("mailbox 2 >= 3", Breakpoint(Event("mailbox", "2", 2))),
        ("watch total in 2", Breakpoint(Watch("total"), within="2")),
        ("watch stack[0] in worker", Breakpoint(Watch("stack[0]"), within="worker")),
        ("watch worker.total + 1", Breakpoint(Watch("worker.total + 1"))),
        ("watch name worker", Breakpoint(Watch("", "worker"))),
        ("watch name in 2", Breakpoint(Watch("name"), within="2")),
        ("watch name", Breakpoint(Watch("name"))),
        ("watch name == 'x'", Breakpoint(Watch("name == 'x'"))),
        ('12 log "x is {x}"', Breakpoint(Place(12), log="x is {x}")),
        (r'12 log "say \"{x}\"\n"', Breakpoint(Place(12), log='say "{x}"\n')),
        ("12 hits 3 once", Breakpoint(Place(12), hits=3, once=True)),
        (
            "loop once after 2 in 3 if (x > 1 and hits == 'once') hits 4 log 'a'",
            Breakpoint(Place(label="loop"), "(x > 1 and hits == 'once')", 4, "3", "a", True, 2),
        ),
        ("12 if once > hits", Breakpoint(Place(12), "once > hits")),
        ("12 if hits hits 2", Breakpoint(Place(12), "hits", 2)),
        ("12 if log > 2 log 'a'", Breakpoint(Place(12), "log > 2", log="a")),
    ],
)
def test_texts(text: str, expected: Breakpoint) -> None:
    wanted = parse_breakpoint(text)
    assert wanted == expected
    assert parse_breakpoint(write_breakpoint(wanted)) == wanted


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "is missing here"),
        ("   ", 1, "is missing here"),
        ("0", 1, "lines count from 1"),
        ("line", 5, "line needs a number"),
        ("line x", 6, "line needs a number"),
        ("@x(", 1, "no line, label or event"),
        ("12 stop", 4, "here can stand if, hits, in, log, once or after"),
        ("12 if", 6, "an expression is missing"),
        ("12 if x +", 10, "something is missing at the end"),
        ("12 if x = 3 hits 2", 9, "== compares"),
        ("12 hits", 8, "hits needs a number from 1 on"),
        ("12 hits 0", 9, "hits needs a number from 1 on"),
        ("12 hits ³", 9, "hits needs a number from 1 on"),
        ("12 hits 99999999999999999999999", 9, "hits needs a number from 1 on"),
        ("12 in", 6, "in needs a pid or a name"),
        ("12 after loop", 10, "after needs the number"),
        ("12 log", 7, "log needs a text in quotes"),
        ("12 log x", 8, "log needs a text in quotes"),
        ("12 log 'x", 8, "this quote is never closed"),
        ("12 log '{x'", 8, "this brace is never closed"),
        ("12 once once", 9, "once stands here twice"),
        ("exit 2 in 3", 8, "in stands here twice"),
        ("exit to 3", 6, "only send can have to"),
        ("mailbox", 8, "mailbox needs a pid or a name"),
        ("mailbox worker", 15, "mailbox needs a length"),
        ("mailbox worker < 3", 16, "compared with > or >="),
        ("mailbox worker > x", 18, "mailbox needs a length"),
        ("mailbox worker >= 0", 19, "mailbox needs a length"),
        ("watch", 6, "an expression is missing"),
        ("watch print(3)", 7, "the only function is len"),
        ("watch x in", 11, "in needs a pid or a name"),
    ],
)
def test_mistakes_have_a_column(text: str, column: int, words: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(words)) as caught:
        parse_breakpoint(text)
    assert caught.value.column == column
    assert caught.value.line == text
