"""Views as plain text: what the command language shows, and what a screen reader can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from debugger.views import (
    BookmarkView,
    BranchView,
    BreakpointView,
    HappeningView,
    OriginView,
    OutputLine,
    ProcessRow,
    ProcessView,
    ProspectsView,
    SystemView,
)

AROUND = 4
"""Lines of code shown before and after the next one."""


def person(pid: int, view: SystemView) -> str:
    """A process as people call it: ``2 worker``."""
    row = next((row for row in view.processes if row.pid == pid), None)
    return f"{pid} {row.name or row.target}" if row is not None else str(pid)


def where(view: SystemView) -> str:
    """Where the run is, why it stopped, and what happened."""
    past = f" of {view.latest:,}" if view.step < view.latest else ""
    lines = [f"step {view.step:,}{past}, turn {view.tick:,}: {view.stop.text}"]
    if view.did:
        lines.append(f"DID  {view.did}")
    lines.append(f"NEXT {view.next}")
    return "\n".join(lines)


def code(process: ProcessView, breakpoints: frozenset[tuple[str, int]], around: int = AROUND) -> str:
    """The lines around the next instruction: ``*`` marks breakpoints, ``>`` the next line."""
    first, last = max(1, process.line - around), min(len(process.code.lines), process.line + around)
    lines = [f"{process.code.name}:{process.line} in {_title(process.row)}"]
    for number in range(first, last + 1):
        mark = "*" if (process.code.identity, number) in breakpoints else " "
        arrow = ">" if number == process.line else " "
        lines.append(f"{mark}{arrow}{number:5}  {process.code.lines[number - 1]}".rstrip())
    return "\n".join(lines)


def processes(view: SystemView) -> str:
    """A line for each process; ``>`` marks the one that runs next."""
    lines = ["   pid  name             state    line  stack  mailbox  steps  last"]
    for row in view.processes:
        arrow = ">" if row.pid == view.current else " "
        line = row.line or "-"
        lines.append(
            f"{arrow} {row.pid:4}  {(row.name or f'({row.target})')[:15]:15}  {row.state:8} {line:>4}  "
            f"{row.depth:5}  {row.mailbox:7}  {row.reductions:5}  {row.last}".rstrip()
        )
    queues = " | ".join(" ".join(map(str, queue)) or "-" for queue in view.queues)
    return "\n".join([*lines, f"run queues: {queues}"])


def stack(process: ProcessView) -> str:
    """The stack, the top first, and the open calls with their variables."""
    lines = [f"stack of {_title(process.row)}:" + ("" if process.stack else " empty")]
    lines += (f"  [{index}] {value.text}" for index, value in enumerate(process.stack))
    for frame in process.frames:
        called = f" called from line {frame.call_line}" if frame.call_line else ""
        lines.append(f"call {frame.label}{called}")
        lines += (f"  {variable.name} = {variable.value.text}" for variable in frame.variables)
    if process.hidden_frames:
        lines.append(f"... {process.hidden_frames:,} more calls")
    lines += (f"handler {handler}" for handler in process.handlers)
    return "\n".join(lines)


def mailbox(process: ProcessView) -> str:
    """The messages in order of arrival."""
    plural = "" if process.row.mailbox == 1 else "s"
    waits = f", waits for {process.waits_for}" if process.waits_for else ""
    lines = [f"mailbox of {_title(process.row)}: {process.row.mailbox:,} message{plural}{waits}"]
    for message in process.mailbox:
        sender = f"{message.sender} {message.sender_name}".strip()
        skipped = ", skipped" if message.skipped else ""
        lines.append(f"  #{message.number} from {sender} at step {message.step:,}: {message.text}{skipped}")
    if process.hidden_messages:
        lines.append(f"  ... {process.hidden_messages:,} more")
    return "\n".join(lines)


def names(view: SystemView) -> str:
    """Names, links and monitors."""
    relations = view.relations
    lines = [f"{name.name} = {name.pid}" for name in relations.names] or ["no names"]
    lines += (f"{person(a, view)} and {person(b, view)} are linked" for a, b in relations.links)
    lines += (f"{person(a, view)} monitors {person(b, view)}" for a, b in relations.monitors)
    return "\n".join(lines)


def origin(view: OriginView) -> str:
    """Where a value came from, a line for each link."""
    links = [f"  {words}" for _, _, words in view.links]
    return "\n".join([f"{view.subject} is {view.value}:", *links])


def happenings(known: Sequence[HappeningView], view: SystemView) -> str:
    """What happened, a line each."""
    lines = (f"{each.step:>8}  {person(each.pid, view)} {each.text}" for each in known)
    return "\n".join(lines) or "nothing has happened yet"


def output(lines: Sequence[OutputLine]) -> str:
    """What was printed, each line with the process it came from."""
    shown = (f"[{line.pid or '-'}] {'' if line.kind == 'output' else f'{line.kind}: '}{line.text}" for line in lines)
    return "\n".join(shown) or "nothing was printed"


def breakpoints(known: Sequence[BreakpointView]) -> str:
    """All breakpoints, a line each."""
    return "\n".join(map(breakpoint_line, known)) or "no breakpoints"


def breakpoint_line(view: BreakpointView) -> str:
    """A breakpoint by its number: what it is, and where."""
    return f"{view.number}: {view.text}"


def prospects(found: ProspectsView) -> str:
    """What can still happen: findings and outcomes with their numbers."""
    known = f"stopped early: {found.bound}" if found.bound else "these are all"
    executions = f"{found.executions:,} execution{'' if found.executions == 1 else 's'}"
    lines = [f"what can still happen after step {found.step:,} of branch {found.branch}, by {executions}; {known}"]
    for each in found.prospects:
        name = each.kind if each.kind == "outcome" else f"{each.kind}: {each.text}"
        lines.append(f"{each.number:3}  {name}, in {each.count:,} of them")
        lines += (f"       {line}" for line in each.lines)
    return "\n".join([*lines, *(f"note: {note}" for note in found.notes)])


def branches(known: Sequence[BranchView]) -> str:
    """A line for each branch of history; ``>`` marks the present one."""
    lines: list[str] = []
    for each in known:
        arrow = ">" if each.is_current else " "
        origin = (
            f"from step {each.start:,} of branch {each.parent}: you {each.reason}" if each.parent else "the first run"
        )
        lines.append(f"{arrow} {each.number}: {origin}; up to step {each.latest:,}")
    return "\n".join(lines)


def bookmarks(known: Sequence[BookmarkView]) -> str:
    """All bookmarks, a line each."""
    return "\n".join(f"{each.name}: step {each.step:,} of branch {each.branch}" for each in known) or "no bookmarks"


def state(view: SystemView) -> str:
    """Everything in the view as JSON, for programs; the text of the code is left out."""
    data = asdict(view)
    if data["selected"] is not None:
        data["selected"]["code"] = data["selected"]["code"]["name"]
    return json.dumps(data, ensure_ascii=False, indent=1, default=sorted)


def _title(row: ProcessRow) -> str:
    return f"{row.pid} {row.name or row.target}"
