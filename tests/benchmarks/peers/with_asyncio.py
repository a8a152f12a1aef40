"""The programs of processes with asyncio: tasks and queues."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

Queue = asyncio.Queue[int]


async def _ring(size: int) -> None:
    queues: list[Queue] = [asyncio.Queue() for _ in range(1000)]

    async def worker(own: Queue, following: Queue) -> None:
        while True:
            await following.put(await own.get())

    tasks = [asyncio.create_task(worker(queues[i], queues[(i + 1) % 1000])) for i in range(1, 1000)]
    for lap in range(size // 1000):
        await queues[1].put(lap)
        await queues[0].get()
    for task in tasks:
        task.cancel()


async def _spawn(size: int) -> None:
    async def child(own: Queue) -> None:
        await own.get()

    tasks: list[asyncio.Task[Any]] = []
    for number in range(size):
        queue: Queue = asyncio.Queue()
        tasks.append(asyncio.create_task(child(queue)))
        await queue.put(number)
    await asyncio.gather(*tasks)


async def _ping_pong(size: int) -> None:
    there: Queue = asyncio.Queue()
    back: Queue = asyncio.Queue()

    async def pong() -> None:
        while True:
            await back.put(await there.get())

    task = asyncio.create_task(pong())
    for i in range(size // 2):
        await there.put(i)
        await back.get()
    task.cancel()


PROGRAMS: dict[str, Callable[[int], None]] = {
    "ring": lambda size: asyncio.run(_ring(size)),
    "spawn": lambda size: asyncio.run(_spawn(size)),
    "ping-pong": lambda size: asyncio.run(_ping_pong(size)),
}
