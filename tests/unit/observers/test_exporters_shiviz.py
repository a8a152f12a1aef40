"""Vector clocks, and the log that ShiViz draws from them."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

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
from ttvm.observers.exporters import shiviz
from ttvm.observers.exporters.clocks import Moment, happened_before, moments_of
from ttvm.observers.history import Entry, History

PARSER = re.compile(shiviz.PARSER.replace("(?<", "(?P<"))
"""The documented parser, in the syntax of Python."""
SMALL = 300
"""Of programs with more moments, not all pairs are compared."""


class Line(NamedTuple):
    """An event as ShiViz reads it."""

    event: str
    host: str
    clock: dict[str, int]


def read_log(text: str) -> list[Line]:
    """Read a log as ShiViz reads a file: parser, delimiter, then all matches of the parser, one behind the other."""
    parser, delimiter, log = text.split("\n", 2)
    assert (parser, delimiter) == (shiviz.PARSER, "")
    assert len(list(PARSER.finditer(text))) == len(list(PARSER.finditer(log))), "pasting it all must do no harm"
    return [Line(found["event"], found["host"], json.loads(found["clock"])) for found in PARSER.finditer(log)]


def moments(history: History) -> list[Moment]:
    return list(moments_of(history.entries))


def check_that_shiviz_reads_the_log_with_its_default_parser(history: History) -> None:
    log = export("shiviz", history)
    lines = read_log(log)
    assert len(lines) == len(log.splitlines()) / 2 - 1
    if not notes_of("shiviz", history):
        assert len(lines) == len(moments(history))
    counts: dict[str, int] = {}
    for line in lines:
        # What ShiViz demands: a host knows itself, and counts each of its events from 1 on.
        counts[line.host] = counts.get(line.host, 0) + 1
        assert line.clock[line.host] == counts[line.host]
        assert set(line.clock) <= set(counts)


def check_that_clocks_only_grow(told: list[Moment]) -> None:
    last: dict[int, dict[int, int]] = {}
    for moment in told:
        before = last.get(moment.pid, {})
        assert moment.clock[moment.pid] == before.get(moment.pid, 0) + 1
        assert all(count <= moment.clock[pid] for pid, count in before.items())
        last[moment.pid] = moment.clock


def check_that_a_send_happens_before_its_receive(told: list[Moment]) -> None:
    sent: dict[object, Moment] = {}
    for moment in told:
        number = moment.entry.fields.get("message")
        if moment.entry.kind == "MessageSent":
            sent[number] = moment
        elif moment.entry.kind == "MessageTaken" and number in sent:
            assert happened_before(sent[number].clock, moment.clock)
            assert not happened_before(moment.clock, sent[number].clock)


def causes(told: list[Moment], entries: list[Entry]) -> list[set[int]]:
    """Which moments caused each moment, found in the plain way: a graph and its paths, without any clock."""
    index = {(id(moment.entry), moment.pid): number for number, moment in enumerate(told)}
    last: dict[int, int] = {}
    origins: dict[str, int] = {}
    known: list[set[int]] = [set() for _ in told]
    timer = ""
    end: Moment | None = None
    for entry in entries:
        fields = entry.fields
        actor = fields.get("sender") if entry.kind == "SignalArrived" else fields.get("spawner", entry.pid)
        key = {
            "ProcessSpawned": f"spawn {entry.pid}",
            "SignalArrived": f"signal {entry.pid}",
            "MessageSent": f"message {fields.get('message')}",
            "TimerStarted": f"timer {fields.get('number')}",
        }.get(entry.kind, "")
        for pid in dict.fromkeys((actor, entry.pid)):
            number = index.get((id(entry), int(pid or 0)))
            if number is None:
                continue
            cause = {
                "ProcessSpawned": f"spawn {pid}",
                "MessageTaken": f"message {fields.get('message')}",
                "ProcessExited": f"signal {pid}",
            }.get(entry.kind, "")
            answered = end is not None and end.entry.step == entry.step and end.pid != pid
            end_number = index[id(end.entry), end.pid] if end is not None and answered else None
            for before in (last.get(int(pid or 0)), origins.get(cause), end_number):
                if before is not None and before != number:
                    known[number] |= known[before] | {before}
            last[int(pid or 0)] = number
            end = told[number] if entry.kind == "ProcessExited" else end
            if pid == actor and key:
                origins[key] = number
        if entry.kind in ("MessageSent", "SignalArrived") and key not in origins:
            origin = origins.get(timer) if timer else last.get(int(actor or 0))
            if origin is not None:
                origins[key] = origin
        timer = f"timer {fields['number']}" if entry.kind == "TimerFired" else ""
    return known


def check_that_clocks_know_exactly_what_can_have_been_a_cause(history: History) -> None:
    told = moments(history)
    known = causes(told, history.entries)
    for number, moment in enumerate(told):
        for other in range(len(told)):
            assert happened_before(told[other].clock, moment.clock) == (other in known[number]), (
                told[other].entry,
                moment.entry,
            )


@pytest.mark.parametrize("path", TOLD, ids=name_of)
def test_clocks_of_a_program(path: Path) -> None:
    history = history_of_file(path)
    told = moments(history)
    check_that_shiviz_reads_the_log_with_its_default_parser(history)
    check_that_clocks_only_grow(told)
    check_that_a_send_happens_before_its_receive(told)
    if len(told) <= SMALL:
        check_that_clocks_know_exactly_what_can_have_been_a_cause(history)


@pytest.mark.parametrize("text", [TALK, SIGNALS], ids=["talk", "signals"])
def test_clocks_know_timers_and_signals(text: str) -> None:
    check_that_clocks_know_exactly_what_can_have_been_a_cause(history_of(text))


def test_what_two_processes_do_by_themselves_is_concurrent() -> None:
    text = 'MAKE_FUNCTION f\nDUP\nSPAWN\nPOP\nSPAWN\nHALT\nf:\nPUSH_STR "x"\nPRINT\nHALT\n'
    prints = [moment for moment in moments(history_of(text)) if moment.entry.kind == "OutputWritten"]
    for first, second in pairwise(prints):
        assert first.pid != second.pid
        assert not happened_before(first.clock, second.clock)
        assert not happened_before(second.clock, first.clock)


def test_a_moment_is_not_before_itself() -> None:
    assert not happened_before({1: 1}, {1: 1})


def test_the_message_of_a_timer_comes_from_its_setting_even_when_its_setter_is_dead() -> None:
    text = "MAKE_FUNCTION f\nSPAWN\nPOP\nRECEIVE\nHALT\nf:\nTRUE\nSEND_AFTER 50 1\nPOP\nHALT\n"
    told = moments(history_of(text))
    [started] = [moment for moment in told if moment.entry.kind == "TimerStarted"]
    [taken] = [moment for moment in told if moment.entry.kind == "MessageTaken"]
    [ended] = [moment for moment in told if moment.entry.kind == "ProcessExited" and moment.pid == 2]
    assert happened_before(started.clock, taken.clock)
    assert not happened_before(ended.clock, taken.clock)


def test_an_output_that_looks_like_a_clock_is_none() -> None:
    log = export("shiviz", history_of('MAKE_OBJECT\nPUSH_INT 1\nSET_FIELD a\nPRINT\nPUSH_STR "{}"\nPRINT\n'))
    assert [line.event for line in read_log(log)] == ["begins", "prints  {a: 1}", "prints  {}", "ends: normal"]


def test_hostile_texts_are_events() -> None:
    history = hostile_history()
    log = export("shiviz", history)
    lines = read_log(log)
    assert len(lines) == len(moments(history)) == len(log.splitlines()) / 2 - 1
    assert all(re.fullmatch(r"[\w().-]+", line.host) for line in lines)
    assert len({line.host for line in lines}) == 2


def test_a_log_is_cut_before_it_fills_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shiviz, "LONGEST_LOG", 200)
    history = history_of(TALK)
    log = export("shiviz", history)
    assert 0 < len(log) <= 200 + len(shiviz.PARSER) + 2
    assert len(read_log(log)) == len(log.splitlines()) / 2 - 1
    assert notes_of("shiviz", history) == ["the log is cut after 200 characters, at step 4"]
