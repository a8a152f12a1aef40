"""The effect of a line in one line: what is different from before, and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from debugger.session import Session
from debugger.views import ProcessRow

MOST_VALUES = 8
"""Values of a stack that are shown, from the top."""
LONGEST_VALUE = 60


class Picture(NamedTuple):
    """What a line may change, as text."""

    pid: int
    step: int
    output: int
    stack: tuple[str, ...]
    """The bottom first."""
    calls: tuple[str, ...]
    """The labels of the open calls, the outermost first."""
    variables: dict[str, str]
    waits: str
    rows: dict[int, ProcessRow]
    names: dict[str, int]


def take_picture(session: Session, pid: int) -> Picture:
    """What process ``pid`` and the system look like now."""
    view = session.view(pid)
    chosen = view.selected if view.selected is not None and view.selected.row.pid == pid else None
    frames = chosen.frames if chosen is not None else ()
    return Picture(
        pid,
        view.step,
        view.output_count,
        tuple(value.text for value in reversed(chosen.stack)) if chosen is not None else (),
        tuple(frame.label for frame in reversed(frames[:-1])),
        {each.name: each.value.text for each in frames[0].variables} if frames else {},
        chosen.waits_for if chosen is not None else "",
        {row.pid: row for row in view.processes},
        {each.name: each.pid for each in view.relations.names},
    )


def changes(before: Picture, after: Picture) -> str:
    """What is different, as ``stack: [Int 4]; n = Int 3``; empty when nothing is."""
    parts = _own_changes(before, after) if after.pid == before.pid else []
    parts += _process_changes(before, after)
    for name, pid in after.names.items():
        if before.names.get(name) != pid:
            parts.append(f"{name} is {pid}")
    parts += (f"{name} is nobody" for name in before.names if name not in after.names)
    return "; ".join(parts)


def _own_changes(before: Picture, after: Picture) -> list[str]:
    parts: list[str] = []
    if before.stack != after.stack:
        parts.append(stack_words(after.stack))
    if before.calls != after.calls:
        parts.append(f"in {after.calls[-1]}" if after.calls else "back from the call")
        return parts
    for name, value in after.variables.items():
        if before.variables.get(name) != value:
            parts.append(f"{name} = {_short(value)}")
    parts += (f"{name} is deleted" for name in before.variables if name not in after.variables)
    return parts


def _process_changes(before: Picture, after: Picture) -> list[str]:
    parts: list[str] = []
    for pid, row in after.rows.items():
        old = before.rows.get(pid)
        if old is None:
            parts.append(f"{pid} {row.name or row.target} is new")
        if row.state == "exited":
            if old is None or old.state != "exited":
                parts.append(f"{pid} has ended: {_short(row.last)}")
            continue
        if row.mailbox != (old.mailbox if old is not None else 0):
            parts.append(f"mailbox of {pid}: {row.mailbox:,} message{'' if row.mailbox == 1 else 's'}")
        if pid != after.pid and old is not None and old.state != row.state and "waiting" in (row.state, old.state):
            parts.append(f"{pid} waits" if row.state == "waiting" else f"{pid} can run")
    parts += (f"{pid} is not there yet" for pid in before.rows if pid not in after.rows)
    return parts


def stack_words(stack: tuple[str, ...]) -> str:
    """``stack: [Int 1, Int 2]``, the top on the right."""
    shown = ", ".join(map(_short, stack[-MOST_VALUES:]))
    hidden = len(stack) - MOST_VALUES
    return f"stack: [{f'{hidden:,} more, ' if hidden > 0 else ''}{shown}]"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
