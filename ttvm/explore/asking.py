"""What the world outside answered in a recorded run, found again by the question when other schedules ask.

An answer may depend on what others did outside before. So each question uses things (a file, a variable, a host), as
a step has a footprint, and each thing has a version: how often it had been changed. An answer holds for the versions
at which it was given. Where a thing is changed in another order than in the recorded run, nobody knows what it would
be, and whoever looks at it then asks what was not recorded.
"""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ttvm.errors import Fault
from ttvm.explore.events import READ, WRITE
from ttvm.outside import Refusal, Request
from ttvm.recording.answers import write_arguments
from ttvm.values import Handle, Pid, Value

if TYPE_CHECKING:
    from ttvm.explore.noting import NotedSystem
    from ttvm.process.state import Process

Asked = dict[str | tuple[Pid, str], int]
"""How often each process has asked each question, and the version of each thing that was changed."""

Versions = tuple[int, ...]
"""How often each of the things that a question uses had been changed."""

_WORLD = "world"
"""What a command may change: everything. Everybody else only reads it."""
_PREFIX = "outside\n"
"""Of things in footprints, where a text is else the name of a process."""
_UNKNOWN = -1
"""The version of a thing that was changed in another order than in the recorded run."""
_LOOKS = frozenset(
    {*("files.read_text", "files.read_bytes", "files.exists", "files.size", "files.names"), "commands.get_variable"}
)
"""Questions whose answer is the same whoever asks, as long as nobody changes what they look at."""


class Use(NamedTuple):
    """How a question uses a thing."""

    name: str
    changes: bool
    matters: bool
    """Whether the answer may depend on what others have done to it; to write over something, it does not."""


Uses = tuple[Use, ...]


class NotRecorded(Exception):
    """A question that the recorded run did not ask, or not in this order; in words, after the name of who asks."""


class Answer:
    """What was answered to one question, at which versions of the things that it uses."""

    __slots__ = ("arrived", "value", "versions")

    def __init__(self, versions: Versions) -> None:
        self.versions = versions
        self.arrived = False
        self.value: Value | Refusal = None


class _Thing:
    """Who used a thing in the recorded run, and how."""

    __slots__ = ("changes", "is_looked_at", "users")

    def __init__(self) -> None:
        self.users: set[Pid] = set()
        self.changes = 0
        self.is_looked_at = False

    @property
    def is_shared(self) -> bool:
        """Whether the order in which processes use it can show in an answer."""
        return len(self.users) > 1 and self.changes > 0 and self.is_looked_at


