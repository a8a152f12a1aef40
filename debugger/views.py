"""What front ends see: frozen pictures of the system, made by the inspector and nobody else.

Everything here is text and numbers. A front end never holds a live process, so it can neither change one
nor show half of a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class CodeView:
    """The source of one module.

    ``lines`` are the lines as written; ``addresses[i]`` is the address of the instruction on line i + 1, None for
    a line without one. ``identity`` tells sources apart, so that a widget can keep what it drew.
    """

    identity: str
    name: str
    lines: tuple[str, ...]
    addresses: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class ValueView:
    """A value in debug form; ``changed`` since the last stop."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class VariableView:
    """A variable of a frame."""

    name: str
    value: ValueView


@dataclass(frozen=True, slots=True)
class FrameView:
    """A call: its label, the line that called it (0 in the outermost), and its variables."""

    label: str
    call_line: int
    variables: tuple[VariableView, ...]


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message in a mailbox. ``step`` is when it was sent; ``skipped``: a RECEIVE looked at it and left it."""

    number: int
    sender: int
    sender_name: str
    step: int
    text: str
    new: bool
    skipped: bool


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process in the list of all. ``state`` is running, ready, waiting or exited.

    ``reductions`` are the instructions it has executed, ``recent`` those since the last stop.
    ``last`` is the instruction it executed last, or why it exited; ``changed`` names the fields that changed
    since the last stop (``state``, ``depth``, ``mailbox``, ``reductions``, ``line``).
    """

    pid: int
    name: str
    target: str
    state: str
    line: int
    depth: int
    mailbox: int
    reductions: int
    last: str
    changed: frozenset[str]
    recent: int = 0


@dataclass(frozen=True, slots=True)
class ProcessView:
    """One process from near: what the panes of the selected process show.

    ``stack`` has the top first. ``waits_for`` says in words what it waits for, empty when it does not wait.
    ``line`` is the line of the next instruction, ``previous_line`` of the last one executed (0: none).
    """

    row: ProcessRow
    code: CodeView
    line: int
    previous_line: int
    stack: tuple[ValueView, ...]
    frames: tuple[FrameView, ...]
    hidden_frames: int
    handlers: tuple[str, ...]
    mailbox: tuple[MessageView, ...]
    hidden_messages: int
    waits_for: str
    hits: Mapping[int, int] = field(default_factory=dict)
    """How often each line ran between the last two stops, as far as somebody watched: not in a continue."""


@dataclass(frozen=True, slots=True)
class NameView:
    """A registered name."""

    name: str
    pid: int
    changed: bool = False


@dataclass(frozen=True, slots=True)
class ChildView:
    """A child of a supervisor: what it runs, its pid (0 while it does not run), and when it is started again."""

    name: str
    pid: int
    restart: str


@dataclass(frozen=True, slots=True)
class SupervisorView:
    """A supervisor and its children, in the order in which they were started."""

    pid: int
    strategy: str
    children: tuple[ChildView, ...]


