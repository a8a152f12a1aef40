"""What happens in a run, as typed events, and the observers that hear of it.

An event is made only when somebody subscribed to its type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from ttvm.process.mailbox import Message
from ttvm.process.state import Process, Wait
from ttvm.record import Record
from ttvm.values import Pid, Value


class TurnStarted(Record):
    """The policy picked a process and its slice begins; ``scheduler`` counts from 0."""

    process: Process
    tick: int
    scheduler: int


class InstructionStarting(Record):
    """The process is about to execute the instruction at its pc, or, with a signal pending, to end."""

    process: Process


class CallEntered(Record):
    """A call began, or the top level of an imported module: the process is at its first instruction."""

    process: Process


class CallReturned(Record):
    """``count`` calls are over: one by RET or the end of a module, any number when a handler outside takes a fault."""

    process: Process
    count: int


class ProcessSpawned(Record):
    """A process was made; ``target`` is what it runs."""

    process: Process
    spawner: Pid
    target: str


class ProcessBlocked(Record):
    """The process waits from now on."""

    process: Process
    wait: Wait


class ProcessWoke(Record):
    """The process can run again: a message came (``timeout`` false), its time is over, or it got a signal."""

    process: Process
    timeout: bool


class ProcessExited(Record):
    """The process ended. ``kind`` and ``trace`` tell the fault and the open calls of a crash, else they are empty."""

    process: Process
    reason: Value
    kind: str
    trace: tuple[str, ...]


class MessageSent(Record):
    """A message arrived in the mailbox of ``receiver``."""

    message: Message
    receiver: Process


class MessageTaken(Record):
    """A RECEIVE took a message."""

    message: Message
    receiver: Process


class MessageDropped(Record):
    """A message went nowhere: ``to`` (a pid or a name) is dead or was never known."""

    message: Message
    to: Pid | str
    sender: Process | None


class NameRegistered(Record):
    """A process has a new name."""

    name: str
    process: Process


class NameFreed(Record):
    """A name belongs to nobody again."""

    name: str
    process: Process


class Linked(Record):
    """Two processes were linked."""

    process: Process
    other: Pid


class MonitorFired(Record):
    """A watched process ended and its watcher got the DOWN message."""

    watcher: Pid
    watched: Pid
    reason: Value


class ChildRestarted(Record):
    """A supervisor started a child again: ``process`` takes the place of process ``before``."""

    supervisor: Process
    name: str
    before: Pid
    process: Process


class ChildStopped(Record):
    """A child of a supervisor ended and is not started again by itself."""

    supervisor: Process
    name: str
    pid: Pid
    reason: Value


class SupervisorGaveUp(Record):
    """A supervisor ends because of a child that ended for ``reason``; ``why`` it cannot be started again."""

    supervisor: Process
    name: str
    reason: Value
    why: str


class FaultRaised(Record):
    """An instruction failed, or THROW threw; ``caught`` tells whether a handler took it."""

    process: Process
    kind: str
    message: str
    caught: bool


class SignalArrived(Record):
    """An exit signal arrived: the next step of the process is its exit. ``sender`` may be long dead."""

    process: Process
    sender: Pid
    reason: Value


class TimerStarted(Record):
    """SEND_AFTER set a timer; ``deadline`` is in milliseconds of the host's clock."""

    process: Process
    number: int
    to: Pid
    deadline: int


class TimerFired(Record):
    """A SEND_AFTER timer is over; the next event tells what became of its message."""

    number: int


class OutputWritten(Record):
    """A process printed."""

    pid: Pid
    text: str


class Warned(Record):
    """Something that is allowed and probably not meant."""

    process: Process
    text: str


class ObserverFailed(Record):
    """An observer raised an exception and was removed."""

    observer: str
    error: BaseException


_EventT = TypeVar("_EventT")


_DETAILS = frozenset({InstructionStarting, CallEntered, CallReturned})
_MESSAGES = frozenset({MessageSent, MessageTaken, ProcessBlocked, ProcessWoke, ProcessSpawned})


Note: TypeAlias = "tuple[int, int, int | None, str, Pid, Pid, int, Any]"
"""What a process did: step, turn, what it had executed before this slice less the steps of the run then; what was done,
by whom, to whom (0: nobody), the number of the message (0: none), and the message, or what is waited for: pattern,
deadline, asleep, what."""


class Observers:
    """Who listens to what. ``listeners`` has an entry exactly for the types that somebody wants."""

    __slots__ = ("hears_messages", "in_detail", "listeners", "notes")

    def __init__(self) -> None:
        self.listeners: dict[type, tuple[Callable[[Any], None], ...]] = {}
        self.in_detail = False
        """Whether somebody listens to single instructions or calls: then slices run a slower loop."""
        self.notes: list[Note] | None = None
        """Where to note what processes do to each other all the time, for whoever wants it: a tuple costs less than an
        event, which programs that do little else would feel."""
        self.hears_messages = False
        """Whether somebody listens to what processes do to each other: compiled code leaves that to the stepper."""

    def subscribe(self, event_type: type[_EventT], listener: Callable[[_EventT], None]) -> None:
        """Call ``listener`` with every event of exactly this type."""
        self.listeners[event_type] = (*self.listeners.get(event_type, ()), listener)
        self._note_what_is_heard()

    def unsubscribe(self, event_type: type[_EventT], listener: Callable[[_EventT], None]) -> None:
        """Forget a listener; unknown ones are ignored."""
        left = tuple(each for each in self.listeners.get(event_type, ()) if each != listener)
        if left:
            self.listeners[event_type] = left
        else:
            self.listeners.pop(event_type, None)
        self._note_what_is_heard()

    def take_notes(self, notes: list[Note] | None) -> None:
        """Note sends, receives and waits in a list from now on; None: not any more."""
        self.notes = notes
        self._note_what_is_heard()

    def _note_what_is_heard(self) -> None:
        self.in_detail = not _DETAILS.isdisjoint(self.listeners)
        self.hears_messages = self.notes is not None or not _MESSAGES.isdisjoint(self.listeners)

    def emit(self, event: object) -> None:
        """Tell the listeners. One that raises is removed and reported, so that it cannot harm the run."""
        for listener in self.listeners.get(type(event), ()):
            try:
                listener(event)
            except Exception as error:
                self.unsubscribe(type(event), listener)
                if not isinstance(event, ObserverFailed):
                    self.emit(ObserverFailed(repr(listener), error))
