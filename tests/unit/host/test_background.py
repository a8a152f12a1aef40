"""Work beside the machine: nothing is lost, nothing hangs, nothing complains at the end."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from types import FrameType
from typing import NoReturn

import pytest

from ttvm.errors import Fault, FaultKind, OutOfMemory
from ttvm.host import background as module
from ttvm.host.background import Background
from ttvm.host.handles import Opened, Refused
from ttvm.host.threads import MOST_THREADS, DaemonThreads
from ttvm.outside import Refusal
from ttvm.values import Value

LONG = 20_000


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.close()
    gc.collect()  # what was never awaited or closed complains now


async def giving(value: Value) -> Value:
    return value


async def failing(error: Exception) -> Value:
    raise error


async def endless(ended: threading.Event | None = None) -> Value:
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        if ended is not None:
            ended.set()
    return None


class Thing:
    """A resource that knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


def test_results_arrive_in_the_order_in_which_work_ends(background: Background) -> None:
    background.start(1, endless())
    background.start(2, giving("two"))
    background.start(3, giving("three"))
    taken: list[object] = []
    while len(taken) < 2:
        assert background.wait(LONG)
        taken += background.take()
    assert taken == [(2, "two"), (3, "three")]
    assert not background.wait(0)


def test_waiting_tells_whether_something_is_there(background: Background) -> None:
    background.start(1, giving("x"))
    assert background.wait(LONG)
    assert background.wait(0), "it is still there"
    assert background.take() == [(1, "x")]
    assert not background.wait(0), "it was taken, and nothing else has come"


def test_nothing_is_lost_between_taking_and_waiting(background: Background) -> None:
    """However the two threads meet."""
    taken = 0
    for ticket in range(500):
        background.start(ticket, giving(ticket))
        taken += len(background.take())
    while taken < 500:
        assert background.wait(LONG), f"{taken} of 500"
        taken += len(background.take())


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (Refused(FaultKind.FILE_ERROR, "no"), Refusal(FaultKind.FILE_ERROR, "no")),
        (Fault(FaultKind.LIMIT_EXCEEDED, "too much"), Refusal(FaultKind.LIMIT_EXCEEDED, "too much")),
        (MemoryError(), Refusal(FaultKind.LIMIT_EXCEEDED, "would need more memory than there is")),
        (OSError(errno.ENOMEM, ""), Refusal(FaultKind.LIMIT_EXCEEDED, "would need more memory than there is")),
        (KeyError("x"), Refusal(FaultKind.NETWORK_ERROR, "failed: KeyError: 'x'")),
    ],
)
def test_errors_become_faults(background: Background, error: Exception, refusal: Refusal) -> None:
    background.start(1, failing(error))
    assert background.wait(LONG)
    assert background.take() == [(1, refusal)]


def test_work_that_is_given_up_ends(background: Background) -> None:
    ended = threading.Event()
    background.start(1, endless(ended))
    background.call_and_wait(lambda: None)
    background.call_and_wait(lambda: None)  # it has taken its first step
    background.cancel(1)
    assert ended.wait(20)
    background.cancel(1)
    background.cancel(77)
    assert background.take() == []


def test_work_that_is_given_up_before_it_begins(background: Background) -> None:
    for ticket in range(100):
        background.start(ticket, giving(ticket))
        background.cancel(ticket)
    background.call_and_wait(lambda: None)  # and the fixture looks for complaints


def test_closing_ends_what_is_under_way() -> None:
    background, ended = Background(), threading.Event()
    background.start(1, endless(ended))
    background.close()
    assert ended.is_set()
    assert background.loop.is_closed()
    background.close()
    background.call(ended.clear)
    background.call_and_wait(ended.clear)
    assert ended.is_set(), "nothing is called any more"


def test_closing_does_not_wait_for_the_stubborn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CLOSING_TIME", 0.05)
    background = Background()
    tried: list[int] = []

    async def stubborn() -> Value:
        while len(tried) < 3:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                tried.append(1)
        return None

    background.start(1, stubborn())
    background.close()
    assert tried == [1, 1]
    assert background.loop.is_closed()


def test_closing_closes_what_nobody_has_taken() -> None:
    background, thing = Background(), Thing()

    async def opening() -> Opened:
        return Opened("Thing", "a thing", thing)

    background.start(1, opening())
    assert background.wait(LONG)
    background.close()
    assert thing.closed.is_set()


def test_a_call_that_hangs_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CLOSING_TIME", 0.05)
    background, release = Background(), threading.Event()
    running = background.call_aside(release.wait, must_end=False)
    background.call_and_wait(lambda: None)
    background.close()
    assert background.loop.is_closed()
    assert running.cancelled()
    release.set()


def test_a_call_that_must_end_gets_the_time() -> None:
    background, release, done = Background(), threading.Event(), []

    def write() -> None:
        release.wait()
        done.append("written")

    background.call_aside(write, must_end=True)
    threading.Timer(0.05, release.set).start()
    background.close()
    assert done == ["written"]


class _Alarm(Exception):
    pass


def _ring(number: int, frame: FrameType | None) -> NoReturn:
    raise _Alarm


def test_a_signal_ends_the_wait(background: Background) -> None:
    before = signal.signal(signal.SIGALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(_Alarm):
            background.wait(None)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    background.start(1, giving("afterwards"))
    assert background.wait(LONG)
    assert background.take() == [(1, "afterwards")]


def test_no_thread_for_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(OutOfMemory):
        Background()


@pytest.fixture
def pool() -> Iterator[DaemonThreads]:
    pool = DaemonThreads()
    yield pool
    pool.shutdown()


def test_threads_give_results_and_errors(pool: DaemonThreads) -> None:
    assert pool.submit(lambda a, b: a + b, 1, b=2).result(20) == 3
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 // 0).result(20)


def test_there_are_not_more_threads_than_that(pool: DaemonThreads) -> None:
    release, threads = threading.Event(), set()

    def work() -> None:
        threads.add(threading.current_thread())
        release.wait()

    futures: list[Future[None]] = [pool.submit(work) for _ in range(3 * MOST_THREADS)]
    last = pool.submit(work)
    assert last.cancel(), "it had not begun"
    release.set()
    for future in futures:
        future.result(20)
    assert len(threads) == MOST_THREADS
    assert all(thread.daemon for thread in threads)
