"""A history has every event of a run, as plain text and numbers, and never more than it may keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.helpers import machine
from tests.unit.observers.histories import (
    COFFEE_SHOP,
    HOSTILE,
    SIGNALS,
    TALK,
    TOLD,
    entries,
    history_of,
    history_of_file,
    hostile_history,
    name_of,
)
from ttvm import events
from ttvm.events import CallEntered, CallReturned, InstructionStarting, MessageSent, OutputWritten
from ttvm.observers.history import LONGEST_TEXT, Entry, History, cut, plain, recorded_events
from ttvm.process.mailbox import Message
from ttvm.values import Bytes, List


def test_a_run_is_a_list_of_plain_records() -> None:
    told = [(entry.step, entry.tick, entry.pid, entry.kind, entry.fields) for entry in history_of(TALK).entries]
    assert told[:12] == [
        (0, 0, 1, "ProcessSpawned", {"spawner": 0, "target": "main"}),
        (0, 1, 1, "TurnStarted", {"tick": 1, "scheduler": 0}),
        (2, 1, 2, "ProcessSpawned", {"spawner": 1, "target": "child"}),
        (4, 1, 1, "NameRegistered", {"name": "front"}),
        (5, 1, 1, "ProcessBlocked", told[4][4]),
        (5, 2, 2, "TurnStarted", {"tick": 2, "scheduler": 0}),
        (6, 2, 2, "Linked", {"other": 1}),
        (8, 2, 2, "MessageSent", {"message": 1, "value": '"hello"', "receiver": 1}),
        (8, 2, 1, "ProcessWoke", {"timeout": False}),
        (9, 2, 2, "ProcessExited", {"reason": "normal", "kind": "", "trace": ""}),
        (9, 3, 1, "TurnStarted", {"tick": 3, "scheduler": 0}),
        (10, 3, 1, "MessageTaken", {"message": 1, "value": '"hello"', "sender": 2}),
    ]


def test_a_wait_tells_what_for_and_how_long() -> None:
    waits = entries(history_of('RECEIVE {kind: "job"} AFTER 30 late\nlate:\nPUSH_INT 7\nSLEEP\n'), "ProcessBlocked")
    first, second = (entry.fields for entry in waits)
    assert (first["pattern"], first["deadline"], first["asleep"]) == ('{kind: "job"}', 30, False)
    assert (second["deadline"], second["asleep"]) == (37, True)
    assert "pattern" not in second


def test_a_timer_tells_when_it_is_set_and_when_it_fires() -> None:
    history = history_of(TALK)
    [started], [fired] = entries(history, "TimerStarted"), entries(history, "TimerFired")
    assert started.fields == {"number": 1, "to": 1, "deadline": 10}
    assert (fired.pid, fired.fields) == (0, {"number": 1})
    assert history.entries[history.entries.index(fired) + 1].kind == "MessageSent"


def test_exit_signals_tell_who_sent_them() -> None:
    signals = entries(history_of(SIGNALS), "SignalArrived")
    assert [(entry.pid, entry.fields) for entry in signals] == [
        (2, {"sender": 1, "reason": "enough"}),
        (5, {"sender": 4, "reason": "over"}),
    ]


def test_every_type_of_event_is_recorded_or_left_out_on_purpose() -> None:
    declared = {each for each in vars(events).values() if isinstance(each, type) and each.__module__ == events.__name__}
    left_out = declared - set(recorded_events())
    assert left_out == {events.Observers, events.ObserverFailed, InstructionStarting, CallEntered, CallReturned}


def check_that_fields_are_text_and_numbers(history: History) -> None:
    for entry in history.entries:
        assert {type(value) for value in entry.fields.values()} <= {str, int, float, bool}
        assert all(len(value) <= LONGEST_TEXT for value in entry.fields.values() if isinstance(value, str))


def check_that_time_never_goes_back_and_everybody_has_been_spawned(history: History) -> None:
    spawned = {0}
    step = tick = 0
    for entry in history.entries:
        assert entry.step >= step
        assert entry.tick >= tick
        step, tick = entry.step, entry.tick
        if entry.kind == "ProcessSpawned":
            spawned.add(entry.pid)
        elif entry.kind not in ("MessageSent", "MessageDropped"):  # sent in the name of somebody unknown: noproc
            assert entry.pid in spawned


@pytest.mark.parametrize("path", TOLD, ids=name_of)
def test_history_of_a_program(path: Path) -> None:
    history = history_of_file(path)
    check_that_fields_are_text_and_numbers(history)
    check_that_time_never_goes_back_and_everybody_has_been_spawned(history)


def test_listening_changes_nothing_in_a_run() -> None:
    plain_run, told_run = machine(TALK), machine(TALK)
    history = History(told_run.vm)
    assert told_run.run() == plain_run.run()
    assert history.steps == told_run.vm.steps == plain_run.vm.steps


def test_nobody_looks_at_single_instructions() -> None:
    running = machine(TALK)
    History(running.vm)
    assert not {InstructionStarting, CallEntered, CallReturned} & set(running.vm.observers.listeners)


def test_a_full_history_keeps_the_beginning_and_counts_the_rest() -> None:
    whole, short = history_of(TALK), history_of(TALK, limit=10)
    assert list(map(repr, short.entries)) == list(map(repr, whole.entries[:10]))
    assert short.left_out == len(whole.entries) - 10
    assert whole.left_out == 0


def test_it_knows_the_program_and_who_is_left() -> None:
    history = history_of("MAKE_FUNCTION server\nSPAWN\nHALT\nserver:\nRECEIVE\n")
    assert (history.program, history.alive, history.steps) == ("test.ttvm", [2], 4)
    assert history_of_file(COFFEE_SHOP).alive == []


def test_processes_that_were_there_before_are_noted() -> None:
    running = machine("MAKE_FUNCTION child\nSPAWN\nHALT\nchild:\nRECEIVE\n")
    running.vm.run(2)
    history = History(running.vm)
    assert [(entry.step, entry.pid, entry.fields["target"]) for entry in history.entries] == [
        (2, 1, "main"),
        (2, 2, "child"),
    ]


def test_values_are_written_briefly_and_cut() -> None:
    def written(make: Callable[[], object]) -> object:
        receiver = machine("NOP").process()
        return plain(MessageSent(Message(make(), 1, 7, 0), receiver))[1]["value"]  # type: ignore[arg-type]

    assert written(lambda: "a\nb") == '"a\\nb"'
    assert written(lambda: List([1, "x", None])) == '[1, "x", null]'
    assert written(lambda: Bytes(b"abc")) == "Bytes(3)"
    for long in (lambda: "y" * 10_000_000, lambda: List([1] * 100_000), lambda: List(["z" * 100_000])):
        text = written(long)
        assert isinstance(text, str)
        assert len(text) <= LONGEST_TEXT
        assert text.endswith("...")


def test_output_is_kept_as_it_was_written_and_cut() -> None:
    assert plain(OutputWritten(3, "a\n")) == (3, {"text": "a\n"})
    pid, fields = plain(OutputWritten(3, "a" * 1000))
    assert (pid, len(str(fields["text"]))) == (3, LONGEST_TEXT)


def test_cut() -> None:
    assert [cut("abcdefgh", 8), cut("abcdefghi", 8)] == ["abcdefgh", "abcde..."]


def test_an_entry_shows_itself() -> None:
    assert repr(Entry(1, 2, 3, "K", {"a": 1})) == "Entry(1, 2, 3, 'K', {'a': 1})"


def test_hostile_texts_arrive() -> None:
    texts = [entry.fields["text"] for entry in entries(hostile_history(), "OutputWritten")]
    assert texts == [cut(f"{text}\n") for text in HOSTILE]
