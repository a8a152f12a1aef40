"""What the actor instructions may do to the system they run in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ttvm.effects import Host
from ttvm.outside import Parked
from ttvm.process.mailbox import RawMessage
from ttvm.process.patterns import Pattern
from ttvm.process.state import Outcome, Process
from ttvm.values import Pid, Ref, Value

if TYPE_CHECKING:
    from ttvm.process.supervision import Restart, Strategy


class Actors(Protocol):
    """The system as an instruction sees it. ``ttvm.system.System`` is the real one."""

    @property
    def host(self) -> Host:
        """The outside world."""
        ...

    def ask(self, process: Process, what: str, room: str, verb: str, *arguments: Value) -> Value:
        """Ask the world outside. Raises Fault when it refuses, and Parked when the process has to wait for ``what``."""
        ...

    def park(self, process: Process, parked: Parked) -> Outcome:
        """Make a process wait for an answer from outside; the instruction runs again when it is there."""
        ...

    def spawn(self, process: Process, target: Value, arguments: tuple[Value, ...]) -> Process:
        """Make a process that runs ``target`` and put it at the back of the run queue."""
        ...

    def send(self, process: Process, to: Pid, message: Value) -> None:
        """Put a message in the mailbox of ``to``; drop it when there is no such process."""
        ...

    def send_named(self, process: Process, name: str, message: Value) -> None:
        """Put a message in the mailbox of the process with that name; drop it when there is none."""
        ...

    def send_after(self, process: Process, delay: int, to: Pid, message: Value) -> Ref:
        """Send a message in ``delay`` milliseconds."""
        ...

    def cancel_timer(self, ref: Ref) -> bool:
        """Stop a timer; False when it has fired already, or never was one."""
        ...

    def take_message(self, process: Process, pattern: Pattern | None) -> RawMessage | None:
        """Remove and return the first message that fits."""
        ...

    def block(
        self, process: Process, pattern: Pattern | None, delay: int | None, asleep: bool = False, what: str = ""
    ) -> Outcome:
        """Make the process wait for a message, or for ``delay`` milliseconds, or, ``asleep``, for ``what``."""
        ...

    def register(self, process: Process, name: str) -> None:
        """Give the process a name; Fault NameTaken when another live process has it."""
        ...

    def unregister(self, process: Process, name: str) -> None:
        """Take a name away from whoever has it."""
        ...

    def whereis(self, name: str) -> Pid:
        """The pid of the process with that name, or 0."""
        ...

    def link(self, process: Process, other: Pid) -> Outcome | None:
        """Link two processes; to a dead one: an exit signal noproc."""
        ...

    def unlink(self, process: Process, other: Pid) -> None:
        """Undo a link."""
        ...

    def monitor(self, process: Process, other: Pid) -> Ref:
        """Watch a process; of a dead one the DOWN message comes at once."""
        ...

    def demonitor(self, process: Process, ref: Ref) -> None:
        """Stop watching."""
        ...

    def kill(self, process: Process, victim: Pid, reason: Value) -> Outcome | None:
        """Send an exit signal."""
        ...

    @property
    def supervision(self) -> Supervising:
        """What is done for supervisors and their children."""
        ...

    def is_alive(self, pid: Pid) -> bool:
        """Whether that process has not exited."""
        ...

    def pids(self) -> list[Pid]:
        """All live processes, in the order of their pids."""
        ...

    def import_module(self, process: Process, path: str) -> Outcome | None:
        """Run the top level of a module, or take its exports when it has run already."""
        ...

    def warn(self, process: Process, text: str) -> None:
        """Say that something is probably not meant."""
        ...

    def stop(self, status: int) -> Outcome:
        """End the whole machine with that exit status."""
        ...


class Supervising(Protocol):
    """What the instructions of supervisors may do. ``ttvm.system.supervision.Supervision`` is the real one."""

    def start_supervisor(self, process: Process, strategy: Strategy, restarts: int, seconds: int) -> None:
        """Make the process a supervisor, which may do so many restarts in so many seconds."""
        ...

    def supervise_child(self, process: Process, name: str, restart: Restart) -> Pid | Outcome:
        """Start what SPAWN finds under that name as a child of the supervisor."""
        ...

    def restart_child(self, process: Process, name: str) -> Pid | Outcome:
        """End a child, if it runs, and start it again."""
        ...

    def stop_child(self, process: Process, name: str) -> Outcome | None:
        """End a child, which is not started again by itself."""
        ...
