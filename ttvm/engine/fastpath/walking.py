"""Walk along the instructions of a region and write what they do in Python.

The operand stack is not there any more: the walk keeps terms instead of values, and only what must be on the stack of
the process is put there. A STORE is no code either, until the walk comes to a head or leaves the region.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ttvm.engine.fastpath.guard_code import GuardCode
from ttvm.engine.fastpath.regions import Region, jump_target
from ttvm.engine.fastpath.templates import SHUFFLES, TEMPLATES, Term, falsehood
from ttvm.engine.fastpath.writing import Names, Note, State, Writer
from ttvm.instruction import Kind
from ttvm.program import Op
from ttvm.values import Bool

_SHAREABLE = frozenset({int, float, str, type(None), Bool})
DEEPEST = 30
"""Levels of indentation; Python takes no more than a hundred."""


class Walker(ABC):
    """What both kinds of compiled functions have in common. The kinds differ in how they are entered and left."""

    def __init__(self, region: Region, writer: Writer, names: Names) -> None:
        self.region = region
        self.writer = writer
        self.names = names
        self.loop_head: int | None = None
        """The head whose Python loop is being written."""
        self.counts_by_range = False
        """Whether that loop is a ``for`` that counts the budget down by itself."""

    # -- what the kinds do in their own way

    @abstractmethod
    def leave(self, address: int, indent: int, state: State, status: str) -> None:
        """Write the way out: everything back into the process, which goes on at ``address``."""

    @abstractmethod
    def stop(self, address: int, previous: int | None, indent: int, state: State) -> None:
        """The same at a breakpoint: nobody executes anything before the run stops, and ``previous`` must be known."""

    @abstractmethod
    def settle(self, head: int, indent: int, state: State) -> None:
        """Bring the state into the form in which heads expect it."""

    @abstractmethod
    def fetch(self, count: int, indent: int, address: int, state: State) -> None:
        """Have at least so many terms on the stack of the walk."""

    @abstractmethod
    def read_unknown(self, name: str, indent: int, state: State) -> Term:
        """Read a variable that the frame may not have."""

    @abstractmethod
    def create(self, name: str, value: Term, indent: int, state: State) -> None:
        """Write a variable that the frame may not have."""

    @abstractmethod
    def do_special(self, op: Op, address: int, indent: int, state: State) -> bool:
        """Write an instruction that depends on the kind; False when the walk ends with it."""

    def dispatch(self, heads: list[int], indent: int) -> None:
        """Write the choice between heads, and the code of each."""
        if len(heads) == 1:
            self.write_head(heads[0], indent)
            return
        writer, middle = self.writer, len(heads) // 2
        number = self.region.number[heads[middle]]
        writer.put(indent, f"if entry == {number - 1}:" if middle == 1 else f"if entry < {number}:")
        self.dispatch(heads[:middle], indent + 1)
        writer.put(indent, "else:")
        self.dispatch(heads[middle:], indent + 1)

    @abstractmethod
    def write_head(self, head: int, indent: int) -> None:
        """Write the code of a head and the tree of code behind it."""

    # -- the walk

    def note(self, address: int, state: State) -> Note:
        """The state before the instruction at ``address``."""
        dirty = tuple((name, self.value_of(name, state)) for name in sorted(state.dirty))
        return Note(address, dirty, tuple(state.stack), state.cost)

    def value_of(self, name: str, state: State) -> Term:
        """The term that a variable is worth."""
        return state.values.get(name) or Term(self.names.local(name))

    def walk(self, address: int, indent: int, state: State, previous: int | None) -> None:
        """Write the code from an address to all heads and exits that can come next.

        ``previous`` is the instruction before it; None at a head, where it can be any.
        """
        region, writer = self.region, self.writer
        while True:
            if previous is not None and address not in region.heads:
                self.ask_guard(address, previous, indent, state)
            if region.leaves_before(address) or address not in region.addresses:
                is_stop = address in region.stops or address not in region.addresses
                if address in region.stops:
                    self.stop(address, previous, indent, state)
                else:
                    self.leave(address, indent, state, "RESUME" if is_stop else "STEP")
                return
            if previous is not None and address in region.heads:
                self.go_to(address, indent, state, self.note(address, state), previous)
                return
            if indent > DEEPEST:
                self.leave(address, indent, state, "RESUME")
                return
            op = region.ops[address]
            writer.note = self.note(address, state)
            target = jump_target(op)
            if target is None:
                following = self._do(op, address, indent, state)
                if following is None:
                    return
                previous, address = region.last_of(following - 1), following
            elif op.row.mnemonic == "JMP":
                state.cost += 1
                if self._ends_at(address, target, indent, state):
                    return
                previous, address = address, target
            else:
                self.fetch(1, indent, address, state)
                writer.note = self.note(address, state)
                test = falsehood(state.stack.pop())
                self._branch(test if op.row.mnemonic == "JZ" else f"not {test}", address, indent, state)
                previous, address = address, address + 1

    def _do(self, op: Op, address: int, indent: int, state: State) -> int | None:
        """Write an instruction that is no jump; the address at which the walk goes on, None when it ends."""
        mnemonic = op.row.mnemonic
        if mnemonic == "NOP":
            state.cost += 1
        elif mnemonic == "LOAD":
            (name,) = op.operands
            known = name in state.known or name in state.values
            state.stack.append(self.value_of(name, state) if known else self.read_unknown(name, indent, state))
            state.cost += 1
        elif mnemonic == "STORE":
            self.fetch(1, indent, address, state)
            self._store(op.operands[0], state.stack.pop(), indent, state)
            state.cost += 1
        elif mnemonic == "MAKE_FUNCTION":
            # A function value never changes, so all executions may give the same one.
            target, parameters = op.operands
            module = self.region.module
            made = self.names.namespace["Function"](module, target, module.label_at(target), parameters)
            state.stack.append(Term(self.names.constant(made)))
            state.cost += 1
        elif op.row.kind is Kind.PURE:
            return self._do_pure(op, address, indent, state)
        else:
            return address + 1 if self.do_special(op, address, indent, state) else None
        return address + 1

    def _store(self, name: str, value: Term, indent: int, state: State) -> None:
        if name in state.known:
            state.dirty.add(name)
        else:
            self.create(name, value, indent, state)
            state.known.add(name)
        state.values[name] = value

    def _do_pure(self, op: Op, address: int, indent: int, state: State) -> int | None:
        row, operands = op.row, op.operands
        mnemonic = row.mnemonic
        count = len(row.pop_names(operands))
        if count == 0 and len(row.effect.pushes) == 1:
            constant = row.function(*operands)
            if type(constant) in _SHAREABLE:
                state.stack.append(self.names.term(constant))
                state.cost += 1
                return address + 1
        self.fetch(count, indent, address, state)
        self.writer.note = self.note(address, state)
        values = tuple(state.stack[len(state.stack) - count :])
        del state.stack[len(state.stack) - count :]
        if mnemonic in SHUFFLES:
            state.stack += row.function(*values) or ()
            state.cost += 1
            return address + 1
        result = self.writer.temporary()
        template = TEMPLATES.get(mnemonic)
        if template is None:
            name = self.names.function(mnemonic, row.function)
            arguments = [self.names.term(each).text for each in operands] + [value.text for value in values]
            call = f"{name}({', '.join(arguments)})"
            pushes = bool(row.effect.pushes)
            self.writer.put(indent, f"{result} = {call}" if pushes else call)
            state.stack += [Term(result)] if pushes else []
            state.cost += 1
            return address + 1
        self.names.function(mnemonic, row.function)
        code = template(result, operands, values)
        if code.condition:
            jump = self._jump_behind(address)
            if jump is not None:
                return self._compare_and_jump(code.condition, address, jump, indent, state)
        for line in code.lines:
            self.writer.put(indent, line)
        state.stack.append(Term(result, code.kind))
        state.cost += 1
        return address + 1

    def _jump_behind(self, address: int) -> int | None:
        """The address of a conditional jump that takes the answer of a comparison, behind any number of NOTs."""
        region = self.region
        while True:
            address += 1
            if address in region.heads or address not in region.addresses or region.leaves_before(address):
                return None
            if address in region.guards:
                return None
            mnemonic = region.ops[address].row.mnemonic
            if mnemonic in ("JZ", "JNZ"):
                return address
            if mnemonic != "NOT":
                return None

    def _compare_and_jump(self, condition: str, address: int, jump: int, indent: int, state: State) -> int:
        """Write a comparison together with the jump that takes its answer."""
        jumps_if_true = self.region.ops[jump].row.mnemonic == "JNZ"
        if (jump - address - 1) % 2:
            jumps_if_true = not jumps_if_true
        state.cost += jump - address
        self._branch(condition if jumps_if_true else f"not {condition}", jump, indent, state)
        return jump + 1

    def _branch(self, test: str, address: int, indent: int, state: State) -> None:
        """Write the way of a conditional jump that is taken; the walk goes on with the other.

        The note of the writer is that of the jump, or of the comparison in front of it: the stepper would do that
        first, so it is where an exception in the test belongs.
        """
        writer, before = self.writer, self.writer.note
        assert before is not None
        (target,) = self.region.ops[address].operands
        state.cost += 1
        writer.put(indent, f"if {test}:")
        branch = state.fork()
        if self._is_head(target):
            self.go_to(target, indent + 1, branch, before, address)
        else:
            if target <= address:
                self.check_stack(indent + 1, branch, before)
            self.walk(target, indent + 1, branch, address)
        writer.note = None

    def _is_head(self, address: int) -> bool:
        return address in self.region.heads

    def _ends_at(self, address: int, target: int, indent: int, state: State) -> bool:
        """Whether a JMP goes to a head, or has to be looked at because it goes back."""
        before = self.writer.note
        assert before is not None
        if self._is_head(target):
            self.go_to(target, indent, state, before, address)
            return True
        if target <= address:
            self.check_stack(indent, state, before)
        return False

    def check_stack(self, indent: int, state: State, before: Note) -> None:
        """Let the stepper look when the stack may be too deep; elsewhere it cannot be."""
        writer = self.writer
        if state.stack:
            writer.note = before
            writer.put(indent, f"if len(stack) + {len(state.stack)} > limit: raise Unsure")
            writer.note = None

    def ask_guard(self, address: int, previous: int, indent: int, state: State) -> None:
        """Write the guard of a breakpoint, if there is one at an address to which the walk comes from ``previous``."""
        guard = self.region.guards.get(address)
        if guard is None:
            return
        writer = self.writer
        note = writer.note = self.note(address, state)._replace(previous=previous)

        def stop(indent: int) -> None:
            self.stop(address, previous, indent, state)
            writer.note = note

        GuardCode(self, state).write(guard.condition, True, indent, stop)
        writer.note = None

    def go_to(self, head: int, indent: int, state: State, before: Note, previous: int) -> None:
        """Go on at a head behind ``previous``: in the Python loop of its own, or by the dispatcher."""
        writer = self.writer
        self.check_stack(indent, state, before)
        self.ask_guard(head, previous, indent, state)
        writer.note = None
        self.settle(head, indent, state)
        if head == self.loop_head:
            if not self.counts_by_range and state.cost:
                writer.put(indent, f"left -= {state.cost}")
            writer.put(indent, "continue")
            return
        if state.cost:
            writer.put(indent, f"left -= {state.cost}")
        writer.put(indent, f"entry = {self.region.number[head]}")
        writer.put(indent, "break" if self.loop_head is not None else "continue")

    def assign(self, pairs: list[tuple[str, str]], indent: int) -> None:
        """Write assignments that happen all at once; one after the other where that is the same."""
        targets = {target for target, _ in pairs}
        if any(source in targets for _, source in pairs):
            left, right = (", ".join(each) for each in zip(*pairs, strict=True))
            self.writer.put(indent, f"{left} = {right}")
            return
        for target, source in pairs:
            self.writer.put(indent, f"{target} = {source}")
