"""A function of the program as a Python function, called from compiled code without a frame.

Arguments are Python's arguments, results its result, behind the budget that is left. When it cannot go on (the budget
is used up, an instruction needs the process, something raises) it gives up: it notes where it is, its variables and its
values, and so does each of its callers. From the notes, ``unwind`` makes the frames that the stepper would have.
"""

from __future__ import annotations

from ttvm.engine.fastpath.guard_code import ask_entry_guard
from ttvm.engine.fastpath.signatures import Callee, Place, Signature, Signatures
from ttvm.engine.fastpath.templates import Term
from ttvm.engine.fastpath.walking import Walker
from ttvm.engine.fastpath.writing import Names, Note, State, Writer
from ttvm.program import Op

DEEPEST_CALLS = 100
"""Python calls inside of each other; deeper ones get frames, so that Python's own limit is never met."""


class FunctionCode(Walker):
    """Writes a function that is called directly."""

    def __init__(self, callee: Callee, direct: DirectCalls, writer: Writer, names: Names) -> None:
        region = direct.signatures.region(callee)
        super().__init__(region, writer, names)
        self._callee = callee
        self._direct = direct
        places = direct.signatures.places(callee, region)
        signature = direct.signatures.find(callee)
        assert places is not None
        assert signature is not None
        self._places: dict[int, Place] = places
        self._takes = signature.takes

    def write(self, name: str) -> None:
        """Write the whole function."""
        region, writer = self.region, self.writer
        given = [f"s{number}" for number in range(self._takes)]
        given += [self.names.local(each) for each in self._callee[1]]
        writer.put(0, f"def {name}(left, depth, outer{''.join(f', {each}' for each in given)}):")
        writer.put(1, "try:")
        heads = region.entries
        root = self._callee[0]
        self._write_check(root, 2, self._state_at(root), "or depth < 1")
        if len(heads) == 1 and not region.loop_costs(root):
            self.walk(root, 2, self._state_at(root), None)
        else:
            if len(heads) > 1:
                writer.put(2, f"entry = {region.number[root]}")
            writer.put(2, "while True:")
            self.dispatch(heads, 3)
        writer.note = None
        writer.put(1, "except Exception as error:")
        writer.put(2, f"return {name}_gives_up(left, locals(), error)")

    def _state_at(self, head: int) -> State:
        """The state at a head: variables and values are in locals named after them."""
        depth, variables = self._places[head]
        state = State(set(variables), set(), [Term(f"s{number}") for number in range(depth + self._takes)])
        state.values = {name: Term(self.names.local(name)) for name in variables}
        return state

    def write_head(self, head: int, indent: int) -> None:
        region, writer = self.region, self.writer
        writer.note = None
        self.loop_head = head if region.loop_costs(head) else None
        if self.loop_head is not None:
            writer.put(indent, "while True:")
            indent += 1
        self._write_check(head, indent, self._state_at(head), "")
        self.walk(head, indent, self._state_at(head), None)
        self.loop_head = None

    def _write_check(self, address: int, indent: int, state: State, more: str) -> None:
        self.writer.note = None
        self.writer.put(indent, f"if left < {self.region.cost(address)}{' ' if more else ''}{more}:")
        self.leave(address, indent + 1, state, "RESUME")

    def note(self, address: int, state: State) -> Note:
        return Note(address, tuple(state.values.items()), tuple(state.stack), state.cost)

    def leave(self, address: int, indent: int, state: State, status: str) -> None:
        self.writer.note = None
        left = f"left - {state.cost}" if state.cost else "left"
        label = self.region.module.label_at(self._callee[0])
        self.writer.put(indent, f"return give_up({left}, {self._written(address, state, label)})")

    def stop(self, address: int, previous: int | None, indent: int, state: State) -> None:
        self.writer.note = None
        left = f"left - {state.cost}" if state.cost else "left"
        label = self.region.module.label_at(self._callee[0])
        self.writer.put(indent, f"return give_up({left}, {self._written(address, state, label)}, {previous})")

    def _written(self, address: int, state: State, label: str) -> str:
        """Address, label, variables and values of the call, as arguments."""
        variables = ", ".join(f"{name!r}: {value}" for name, value in state.values.items())
        return f"{address}, {label!r}, {{{variables}}}, [{', '.join(map(str, state.stack))}]"

    def settle(self, head: int, indent: int, state: State) -> None:
        pairs = [(self.names.local(name), value.text) for name, value in state.values.items()]
        pairs += [(f"s{number}", value.text) for number, value in enumerate(state.stack)]
        self.assign([(target, source) for target, source in pairs if target != source], indent)

    def check_stack(self, indent: int, state: State, before: Note) -> None:
        """The stack cannot be too deep: whoever called the first of the functions has looked."""

    def fetch(self, count: int, indent: int, address: int, state: State) -> None:
        assert len(state.stack) >= count

    def read_unknown(self, name: str, indent: int, state: State) -> Term:
        result = self.writer.temporary()
        self.writer.put(indent, f"{result} = outer[{name!r}]")
        return Term(result)

    def create(self, name: str, value: Term, indent: int, state: State) -> None:
        """Nobody sees the variables before the function gives up."""

    def do_special(self, op: Op, address: int, indent: int, state: State) -> bool:
        if op.row.mnemonic == "RET":
            self.writer.note = None
            self.writer.put(
                indent, f"return left - {state.cost + 1}{''.join(f', {each}' for each in state.stack) or ','}"
            )
            return False
        signature, called = self._direct.use(op.operands)
        ask_entry_guard(self, self._direct.signatures, op, address, indent, state)
        values = take_arguments(op.operands, signature, state)
        results = [self.writer.temporary() for _ in range(signature.gives or 0)]
        given = "".join(f", {each}" for each in values)
        # An exception in the call itself can only be one of Python's limits.
        self.writer.put(indent, f"answer = {called}(left - {state.cost + 1}, depth - 1, outer{given})")
        self.writer.note = None
        self.writer.put(indent, "if answer is None:")
        label = self.region.module.label_at(self._callee[0])
        self.writer.put(indent + 1, f"return give_up_too({self._written(address + 1, state, label)})")
        self.writer.put(indent, f"left{''.join(f', {each}' for each in results) or ','} = answer")
        state.stack += map(Term, results)
        state.cost = 0
        if address + 1 not in self.region.heads:
            self._write_check(address + 1, indent, state.fork(), "")
        return True


