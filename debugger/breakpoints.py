"""The breakpoints of a session: numbered, and kept while the program is loaded anew."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from debugger.breakpoint_text import write_breakpoint
from debugger.descriptions import EVENTS, Breakpoint, Event, Place, Watch
from debugger.expressions import read_expression
from debugger.messages import read_message
from debugger.scope import did_you_mean
from debugger.views import BreakpointView
from ttvm.errors import TtvmError
from ttvm.program import Module


class BreakpointMemory(Protocol):
    """Keeps the breakpoints of programs between sessions; ``debugger.memory.Memory`` is one."""

    def recall(self, program: str) -> Iterable[tuple[int, Breakpoint]]:
        """The breakpoints of a program, with the numbers they had."""
        ...

    def keep(self, program: str, breakpoints: Iterable[tuple[int, Breakpoint]]) -> None:
        """Remember these from now on."""
        ...


class Breakpoints:
    """All breakpoints, event breaks and watches. Numbers grow and are never used twice in a session."""

    def __init__(self, memory: BreakpointMemory | None = None) -> None:
        self._memory = memory
        self._kept: dict[int, Breakpoint] = {}
        self._next = 1
        self._modules: Mapping[str, Module] = {}
        self._program = ""
        self._views: tuple[BreakpointView, ...] = ()
        self._viewed = -1
        """How many modules were loaded when the views were made; -1 when they are old."""

    def use(self, modules: Mapping[str, Module], program: Module) -> None:
        """Look for places in these modules from now on; those loaded later are seen too.

        The first time, what was kept of earlier sessions is taken in.
        """
        is_first, self._modules = not self._program, modules
        self._program = program.identity
        self._viewed = -1
        if is_first and self._memory is not None:
            self.take_in(self._memory.recall(self._program))

    def keep(self) -> None:
        """Write down how the breakpoints are now, if anybody does."""
        if self._memory is not None:
            self._memory.keep(self._program, self._kept.items())

    # -- changes

    def add(self, wanted: Breakpoint) -> BreakpointView:
        """Take a breakpoint in; one that is there already stays as it is.

        Raises TtvmError when its place does not exist, and ExpressionError for a mistake in an expression.
        """
        if wanted.condition:
            read_expression(wanted.condition)
        if wanted.log is not None:
            read_message(wanted.log)
        if wanted.hits < 1:
            raise TtvmError("hits counts from 1")
        if wanted.after and wanted.after not in self._kept:
            raise TtvmError(f"there is no breakpoint {wanted.after}")
        what = wanted.what
        if isinstance(what, Watch):
            if not what.name:
                read_expression(what.expression)
        elif isinstance(what, Event):
            if what.kind not in EVENTS:
                raise TtvmError(f"there is no event {what.kind}{did_you_mean(what.kind, EVENTS)}")
        else:
            wanted = replace(wanted, what=self._existing(what))
        number = self._known(wanted)
        if not number:
            number = self._keep(wanted)
        return self.view(number)

    def take_in(self, remembered: Iterable[tuple[int, Breakpoint]]) -> None:
        """Take in what was kept of an earlier session; what the program does not have any more is left out."""
        numbers: dict[int, int] = {}
        for number, wanted in remembered:
            if wanted.after not in numbers and wanted.after:
                continue
            with contextlib.suppress(TtvmError):
                numbers[number] = self._add_later(replace(wanted, after=numbers.get(wanted.after, 0)))

    def _add_later(self, wanted: Breakpoint) -> int:
        """Take in a breakpoint whose module may not be loaded yet, as it was remembered; gives its number."""
        what = wanted.what
        if isinstance(what, Place) and what.identity not in self._modules:
            return self._keep(wanted)
        return self.add(wanted).number

    def _keep(self, wanted: Breakpoint) -> int:
        number = self._next
        self._next += 1
        self._kept[number] = wanted
        self._viewed = -1
        return number

    def remove(self, number: int) -> bool:
        """Remove a breakpoint; False when there is none. Those that waited for it wait for nothing any more."""
        if self._kept.pop(number, None) is None:
            return False
        for other, kept in self._kept.items():
            if kept.after == number:
                self._kept[other] = replace(kept, after=0)
        self._viewed = -1
        return True

    def toggle(self, module: Module, line: int) -> BreakpointView | None:
        """Set a breakpoint at the first instruction at or behind ``line``, or remove those that are there.

        None when some were removed, or when no instruction follows.
        """
        address = module.address_of_line(line)
        if address is None:
            return None
        key = (module.identity, module.line(address))
        there = [view.number for view in self.views() if (view.identity, view.line) == key]
        for number in there:
            self.remove(number)
        return None if there else self.add(Breakpoint(Place(key[1], identity=module.identity)))

    def clear(self) -> None:
        """Remove all breakpoints."""
        self._kept.clear()
        self._viewed = -1

    # -- places

    def _existing(self, place: Place) -> Place:
        """The place with the source and the line it really has. Raises TtvmError when there is no such place."""
        module = self._module(place)
        if module is None:
            known = {each.name for each in self._modules.values()}
            name = place.file or place.identity
            raise TtvmError(f"no program file {name} is loaded{did_you_mean(name, known)}")
        address = _address(module, place)
        if address is None:
            if place.label:
                hint = did_you_mean(place.label, module.labels)
                raise TtvmError(f"{module.name} has no code at a label {place.label}{hint}")
            if place.address >= 0:
                raise TtvmError(f"{module.name} has no instruction at address {place.address}")
            raise TtvmError(f"{module.name} has no instruction at or behind line {place.line}")
        if place.label or place.address >= 0:
            return replace(place, identity=module.identity, file="")
        return Place(module.line(address), identity=module.identity)

    def _module(self, place: Place) -> Module | None:
        if not place.file:
            return self._modules.get(place.identity or self._program)
        file = place.file.replace("\\", "/")
        for module in self._modules.values():
            path = module.identity.replace("\\", "/")
            if path == file or path.endswith(f"/{file}"):
                return module
        return None

    def _known(self, wanted: Breakpoint) -> int:
        """The number of a breakpoint that says the same; 0 when there is none."""
        for number, kept in self._kept.items():
            if kept == wanted:
                return number
            if isinstance(kept.what, Place) and isinstance(wanted.what, Place):
                same_else = replace(kept, what=wanted.what) == wanted
                if same_else and self._resolved(kept.what) == self._resolved(wanted.what) is not None:
                    return number
        return 0

    def _resolved(self, place: Place) -> tuple[str, int] | None:
        module = self._module(place)
        address = _address(module, place) if module is not None else None
        return None if module is None or address is None else (module.identity, address)

    def addresses(self) -> dict[tuple[str, int], list[int]]:
        """Where the machine must stop, identity and address, and the numbers of the breakpoints there."""
        found: dict[tuple[str, int], list[int]] = {}
        for number, kept in self._kept.items():
            key = self._resolved(kept.what) if isinstance(kept.what, Place) else None
            if key is not None:
                found.setdefault(key, []).append(number)
        return found

    def unloaded(self) -> frozenset[str]:
        """The identities of modules that have breakpoints and have not been loaded yet."""
        places = [kept.what for kept in self._kept.values() if isinstance(kept.what, Place)]
        return frozenset(each.identity for each in places if each.identity not in self._modules)

    # -- what there is

    def items(self) -> Iterable[tuple[int, Breakpoint]]:
        """All breakpoints by their numbers."""
        return self._kept.items()

    def views(self) -> tuple[BreakpointView, ...]:
        """All breakpoints, by number."""
        if self._viewed != len(self._modules):
            self._viewed = len(self._modules)
            self._views = tuple(map(self.view, self._kept))
        return self._views

    def view(self, number: int) -> BreakpointView:
        """One breakpoint."""
        kept = self._kept[number]
        what, text = kept.what, write_breakpoint(kept)
        logs = kept.log is not None
        if not isinstance(what, Place):
            return BreakpointView("", 0, "", number, "watch" if isinstance(what, Watch) else "event", text, logs)
        key = self._resolved(what)
        if key is None:
            return BreakpointView(what.identity, what.line, what.label, number, "place", text, logs)
        module, address = self._modules[key[0]], key[1]
        if module.identity != self._program and not what.label and what.address < 0:
            text = f"{module.name}:{text}"
        line, label = module.line(address), module.label_at(address)
        return BreakpointView(module.identity, line, what.label or label, number, "place", text, logs)


def _address(module: Module, place: Place) -> int | None:
    if place.label:
        address = module.labels.get(place.label)
    elif place.address >= 0:
        address = place.address
    else:
        address = module.address_of_line(place.line) if place.line >= 1 else None
    return None if address is None or address >= len(module.ops) else address
