"""Which functions of a program can be called as Python functions: what they take off the stack, and what they leave.

A function qualifies when all ways through it agree on that, and on which variables exist at each place, in which
order. Nothing declares it, so it is found out by walking through the code, again until the answers are stable: what a
recursive function leaves is known once the way that does not call has been walked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ttvm.engine.fastpath.regions import Region
from ttvm.instruction import Kind
from ttvm.program import Module, Op

if TYPE_CHECKING:
    from ttvm.engine.guards import Guard
    from ttvm.engine.tiering import Stops

Callee = tuple[int, tuple[str, ...]]
"""What a CALL names: an address and the names of parameters."""
HIGHEST = 90
"""Values that a function may have on its stack."""
_ROUNDS = 10
_MOST = 40
"""Functions that one may call, directly or not; looking through more takes too long."""
_ROWS = frozenset({"JMP", "JZ", "JNZ", "NOP", "LOAD", "STORE", "RET", "MAKE_FUNCTION"})
"""Rows besides the pure ones that need neither the frame nor the process."""


class Signature(NamedTuple):
    """How a function is called directly."""

    takes: int
    """Values it takes from below the frame, besides its parameters."""
    gives: int | None
    """Values it leaves; None: not known yet."""
    highest: int = 0
    """Most values it ever has on the stack."""
    last: int | None = None
    """The address of its RET; None: it has several."""


class Place(NamedTuple):
    """What all ways to an address agree on: values above the caller's, and variables, in the order of creation."""

    depth: int
    variables: tuple[str, ...]


class Signatures:
    """The functions of a module that can be called directly."""

    def __init__(self, module: Module, stops: Stops) -> None:
        self.module = module
        self._stops = stops
        self._known: dict[Callee, Signature | None] = {}

    def find(self, callee: Callee) -> Signature | None:
        """How to call a function directly; None when that cannot be."""
        if callee not in self._known:
            self._find_all(callee)
        found = self._known[callee]
        return found if found is not None and found.gives is not None else None

    def region(self, callee: Callee) -> Region:
        """The code of a function, as far as it can be executed in a Python call."""
        target, parameters = callee
        return Region(self.module, target, frozenset(parameters), self._stops, self, True)

    def allows(self, op: Op) -> bool:
        """Whether a function that is called directly executes the instruction by itself."""
        if op.row.kind is Kind.PURE:
            return op.row.mnemonic != "THROW"
        if op.row.mnemonic == "CALL":
            return self._known.get(op.operands) is not None
        return op.row.mnemonic in _ROWS

    def places(self, callee: Callee, region: Region) -> dict[int, Place] | None:
        """What is known at each address of a function; None when ways to one disagree."""
        return self._walk(callee, region)[0]

    def _find_all(self, callee: Callee) -> None:
        """Find the signatures of a function and all that it calls, which may call it again."""
        callees = self._called_from(callee)
        if len(callees) > _MOST:
            self._known[callee] = None
            return
        open_ = [each for each in callees if each not in self._known]
        for each in open_:
            doubtful = len(set(each[1])) < len(each[1]) or self._must_be_left(each)
            self._known[each] = None if doubtful else Signature(0, None)
        for _ in range(_ROUNDS):
            before = dict(self._known)
            for each in open_:
                if self._known[each] is not None:
                    self._known[each] = self._signature(each)
            if self._known == before:
                break
        else:
            self._known.update(dict.fromkeys(open_))
        # What calls a function that gives nothing yet would be left at once.
        while True:
            bad = [each for each in open_ if (known := self._known[each]) is not None and known.gives is None]
            if not bad:
                break
            self._known.update(dict.fromkeys(bad))
            for each in open_:
                if self._known[each] is not None:
                    self._known[each] = self._signature(each)

    def _plain_region(self, callee: Callee) -> Region:
        return Region(self.module, callee[0], frozenset(), {}, None)

    def _must_be_left(self, callee: Callee) -> bool:
        """Whether a breakpoint in a function needs the process, or the place from which a call in it returned."""
        for address in self._plain_region(callee).addresses & self._stops.keys():
            guard = self._stops[address]
            if guard is None or not guard.is_about_variables or self.module.ops[address - 1].row.mnemonic == "CALL":
                return True
        return False

    def entry_guard(self, callee: Callee) -> Guard | None:
        """The guard at the first instruction of a function that is called directly: whoever calls it asks."""
        return self._stops.get(callee[0])

    def _called_from(self, callee: Callee) -> list[Callee]:
        found = {callee: None}
        work = [callee]
        for each in work:  # grows while it is walked
            for address in self._plain_region(each).addresses:
                if address < len(self.module.ops) and self.module.ops[address].row.mnemonic == "CALL":
                    other: Callee = self.module.ops[address].operands
                    if other not in found:
                        found[other] = None
                        work.append(other)
        return list(found)

    def _signature(self, callee: Callee) -> Signature | None:
        region = self.region(callee)
        places, returned, lowest, highest = self._walk(callee, region)
        if places is None or len(returned) > 1 or highest - lowest > HIGHEST:
            return None
        takes = max(0, -lowest)
        ends = [each for each in places if each < len(self.module.ops) and self.module.ops[each].row.mnemonic == "RET"]
        last = ends[0] if len(ends) == 1 else None
        return Signature(takes, returned.pop() + takes if returned else None, highest + takes, last)

    def _walk(self, callee: Callee, region: Region) -> tuple[dict[int, Place] | None, set[int], int, int]:
        """The places, the depths at RET, and the lowest and the highest depth."""
        places = {callee[0]: Place(0, callee[1])}
        returned: set[int] = set()
        lowest = highest = 0
        work = [callee[0]]
        while work:
            address = work.pop()
            depth, variables = places[address]
            if region.leaves_before(address):
                continue
            op = self.module.ops[address]
            pops, pushes = len(op.row.pop_names(op.operands)), len(op.row.effect.pushes)
            if op.row.mnemonic == "CALL":
                other = self._known[op.operands]
                assert other is not None
                if other.gives is None:
                    lowest = min(lowest, depth - pops)
                    continue
                pops, pushes = pops + other.takes, other.gives
            elif op.row.mnemonic == "RET":
                returned.add(depth)
            elif op.row.mnemonic == "STORE" and op.operands[0] not in variables:
                variables = (*variables, op.operands[0])
            lowest = min(lowest, depth - pops)
            depth += pushes - pops
            highest = max(highest, depth)
            for each in region.inner(address):
                there = Place(depth, variables)
                if each not in places:
                    places[each] = there
                    work.append(each)
                elif places[each] != there:
                    return None, returned, lowest, highest
        return places, returned, lowest, highest
