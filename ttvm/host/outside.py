"""The real world outside: questions go to the room that knows the answer, and some answers take time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ttvm.effects import Console
from ttvm.host.handles import HandleRoom, Handles, Opened, Refused
from ttvm.host.permissions import ASKER, Permissions
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.values import Pid, Value

if TYPE_CHECKING:
    from ttvm.host.background import Background


class RealOutside(Outside):
    """Files, network, commands and databases of this computer, as far as the permissions go.

    A room is a class with a method for each verb: it takes the pid of the asker and the arguments, which have the
    right types already, and gives the answer, or a coroutine for one that takes time; it raises Refused otherwise.
    Rooms are made when they are first asked, as what they import is slow to import.
    """

    def __init__(self, console: Console, permissions: Permissions, net_timeout: float | None = None) -> None:
        self.console = console
        self.net_timeout = net_timeout
        """Seconds that a question to the network may take; None: what is usual for it."""
        self.permissions = permissions
        self.handles = Handles()
        self._rooms: dict[str, Any] = {}
        self._background: Background | None = None
        self._asked: dict[int, Pid] = {}
        self._next_ticket = 1

    @property
    def background(self) -> Background:
        """Where work is done that takes time."""
        if self._background is None:
            from ttvm.host.background import Background

            self._background = Background()
        return self._background

    def room(self, name: str) -> Any:
        """A room by its name; one room may use another."""
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = ROOMS[name](self)
        return room

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        ASKER.set((request.instruction, pid))
        try:
            answer = getattr(self.room(request.room), request.verb)(pid, *request.arguments)
        except Refused as refused:
            return refused.refusal
        if not asyncio.iscoroutine(answer):
            known: Value = answer
            return known
        ticket = self._next_ticket
        self._next_ticket += 1
        self._asked[ticket] = pid
        self.background.start(ticket, answer)
        return Pending(ticket)

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        if self._background is None:
            return ()
        arrivals: list[tuple[int, Value | Refusal]] = []
        for ticket, answer in self._background.take():
            asker = self._asked.pop(ticket, 0)
            if isinstance(answer, Opened):
                answer = self._handle_for(asker, answer)
            if asker:
                arrivals.append((ticket, answer))
        return arrivals

    def _handle_for(self, asker: Pid, opened: Opened) -> Value | Refusal:
        """The handle of what was opened for a process; whoever has ended meanwhile has no use for it."""
        if not asker:
            opened.resource.close()
            return None
        try:
            return self.handles.open(asker, opened.kind, opened.title, opened.resource)
        except Refused as refused:
            return refused.refusal

    def wait(self, milliseconds: int | None) -> bool:
        return self._background is not None and self._background.wait(milliseconds)

    def leave(self, pid: Pid) -> None:
        for ticket in [ticket for ticket, asker in self._asked.items() if asker == pid]:
            del self._asked[ticket]
            self.background.cancel(ticket)
        self.handles.close_those_of(pid)

    def close(self) -> None:
        self.handles.close_all()
        if self._background is not None:
            self._background.close()
            self._background = None


def _files(outside: RealOutside) -> Any:
    from ttvm.host.files import Files

    return Files(outside.permissions)


def _commands(outside: RealOutside) -> Any:
    from ttvm.host.commands import Commands

    return Commands(outside.permissions)


def _console(outside: RealOutside) -> Any:
    from ttvm.host.keyboard import TypedInput
    from ttvm.host.real import StandardConsole

    console = outside.console
    assert isinstance(console, StandardConsole), "no other console is interactive"
    return TypedInput(console.keyboard, console.flush)


def _databases(outside: RealOutside) -> Any:
    from ttvm.host.databases import Databases

    return Databases(outside.handles, outside.permissions, outside.background)


def _network(outside: RealOutside) -> Any:
    from ttvm.host.network import Network

    return Network(outside.background, outside.handles, outside.permissions, outside.net_timeout)


def _web(outside: RealOutside) -> Any:
    from ttvm.host.web import Web

    return Web(outside.permissions, outside.net_timeout)


def _futures(outside: RealOutside) -> Any:
    from ttvm.host.futures import Futures

    return Futures(outside.background, outside.handles, outside.permissions, outside.room("files"))


def _streams(outside: RealOutside) -> Any:
    from ttvm.host.streams import Streams

    return Streams(outside.handles, outside.permissions, outside.room("network"))


ROOMS: dict[str, Callable[[RealOutside], Any]] = {
    "files": _files,
    "commands": _commands,
    "console": _console,
    "databases": _databases,
    "handles": lambda outside: HandleRoom(outside.handles),
    "network": _network,
    "web": _web,
    "futures": _futures,
    "streams": _streams,
}
"""How each room is made."""