def take_arguments(callee: Callee, signature: Signature, state: State) -> list[Term]:
    """Take what a function is given off the stack of the walk."""
    count = len(callee[1]) + signature.takes
    values = state.stack[len(state.stack) - count :]
    del state.stack[len(state.stack) - count :]
    return values


class DirectCalls:
    """The functions that are called directly, written when the first call of each is."""

    def __init__(self, signatures: Signatures) -> None:
        self.signatures = signatures
        self._names: dict[Callee, str] = {}
        self._waiting: list[Callee] = []

    def use(self, callee: Callee) -> tuple[Signature, str]:
        """The signature and the Python name of a function."""
        signature = self.signatures.find(callee)
        assert signature is not None
        if callee not in self._names:
            label = self._label(callee)
            self._names[callee] = f"call_{label}_{len(self._names)}"
            self._waiting.append(callee)
        return signature, self._names[callee]

    def label_of(self, name: str) -> str:
        """The label of the function with that Python name."""
        (callee,) = (each for each, used in self._names.items() if used == name)
        return self.signatures.module.label_at(callee[0])

    def _label(self, callee: Callee) -> str:
        label = self.signatures.module.label_at(callee[0])
        return label if label.isidentifier() and label.isascii() else ""

    def highest(self) -> int:
        """The most values that one of the functions has on its stack."""
        found = [self.signatures.find(each) for each in self._names]
        return max((each.highest for each in found if each is not None), default=0)

    def write(self, writer: Writer, names: Names) -> dict[str, dict[int, Note]]:
        """Write the functions that have been used; the notes of their lines, by their names."""
        written: dict[str, dict[int, Note]] = {}
        while self._waiting:
            callee = self._waiting.pop()
            name = self._names[callee]
            writer.notes = {}
            FunctionCode(callee, self, writer, names).write(name)
            written[name] = writer.notes
        return written
