"""Watched values: what they were, and whether the last instruction changed them."""

from __future__ import annotations

from typing import NamedTuple

from debugger.explanation import title
from debugger.expressions import Expression, same
from debugger.scope import ExpressionError, Scope, Unknown, find_pid
from ttvm.forms import debug
from ttvm.process.state import Process
from ttvm.program import Module
from ttvm.system.system import System
from ttvm.values import Pid, Value

LONGEST_VALUE = 80
"""Characters of a value that a change shows."""
_ABSENT = object()


class _Failure(NamedTuple):
    """In place of a value: why there is none."""

    text: str


class _Observation(NamedTuple):
    value: object
    seen: tuple[tuple[Pid, int], ...]
    """Whose things were looked at; see ``Scope``."""
    names_others: bool


class Doing(NamedTuple):
    """An instruction that was about to be executed."""

    process: Process
    module: Module
    address: int

    def words(self, owner: Pid) -> str:
        """The instruction, and who executed it unless that was ``owner``, whose thing has changed."""
        process, module, address = self
        mnemonic = module.ops[address].row.mnemonic if address < len(module.ops) else "the end of the text"
        if process.signal is not None:
            return f"{title(process)} ended"
        by = "" if process.pid == owner else f" in {title(process)}"
        return f"{mnemonic} at {module.place(address)}{by}"


class Change(NamedTuple):
    """A watched value is not what it was."""

    process: Process | None
    owner: Pid
    words: str


class WatchedValue:
    """One expression, of the process ``within`` (a pid or a name) or, when it is empty, of whoever acts.

    A value is compared with the one before only while it is the value of the same thing: a call has variables of its
    own, and a name can go over to another process.
    """

    def __init__(self, expression: Expression, within: str) -> None:
        self._expression = expression
        self._within = within
        self._before: dict[Pid, _Observation] = {}

    def begin(self, system: System) -> None:
        """Forget what was; the values now are what later ones are compared with."""
        self._before.clear()
        for process in [self._chosen(system)] if self._within else list(system.processes.values()):
            self.notice(system, process)

    def notice(self, system: System, process: Process | None) -> None:
        """Take the value now as what later ones are compared with."""
        if process is not None:
            self._observe(system, process)

    def _chosen(self, system: System) -> Process | None:
        return system.processes.get(find_pid(system, self._within))

    def _observe(self, system: System, process: Process) -> tuple[Pid, _Observation | None, _Observation]:
        scope = Scope(system, process)
        value: object
        try:
            value = self._expression.value(scope)
        except Unknown:
            value = _ABSENT
        except ExpressionError as error:
            value = _Failure(error.text)
        now = _Observation(value, tuple(scope.seen), scope.names_others)
        owner = now.seen[0][0] if now.seen else 0
        before = self._before.get(owner)
        self._before[owner] = now
        return owner, before, now

    def change(self, system: System, acting: Process | None) -> Change | None:
        """What the last instruction, which ``acting`` executed, changed; None when it changed nothing."""
        process = self._chosen(system) if self._within else acting
        if process is None:
            if self._within:
                self._before.clear()
            return None
        owner, before, now = self._observe(system, process)
        if before is None or before.value is now.value or before.seen != now.seen or _same(before.value, now.value):
            return None
        whose = "" if now.names_others else f" of {title(process)}"
        changed = system.processes.get(owner, process)
        return Change(changed, owner, f"{self._expression.text}{whose} {_words(before.value, now.value)}")


class WatchedName:
    """A name: to which process it belongs."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._before: Pid = 0

    def begin(self, system: System) -> None:
        """What is now is what comes later is compared with."""
        self._before = system.names.get(self._name, 0)

    def notice(self, system: System, process: Process | None) -> None:
        """A new process has no name yet."""

    def change(self, system: System, acting: Process | None) -> Change | None:
        """Whether the name has gone over to another process, or to nobody."""
        before, self._before = self._before, system.names.get(self._name, 0)
        if before == self._before:
            return None
        owner = system.processes.get(self._before)
        now = title(owner) if owner is not None else "nobody"
        was = f", before to {before}" if before else ""
        return Change(owner or acting, self._before, f'the name "{self._name}" belongs to {now} now{was}')


def _same(before: object, now: object) -> bool:
    if isinstance(before, _Failure) or isinstance(now, _Failure) or before is _ABSENT or now is _ABSENT:
        return before == now
    try:
        return type(before) is type(now) and same(before, now)  # type: ignore[arg-type]
    except ExpressionError:
        return False  # too large to compare, and at least made anew


def _words(before: object, now: object) -> str:
    if isinstance(now, _Failure):
        return f"cannot be told any more: {now.text}"
    if now is _ABSENT:
        return f"is gone, it was {_shown(before)}"
    if before is _ABSENT or isinstance(before, _Failure):
        return f"is {_shown(now)} now, there was none before"
    return f"changed from {_shown(before)} to {_shown(now)}"


def _shown(value: object) -> str:
    if isinstance(value, _Failure):
        return f"unknown ({value.text})"
    shown: Value = value  # type: ignore[assignment]
    return debug(shown, LONGEST_VALUE)
