"""Trace events: slices lie inside of each other or apart, and every arrow has two ends in slices."""

from __future__ import annotations

import json
from bisect import bisect
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.unit.observers.histories import (
    COFFEE_SHOP,
    SIGNALS,
    TALK,
    TOLD,
    entries,
    export,
    history_of,
    history_of_file,
    hostile_history,
    name_of,
)
from ttvm.observers.history import History


class Trace:
    """The trace of a history, as a viewer reads it."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.whole = json.loads(export("chrome", history))

    def events(self, phase: str, category: str = "") -> list[dict[str, Any]]:
        """The events with that phase, and with that category if one is given."""
        return [
            event
            for event in self.whole["traceEvents"]
            if event["ph"] == phase and (not category or event["cat"] == category)
        ]

    def slices(self, category: str = "") -> dict[int, list[tuple[float, float]]]:
        """Start and end of each slice, by track, in order; of two with one start the longer first."""
        tracks: dict[int, list[tuple[float, float]]] = {}
        for event in self.events("X", category):
            assert event["dur"] >= 0
            tracks.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
        return {track: sorted(slices, key=lambda piece: (piece[0], -piece[1])) for track, slices in tracks.items()}


def check_that_every_process_is_a_track_with_a_name(trace: Trace) -> None:
    names = [event for event in trace.events("M") if event["name"] == "thread_name"]
    tracks = {event["tid"]: event["args"]["name"] for event in names}
    assert list(tracks) == [entry.pid for entry in entries(trace.history, "ProcessSpawned")]
    assert all(title.startswith(f"{pid} ") for pid, title in tracks.items())
    for phase in "Xsfi":
        assert {event["tid"] for event in trace.events(phase)} <= set(tracks)


def check_that_turns_follow_each_other_without_a_gap(trace: Trace) -> None:
    turns = trace.events("X", "turn")
    step = 0
    for turn in turns:
        assert turn["ts"] == step
        step += turn["dur"]
    assert step == trace.history.steps
    assert [turn["args"]["turn"] for turn in turns] == list(range(1, len(turns) + 1))


def check_that_slices_of_a_track_lie_inside_of_each_other_or_apart(trace: Trace) -> None:
    for track in trace.slices().values():
        open_ends: list[float] = []
        for start, end in track:
            while open_ends and open_ends[-1] <= start:
                open_ends.pop()
            assert not open_ends or end <= open_ends[-1]
            open_ends.append(end)


def check_that_every_arrow_has_two_ends_inside_of_turns(trace: Trace) -> None:
    turns = trace.slices("turn")
    starts = {event["id"]: event for event in trace.events("s")}
    ends = {event["id"]: event for event in trace.events("f")}
    assert len(starts) == len(trace.events("s"))
    assert len(ends) == len(trace.events("f"))
    assert starts.keys() == ends.keys()
    for number, start in starts.items():
        end = ends[number]
        assert start["ts"] < end["ts"]
        assert (start["cat"], start["name"]) == (end["cat"], end["name"])
        for event in (start, end):
            track = turns[event["tid"]]
            first, last = track[bisect(track, (event["ts"],)) - 1]
            assert first < event["ts"] < last


def check_that_every_message_from_a_process_is_an_arrow(trace: Trace) -> None:
    spawned = {entry.pid for entry in entries(trace.history, "ProcessSpawned")}
    taken = entries(trace.history, "MessageTaken")
    numbers = {f"message {entry.fields['message']}" for entry in taken if entry.fields["sender"] in spawned}
    assert {event["id"] for event in trace.events("s", "message")} == numbers


def check_that_every_exit_is_an_instant(trace: Trace) -> None:
    exits = Counter(entry.pid for entry in entries(trace.history, "ProcessExited"))
    assert Counter(event["tid"] for event in trace.events("i", "ProcessExited")) == exits


@pytest.mark.parametrize(
    "program", [*TOLD, TALK, SIGNALS], ids=lambda each: name_of(each) if isinstance(each, Path) else "text"
)
def test_trace_of_a_program(program: Path | str) -> None:
    trace = Trace(history_of(program) if isinstance(program, str) else history_of_file(program))
    check_that_every_process_is_a_track_with_a_name(trace)
    check_that_turns_follow_each_other_without_a_gap(trace)
    check_that_slices_of_a_track_lie_inside_of_each_other_or_apart(trace)
    check_that_every_arrow_has_two_ends_inside_of_turns(trace)
    check_that_every_message_from_a_process_is_an_arrow(trace)
    check_that_every_exit_is_an_instant(trace)


def test_what_a_process_does_is_a_slice_in_its_turn() -> None:
    names = [event["name"] for event in Trace(history_of_file(COFFEE_SHOP)).events("X") if event["tid"] == 4]
    assert 'sends #1 to 3 cashier: {type: "ORDER", drink: "latte", from: 4}' in names
    assert 'takes #2 from 3 cashier: {type: "BILL", price: 4}' in names
    assert 'waits for {type: "COFFEE"}' in names


def test_the_arrow_of_a_timer_starts_where_it_was_set() -> None:
    trace = Trace(history_of(TALK))
    [started] = entries(trace.history, "TimerStarted")
    [arrow] = [event for event in trace.events("s") if event["id"] == "message 3"]
    assert arrow["ts"] == started.step - 0.5


def test_an_exit_signal_is_an_arrow() -> None:
    signals = [(event["tid"], event["id"]) for event in Trace(history_of(SIGNALS)).events("s", "signal")]
    assert signals == [(1, "signal to 2"), (4, "signal to 5")]


def test_a_trace_that_was_cut_ends_with_its_last_event() -> None:
    trace = Trace(history_of(TALK, limit=10))
    assert max(event["ts"] + event["dur"] for event in trace.events("X")) == trace.history.entries[-1].step
    assert trace.whole["otherData"]["events left out"] == trace.history.left_out


def test_hostile_texts_are_json() -> None:
    trace = Trace(hostile_history())
    assert export("chrome", trace.history).isascii()
    names = [event["name"] for event in trace.whole["traceEvents"]]
    assert any("<script>alert(1)</script>" in each for each in names)
    assert all(each.isprintable() for each in names)