@dataclass(frozen=True, slots=True)
class RelationsView:
    """Names, links (pairs of pids, each once), monitors (watcher, watched) and supervisors."""

    names: tuple[NameView, ...]
    links: tuple[tuple[int, int], ...]
    monitors: tuple[tuple[int, int], ...]
    supervisors: tuple[SupervisorView, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line of output: the process that printed it (0: the debugger), its step, and the text."""

    pid: int
    step: int
    text: str
    kind: str = "output"
    """``output``, ``warning``, ``crash``, or ``log``: written by a log point of the debugger."""


@dataclass(frozen=True, slots=True)
class HappeningView:
    """Something that happened to process ``pid``, in step ``step`` or, when nobody's turn it was, right behind it.

    ``kind`` is spawn, send, receive, drop, block, wake, timeout, exit, crash, register, unregister, kill or link.
    ``other`` is the process at the other end (0: none): of a spawn the spawner, of a send the receiver, of a receive
    the sender, of a kill who sends the exit signal. ``number`` is that of the message; of an exit, how many messages
    were left unread. ``text`` tells it without the process. ``local`` are the steps that the process has executed
    since what happened to it before, this one included.
    """

    step: int
    tick: int
    kind: str
    pid: int
    other: int
    number: int
    text: str
    local: int


@dataclass(frozen=True, slots=True)
class LetterView:
    """The way of message ``number``. ``sent`` and ``received`` are steps, ``received`` 0 when nobody took it.

    ``receiver`` is 0 when the message went to a name that nobody had; ``text`` is its value, ``words`` all of it as a
    sentence.
    """

    number: int
    sender: int
    receiver: int
    sent: int
    received: int
    dropped: bool
    text: str
    words: str


@dataclass(frozen=True, slots=True)
class OriginView:
    """Where a value came from: what holds it, its debug form, and the links of a chain, the newest first.

    A link is the step, the process and words that follow on those of the link before.
    """

    subject: str
    value: str
    links: tuple[tuple[int, int, str], ...]

    @property
    def sentence(self) -> str:
        """All of it."""
        return f"{self.subject} is {self.value}: {', '.join(words for _, _, words in self.links)}"


@dataclass(frozen=True, slots=True)
class BreakpointView:
    """A breakpoint, an event break or a watch.

    One at a place has the identity and the line of a source, others have none (an empty text and 0). ``kind`` is
    place, event or watch; ``text`` is all of it in words that can be typed; ``logs``: it writes and does not stop.
    """

    identity: str
    line: int
    label: str = ""
    number: int = 0
    kind: str = "place"
    text: str = ""
    logs: bool = False


@dataclass(frozen=True, slots=True)
class BranchView:
    """A branch of history. It parted from ``parent`` (0: it is the first) at step ``start``, where the user did what
    ``reason`` says; ``latest`` is the last step that was executed on it."""

    number: int
    parent: int
    start: int
    latest: int
    reason: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class BookmarkView:
    """A moment of the run that the user has given a name."""

    name: str
    branch: int
    step: int


@dataclass(frozen=True, slots=True)
class ProspectView:
    """Something that can still happen. ``kind`` is outcome, or that of a finding: deadlock, crash, ...

    ``text`` tells it in a line, ``lines`` tell more. It was met in ``count`` executions; the simplest schedule that
    leads there has ``steps`` steps that others could notice.
    """

    number: int
    kind: str
    text: str
    lines: tuple[str, ...]
    count: int
    steps: int


@dataclass(frozen=True, slots=True)
class ProspectsView:
    """All that can still happen after ``step`` of ``branch``, as far as ``executions`` executions showed.

    ``bound`` says what stopped the search before it knew everything; empty when it does. ``notes`` say what was
    assumed.
    """

    branch: int
    step: int
    executions: int
    bound: str
    notes: tuple[str, ...]
    prospects: tuple[ProspectView, ...]


@dataclass(frozen=True, slots=True)
class StopView:
    """Why the run stopped, in words. ``reason``: step, tick, breakpoint, break (an event), watch (a value has
    changed), pause, waiting, held (the user lets nobody run who could), line (the next line is wanted), choice (the
    user has changed something), end, deadlock, memory, start, or back for every verb that goes back."""

    reason: str
    text: str
    pid: int = 0

    def at(self, pid: int) -> StopView:
        """The same stop, in another process."""
        return replace(self, pid=pid)


@dataclass(frozen=True, slots=True)
class SystemView:
    """Everything a screen shows, at one moment.

    ``current`` is the process whose turn it is, or that runs next (0: none); ``did`` and ``next`` are the two
    sentences of the DID / NEXT line; ``queues`` are the run queues, one per scheduler.
    """

    program: str
    step: int
    tick: int
    policy: str
    stop: StopView
    current: int
    selected: ProcessView | None
    processes: tuple[ProcessRow, ...]
    queues: tuple[tuple[int, ...], ...]
    relations: RelationsView
    output_count: int
    breakpoints: tuple[BreakpointView, ...]
    did: str
    next: str
    ended: bool
    running: bool
    """A continue is under way and has not stopped yet."""
    latest: int = 0
    """The last step that was ever executed: above ``step`` in the past."""
    branch: int = 1
    """The branch of history that this is a moment of."""
    locked: int = 0
    """The only process that gets turns; 0: all do."""
    frozen: frozenset[int] = frozenset()
    """Processes that get no turns."""
