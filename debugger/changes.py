"""Where a thing last changed: a value, the owner of a name, or a mailbox."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import NamedTuple, Protocol

from debugger.breakpoint_text import parse_breakpoint
from debugger.descriptions import Watch
from debugger.explanation import title
from debugger.expressions import read_expression
from debugger.scope import ExpressionError, find_pid
from debugger.timeline import Timeline
from debugger.watches import Change, Doing, WatchedName, WatchedValue
from ttvm import events
from ttvm.forms import brief
from ttvm.process.state import Process
from ttvm.system.system import System
from ttvm.values import Pid
from ttvm.vm import Vm

_MAILBOX = re.compile(r"""mailbox(?:\s+(?:of\s+)?(?P<owner>"[^"]+"|[^\s"'()\[\].<>=!+*/%-]+))?""")
_OPERATORS = frozenset({"and", "or", "not", "is", "in"})


class Watched(Protocol):
    """What may change: something of ``debugger.watches``."""

    def begin(self, system: System) -> None:
        """What is now is what comes later is compared with."""
        ...

    def notice(self, system: System, process: Process | None) -> None:
        """A new process."""
        ...

    def change(self, system: System, acting: Process | None) -> Change | None:
        """What the last instruction, which ``acting`` executed, changed."""
        ...


class WatchedMailbox:
    """The mailbox of a process; the machine tells of what comes and goes."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._change: Change | None = None

    def begin(self, system: System) -> None:
        self._change = None

    def notice(self, system: System, process: Process | None) -> None:
        """A new process has an empty mailbox."""

    def sent(self, system: System, event: events.MessageSent) -> None:
        """A message came."""
        receiver, message = event.receiver, event.message
        if find_pid(system, self.owner) == receiver.pid:
            sender = system.processes.get(message.sender)
            by = title(sender) if sender is not None else "you" if not message.sender else str(message.sender)
            words = f"got #{message.number} {brief(message.value)} from {by}{_left(receiver)}"
            self._change = Change(receiver, receiver.pid, f"the mailbox of {title(receiver)} {words}")

    def taken(self, system: System, event: events.MessageTaken) -> None:
        """A message was taken out."""
        receiver, message = event.receiver, event.message
        if find_pid(system, self.owner) == receiver.pid:
            words = f"took #{message.number} {brief(message.value)} out of its mailbox{_left(receiver)}"
            self._change = Change(receiver, receiver.pid, f"{title(receiver)} {words}")

    def change(self, system: System, acting: Process | None) -> Change | None:
        change, self._change = self._change, None
        return change


def _left(process: Process) -> str:
    number = len(process.mailbox)
    return f", which holds {number:,} now"


class Found(NamedTuple):
    """The last change: when (twice the step, and one more for what comes before the next instruction), and words."""

    moment: int
    words: str
    pid: Pid


class Question(NamedTuple):
    """What is asked about: the thing, in words that tell it from every other, and how to see it change."""

    words: str
    watched: Watched


def read_question(text: str, within: str, system: System) -> Question:
    """What ``last`` is asked about; ``within`` is whose it is when the text does not say. Raises ExpressionError.

    ``mailbox [PROCESS]``, ``name NAME``, or an expression, all but the first as in a watch. A name means the process
    that has it now, also where it did not have it yet.
    """
    match = _MAILBOX.fullmatch(text.strip())
    if match is not None and match["owner"] not in _OPERATORS:
        owner, called = _person((match["owner"] or within).strip('"'), system)
        return Question(f"the mailbox of {called}", WatchedMailbox(owner))
    read = parse_breakpoint(f"watch {text}")
    what = read.what
    assert isinstance(what, Watch)
    if read != type(read)(what, within=read.within):
        raise ExpressionError("only in PROCESS may stand behind what has changed")
    if what.name:
        return Question(f'the name "{what.name}"', WatchedName(what.name))
    expression = read_expression(what.expression)
    owner, called = _person(read.within or within, system)
    whose = f" of {called}" if expression.own else ""
    return Question(f"{expression.text}{whose}", WatchedValue(expression, owner))


def _person(reference: str, system: System) -> tuple[str, str]:
    """The pid that a reference means now, and what people call that process; else the reference as it is."""
    process = system.processes.get(find_pid(system, reference)) if reference else None
    return (reference, reference) if process is None else (str(process.pid), title(process))


class ChangeSearch:
    """Looks for the last change of a subject before a moment."""

    def __init__(self, vm: Vm, timeline: Timeline, subject: Watched, before: int) -> None:
        self._vm = vm
        self._timeline = timeline
        self._subject = subject
        self._before = before
        self._doing: Doing | None = None
        self._looked = self._chosen = -1
        """The step behind which the last look was, and that behind which the last choice was made."""
        self.found: Found | None = None

    def scan(self, end: int) -> Generator[None, None, int | None]:
        """As ``Timeline.search_back`` wants it."""
        vm, subject = self._vm, self._subject
        listeners = [
            (events.InstructionStarting, self._starting),
            (events.TimerFired, self._timer_fired),
            (events.ProcessSpawned, self._spawned),
        ]
        if isinstance(subject, WatchedMailbox):
            listeners += [(events.MessageSent, self._sent), (events.MessageTaken, self._taken)]
        self._doing, self._looked = None, vm.steps
        subject.begin(vm.system)
        with self._timeline.listening(listeners, self._choosing):
            yield from self._timeline.execute_in_pieces(end)
            self._look()
        return self.found.moment // 2 if self.found is not None else None

    def _starting(self, event: events.InstructionStarting) -> None:
        self._look()
        self._doing = Doing(event.process, event.process.frame.module, event.process.pc)

    def _choosing(self) -> None:
        self._look()
        self._doing, self._chosen = None, self._vm.steps

    def _timer_fired(self, event: events.TimerFired) -> None:
        self._look()

    def _spawned(self, event: events.ProcessSpawned) -> None:
        self._subject.notice(self._vm.system, event.process)

    def _sent(self, event: events.MessageSent) -> None:
        assert isinstance(self._subject, WatchedMailbox)
        self._subject.sent(self._vm.system, event)
        if self._vm.current is None and self._vm.steps != self._chosen + 1:
            self._look()  # between two turns a timer sends

    def _taken(self, event: events.MessageTaken) -> None:
        assert isinstance(self._subject, WatchedMailbox)
        self._subject.taken(self._vm.system, event)

    def _look(self) -> None:
        """Note what the last instruction changed; a second look behind the same step sees what a timer did."""
        vm = self._vm
        early, self._looked = self._looked == vm.steps, vm.steps
        moment = 2 * vm.steps + early
        change = self._subject.change(vm.system, self._doing.process if self._doing is not None else None)
        if change is None or moment >= self._before:
            return
        choice = self._timeline.branch.choice(vm.steps - 1)
        if early:
            by = f"a timer, right behind step {vm.steps:,}"
        elif choice is not None or self._doing is None:
            by = "you"
        else:
            by = self._doing.words(change.owner)
        self.found = Found(moment, f"{change.words} ({by})", change.owner)
