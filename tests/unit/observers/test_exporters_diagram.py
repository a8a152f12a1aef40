"""Message diagrams, as text and as a picture."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.observers.histories import (
    SIGNALS,
    TALK,
    TOLD,
    export,
    history_of,
    history_of_file,
    hostile_history,
    name_of,
    notes_of,
)
from ttvm.observers.exporters.diagram import draw_last
from ttvm.observers.exporters.lanes import MESSAGE, TAKEN, lanes_of, rows_of
from ttvm.observers.exporters.sentences import titles_of
from ttvm.observers.history import History

CROWD = """
    PUSH_INT 12
    STORE n
more:
    MAKE_FUNCTION child
    SPAWN
    STORE kid
    PUSH_STR "hi"
    LOAD kid
    SEND
    LOAD n
    PUSH_INT 1
    SUB
    DUP
    STORE n
    JNZ more
    RECEIVE 1
child:
    RECEIVE
    PUSH_STR "I am here"
    SEND 1
"""
NAMESPACE = "{http://www.w3.org/2000/svg}"


def check_text(history: History) -> None:
    """Each row has its line, and each message its arrow or its words."""
    rows = list(rows_of(history.entries, titles_of(history.entries)))
    lines = export("diagram", history).splitlines()
    assert len(lines) == len(rows) + 1
    assert all(line.isascii() and line.isprintable() for line in lines)
    for row, line in zip(rows, lines[1:], strict=True):
        assert line.split()[0] == str(row.step)
        if row.kind == MESSAGE and row.start != row.end:
            assert f"#{row.number} " in line


def check_picture(history: History) -> list[str]:
    """It is XML without anything foreign; its texts."""
    root = ElementTree.fromstring(export("svg", history))
    assert {each.tag.removeprefix(NAMESPACE) for each in root.iter()} <= {
        *("svg", "style", "rect", "text", "line", "path", "circle"),
    }
    return [each.text or "" for each in root.iter(f"{NAMESPACE}text")]


@pytest.mark.parametrize("path", TOLD, ids=name_of)
def test_the_diagrams_of_a_program(path: Path) -> None:
    history = history_of_file(path)
    check_text(history)
    texts = check_picture(history)
    assert sum(text.startswith("1 main") for text in texts) == 1


def test_hostile_texts_do_no_harm() -> None:
    check_text(hostile_history())
    check_picture(hostile_history())


def test_arrows_go_from_the_sender_to_the_receiver() -> None:
    lines = export("diagram", history_of(TALK)).splitlines()
    [sent] = [line for line in lines if "#1 --" in line]
    assert re.fullmatch(r" +\d+  \|<------ #1 --o +\"hello\"", sent)
    [lost] = [line for line in lines if "--x" in line]
    assert "o-- #2 --x" in lost


def test_spawns_signals_and_ends_are_marked() -> None:
    text = export("diagram", history_of(SIGNALS))
    assert "o- spawns --->+" in text
    assert "o- kills ---->!" in text
    assert re.search(r"^ +\d+  [|?*] +X[ |]+ends: enough$", text, re.M)


def test_processes_without_a_lane_are_told_in_words() -> None:
    history = history_of(CROWD)
    lines = export("diagram", history).splitlines()
    assert lines[0].count("child") == 7
    assert notes_of("diagram", history) == ["the diagram has lanes for 8 processes; 5 more are told in words"]
    assert any(re.search(r"#\d+ from 13 child to 1 main: \"I am here\"$", line) for line in lines)


def test_the_busiest_have_lanes() -> None:
    history = history_of(CROWD)
    rows = list(rows_of(history.entries, titles_of(history.entries)))
    assert lanes_of(rows, 1) == [1]
    assert len(lanes_of(rows, 100)) == 13
    assert {row.kind for row in rows} >= {MESSAGE, TAKEN}


def test_the_last_rows_alone_have_their_own_lanes() -> None:
    history = history_of(CROWD)
    lines = list(draw_last(history.entries, titles_of(history.entries), 3))
    assert len(lines) == 4
    assert lines[1:] == [f"{line}\n" for line in export("diagram", history).splitlines()[-3:]] or "13" in lines[0]


def test_what_a_history_left_out_is_told() -> None:
    history = history_of(CROWD, limit=10)
    assert export("diagram", history).endswith(f"... and {history.left_out:,} more events\n")
    [note] = notes_of("svg", history)
    assert note.startswith("the diagram has room for 40 processes and 2,000 events;")


def test_an_arrow_slants_to_where_the_message_was_taken() -> None:
    root = ElementTree.fromstring(export("svg", history_of(CROWD)))
    slanted = [
        line
        for line in root.iter(f"{NAMESPACE}line")
        if line.get("y1") != line.get("y2") and line.get("x1") != line.get("x2")
    ]
    assert len(slanted) == 12
