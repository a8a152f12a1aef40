"""What happens in a run, as typed events, and the observers that hear of it.

An event is made only when somebody subscribed to its type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

from ttvm.process.mailbox import Message
from ttvm.process.state import Process, Wait
from ttvm.values import Pid, Value


@dataclass_transform(kw_only_default=False, frozen_default=True)
class Event:
    """The base of all events: a record with the fields that the class names, in their order.

    It is what a frozen dataclass would be, without the time to make one: twenty of those would be a tenth of
    the start-up time of `ttvm` (docs/decisions/0002-start-up.md).
    """

    def __init__(self, *values: object) -> None:
        self.__dict__.update(zip(type(self).__annotations__, values, strict=True))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({fields})"


class TurnStarted(Event):
    """The policy picked a process and its slice begins; ``scheduler`` counts from 0."""

    process: Process
    tick: int
    scheduler: int


class InstructionStarting(Event):
    """The process is about to execute the instruction at its pc, or, with a signal pending, to end."""

    process: Process


class ProcessSpawned(Event):
    """A process was made; ``target`` is what it runs."""

    process: Process
    spawner: Pid
    target: str


class ProcessBlocked(Event):
    """The process waits from now on."""

    process: Process
    wait: Wait


class ProcessWoke(Event):
    """The process can run again: a message came (``timeout`` false), its time is over, or it got a signal."""

    process: Process
    timeout: bool


class ProcessExited(Event):
    """The process ended. ``kind`` and ``trace`` tell the fault and the open calls of a crash, else they are empty."""

    process: Process
    reason: Value
    kind: str
    trace: tuple[str, ...]


class MessageSent(Event):
    """A message arrived in the mailbox of ``receiver``."""

    message: Message
    receiver: Process


class MessageTaken(Event):
    """A RECEIVE took a message."""

    message: Message
    receiver: Process


class MessageDropped(Event):
    """A message went nowhere: ``to`` (a pid or a name) is dead or was never known."""

    message: Message
    to: Pid | str
    sender: Process | None


class NameRegistered(Event):
    """A process has a new name."""

    name: str
    process: Process


class NameFreed(Event):
    """A name belongs to nobody again."""

    name: str
    process: Process


class Linked(Event):
    """Two processes were linked."""

    process: Process
    other: Pid


class MonitorFired(Event):
    """A watched process ended and its watcher got the DOWN message."""

    watcher: Pid
    watched: Pid
    reason: Value


class FaultRaised(Event):
    """An instruction failed, or THROW threw; ``caught`` tells whether a handler took it."""

    process: Process
    kind: str
    message: str
    caught: bool


class TimerFired(Event):
    """A SEND_AFTER timer is over and its message was sent."""

    number: int


class OutputWritten(Event):
    """A process printed."""

    pid: Pid
    text: str


class Warned(Event):
    """Something that is allowed and probably not meant."""

    process: Process
    text: str


class ObserverFailed(Event):
    """An observer raised an exception and was removed."""

    observer: str
    error: BaseException


_EventT = TypeVar("_EventT")


class Observers:
    """Who listens to what. ``listeners`` has an entry exactly for the types that somebody wants."""

    __slots__ = ("listeners",)

    def __init__(self) -> None:
        self.listeners: dict[type, tuple[Callable[[Any], None], ...]] = {}

    def subscribe(self, event_type: type[_EventT], listener: Callable[[_EventT], None]) -> None:
        """Call ``listener`` with every event of exactly this type."""
        self.listeners[event_type] = (*self.listeners.get(event_type, ()), listener)

    def unsubscribe(self, event_type: type[_EventT], listener: Callable[[_EventT], None]) -> None:
        """Forget a listener; unknown ones are ignored."""
        left = tuple(each for each in self.listeners.get(event_type, ()) if each != listener)
        if left:
            self.listeners[event_type] = left
        else:
            self.listeners.pop(event_type, None)

    def emit(self, event: object) -> None:
        """Tell the listeners. One that raises is removed and reported, so that it cannot harm the run."""
        for listener in self.listeners.get(type(event), ()):
            try:
                listener(event)
            except Exception as error:
                self.unsubscribe(type(event), listener)
                if not isinstance(event, ObserverFailed):
                    self.emit(ObserverFailed(repr(listener), error))
