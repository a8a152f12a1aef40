"""Timers: earliest first, the older first among equals, cancelled ones never."""

from __future__ import annotations

import itertools

from ttvm.system.timers import Timer, Timers


def due(timers: Timers, now: int) -> list[int]:
    """The numbers of the timers that fire at ``now``, in order."""
    numbers = []
    while (fired := timers.take_due(now)) is not None:
        numbers.append(fired[0])
    return numbers


def test_no_timers() -> None:
    timers = Timers()
    assert timers.next_deadline() is None
    assert timers.take_due(1 << 62) is None
    assert not timers.cancel(1)


def test_they_fire_in_the_order_of_their_deadlines() -> None:
    for order in itertools.permutations([(1, 30), (2, 10), (3, 20)]):
        timers = Timers()
        for number, deadline in order:
            timers.add(number, deadline, Timer(wakes=number))
        assert due(timers, 100) == [2, 3, 1]


def test_of_two_with_the_same_deadline_the_older_fires_first() -> None:
    timers = Timers()
    for number in (5, 3, 4, 1, 2):
        timers.add(number, 10, Timer(wakes=number))
    assert due(timers, 10) == [1, 2, 3, 4, 5]


def test_nothing_fires_before_its_deadline() -> None:
    timers = Timers()
    timers.add(1, 10, Timer(wakes=7))
    timers.add(2, 20, Timer(sender=1, to=2, message="hi"))
    assert timers.take_due(9) is None
    assert timers.next_deadline() == 10
    assert timers.take_due(10) == (1, Timer(wakes=7))
    assert timers.take_due(10) is None
    assert timers.next_deadline() == 20
    assert timers.take_due(25) == (2, Timer(0, 1, 2, "hi"))
    assert timers.next_deadline() is None


def test_a_cancelled_timer_never_fires() -> None:
    timers = Timers()
    for number in (1, 2, 3):
        timers.add(number, 10 * number, Timer(wakes=number))
    assert timers.cancel(1)
    assert not timers.cancel(1)
    assert timers.next_deadline() == 20
    assert timers.cancel(3)
    assert due(timers, 100) == [2]
    assert not timers.cancel(2), "it has fired"


def test_a_copy_is_independent() -> None:
    timers = Timers()
    timers.add(1, 10, Timer(wakes=1))
    twin = timers.copy()
    timers.cancel(1)
    timers.add(2, 5, Timer(wakes=2))
    assert twin.next_deadline() == 10
    assert due(twin, 100) == [1]
    assert due(timers, 100) == [2]
