"""The same programs in plain Python, as one would write them for speed. They are the limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator


def loop(size: int) -> None:
    i = 0
    while i < size:
        i += 1


def _fibonacci(n: int) -> int:
    return n if n < 2 else _fibonacci(n - 1) + _fibonacci(n - 2)


def fibonacci(size: int) -> None:
    _fibonacci(size)


def lists(size: int) -> None:
    values: list[int] = []
    i = 0
    while i < size:
        values.append(i)
        i += 1
    total = i = 0
    while i < len(values):
        total += values[i]
        i += 1


def closures(size: int) -> None:
    def adder(i: int) -> Callable[[int], int]:
        return lambda x: x + i

    total, i = 0, size
    while i:
        total = adder(i)(total)
        i -= 1


def exceptions(size: int) -> None:
    i = size
    while i:
        try:
            raise ValueError(i)
        except ValueError:
            pass
        i -= 1


def texts(size: int) -> None:
    i = size
    while i:
        len("number " + str(i) + ", ")
        i -= 1


Process = Generator[None, int, None]


class Queues:
    """Processes are generators, mailboxes are deques, and whoever gets a message is put into a queue."""

    def __init__(self) -> None:
        self.processes: list[Process] = []
        self.ready: deque[tuple[Process, int]] = deque()

    def spawn(self, process: Process) -> Process:
        next(process)
        self.processes.append(process)
        return process

    def run(self) -> None:
        ready = self.ready
        while ready:
            process, message = ready.popleft()
            try:
                process.send(message)
            except StopIteration:
                pass


def ring(size: int) -> None:
    queues = Queues()
    ready = queues.ready

    def worker(follower: Process) -> Process:
        while True:
            message = yield
            ready.append((follower, message))

    def first() -> Process:
        laps = size // 1000
        while laps:
            yield
            laps -= 1
            if laps:
                ready.append((last, laps))

    main = queues.spawn(first())
    last = main
    for _ in range(999):
        last = queues.spawn(worker(last))
    ready.append((last, size // 1000))
    queues.run()


def spawn(size: int) -> None:
    queues = Queues()

    def child() -> Process:
        yield

    for number in range(size):
        queues.ready.append((queues.spawn(child()), number))
    queues.run()


def ping_pong(size: int) -> None:
    queues = Queues()
    ready = queues.ready

    def ping() -> Process:
        i = size // 2
        while i:
            yield
            i -= 1
            ready.append((second, i))

    def pong() -> Process:
        while True:
            message = yield
            ready.append((first, message))

    first, second = queues.spawn(ping()), queues.spawn(pong())
    ready.append((second, size // 2))
    queues.run()


PROGRAMS: dict[str, Callable[[int], None]] = {
    "loop": loop,
    "fib": fibonacci,
    "list": lists,
    "closures": closures,
    "try and throw": exceptions,
    "texts": texts,
    "ring": ring,
    "spawn": spawn,
    "ping-pong": ping_pong,
}
