"""Observers: each hears exactly what it asked for, and one that raises harms nobody."""

from __future__ import annotations

import pytest

from tests.unit.helpers import machine
from ttvm import events
from ttvm.events import Observers, OutputWritten, TimerFired


def test_an_event_is_the_frozen_record_it_is_declared_as() -> None:
    event = OutputWritten(pid=1, text="a")
    assert (event.pid, event.text) == (1, "a")
    assert event == OutputWritten(1, "a")
    assert event != OutputWritten(2, "a")
    with pytest.raises(AttributeError):
        event.text = "b"  # type: ignore[misc]


@pytest.mark.parametrize("values", [(), (1,), (1, "a", 2)])
def test_an_event_has_all_its_fields(values: tuple[object, ...]) -> None:
    with pytest.raises((TypeError, ValueError)):
        OutputWritten(*values)  # type: ignore[arg-type]


def test_a_listener_hears_exactly_its_type() -> None:
    observers = Observers()
    heard: list[object] = []
    observers.subscribe(OutputWritten, heard.append)
    observers.emit(OutputWritten(1, "a"))
    observers.emit(TimerFired(7))
    observers.emit((1, "a"))
    assert list(map(repr, heard)) == ["OutputWritten(pid=1, text='a')"]


def test_listeners_hear_in_the_order_of_their_subscription() -> None:
    observers = Observers()
    heard: list[str] = []
    observers.subscribe(TimerFired, lambda event: heard.append(f"first {event.number}"))
    observers.subscribe(TimerFired, lambda event: heard.append(f"second {event.number}"))
    observers.emit(TimerFired(7))
    assert heard == ["first 7", "second 7"]


def test_a_type_nobody_wants_has_no_entry() -> None:
    observers = Observers()
    heard: list[object] = []
    assert observers.listeners == {}
    observers.subscribe(TimerFired, heard.append)
    assert list(observers.listeners) == [TimerFired]
    observers.unsubscribe(TimerFired, heard.append)
    assert observers.listeners == {}
    observers.emit(TimerFired(1))
    assert heard == []


def test_unsubscribing_somebody_unknown_changes_nothing() -> None:
    observers = Observers()
    heard: list[object] = []
    observers.subscribe(TimerFired, heard.append)
    observers.unsubscribe(TimerFired, print)
    observers.unsubscribe(OutputWritten, heard.append)
    observers.emit(TimerFired(1))
    assert len(heard) == 1


def broken(event: object) -> None:
    raise ValueError("I am broken")


def test_an_observer_that_raises_is_removed_and_reported() -> None:
    observers = Observers()
    heard: list[int] = []
    failures: list[events.ObserverFailed] = []
    observers.subscribe(events.ObserverFailed, failures.append)
    observers.subscribe(TimerFired, broken)
    observers.subscribe(TimerFired, lambda event: heard.append(event.number))
    observers.emit(TimerFired(1))
    observers.emit(TimerFired(2))
    assert heard == [1, 2]
    [failure] = failures
    assert "broken" in failure.observer
    assert isinstance(failure.error, ValueError)
    assert str(failure.error) == "I am broken"


def test_an_observer_of_failures_that_fails_is_removed_in_silence() -> None:
    observers = Observers()
    observers.subscribe(events.ObserverFailed, broken)
    observers.subscribe(TimerFired, broken)
    observers.emit(TimerFired(1))
    assert observers.listeners == {}


def test_a_listener_may_unsubscribe_itself_while_it_listens() -> None:
    observers = Observers()
    heard: list[int] = []

    def once(event: TimerFired) -> None:
        heard.append(-event.number)
        observers.unsubscribe(TimerFired, once)

    observers.subscribe(TimerFired, once)
    observers.subscribe(TimerFired, lambda event: heard.append(event.number))
    observers.emit(TimerFired(1))
    observers.emit(TimerFired(2))
    assert heard == [-1, 1, 2]


TALK = """
    MAKE_FUNCTION child
    SPAWN
    POP
    REGISTER main
    RECEIVE
    PRINT
    PUSH_INT 1
    SEND 99
    TRY
    PUSH_INT 1
    PUSH_INT 0
    DIV
    CATCH
    POP
    END_TRY
    DELETE nothing
    PUSH_STR "later"
    SEND_AFTER 10 1
    POP
    RECEIVE
    POP
    UNREGISTER main
    HALT
child:
    LINK 1
    PUSH_STR "hello"
    SENDNAMED main
"""

ALL_TYPES: tuple[type, ...] = (
    events.TurnStarted,
    events.ProcessSpawned,
    events.ProcessBlocked,
    events.ProcessWoke,
    events.ProcessExited,
    events.MessageSent,
    events.MessageTaken,
    events.MessageDropped,
    events.NameRegistered,
    events.NameFreed,
    events.Linked,
    events.FaultRaised,
    events.TimerFired,
    events.OutputWritten,
    events.Warned,
)


def test_a_run_tells_its_story() -> None:
    running = machine(TALK)
    story: list[str] = []
    for event_type in ALL_TYPES:
        running.vm.observe(event_type, lambda event: story.append(type(event).__name__))
    assert running.run() == "hello\n"
    assert story == [
        "TurnStarted",
        "ProcessSpawned",
        "NameRegistered",
        "ProcessBlocked",
        "TurnStarted",
        "Linked",
        "MessageSent",
        "ProcessWoke",
        "ProcessExited",
        "TurnStarted",
        "MessageTaken",
        "OutputWritten",
        "MessageDropped",
        "FaultRaised",
        "Warned",
        "ProcessBlocked",
        "TimerFired",
        "MessageSent",
        "ProcessWoke",
        "TurnStarted",
        "MessageTaken",
        "NameFreed",
        "ProcessExited",
    ]


@pytest.mark.parametrize("event_type", ALL_TYPES, ids=lambda each: each.__name__)
def test_a_broken_observer_changes_nothing_in_a_run(event_type: type) -> None:
    plain = machine(TALK)
    plain.run()
    running = machine(TALK)
    failures: list[events.ObserverFailed] = []
    running.vm.observe(events.ObserverFailed, failures.append)
    running.vm.observe(event_type, broken)
    assert running.run() == plain.output
    assert running.vm.steps == plain.vm.steps
    assert len(failures) == 1


def test_an_instruction_is_announced_before_it_is_executed() -> None:
    running = machine("PUSH_INT 1\nPUSH_INT 2\nADD\n")
    seen: list[tuple[int, int]] = []
    running.vm.observe(
        events.InstructionStarting, lambda event: seen.append((event.process.pc, len(event.process.stack)))
    )
    running.run()
    assert seen == [(0, 0), (1, 1), (2, 2), (3, 1)]
