"""A region as a Python function that is entered from the loop of a slice and left to it.

The process is whole whenever nobody is inside. Inside, variables are in locals and values above the stack of the
process in temporaries; every way out puts them back.
"""

from __future__ import annotations

from ttvm.engine.fastpath.direct_code import DEEPEST_CALLS, DirectCalls, take_arguments
from ttvm.engine.fastpath.guard_code import ask_entry_guard
from ttvm.engine.fastpath.regions import Region
from ttvm.engine.fastpath.templates import Term
from ttvm.engine.fastpath.walking import Walker
from ttvm.engine.fastpath.writing import Names, Note, State, Writer
from ttvm.program import Op

PARAMETERS = "process, system, end, left, entry"
ROOM = 10_000
"""Values for which there must be room on the stack before a Python call."""


class RegionCode(Walker):
    """Writes the function of a region."""

    def __init__(self, region: Region, writer: Writer, names: Names, direct: DirectCalls) -> None:
        super().__init__(region, writer, names)
        self.direct = direct

    def write(self, name: str) -> None:
        """Write the whole function."""
        region, writer = self.region, self.writer
        self.write_header(name)
        writer.put(1, "frame, stack, limit = process.frame, process.stack, process.limits.stack")
        writer.put(1, "variables = frame.variables")
        self._write_entrance()
        if any(region.calls_directly(each) for each in region.addresses):
            writer.put(1, "calls = process.limits.calls")
        self._write_what_messages_need()
        writer.put(1, "try:")
        writer.put(2, "while True:")
        self.dispatch(region.entries, 3)
        writer.note = None
        writer.put(1, "except Exception as error:")
        self.give_answer(2, "fall_back(process, left, locals(), error)")

    def write_header(self, name: str) -> None:
        """Write the first line of the function."""
        self.writer.put(0, f"def {name}({PARAMETERS}):")

    def _write_what_messages_need(self) -> None:
        region, writer = self.region, self.writer
        rows = {region.ops[each].row.mnemonic for each in region.addresses if each < len(region.ops)}
        if "RECEIVE" in rows:
            writer.put(1, "mailbox = process.mailbox")
            writer.put(1, "if process.timed_out or mailbox.skipped:")
            self.give_back(2, "left", "None")
        if "SEND" in rows:
            writer.put(1, "pid, receivers = process.pid, system.processes.get")
            writer.put(1, "room = system.limits.mailbox")
        if not rows.isdisjoint({"SEND", "RECEIVE", "SPAWN"}):
            self.write_loud()

    def write_loud(self) -> None:
        """Write down whether somebody wants to hear of messages."""
        self.writer.put(1, "loud = system.observers.hears_messages")

    def give_back(self, indent: int, left: str, status: str) -> None:
        """Write the end of a way out: the instructions left, and what comes next."""
        self.writer.put(indent, f"return {left}, {status}")

    def give_answer(self, indent: int, call: str) -> None:
        """Write a way out that is a call, which says both."""
        self.writer.put(indent, f"return {call}")

    # -- ways in

    def _write_entrance(self) -> None:
        """Read the variables into locals; a frame without those that the code counts on is left to the stepper."""
        region, writer = self.region, self.writer
        groups: dict[tuple[str, ...], list[int]] = {}
        for head in region.entries:
            lines = []
            for name in region.variables:
                if name in region.known[head]:
                    lines.append(f"{self.names.local(name)} = variables[{name!r}]")
                elif name in region.live[head]:
                    lines.append(f"{self.names.local(name)} = variables.get({name!r}, UNSET)")
            groups.setdefault(tuple(lines), []).append(region.number[head])
        writer.put(1, "if len(stack) > limit:")
        self.give_back(2, "left", "None")
        if any(groups):
            writer.put(1, "try:")
            for position, (code, numbers) in enumerate(sorted(groups.items(), key=lambda item: len(item[1]))):
                indent = 2
                if len(groups) > 1:
                    which = f"== {numbers[0]}" if len(numbers) == 1 else f"in {tuple(numbers)}"
                    last = position == len(groups) - 1
                    writer.put(2, "else:" if last else f"{'elif' if position else 'if'} entry {which}:")
                    indent = 3
                for line in code or ("pass",):
                    writer.put(indent, line)
            writer.put(1, "except KeyError:")
            self.give_back(2, "left", "None")

    def write_head(self, head: int, indent: int) -> None:
        """Write the code of a head and the tree of code behind it."""
        region, writer = self.region, self.writer
        known = set(region.known[head])
        state = State(known, known & region.written, [])
        need = region.cost(head)
        lengths = region.loop_costs(head)
        writer.note = None
        self.loop_head = head if lengths else None
        self.counts_by_range = len(lengths) == 1 and lengths != {0}
        if self.counts_by_range:
            (length,) = lengths
            writer.put(indent, f"for left in range(left, {need - 1}, -{length}):")
            self.walk(head, indent + 1, state.fork(), None)
            writer.note = None
            writer.put(indent, "else:")
            writer.put(indent + 1, f"if left >= {need}: left -= {length}")
            self.leave(head, indent + 1, state, "RESUME")
        else:
            if lengths:
                writer.put(indent, "while True:")
                indent += 1
            writer.put(indent, f"if left < {need}:")
            self.leave(head, indent + 1, state.fork(), "RESUME")
            self.walk(head, indent, state, None)
        self.loop_head, self.counts_by_range = None, False

    # -- ways out

    def write_back(self, indent: int, state: State) -> None:
        """Put variables and values back into the process."""
        writer = self.writer
        writer.note = None
        for name in sorted(state.dirty):
            writer.put(indent, f"variables[{name!r}] = {self.value_of(name, state)}")
        self._flush(indent, state.fork())

    def _flush(self, indent: int, state: State) -> None:
        """Put the values of the walk on the stack of the process."""
        self.writer.note = None
        if len(state.stack) == 1:
            self.writer.put(indent, f"stack.append({state.stack[0]})")
        elif state.stack:
            self.writer.put(indent, f"stack += ({', '.join(map(str, state.stack))})")
        state.stack.clear()

    def leave(self, address: int, indent: int, state: State, status: str) -> None:
        self.write_back(indent, state)
        self.writer.put(indent, f"process.pc = {address}")
        self._return(indent, state, "None" if status == "STEP" else status)

    def _return(self, indent: int, state: State, status: str) -> None:
        self.give_back(indent, f"left - {state.cost}" if state.cost else "left", status)

    def stop(self, address: int, previous: int | None, indent: int, state: State) -> None:
        self.writer.note = None
        self.writer.put(indent, f"process.previous_pc = {previous}")
        self.leave(address, indent, state, "RESUME")

    def settle(self, head: int, indent: int, state: State) -> None:
        region, writer = self.region, self.writer
        for name in sorted(state.dirty - region.known[head]):
            writer.put(indent, f"variables[{name!r}] = {self.value_of(name, state)}")
        pairs = [
            (self.names.local(name), value.text)
            for name, value in state.values.items()
            if name in region.live[head] and value.text != self.names.local(name)
        ]
        self._flush(indent, state)  # first: a value may be what a variable was before
        if pairs:
            self.assign(pairs, indent)

    # -- stack and variables

    def fetch(self, count: int, indent: int, address: int, state: State) -> None:
        while len(state.stack) < count:
            self.writer.note = self.note(address, state)
            value = self.writer.temporary()
            self.writer.put(indent, f"{value} = stack.pop()")
            state.stack.insert(0, Term(value))

    def read_unknown(self, name: str, indent: int, state: State) -> Term:
        result, local = self.writer.temporary(), self.names.local(name)
        self.writer.put(indent, f"{result} = {local} if {local} is not UNSET else process.lookup({name!r})")
        return Term(result)

    def create(self, name: str, value: Term, indent: int, state: State) -> None:
        self.writer.put(indent, f"variables[{name!r}] = {value}")

    # -- control and actors

    def do_special(self, op: Op, address: int, indent: int, state: State) -> bool:
        mnemonic = op.row.mnemonic
        if mnemonic == "CALL":
            return self._call(op, address, indent, state)
        if mnemonic == "RET":
            self._ret(address, indent, state)
            return False
        if mnemonic == "HALT":
            self.writer.put(indent, "if frame.imported: raise Unsure")
            self.writer.note = None
            self.writer.put(indent, "process.exit_reason = NORMAL")
        if mnemonic == "HALT":
            state.cost += 1
            self.leave(address + 1, indent, state, "EXIT")
            return False
        if mnemonic == "YIELD":
            state.cost += 1
            self.pause(address, indent, state)
            return False
        if mnemonic == "SELF":
            result = self.writer.temporary()
            self.writer.put(indent, f"{result} = process.pid")
            state.stack.append(Term(result, "int"))
        elif mnemonic == "CALL_FUNCTION":
            self._call_function(op, address, indent, state)
            return False
        elif mnemonic == "CAPTURE":
            self._capture(op.operands[0], indent, state)
        elif mnemonic == "MAKE_LAMBDA":
            made = self.writer.temporary()
            name = self.names.function(mnemonic, op.row.function)
            self.writer.put(indent, f"{made} = {name}(process, {op.operands[0]}, {op.operands[1]!r})")
            state.stack.append(Term(made))
        elif mnemonic in ("TRY", "END_TRY"):
            if mnemonic == "TRY":  # a handler knows how deep the stack is
                self.check_stack(indent, state, self.note(address, state))
                self._flush(indent, state)
            self.writer.note = self.note(address, state)
            name = self.names.function(mnemonic, op.row.function)
            self.writer.put(indent, f"{name}({', '.join(map(str, ('process', *op.operands)))})")
        elif mnemonic == "SEND":
            self._send(op, address, indent, state)
        elif mnemonic == "RECEIVE":
            self.receive(address, indent, state)
        else:
            self._spawn(op, address, indent, state)
        state.cost += 1
        return True

    def leave_if(self, conditions: list[str], address: int, indent: int, state: State) -> None:
        """Leave the instruction to the stepper under one of the conditions."""
        if conditions:
            self.writer.put(indent, f"if {' or '.join(conditions)}:")
            self.leave(address, indent + 1, state.fork(), "STEP")
        self.writer.note = self.note(address, state)

    def loud(self) -> list[str]:
        """The condition for leaving what is to be told of to the stepper: observers must find the process whole."""
        return ["loud"]

    def pause(self, address: int, indent: int, state: State) -> None:
        """Write what YIELD does when it has been counted."""
        self.leave(address + 1, indent, state, "YIELD")

    def _send(self, op: Op, address: int, indent: int, state: State) -> None:
        (to,) = op.operands
        writer = self.writer
        self.fetch(1 if to else 2, indent, address, state)
        receiver = self.names.term(to) if to else state.stack[-1]
        if receiver.kind != "int":
            writer.put(indent, f"if type({receiver}) is not int: raise Unsure")
        writer.put(indent, f"receiver = receivers({receiver})")
        self.leave_if([*self.loud(), "receiver is None"], address, indent, state)
        del state.stack[len(state.stack) - (1 if to else 2) + 1 :]
        message = state.stack.pop()
        step = f"end - left + {state.cost + 1}"
        writer.put(indent, "inbox, waiting = receiver.mailbox.messages, receiver.waiting")
        writer.put(indent, "if waiting is FOR_ANY_MESSAGE or waiting is None and (not inbox or len(inbox) < room):")
        writer.put(indent + 1, "number = system.next_message")
        writer.put(indent + 1, "system.next_message = number + 1")
        writer.put(indent + 1, f"sent = {message}, pid, number, {step}")
        writer.put(indent + 1, "if inbox is None: receiver.mailbox.messages = deque((sent,))")
        writer.put(indent + 1, "else: inbox.append(sent)")
        writer.put(indent + 1, "if waiting is FOR_ANY_MESSAGE:")
        writer.put(indent + 2, "receiver.waiting, receiver.state = None, READY")
        writer.put(indent + 2, f"system.queues[receiver.queue].append({receiver})")
        writer.put(indent, "else:")
        writer.put(indent + 1, f"system.steps = {step}")
        writer.put(indent + 1, f"system.post(pid, receiver, {message})")

    def receive(self, address: int, indent: int, state: State) -> None:
        """Write a RECEIVE. It is a head: whatever waits there is whole but for variables that are newer in locals."""
        writer = self.writer
        self.leave_if(self.loud(), address, indent, state)
        writer.put(indent, "messages = mailbox.messages")
        writer.put(indent, "if not messages:")
        self.wait(address, indent + 1, state.fork())
        writer.note = self.note(address, state)
        result = writer.temporary()
        writer.put(indent, f"{result} = messages.popleft()[0]")
        state.stack.append(Term(result))

    def wait(self, address: int, indent: int, state: State) -> None:
        """Write what a RECEIVE does when there is no message."""
        self.write_back(indent, state)
        self.writer.put(indent, f"process.pc = {address}")
        self.writer.put(indent, "process.state, process.waiting = WAITING, FOR_ANY_MESSAGE")
        self.give_back(indent, "left - 1", "BLOCK")

    def _spawn(self, op: Op, address: int, indent: int, state: State) -> None:
        count = len(op.row.pop_names(op.operands))
        self.fetch(count, indent, address, state)
        self.leave_if(self.loud(), address, indent, state)
        values = state.stack[len(state.stack) - count :]
        del state.stack[len(state.stack) - count :]
        *arguments, target = map(str, values)
        given = ", ".join(arguments) + ("," if len(arguments) == 1 else "")
        result = self.writer.temporary()
        self.writer.put(indent, f"{result} = system.spawn(process, {target}, ({given})).pid")
        state.stack.append(Term(result, "int"))

    # -- calls

    def _call(self, op: Op, address: int, indent: int, state: State) -> bool:
        """Write a call: a Python call where the code called allows it, else a frame of the process."""
        if self.region.calls_directly(address):
            self._call_directly(op, address, indent, state)
            return True
        target, parameters = op.operands
        writer, module = self.writer, self.region.module
        self.fetch(len(parameters), indent, address, state)
        writer.note = self.note(address, state)
        values = state.stack[len(state.stack) - len(parameters) :]
        del state.stack[len(state.stack) - len(parameters) :]
        writer.put(
            indent,
            f"if len(stack) + {len(state.stack)} > limit or len(process.frames) >= process.limits.calls: raise Unsure",
        )
        state.cost += 1
        self.write_back(indent, state)
        given = ", ".join(f"{name!r}: {value}" for name, value in zip(parameters, values, strict=True))
        label = module.label_at(target)
        writer.put(indent, f"frame = process.frame = Frame(frame.module, {label!r}, {{{given}}}, {address + 1})")
        writer.put(indent, "process.frames.append(frame)")
        writer.put(indent, f"process.previous_pc, process.pc = {address}, {target}")
        self._return(indent, state, "RESUME")
        return False

    def _call_directly(self, op: Op, address: int, indent: int, state: State) -> None:
        """Write a Python call. What it reads of this frame must be there, and what it needs of the limits."""
        writer = self.writer
        signature, called = self.direct.use(op.operands)
        self.fetch(len(op.operands[1]) + signature.takes, indent, address, state)
        writer.note = self.note(address, state)
        writer.put(
            indent, f"if len(stack) + {ROOM} > limit or len(process.frames) + {DEEPEST_CALLS} > calls: raise Unsure"
        )
        for name in sorted(state.dirty):
            writer.put(indent, f"variables[{name!r}] = {self.value_of(name, state)}")
        state.dirty.clear()
        writer.put(indent, "outer = process.outermost_variables() or {}")
        ask_entry_guard(self, self.direct.signatures, op, address, indent, state)
        values = take_arguments(op.operands, signature, state)
        given = "".join(f", {each}" for each in values)
        writer.put(indent, f"answer = {called}(left - {state.cost + 1}, {DEEPEST_CALLS}, outer{given})")
        writer.note = None
        writer.put(indent, "if answer is None:")
        self.write_back(indent + 1, state)
        self.give_answer(indent + 1, f"unwind(process, {address + 1})")
        results = [writer.temporary() for _ in range(signature.gives or 0)]
        writer.put(indent, f"left{''.join(f', {each}' for each in results) or ','} = answer")
        state.stack += map(Term, results)
        state.cost = 0
        if address + 1 not in self.region.heads:
            writer.put(indent, f"if left < {self.region.cost(address + 1)}:")
            self.leave(address + 1, indent + 1, state.fork(), "RESUME")

    def _call_function(self, op: Op, address: int, indent: int, state: State) -> None:
        """Call what is only known at run time: the function of the row does it, and finds the process whole."""
        self.write_back(indent, state)
        self.writer.put(indent, f"process.previous_pc, process.pc = {address}, {address + 1}")
        self.writer.note = Note(address, (), (), state.cost)
        state.cost += 1
        self.writer.put(indent, f"outcome = {self.names.function('CALL_FUNCTION', op.row.function)}(process)")
        self._return(indent, state, "outcome or RESUME")

    def _capture(self, name: str, indent: int, state: State) -> None:
        known = name in state.known or name in state.values
        value = self.value_of(name, state) if known else self.read_unknown(name, indent, state)
        self.writer.put(indent, f"if frame.captures is None: frame.captures = {{{name!r}: {value}}}")
        self.writer.put(indent, f"else: frame.captures[{name!r}] = {value}")

    def _ret(self, address: int, indent: int, state: State) -> None:
        """Drop the frame. Handlers opened in it, and the end of a module or process, are left to the stepper."""
        writer = self.writer
        writer.put(indent, "frames, handlers = process.frames, process.handlers")
        writer.put(indent, "depth = len(frames)")
        writer.put(
            indent, "if depth < 2 or frame.imported or handlers and handlers[-1].frame_depth >= depth: raise Unsure"
        )
        state.cost += 1
        state.dirty.clear()  # nobody sees the variables any more
        self.write_back(indent, state)
        writer.put(indent, "frames.pop()")
        writer.put(indent, "caller = process.frame = frames[-1]")
        writer.put(indent, f"process.previous_pc, process.pc = {address}, frame.return_address")
        self._return(indent, state, "RESUME if caller.module is frame.module else CONTINUE")
