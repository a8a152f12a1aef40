"""The formats for people and for programs without a tool: text and JSON lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
from ttvm.observers.exporters.sentences import sentence, titles_of
from ttvm.observers.history import Entry, History, recorded_events


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def check_that_text_has_a_line_for_each_event(history: History) -> None:
    lines = export("text", history).splitlines()
    assert len(lines) == len(history.entries) + 2
    assert all(line.isprintable() for line in lines)


def check_that_json_lines_are_the_history(history: History) -> None:
    header, *lines, end = json_lines(export("json", history))
    assert header == {"kind": "header", "format": "ttvm-trace", "version": 1, "program": history.program}
    for line, entry in zip(lines, history.entries, strict=True):
        assert line == {name: getattr(entry, name) for name in Entry.__slots__}
    assert end == {
        "kind": "end",
        "steps": history.steps,
        "events": len(lines),
        "left_out": 0,
        "alive": history.alive,
    }


def check_that_every_kind_has_its_sentence(history: History) -> None:
    titles = titles_of(history.entries)
    for entry in history.entries:
        assert not sentence(entry, titles).startswith(entry.kind)


@pytest.mark.parametrize("path", TOLD, ids=name_of)
def test_text_and_json_of_a_program(path: Path) -> None:
    history = history_of_file(path)
    check_that_text_has_a_line_for_each_event(history)
    check_that_json_lines_are_the_history(history)
    check_that_every_kind_has_its_sentence(history)


def test_all_events_of_the_table_have_been_seen() -> None:
    """Or else the test above would say nothing about them."""
    seen = {entry.kind for path in TOLD for entry in history_of_file(path).entries}
    seen |= {entry.kind for text in (TALK, SIGNALS) for entry in history_of(text).entries}
    assert seen == {each.__name__ for each in recorded_events()}


def test_an_unknown_kind_is_told_field_by_field() -> None:
    entry = Entry(1, 1, 1, "SomethingNew", {"receiver": 2, "size": 3, "text": "a\nb"})
    assert sentence(entry, {2: "2 worker"}) == "SomethingNew receiver=2 worker size=3 text=a\N{REPLACEMENT CHARACTER}b"


def test_titles() -> None:
    text = "MAKE_FUNCTION a\nSPAWN\nREGISTER shop\nREGISTER other\nHALT\na:\nREGISTER a\n"
    assert titles_of(history_of(text).entries) == {1: "1 main (shop)", 2: "2 a"}


def test_what_is_left_out_is_said() -> None:
    history = history_of(TALK, limit=5)
    left_out = history.left_out
    assert f"... and {left_out} more events\n" in export("text", history)
    end = json_lines(export("json", history))[-1]
    assert (end["events"], end["left_out"]) == (5, left_out)
    assert notes_of("text", history) == notes_of("json", history) == []


def test_hostile_texts_stay_on_their_line() -> None:
    history = hostile_history()
    assert len(export("text", history).splitlines()) == len(history.entries) + 2
    assert all(line.isprintable() for line in export("text", history).splitlines())
    assert export("json", history).isascii()
    assert len(json_lines(export("json", history))) == len(history.entries) + 2
