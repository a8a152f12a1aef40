"""The programs of processes with Pykka, whose actors are threads. It is no dependency: who has it measures it."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import Any

pykka: Any = importlib.import_module("pykka")


class _Forwarder(pykka.ThreadingActor):  # type: ignore[misc]
    use_daemon_thread = True

    def __init__(self, following: Any) -> None:
        super().__init__()
        self.following = following

    def on_receive(self, message: Any) -> None:
        if self.following is not None:
            self.following.tell(message)
        else:
            message()


def ring(size: int) -> None:
    done = threading.Event()
    last = _Forwarder.start(None)
    actors = [last]
    for _ in range(999):
        actors.append(_Forwarder.start(actors[-1]))
    for _ in range(size // 1000):
        actors[-1].tell(done.set)
        done.wait()
        done.clear()
    for actor in actors:
        actor.stop(block=False)
    for actor in actors:
        actor.stop()


def spawn(size: int) -> None:
    for _ in range(size):
        actor = _Forwarder.start(None)
        actor.tell(lambda: None)
        actor.stop()


class _Player(pykka.ThreadingActor):  # type: ignore[misc]
    use_daemon_thread = True

    def __init__(self, done: threading.Event) -> None:
        super().__init__()
        self.done = done
        self.partner: Any = None

    def on_receive(self, left: int) -> None:
        if left:
            self.partner.tell(left - 1)
        else:
            self.done.set()


def ping_pong(size: int) -> None:
    done = threading.Event()
    actors = [_Player.start(done), _Player.start(done)]
    for actor, partner in zip(actors, reversed(actors), strict=True):
        actor.proxy().partner = partner
    actors[0].tell(size)
    done.wait()
    for actor in actors:
        actor.stop()


PROGRAMS: dict[str, Callable[[int], None]] = {"ring": ring, "spawn": spawn, "ping-pong": ping_pong}
