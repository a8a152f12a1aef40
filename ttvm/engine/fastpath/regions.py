"""A region: the instructions that can follow a hot one without leaving its call, and what is known at each of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ttvm.instruction import Kind
from ttvm.program import Module, Op

if TYPE_CHECKING:
    from ttvm.engine.fastpath.signatures import Signatures
    from ttvm.engine.guards import Guard
    from ttvm.engine.tiering import Stops

LARGEST = 400
"""Instructions of a region; what comes behind them is another one."""
LONGEST = 60
"""Instructions without a look at the budget: more are cut."""

ENDS = frozenset({"RET", "HALT", "YIELD", "THROW", "EXIT", "EXIT_PROCESS"})
"""Rows behind which the code of a region does not go on by itself."""
TALKS = frozenset({"SEND", "RECEIVE", "SPAWN", "YIELD"})
"""Rows of compiled code that have to do with other processes."""
WAITS = frozenset({"RECEIVE", "YIELD"})
"""Rows with which a turn ends, and behind which the process goes on."""
_INSIDE = frozenset(
    {"JMP", "JZ", "JNZ", "NOP", "LOAD", "STORE", "CALL", "RET", "HALT", "YIELD", "SELF", "SEND", "RECEIVE", "SPAWN",
     "MAKE_FUNCTION", "CAPTURE", "MAKE_LAMBDA", "CALL_FUNCTION", "TRY", "END_TRY"}
)  # fmt: skip
"""Rows besides the pure ones that compiled code does itself; all others are left to the stepper."""


def is_inside(op: Op) -> bool:
    """Whether compiled code executes the instruction itself."""
    mnemonic = op.row.mnemonic
    if op.row.kind is Kind.PURE:
        return mnemonic != "THROW"
    if mnemonic == "RECEIVE":
        return op.operands == (None, None)
    if mnemonic == "CALL":
        parameters = op.operands[1]
        return len(set(parameters)) == len(parameters)
    return mnemonic in _INSIDE


def jump_target(op: Op) -> int | None:
    """Where a jump goes; None for other instructions."""
    return op.operands[0] if op.row.mnemonic in ("JMP", "JZ", "JNZ") else None


class Region:
    """The code of a region. ``stops`` are addresses before which it must be left: breakpoints.

    Those in ``guards`` are not: there the guard is part of the code, a test on every way to the address. Whoever enters
    the region at one has asked the guard.

    A head is an address where paths meet, or where the region can be entered: there the operand stack is in the
    process, and variables are in the locals named after them. Between heads is straight code that branches, a tree.
    """

    def __init__(
        self,
        module: Module,
        root: int,
        present: frozenset[str],
        stops: Stops,
        signatures: Signatures | None,
        is_function: bool = False,
        keeps: bool = False,
    ) -> None:
        """``present`` are the variables that the frame has when the region is made; entering it demands them.

        ``signatures`` tells which calls are Python calls, None: none. ``is_function`` makes the region of a function
        that is called in that way: it is entered only at its root. ``keeps`` makes one that a process need not leave
        to wait or to yield.
        """
        self.module = module
        self._signatures = signatures
        self._is_function = is_function
        self.keeps = keeps
        self.ops = module.ops
        self.root = root
        self.present = present
        self.stops = frozenset(address for address, guard in stops.items() if guard is None)
        self.guards: dict[int, Guard] = {}
        self.addresses = self._reach()
        self.guards = {each: guard for each, guard in stops.items() if guard is not None and each in self.addresses}
        self.stops |= stops.keys() - self.guards.keys()
        self.heads = self._find_heads()
        self.entries = sorted(self.heads)
        self.number = {address: number for number, address in enumerate(self.entries)}

    def leaves_before(self, address: int) -> bool:
        """Whether the instruction is not executed by compiled code."""
        if address in self.stops or address >= len(self.ops):
            return True
        op = self.ops[address]
        if self._is_function and self._signatures is not None:
            return not self._signatures.allows(op)
        return not is_inside(op)

    def calls_directly(self, address: int) -> bool:
        """Whether the instruction is a call that is a Python call too."""
        if self._signatures is None or address >= len(self.ops) or self.ops[address].row.mnemonic != "CALL":
            return False
        if address in self.stops or address + 1 in self.stops:
            return False  # whoever stops behind the call wants to know where it returned from
        op = self.ops[address]
        if self._is_function:
            return self._signatures.allows(op)
        signature = self._signatures.find(op.operands)
        return signature is not None and (address + 1 not in self.guards or signature.last is not None)

    def last_of(self, address: int) -> int:
        """The instruction that is executed last of one and all that it calls."""
        if self.calls_directly(address) and not self._is_function and self._signatures is not None:
            signature = self._signatures.find(self.ops[address].operands)
            if signature is not None and signature.last is not None:
                return signature.last
        return address

    def following(self, address: int) -> list[int]:
        """The addresses that can come after an instruction, in the same call."""
        if address >= len(self.ops):
            return []
        op = self.ops[address]
        mnemonic = op.row.mnemonic
        target = jump_target(op)
        if mnemonic == "JMP":
            return [op.operands[0]]
        if target is not None:
            return [address + 1, target]
        if mnemonic in ENDS:
            return [address + 1] if mnemonic == "YIELD" else []
        if mnemonic == "TRY":
            handler = op.operands[0] if op.operands[0] is not None else op.operands[1]
            return [address + 1, handler]
        if mnemonic == "CATCH" and op.operands[1] is not None:
            return [address + 1, op.operands[1] + 1]
        if mnemonic == "RECEIVE" and op.operands[1] is not None:
            return [address + 1, op.operands[1][1]]
        return [address + 1]

    def inner(self, address: int) -> list[int]:
        """The addresses of the region to which compiled code goes on after this one."""
        return [each for each in self._going_on(address) if each in self.addresses]

    def _going_on(self, address: int) -> list[int]:
        if self.leaves_before(address) or self.ops[address].row.mnemonic == "CALL_FUNCTION":
            return []
        if self.ops[address].row.mnemonic == "YIELD":
            return [address + 1] if self.keeps else []
        if self.ops[address].row.mnemonic == "CALL" and not self.calls_directly(address):
            return []
        if self.ops[address].row.mnemonic == "TRY":
            return [address + 1]  # an exception takes the process to the handler, and the stepper with it
        return self.following(address)

    def _reach(self) -> set[int]:
        found = {self.root}
        work = [self.root]
        for address in work:  # grows while it is walked; nearest first
            for each in self._going_on(address) if self._is_function else self.following(address):
                if each not in found and len(found) < LARGEST:
                    found.add(each)
                    work.append(each)
        return found

    def _find_heads(self) -> set[int]:
        heads = {self.root}
        seen: dict[int, int] = {}
        for address in self.addresses:
            for each in self.inner(address):
                seen[each] = seen.get(each, 0) + 1
                if each <= address:
                    heads.add(each)
            if self._is_function:
                continue
            if address < len(self.ops) and not self.leaves_before(address):
                mnemonic = self.ops[address].row.mnemonic
                if mnemonic == "RECEIVE":
                    heads.add(address)
                if mnemonic == "TRY":
                    heads |= set(self.following(address)[1:]) & self.addresses
                if mnemonic not in ("YIELD", "CALL_FUNCTION") and (mnemonic != "CALL" or self.calls_directly(address)):
                    if mnemonic == "CALL" and address + 1 in self.guards:  # it comes before the look at the budget
                        heads.add(address + 1)
                    continue
            # The instruction is done elsewhere; the region can be entered again behind it.
            heads |= set(self.following(address)) & self.addresses
        heads |= {address for address, count in seen.items() if count > 1}
        heads = {each for each in heads if not self.leaves_before(each)}
        self._cut(heads)
        return heads

    def _cut(self, heads: set[int]) -> None:
        """Make heads in straight code that is too long, so that a short rest of a slice is not lost to the stepper."""
        for head in sorted(heads):
            work = [(head, 0)]
            while work:
                address, length = work.pop()
                for each in self.inner(address):
                    if each in heads or self.leaves_before(each):
                        continue
                    if length >= LONGEST:
                        heads.add(each)
                        work.append((each, 0))
                    else:
                        work.append((each, length + 1))

    # -- the budget

    @cached_property
    def _costs(self) -> dict[int, int]:
        return {}

    def cost(self, address: int) -> int:
        """The most instructions that are executed from here to the next head or exit."""
        costs = self._costs
        work = [address]
        while work:
            here = work[-1]
            if self.leaves_before(here) or here not in self.addresses:
                costs[here] = 0
                work.pop()
                continue
            ends = self.calls_directly(here)  # the budget is looked at again behind it
            inner = [] if ends else [each for each in self.inner(here) if each not in self.heads]
            missing = [each for each in inner if each not in costs]
            if missing:
                work += missing
                continue
            costs[here] = 1 + max((costs[each] for each in inner), default=0)
            work.pop()
        return costs[address]

    def loop_costs(self, head: int) -> set[int]:
        """The lengths of the paths from a head straight back to it; 0 for those with a call or a wait in them."""
        found: set[int] = set()
        work = [(head, 0, True)]
        while work:
            address, length, is_plain = work.pop()
            is_plain = is_plain and not self.calls_directly(address) and not self._keeps_at(address)
            for each in self.inner(address):
                if each == head:
                    found.add(length + 1 if is_plain else 0)
                elif each not in self.heads:
                    work.append((each, length + 1, is_plain))
        return found

    def _keeps_at(self, address: int) -> bool:
        """Whether a process can wait, or yield, at this instruction without leaving the region."""
        return self.keeps and not self.leaves_before(address) and self.ops[address].row.mnemonic in WAITS

    @cached_property
    def is_silent(self) -> bool:
        """Whether the region neither talks to others nor yields."""
        rows = {self.ops[each].row.mnemonic for each in self.addresses if each < len(self.ops)}
        return rows.isdisjoint(TALKS)

    def returns_to_wait(self) -> frozenset[int]:
        """Where a process can go on that has waited or yielded, and may come to do so there again."""
        found = set()
        for address in self.addresses:
            if not self._keeps_at(address):
                continue
            work, seen = self.inner(address), set()
            while work and address not in seen:
                each = work.pop()
                if each not in seen:
                    seen.add(each)
                    work += self.inner(each)
            if address in seen:
                found.add(address if self.ops[address].row.mnemonic == "RECEIVE" else address + 1)
        return frozenset(found) & self.heads

    # -- variables

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of all variables that the region reads or writes."""
        names: dict[str, None] = {}
        for address in sorted(self.addresses):
            names.update(dict.fromkeys(sorted(self.guarding(address))))
            name = self.stored(address) or self.loaded(address)
            if name is not None:
                names[name] = None
        return tuple(names)

    def stored(self, address: int) -> str | None:
        """The variable that a STORE writes; None for other instructions."""
        return self._name(address, "STORE")

    def loaded(self, address: int) -> str | None:
        """The variable that an instruction reads; None for others."""
        return self._name(address, "LOAD") or self._name(address, "CAPTURE")

    def guarding(self, address: int) -> frozenset[str]:
        """The variables that the guard of a breakpoint reads before the instruction."""
        guard = self.guards.get(address)
        return guard.variables if guard is not None else frozenset()

    def _name(self, address: int, mnemonic: str) -> str | None:
        if address in self.stops or address >= len(self.ops) or self.ops[address].row.mnemonic != mnemonic:
            return None
        name: str = self.ops[address].operands[0]
        return name

    @cached_property
    def written(self) -> frozenset[str]:
        """The variables that the region writes."""
        return frozenset(name for each in self.addresses if (name := self.stored(each)) is not None)

    @cached_property
    def live(self) -> dict[int, frozenset[str]]:
        """The variables whose values are still needed, at each address."""
        nothing: frozenset[str] = frozenset()
        live = dict.fromkeys(self.addresses, nothing)
        order = sorted(self.addresses, reverse=True)
        changed = True
        while changed:
            changed = False
            for address in order:
                needed = nothing.union(*(live[each] for each in self.inner(address)))
                stored, loaded = self.stored(address), self.loaded(address)
                if stored is not None:
                    needed -= {stored}
                elif loaded is not None:
                    needed |= {loaded}
                needed |= self.guarding(address)
                if needed != live[address]:
                    live[address] = needed
                    changed = True
        return live

    @cached_property
    def known(self) -> dict[int, frozenset[str]]:
        """The live variables that the frame surely has, at each head; whoever enters there must have them."""
        known: dict[int, frozenset[str]] = {self.root: self.present & self.live[self.root]}
        work = [self.root]
        while work:
            address = work.pop()
            after = known[address]
            name = self.stored(address)
            if name is not None:  # what a LOAD has found may be a variable of the main program
                after |= {name}
            inner = self.inner(address)
            if not inner:
                # Entered again from outside: variables that were there when this was compiled will be there then.
                after |= self.present
            for each in self.following(address):
                if each not in self.addresses:
                    continue
                there = after & self.live[each] if each in self.heads else after
                if each in known:
                    there &= known[each]
                if there != known.get(each):
                    known[each] = there
                    work.append(each)
        return known
