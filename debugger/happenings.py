"""Events of the machine as event breaks see them: who does what to whom, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from debugger.descriptions import Breakpoint, Event
from debugger.explanation import title
from debugger.inspector import waiting_words
from debugger.scope import NO_MESSAGE, find_pid
from ttvm import events
from ttvm.forms import brief
from ttvm.process.state import Process
from ttvm.system.system import System
from ttvm.values import Pid


class Happening(NamedTuple):
    """An event that a break is about: who did it, the words for it, and the message that ``msg`` is."""

    pid: Pid
    process: Process | None
    words: str
    message: object = NO_MESSAGE


Hear = Callable[[Any, System, Breakpoint, Event, bool], Happening | None]
"""What an event is to a break, None when it is not about it; the flag tells that nobody executed anything then."""


def is_meant(system: System, reference: str, pid: Pid) -> bool:
    """Whether a pid or name, empty for anybody, means the process ``pid``."""
    return not reference or find_pid(system, reference) == pid


def _person(system: System, pid: Pid) -> str:
    process = system.processes.get(pid)
    return title(process) if process is not None else str(pid)


def _sent(event: events.MessageSent, system: System, wanted: Breakpoint, what: Event, _: bool) -> Happening | None:
    sender, receiver = event.message.sender, event.receiver
    if not (is_meant(system, wanted.within, sender) and is_meant(system, what.to, receiver.pid)):
        return None
    value = event.message.value
    words = f"{_person(system, sender)} sent {brief(value)} to {title(receiver)}"
    return Happening(sender, system.processes.get(sender), words, value)


def _dropped(
    event: events.MessageDropped, system: System, wanted: Breakpoint, what: Event, _: bool
) -> Happening | None:
    sender, to = event.message.sender, event.to
    if not is_meant(system, wanted.within, sender):
        return None
    if what.to and what.to != str(to) and not (isinstance(to, int) and is_meant(system, what.to, to)):
        return None
    why = f"{to}, which is not alive" if isinstance(to, int) else f'"{to}", which nobody is called'
    value = event.message.value
    return Happening(sender, event.sender, f"{_person(system, sender)} sent {brief(value)} to {why}", value)


def _taken(event: events.MessageTaken, system: System, wanted: Breakpoint, what: Event, _: bool) -> Happening | None:
    receiver, message = event.receiver, event.message
    if not is_meant(system, wanted.within, receiver.pid):
        return None
    words = f"{title(receiver)} took {brief(message.value)}, sent by {_person(system, message.sender)}"
    return Happening(receiver.pid, receiver, words, message.value)


def _filled(event: events.MessageSent, system: System, wanted: Breakpoint, what: Event, _: bool) -> Happening | None:
    owner, message = event.receiver, event.message
    # Only the message that makes it longer: the next one does not tell anything new.
    if len(owner.mailbox) != what.more_than + 1 or not is_meant(system, what.to, owner.pid):
        return None
    if not is_meant(system, wanted.within, owner.pid):
        return None
    number = len(owner.mailbox)
    words = f"the mailbox of {title(owner)} holds {number:,} message{'s' if number != 1 else ''} now"
    by = _person(system, message.sender)
    return Happening(owner.pid, owner, f"{words}, the last is {brief(message.value)} from {by}", message.value)


def _spawned(
    event: events.ProcessSpawned, system: System, wanted: Breakpoint, what: Event, _: bool
) -> Happening | None:
    if not is_meant(system, wanted.within, event.spawner):
        return None
    by = system.processes.get(event.spawner)
    return Happening(event.spawner, by, f"{_person(system, event.spawner)} started {title(event.process)}")


def _exited(event: events.ProcessExited, system: System, wanted: Breakpoint, what: Event, _: bool) -> Happening | None:
    process = event.process
    if (what.kind == "crash" and not event.kind) or not is_meant(system, wanted.within, process.pid):
        return None
    words = f"crashed: {event.kind}: " if event.kind else "ended, reason "
    return Happening(process.pid, process, f"{title(process)} {words}{brief(event.reason, 200)}", event.reason)


def _registered(
    event: events.NameRegistered, system: System, wanted: Breakpoint, what: Event, _: bool
) -> Happening | None:
    process = event.process
    if not is_meant(system, wanted.within, process.pid):
        return None
    return Happening(process.pid, process, f'{process.pid} {process.target} is called "{event.name}" now', event.name)


def _blocked(
    event: events.ProcessBlocked, system: System, wanted: Breakpoint, what: Event, _: bool
) -> Happening | None:
    process = event.process
    if not is_meant(system, wanted.within, process.pid):
        return None
    waits = waiting_words(process)
    verb = "" if waits.startswith("sleeps") else "waits for "
    return Happening(process.pid, process, f"{title(process)} {verb}{waits}")


def _printed(event: events.OutputWritten, system: System, wanted: Breakpoint, what: Event, _: bool) -> Happening | None:
    if not is_meant(system, wanted.within, event.pid):
        return None
    text = event.text.removesuffix("\n")
    words = f"{_person(system, event.pid)} printed {brief(text)}"
    return Happening(event.pid, system.processes.get(event.pid), words, text)


def _timed_out(event: events.ProcessWoke, system: System, wanted: Breakpoint, what: Event, _: bool) -> Happening | None:
    process = event.process
    if not event.timeout or not is_meant(system, wanted.within, process.pid):
        return None
    return Happening(process.pid, process, f"the time is over that {title(process)} waited for")


def _timer_sent(
    event: events.MessageSent, system: System, wanted: Breakpoint, what: Event, between: bool
) -> Happening | None:
    # While nobody executes anything only timers send.
    receiver, value = event.receiver, event.message.value
    if not between or not is_meant(system, wanted.within, receiver.pid):
        return None
    by = _person(system, event.message.sender)
    return Happening(receiver.pid, receiver, f"a timer of {by} sent {brief(value)} to {title(receiver)}", value)


def _timer_dropped(
    event: events.MessageDropped, system: System, wanted: Breakpoint, what: Event, between: bool
) -> Happening | None:
    if not between or wanted.within:
        return None
    value = event.message.value
    words = f"a timer sent {brief(value)} to {event.to}, which is not alive"
    return Happening(event.message.sender, event.sender, words, value)


HEARD: dict[str, tuple[tuple[type, Hear], ...]] = {
    "send": ((events.MessageSent, _sent), (events.MessageDropped, _dropped)),
    "receive": ((events.MessageTaken, _taken),),
    "spawn": ((events.ProcessSpawned, _spawned),),
    "exit": ((events.ProcessExited, _exited),),
    "crash": ((events.ProcessExited, _exited),),
    "register": ((events.NameRegistered, _registered),),
    "block": ((events.ProcessBlocked, _blocked),),
    "mailbox": ((events.MessageSent, _filled),),
    "timer": (
        (events.ProcessWoke, _timed_out),
        (events.MessageSent, _timer_sent),
        (events.MessageDropped, _timer_dropped),
    ),
    "print": ((events.OutputWritten, _printed),),
    "deadlock": (),
}
"""What each kind of event break listens to. A deadlock is no event: the run ends."""