class Recorded:
    """All answers of a recorded run. ``note`` puts one in, in the order of the run; ``answer`` finds one."""

    def __init__(self) -> None:
        self.input = ""
        """What was read from standard input."""
        self.input_has_ended = False
        """Whether its end was read, too."""
        self.times: dict[tuple[Pid, str], list[float]] = {}
        """What each process was told when it asked for ``seconds`` or ``milliseconds``."""
        self._answers: dict[tuple[Pid, str, int], Answer] = {}
        self._looks: dict[tuple[str, Versions], Answer] = {}
        self._counts: dict[tuple[Pid, str], int] = {}
        self._things: dict[str, _Thing] = {}

    def note(self, pid: Pid, request: Request) -> Answer:
        """A process asked; whoever calls fills in the answer, now or when it arrives."""
        question, uses = _words(request), _uses_of(request)
        things = [self._things.setdefault(use.name, _Thing()) for use in uses]
        answer = Answer(tuple(thing.changes for thing in things))
        number = self._counts[pid, question] = self._counts.get((pid, question), 0) + 1
        self._answers[pid, question, number] = answer
        self._looks.setdefault((question, answer.versions), answer)
        for thing, use in zip(things, uses, strict=True):
            thing.users.add(pid)
            thing.changes += use.changes
            thing.is_looked_at = thing.is_looked_at or use.matters
        return answer

    @property
    def has_shared_things(self) -> bool:
        """Whether the order of questions of several processes can show in answers."""
        return any(thing.is_shared for thing in self._things.values())

    def ask(self, system: NotedSystem, process: Process, request: Request) -> Value:
        """Let a process ask, and note what that touches. Raises Fault where the world refused, and NotRecorded."""
        for use in _uses_of(request):
            thing = self._things.get(use.name)
            if thing is not None and thing.is_shared:
                system.event.touch(f"{_PREFIX}{use.name}", WRITE if use.changes else READ)
        answer = self.answer(system.asked, system.identity(process.pid), request)
        if system.answers is not None:
            system.answers.append(answer)
        if isinstance(answer, Refusal):
            raise Fault(answer.kind, answer.text)
        return answer

    def answer(self, asked: Asked, pid: Pid, request: Request) -> Value | Refusal:
        """The answer to a question, which is counted in ``asked``. Raises NotRecorded."""
        question, uses = _words(request), _uses_of(request)
        number = asked.get((pid, question), 0) + 1
        versions = tuple(asked.get(use.name, 0) for use in uses)
        own = found = self._answers.get((pid, question, number))
        if own is None or not _fits(own.versions, versions, uses):
            found = self._look(question, request, versions)
            if found is None:
                raise NotRecorded(_not_recorded(question, own is not None))
        assert found is not None
        if not found.arrived:
            raise NotRecorded(f"asks for {question}, and had no answer yet when the recorded run ended")
        if own is not None:
            asked[pid, question] = number
        for use, now, then in zip(uses, versions, found.versions, strict=True):
            if use.changes:
                asked[use.name] = now + 1 if now == then else _UNKNOWN
        return found.value

    def _look(self, question: str, request: Request, versions: Versions) -> Answer | None:
        """What anybody saw who looked at the same things when they were the same."""
        if str(request) not in _LOOKS:
            return None
        things = [self._things[use.name] for use in _uses_of(request) if use.name in self._things]
        if any(thing.changes and not thing.is_shared for thing in things):
            return None  # one process had it for itself, so the search does not know who else might look at it
        return self._looks.get((question, versions))

    def time(self, asked: Asked, pid: Pid, unit: str, waited: float, start: float) -> float:
        """What the clock says to a process: what it said then, and after that, that so much time has passed.

        ``waited`` and ``start`` are in ``unit``; ``start`` is for a recording in which nobody asked.
        """
        told = self.times.get((pid, unit), [])
        number = asked.get((pid, unit), 0)
        if number < len(told):
            asked[pid, unit] = number + 1
            return told[number]
        firsts = [each[0] for (_, other), each in self.times.items() if other == unit]
        return (told[-1] if told else min(firsts, default=start)) + waited


def _words(request: Request) -> str:
    """A question as one text: the same for the same question."""
    return f"{request} with {json.dumps(write_arguments(request.arguments), ensure_ascii=False)}"


def _not_recorded(question: str, was_asked: bool) -> str:
    if was_asked:
        return f"asks for {question}, but others have changed what that depends on in another order than was recorded"
    return f"asks for {question}, which it did not ask in the recorded run, or not so often"


def _fits(then: Versions, now: Versions, uses: Uses) -> bool:
    """Whether what an answer depends on is as it was."""
    return all(one == other for one, other, use in zip(then, now, uses, strict=True) if use.matters)


def _uses_of(request: Request) -> Uses:
    """What the answer to a question depends on, and what asking it changes."""
    room, verb, arguments = request.room, request.verb, request.arguments
    world = Use(_WORLD, False, True)
    if room in ("files", "futures") and verb != "wait":
        return (*_uses_of_file(verb, posixpath.normpath(str(arguments[-1]))), world)
    if room == "commands" and verb.endswith("_variable"):
        writes = verb == "set_variable"
        return (Use(f"variable {arguments[0]!s}", writes, not writes), world)
    if room == "web":
        return (Use(f"web {urlsplit(str(arguments[0])).netloc}", verb != "get", True), world)
    if room == "databases":
        statement = str(arguments[1]).lstrip().lower() if len(arguments) > 1 else ""
        return (Use("databases", verb != "connect" and not statement.startswith("select"), True), world)
    if room == "futures" or (room, verb) in (("network", "resolve"), ("network", "port_of"), ("streams", "memory")):
        return ()
    if room == "streams" and isinstance(arguments[0], Handle) and arguments[0].title == "memory":
        return ()
    if room in ("network", "handles"):
        return (Use("connections", True, True), Use("databases", room == "handles", room == "handles"), world)
    return (Use(_WORLD, True, True),)


def _uses_of_file(verb: str, path: str) -> Uses:
    if verb == "names":
        return (Use(f"folder {path}", False, True),)
    if verb in ("read_text", "read_bytes", "exists", "size", "read"):
        return (Use(f"file {path}", False, True),)
    folder = posixpath.dirname(path) or "."
    return (Use(f"file {path}", True, verb == "delete"), Use(f"folder {folder}", True, False))
