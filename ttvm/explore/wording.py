"""Sentences about executions: steps, who waits for what, and which race decides."""

from __future__ import annotations

from ttvm.explore.events import Event
from ttvm.explore.execution import Followed
from ttvm.explore.state import State
from ttvm.forms import debug
from ttvm.process.state import Process, ProcessState
from ttvm.values import Pid

MOST_MESSAGES = 5
"""Messages of a mailbox that are shown."""
_WIDTH = 60


class Names:
    """What processes are called: pid and what they run, ``3 (worker)``."""

    def __init__(self, run: Followed) -> None:
        self._targets: dict[Pid, str] = {}
        self._pids: dict[Pid, Pid] = {}
        for state in run.states:
            for pid, process in state.processes.items():
                identity = state.identities.get(pid, pid)
                self._pids[identity] = pid
                self._targets.setdefault(identity, process.target)

    def pid(self, identity: Pid) -> Pid:
        """The pid that a process has in this execution."""
        return self._pids.get(identity, identity)

    def title(self, identity: Pid) -> str:
        """A process by what it is called in all schedules; a timer for a negative number."""
        if identity < 0:
            return "a timer"
        target = self._targets.get(identity)
        return f"{self.pid(identity)} ({target})" if target else str(identity)


def tell_step(event: Event, run: Followed, position: int, names: Names) -> str:
    """What a step did, after the name of who took it: ``sends Int 5 to 1``."""
    after = run.states[position + 1]
    if event.pid < 0 and not event.appends:
        return "is over, but was cancelled"
    mnemonic = event.mnemonic
    if mnemonic in ("SEND", "SENDNAMED", "timer") and event.appends:
        thing, value = event.appends[0].box, event.appends[0].value
        to = names.pid(thing >> 3) if isinstance(thing, int) else 0
        lost = "" if to in after.processes else ", which is not alive"
        return f"sends {debug(value, _WIDTH)} to {to}{lost}"
    if event.taken or event.look is not None:
        if not event.taken:
            return "waits no longer: its time is over"
        return f"receives {_message(run, event.taken, names)}"
    pid = names.pid(event.pid)
    if pid in after.exits and pid not in run.states[position].exits:
        how = "is struck down" if event.address < 0 else "ends"
        return f"{how} with reason {debug(after.exits[pid], _WIDTH)}"
    if event.started and mnemonic.startswith(("SPAWN", "SUPERVISE")):
        return f"makes process {names.pid(event.started[0])}"
    operands = ""
    if event.module is not None and 0 <= event.address < len(event.module.ops):
        operands = "".join(f" {each}" for each in event.module.ops[event.address].operands if each is not None)
    return f"does {mnemonic}{operands}"


def _message(run: Followed, number: int, names: Names) -> str:
    for event in run.trace.events:
        for each in event.appends:
            if each.number == number:
                return f"{debug(each.value, _WIDTH)} from {names.pid(event.pid) if event.pid > 0 else 'a timer'}"
    return "a message"


def tell_trace(run: Followed) -> tuple[str, ...]:
    """All steps of an execution, numbered."""
    names = Names(run)
    width = len(str(len(run.trace)))
    return tuple(
        f"{position + 1:>{width}}  {names.title(event.pid)} {tell_step(event, run, position, names)}"
        + (f"   {event.place}" if event.place else "")
        for position, event in enumerate(run.trace.events)
    )


def tell_race(first: Event, second: Event, run: Followed) -> str:
    """The sentence about the two steps that decide."""
    names = Names(run)

    def step(event: Event) -> str:
        what = {"exit": "end", "timer": "message"}.get(event.mnemonic, event.mnemonic)
        place = f" at {event.place}" if event.place else ""
        return f"the {what} of {names.title(event.pid)}{place}"

    return f"had {step(second)} come before {step(first)}, with the rest as it was, it would not have happened"


def tell_waiting(run: Followed) -> tuple[str, ...]:
    """Who waits at the end, where, for what, with what in the mailbox; and the circle in which they wait, if any."""
    state = run.states[-1]
    names = Names(run)
    lines = [
        _waiting(process, state, names) for process in state.processes.values() if process.state is ProcessState.WAITING
    ]
    circle = find_circle(run, state)
    if circle:
        steps = ", ".join(
            f"{names.title(state.identities.get(pid, pid))} waits for {names.title(state.identities.get(to, to))}"
            for pid, to in zip(circle, circle[1:] + circle[:1], strict=True)
        )
        lines.append(f"a circle: {steps}")
    return tuple(lines)


def _waiting(process: Process, state: State, names: Names) -> str:
    wait = process.waiting
    what = "a message" if wait is None or not wait.asleep else wait.what or "time to pass"
    if wait is not None and wait.pattern is not None:
        what = f"a message that fits {wait.pattern}"
    messages = list(process.mailbox)
    held = ", ".join(f"{debug(each.value, 40)} from {each.sender}" for each in messages[:MOST_MESSAGES])
    more = f" and {len(messages) - MOST_MESSAGES:,} more" if len(messages) > MOST_MESSAGES else ""
    mailbox = f"its mailbox holds {held}{more}" if messages else "its mailbox is empty"
    who = names.title(state.identities.get(process.pid, process.pid))
    return f"{who} waits at {process.frame.module.place(process.pc)} for {what}; {mailbox}"


def find_circle(run: Followed, state: State) -> list[Pid]:
    """Waiting processes of which each last wrote to the next one, and so most likely waits for it; else nothing."""
    last_written: dict[Pid, Pid] = {}
    names = Names(run)
    for event in run.trace.events:
        if event.mnemonic in ("SEND", "SENDNAMED") and event.appends:
            thing = event.appends[0].box
            if isinstance(thing, int):
                last_written[names.pid(event.pid)] = names.pid(thing >> 3)
    waiting = {pid for pid, process in state.processes.items() if process.state is ProcessState.WAITING}
    for start in sorted(waiting):
        path: list[Pid] = []
        pid = start
        while pid in waiting and pid not in path and pid in last_written:
            path.append(pid)
            pid = last_written[pid]
        if pid in path and len(path) - path.index(pid) > 1:
            return path[path.index(pid) :]
    return []
