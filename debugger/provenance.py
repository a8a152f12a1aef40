"""Where a value came from: which instruction put it there, and where that one had it from, back to its origin."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from debugger.explanation import title
from debugger.timeline import Timeline
from debugger.views import OriginView
from debugger.writes import (
    LONGEST_WAY,
    Act,
    ActSearch,
    Location,
    Slot,
    Variable,
    Write,
    WriteSearch,
)
from ttvm.forms import brief, debug
from ttvm.instruction import Kind
from ttvm.source import visible
from ttvm.values import List, Pid, Value
from ttvm.vm import Vm

MOST_LINKS = 10
"""Links of a chain that are told."""
_MOST_HOPS = 40
"""Writes that are looked at for one chain; those that only move a value about are not told."""
_LONGEST = 40
"""Characters of a value in a link."""

_PARTS = {"GET_FIELD": "object", "OBJECT_GET": "object", "INDEX": "list"}
"""Instructions that take a part out of a whole, with the name of the whole in their stack effect."""
_BUILDERS = {"SET_FIELD": "value", "OBJECT_SET": "value", "SET_INDEX": "value", "APPEND": "value"}
"""Instructions that put a part into a whole, with the name of the part; the whole is the lowest value they take."""


class _Next(NamedTuple):
    """A link in words, and where to look for what came before; None when this was the beginning."""

    words: str
    location: Location | None
    step: int


class Chain:
    """Follows one value back."""

    def __init__(self, vm: Vm, timeline: Timeline) -> None:
        self._vm = vm
        self._timeline = timeline
        self._links: list[tuple[int, Pid, str]] = []
        self._path: list[Value] = []
        """Which part of which part is wanted: the key or index that comes first is the last one."""

    def follow(self, location: Location, step: int) -> Generator[None, None, tuple[tuple[int, Pid, str], ...]]:
        """The links, the newest first: step, process and words. The machine is elsewhere afterwards."""
        where: Location | None = location
        for _ in range(_MOST_HOPS):
            if where is None or len(self._links) >= MOST_LINKS:
                break
            write = yield from WriteSearch(self._vm, self._timeline, where).find(step)
            following = yield from self._explain(write, where, step)
            if following.words:
                self._links.append((write.step, where.pid, visible(following.words)))
            where, step = following.location, following.step
        if where is not None:
            self._links.append((step, where.pid, "and so on, further back"))
        return tuple(self._links)

    def _explain(self, write: Write, location: Location, step: int) -> Generator[None, None, _Next]:
        act, how = write.act, write.how
        if how == "unknown":
            return _Next(f"there for more than {LONGEST_WAY:,} steps: nothing further back was searched", None, 0)
        if how == "user":
            return _Next(f"which you put there (step {write.step:,})", None, 0)
        if how == "given":
            return (yield from self._given(write, location))
        assert act is not None
        before = act.step - 1
        at = f"{act.mnemonic} at {act.place} (step {act.step:,})"
        if how == "stored":
            name = location.name if isinstance(location, Variable) else ""
            return _Next(f"stored in {name} by {at}", Slot(act.pid, write.offset), before)
        if how == "passed":
            name = location.name if isinstance(location, Variable) else ""
            return _Next(f"passed as {name} by {at}", Slot(act.pid, write.offset), before)
        if how in ("captured", "imported"):
            what = "captured in the function called by" if how == "captured" else "taken over from a module by"
            return _Next(f"{what} {at}", None, 0)
        if how == "caught":
            return _Next(f"an exception, as {at} failed", None, 0)
        return (yield from self._put(write, act, at))

    # -- put by an instruction

    def _put(self, write: Write, act: Act, at: str) -> Generator[None, None, _Next]:
        row, operands = act.op.row, act.op.operands
        names = row.pop_names(operands)
        base = act.depth - len(names)
        before = act.step - 1
        if row.family == "stack" and names:
            source = names.index(row.effect.pushes[write.offset].name)
            return _Next("", Slot(act.pid, base + source), before)
        if row.mnemonic == "LOAD":
            return _Next(
                f"put there by LOAD of {operands[0]} at {act.place} (step {act.step:,})",
                Variable(act.pid, act.loads_from, operands[0]),
                before,
            )
        if row.mnemonic == "RECEIVE" and write.message is not None:
            return (yield from self._received(write, at))
        if row.mnemonic in _PARTS:
            key = operands[0] if operands else act.value(act.depth - 1)
            self._path.append(key)
            whole = brief(act.value(base), _LONGEST)
            return _Next(f"taken out of {whole} by {at}", Slot(act.pid, base), before)
        if self._path:
            part = self._part(act, names, base)
            if part is not None:
                return _Next(f"put in by {at}" if part[1] else "", Slot(act.pid, part[0]), before)
            self._path.clear()
        if not names:
            return _Next(f"put there by {at}", None, 0)
        taken = [brief(value, _LONGEST) for value in act.values[-len(names) :]]
        made = f"made of {' and '.join(taken[:4])} by {at}"
        if len(names) == 1 and row.kind is Kind.PURE:
            return _Next(made, Slot(act.pid, base), before)
        return _Next(made, None, 0)

    def _part(self, act: Act, names: tuple[str, ...], base: int) -> tuple[int, bool] | None:
        """Where the wanted part of what an instruction built was before, and whether this put it in; None: unclear."""
        wanted, mnemonic = self._path[-1], act.op.row.mnemonic
        if mnemonic == "MAKE_LIST" and type(wanted) is int and 0 <= wanted < len(names):
            self._path.pop()
            return base + wanted, True
        if mnemonic not in _BUILDERS:
            return None
        if mnemonic == "APPEND":
            whole = act.value(base)
            key: Value = len(whole) if isinstance(whole, List) else None
        else:
            key = act.op.operands[0] if act.op.operands else act.value(base + 1)
        if type(key) is type(wanted) and key == wanted:
            self._path.pop()
            return base + names.index(_BUILDERS[mnemonic]), True
        return base, False

    # -- from another process

    def _received(self, write: Write, at: str) -> Generator[None, None, _Next]:
        message = write.message
        assert message is not None
        taken = f"taken from message #{message.number} by {at}"
        if not message.sender:
            return _Next(f"{taken}, which you sent", None, 0)
        search = ActSearch(self._vm, self._timeline)
        act = yield from search.find(message.step)
        sender = self._title(message.sender)
        if act is None or message.number not in search.numbers or act.pid != message.sender:
            return _Next(f"{taken}, which a timer or the end of {sender} sent (step {message.step:,})", None, 0)
        sent = f"{taken}, which {act.title} sent at {act.place} (step {act.step:,})"
        if act.mnemonic not in ("SEND", "SENDNAMED"):
            return _Next(sent, None, 0)
        names = act.op.row.pop_names(act.op.operands)
        return _Next(sent, Slot(act.pid, act.depth - len(names)), act.step - 1)

    def _given(self, write: Write, location: Location) -> Generator[None, None, _Next]:
        """The value was there when the process began."""
        if not write.step:
            return _Next("there from the start", None, 0)
        act = yield from ActSearch(self._vm, self._timeline).find(write.step)
        if act is None or not act.mnemonic.startswith("SPAWN"):
            return _Next(f"given to the process when it began (step {write.step:,})", None, 0)
        given = f"given by {act.title} with {act.mnemonic} at {act.place} (step {act.step:,})"
        names = act.op.row.pop_names(act.op.operands)
        base = act.depth - len(names)
        if isinstance(location, Slot):
            return _Next(given, Slot(act.pid, base + location.position), act.step - 1)
        parameters: tuple[str, ...] = getattr(act.values[-1], "parameters", ())
        if location.name not in parameters:
            return _Next(f"captured in the function that was {given}", None, 0)
        return _Next(given, Slot(act.pid, base + parameters.index(location.name)), act.step - 1)

    def _title(self, pid: Pid) -> str:
        process = self._vm.system.processes.get(pid)
        return title(process) if process is not None else str(pid)


def origin_of(
    vm: Vm, timeline: Timeline, location: Location, step: int, subject: str, value: Value
) -> Generator[None, None, OriginView]:
    """Where a value came from that is at a location behind a step. The machine is elsewhere afterwards."""
    links = yield from Chain(vm, timeline).follow(location, step)
    return OriginView(visible(subject), visible(debug(value, 80)), links)
