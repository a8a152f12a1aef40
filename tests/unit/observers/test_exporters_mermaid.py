"""Mermaid diagrams: every arrow has both its lifelines, no text is more than text, and none is too long to draw.

The alphabet that `escape` leaves alone was compared with what Mermaid 11 draws, in a browser: see docs/tracing.md.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.observers.histories import (
    HOSTILE,
    TALK,
    TOLD,
    export,
    history_of,
    history_of_file,
    hostile_history,
    name_of,
    notes_of,
)
from ttvm.observers.exporters.mermaid import LONGEST_DIAGRAM, escape
from ttvm.observers.history import History
from ttvm.source import visible

TEXT = r"(?P<text>(?:[^#;<>&%$`\\\x00-\x1f]|#\d+;)*)"
PARTICIPANT = re.compile(rf"    participant p(?P<pid>\d+) as {TEXT}")
ARROW = re.compile(rf"    p(?P<start>\d+)(?P<arrow>->>|-->>|-x)p(?P<end>\d+): {TEXT}")
NOTE = re.compile(rf"    Note over p(?P<pid>\d+): {TEXT}")


class Diagram:
    """A diagram, read by the strictest reading of its grammar."""

    def __init__(self, text: str) -> None:
        first, *lines = text.splitlines()
        assert first == "sequenceDiagram"
        self.participants: list[tuple[int, str]] = []
        self.arrows: list[tuple[int, str, int, str]] = []
        self.notes: list[tuple[int, str]] = []
        for line in lines:
            if found := PARTICIPANT.fullmatch(line):
                assert not self.arrows
                assert not self.notes
                self.participants.append((int(found["pid"]), unescape(found["text"])))
            elif found := ARROW.fullmatch(line):
                ends = int(found["start"]), found["arrow"], int(found["end"])
                self.arrows.append((*ends, unescape(found["text"])))
            else:
                found = NOTE.fullmatch(line)
                assert found, line
                self.notes.append((int(found["pid"]), unescape(found["text"])))


def unescape(text: str) -> str:
    return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text)


def diagram_of(history: History) -> Diagram:
    return Diagram(export("mermaid", history))


def check_that_every_arrow_and_note_has_its_participants(diagram: Diagram) -> None:
    pids = [pid for pid, _ in diagram.participants]
    assert len(set(pids)) == len(pids)
    known = [pid for pid in pids if pid]
    assert known == sorted(known), "in the order of spawning"
    used = {pid for start, _, end, _ in diagram.arrows for pid in (start, end)} | {pid for pid, _ in diagram.notes}
    assert used == set(pids)


def check_that_every_message_and_spawn_is_an_arrow(diagram: Diagram, history: History) -> None:
    counts = {kind: sum(entry.kind == kind for entry in history.entries) for kind in ("MessageSent", "MessageDropped")}
    drawn = {arrow: sum(each[1] == arrow for each in diagram.arrows) for arrow in ("->>", "-x")}
    assert (drawn["->>"], drawn["-x"]) == (counts["MessageSent"], counts["MessageDropped"])
    spawned = {entry.pid for entry in history.entries if entry.kind == "ProcessSpawned" and entry.fields["spawner"]}
    assert {end for _, arrow, end, text in diagram.arrows if arrow == "-->>" and text.startswith("spawns")} == spawned


@pytest.mark.parametrize("path", TOLD, ids=name_of)
def test_diagram_of_a_program(path: Path) -> None:
    history = history_of_file(path)
    diagram = diagram_of(history)
    check_that_every_arrow_and_note_has_its_participants(diagram)
    if not notes_of("mermaid", history):
        check_that_every_message_and_spawn_is_an_arrow(diagram, history)


def test_dropped_messages_end_in_a_cross() -> None:
    diagram = diagram_of(history_of(TALK + "\nPUSH_STR 1\n"))
    assert [each for each in diagram.arrows if each[1] == "-x"] == [(1, "-x", 0, "#2 to 99: 1")]
    assert diagram.participants[-1] == (0, "(nobody)")


def test_a_message_to_a_dead_process_goes_to_its_lifeline() -> None:
    text = "MAKE_FUNCTION f\nSPAWN_MONITOR\nPOP\nPOP\nRECEIVE\nPOP\nTRUE\nSEND 2\nHALT\nf:\n"
    diagram = diagram_of(history_of(text))
    assert [each for each in diagram.arrows if each[1] == "-x"] == [(1, "-x", 2, "#2 true")]


def test_hostile_texts_are_texts() -> None:
    diagram = diagram_of(hostile_history())
    texts = [text for *_, text in diagram.arrows]
    assert any('"a\\"b; c"' in text for text in texts)
    assert any('"p1-->>p2: x"' in text for text in texts)
    assert any("<script>" in text for text in texts)
    assert all(len(text) <= 60 for text in texts)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_escaping_keeps_what_is_visible(text: str) -> None:
    assert re.fullmatch(TEXT, escape(text))
    assert unescape(escape(text)) == visible(text)


def test_a_colon_is_a_colon_only_before_a_space() -> None:
    """Mermaid strips a semicolon after ``style`` and a colon with something behind it."""
    assert escape("a: b") == "a: b"
    assert escape("style:#1;") == "style#58;#35;1#59;"


def test_marks_that_mermaid_puts_in_texts_itself_are_escaped() -> None:
    assert escape("\u00df\ufb02\u00b0\u00b6\u00e9\u6f22") == "#223;#64258;#176;#182;\u00e9\u6f22"


def long_history() -> History:
    text = """
        PUSH_INT 0
        STORE i
    again:
        LOAD i
        SEND 1
        RECEIVE
        PUSH_INT 1
        ADD
        STORE i
        LOAD i
        PUSH_INT 3000
        LT
        JNZ again
    """
    return history_of(text)


def test_a_long_diagram_is_cut_where_viewers_would_refuse_it() -> None:
    history = long_history()
    text = export("mermaid", history)
    assert LONGEST_DIAGRAM - 300 < len(text) <= LONGEST_DIAGRAM
    diagram = Diagram(text)
    pid, note = diagram.notes[-1]
    drawn = len(diagram.arrows) + len(diagram.notes) - 1
    assert (pid, note) == (1, f"... {3002 - drawn} more events are not drawn")
    assert notes_of("mermaid", history) == [
        f"the diagram is cut: {3002 - drawn:,} more events would pass the 50,000 characters viewers draw"
    ]


def test_what_the_history_left_out_is_told_too() -> None:
    history = history_of(TALK, limit=8)
    assert diagram_of(history).notes[-1] == (1, f"... {history.left_out} more events are not drawn")
