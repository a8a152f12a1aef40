"""Hot code: count where loops and calls come by, and let compiled code take over where it pays.

A module gets a second list of bound instructions. It is the first one, but for hooks at some addresses: one counts, and
when it has counted enough, the compiler is imported and one that enters compiled code takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from ttvm.engine.binding import bound_code
from ttvm.instruction import Kind
from ttvm.process.state import Outcome, Process
from ttvm.program import Module, Op

if TYPE_CHECKING:
    from ttvm.engine.fastpath.compiler import CompiledRegion, Entry
    from ttvm.engine.guards import Guard
    from ttvm.engine.machine import Breakpoints, Machine

    HotBound: TypeAlias = Callable[[Process, Machine], Outcome | None]
    Stops: TypeAlias = Mapping[int, Guard | None]

HOT = 200
"""How often an address is passed before it is compiled: compiling costs as much as executing the code that often."""
PATIENCE = 50
"""How often compiled code may stop at the first instruction before it is given up."""
WORTHWHILE = 3
"""Fewest instructions for which it pays to enter compiled code."""


class HotCode:
    """The instructions of a module, with hooks. ``stops`` are addresses with breakpoints and their guards.

    Nothing runs past one without a guard, and past others only as long as the guard does not want to stop.
    """

    def __init__(self, module: Module, stops: Stops) -> None:
        self.module = module
        self.stops = stops
        self.plain = bound_code(module)
        self.code: list[HotBound] = [self._bind_and_run] * len(module.ops)
        self.code.append(self.plain[-1])
        self.entries: list[Entry | None] = [None] * len(self.code)
        """The ways into compiled code, by address."""
        self.regions: list[CompiledRegion] = []
        self._seen: set[int] = set()
        """Addresses that have, or had, a hook."""

    def _bind_and_run(self, process: Process, system: Machine) -> Outcome | None:
        address = process.pc
        plain = self.plain
        outcome = plain[address](process, system)
        if self.code[address] == self._bind_and_run:
            self.code[address] = plain[address]
            for place in hot_places(self.module.ops[address], address):
                self._count_at(place)
        return outcome

    def _count_at(self, address: int) -> None:
        """Begin to count how often the instruction at ``address``, or the next that can be passed, is executed."""
        while address in self.stops and self.stops[address] is None:
            address += 1
        if address in self._seen or address >= len(self.module.ops):
            return
        self._seen.add(address)
        plain, left = self.plain, HOT

        def count(process: Process, system: Machine) -> Outcome | None:
            nonlocal left
            left -= 1
            if left <= 0:
                self._compile(process, address)
            return plain[address](process, system)

        self.code[address] = count

    def _compile(self, process: Process, address: int) -> None:
        from ttvm.engine.fastpath.compiler import compile_region  # few programs run long enough to need it

        plain = self.plain
        self.code[address] = lambda process, system: plain[address](process, system)
        region = compile_region(self.module, address, frozenset(process.frame.variables), self.stops)
        if region is None:  # the stepper does this instruction: what comes behind it is just as hot
            self._count_at(address + 1)
            return
        self.regions.append(region)
        for place, entry in region.entries.items():
            if entry.need >= WORTHWHILE or place == address:
                self._seen.add(place)
                self._enter_at(place, entry)

    def _enter_at(self, address: int, entry: Entry) -> None:
        plain, code, entries = self.plain, self.code, self.entries
        function, number, need, _, is_silent = entry
        entries[address] = entry
        patience = PATIENCE

        def enter(process: Process, system: Machine) -> Outcome | None:
            nonlocal patience
            end = system.slice_end
            if is_silent and system.alone_until > end and system.is_quiet():
                end = system.alone_until
            before = end - system.steps + 1
            if before < need:
                return plain[address](process, system)
            left, outcome = function(process, system, end, before, number)
            system.steps = end - left
            if outcome is not None:
                if outcome is not Outcome.RESUME:
                    process.previous_pc = process.pc if outcome is Outcome.BLOCK else process.pc - 1
                return outcome
            if left == before and not system.observers.hears_messages:  # that may end, and then it pays again
                patience -= 1
                if not patience:
                    entries[address] = None
                    code[address] = lambda process, system: plain[address](process, system)
            if not left or system.steps >= system.slice_last:
                return Outcome.RESUME
            here = process.pc
            system.steps += 1
            process.previous_pc = here
            outcome = plain[here](process, system)
            return Outcome.RESUME if outcome is None else outcome

        code[address] = enter


def hot_code(module: Module, breakpoints: Breakpoints) -> HotCode:
    """The hot code of a module. Breakpoints that are others than before make it anew."""
    hot: HotCode | None = module.hot
    if hot is not None and module.stops is breakpoints:
        return hot
    stops = {address: guard for (identity, address), guard in breakpoints.items() if identity == module.identity}
    if hot is None or hot.stops != stops:
        hot = HotCode(module, stops)
    module.hot, module.stops = hot, breakpoints
    return hot


def hot_places(op: Op, address: int) -> tuple[int, ...]:
    """Where code can come by often, as this instruction shows."""
    mnemonic = op.row.mnemonic
    if op.row.kind is Kind.PURE:
        return ()
    if mnemonic in ("JMP", "JZ", "JNZ"):
        target: int = op.operands[0]
        return (target,) if target <= address else ()
    if mnemonic in ("CALL", "MAKE_FUNCTION", "MAKE_LAMBDA"):
        return (op.operands[0],)
    if mnemonic == "RECEIVE":
        return (address,) if op.operands == (None, None) else (address + 1,)
    if mnemonic == "CATCH":
        return (address + 1,)
    return ()
