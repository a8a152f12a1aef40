"""What happened in a run as plain records, text and numbers only: the raw material of every trace."""

from __future__ import annotations

from typing import Any, TypeAlias

from ttvm import events
from ttvm.forms import brief
from ttvm.process.mailbox import Message
from ttvm.process.state import Process, Wait
from ttvm.record import Record
from ttvm.values import Pid, Value
from ttvm.vm import Vm

Plain: TypeAlias = str | int | float

DEFAULT_LIMIT = 100_000
"""Events that a history keeps unless it is told otherwise: some 40 MB."""
LONGEST_TEXT = 200
"""Characters of a text or value that a record keeps."""
_NOT_RECORDED = (
    # One for each instruction or call: a profile counts them, a story of the run would drown in them.
    events.InstructionStarting,
    events.CallEntered,
    events.CallReturned,
    # About us, not about the program.
    events.ObserverFailed,
)


class Entry:
    """One event: when it was, whom it is about (``pid``, 0 for nobody), its kind, and the rest as plain fields.

    ``step`` counts the instructions executed, this one included; ``tick`` the turns begun. ``kind`` is the name of
    a class of ``ttvm.events``. Frozen; made in numbers, so it is no Record.
    """

    __slots__ = ("fields", "kind", "pid", "step", "tick")

    def __init__(self, step: int, tick: int, pid: Pid, kind: str, fields: dict[str, Plain]) -> None:
        self.step = step
        self.tick = tick
        self.pid = pid
        self.kind = kind
        self.fields = fields

    def __repr__(self) -> str:
        return f"Entry({self.step}, {self.tick}, {self.pid}, {self.kind!r}, {self.fields!r})"


class History:
    """Collects the events of one run, the first ``limit`` of them; of the others it only knows the number.

    It keeps the beginning and not the end, because a beginning explains itself: whoever sends a message in it has
    been spawned in it, and each message that is taken has been sent. The processes that the machine has already are
    noted as if they were spawned now.
    """

    def __init__(self, vm: Vm, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self.program = vm.program.name
        """The file name of the program."""
        self.entries: list[Entry] = []
        self.left_out = 0
        """Events that came after the limit."""
        self._vm = vm
        for process in vm.system.processes.values():
            self._write_down(events.ProcessSpawned(process, process.spawner, process.target))
        for event_type in recorded_events():
            vm.observe(event_type, self._write_down)

    @property
    def steps(self) -> int:
        """Instructions executed until now."""
        return self._vm.steps

    @property
    def alive(self) -> list[Pid]:
        """The processes that have not ended until now."""
        return list(self._vm.system.processes)

    def stop(self) -> None:
        """Listen no more."""
        for event_type in recorded_events():
            self._vm.observers.unsubscribe(event_type, self._write_down)

    def _write_down(self, event: Record) -> None:
        if len(self.entries) >= self.limit:
            self.left_out += 1
            return
        pid, fields = plain(event)
        self.entries.append(Entry(self._vm.steps, self._vm.ticks, pid, type(event).__name__, fields))


def recorded_events() -> list[type[Record]]:
    """The types of events that a history listens to: all that tell of processes. New ones join by themselves."""
    found = (each for each in vars(events).values() if isinstance(each, type) and issubclass(each, Record))
    return [each for each in found if each is not Record and each not in _NOT_RECORDED]


def plain(event: Record) -> tuple[Pid, dict[str, Plain]]:
    """Whom an event is about, and its other fields as text and numbers.

    It is about the first process that it names; only, who takes a message matters more than who sent it.
    """
    pid, subject = 0, ""
    fields: dict[str, Plain] = {}
    declared = type(event).__annotations__
    for name, value in event.__dict__.items():
        if isinstance(value, Message):
            fields.update(message=value.number, value=brief_value(value.value))
            if isinstance(event, events.MessageTaken):
                fields["sender"] = value.sender
            else:
                pid, subject = value.sender, name
        elif isinstance(value, Process) or declared[name] == "Pid":
            number = value.pid if isinstance(value, Process) else value
            if subject:
                fields[name] = number
            else:
                pid, subject = number, name
        elif isinstance(value, Wait):
            fields.update(plain_wait(value))
        elif value is not None:
            fields[name] = _plain_value(value, declared[name])
    return pid, fields


def plain_wait(wait: Wait) -> dict[str, Plain]:
    """A wait as text and numbers."""
    values = {name: getattr(wait, name) for name in Wait.__slots__}
    if not wait.ticket:
        del values["ticket"]  # only who waits for the world outside has one
    return {name: _plain_value(value, "") for name, value in values.items() if value is not None}


def _plain_value(value: Any, declared: str) -> Plain:
    if declared == "Value" and not isinstance(value, str):
        return brief_value(value)
    if isinstance(value, tuple):
        return cut("; ".join(map(str, value)))
    return value if isinstance(value, (int, float)) else cut(str(value))


def brief_value(value: Value) -> str:
    """A value in brief, at most ``LONGEST_TEXT`` characters."""
    # A huge text is cut before it is quoted.
    return brief(value[:LONGEST_TEXT] if isinstance(value, str) else value, LONGEST_TEXT - 3)


def cut(text: str, longest: int = LONGEST_TEXT) -> str:
    """``text``, or its beginning with three dots: at most ``longest`` characters."""
    return text if len(text) <= longest else text[: longest - 3] + "..."
