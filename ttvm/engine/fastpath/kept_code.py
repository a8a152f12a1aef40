"""A region as a Python generator, which a process need not leave to wait for a message, or to yield.

Between its turns, the generator keeps the variables in its locals: the process is not whole, and whoever wants to look
at it must have everything written back first (``System.write_back``); who changes it, must let go of the generator
(``System.put_back``). It is entered at the beginning of a turn, when nobody listens. What it yields is the number of
instructions that are left of the turn; when the process has left the region, that number inverted, and
``system.left_by`` is what comes next. What is sent to it is the number of steps at which the next turn will end; -1 to
write everything back.
"""

from __future__ import annotations

from ttvm.engine.fastpath.region_code import RegionCode
from ttvm.engine.fastpath.writing import State

PARAMETERS = "process, system, end, quantum, entry"


class KeptCode(RegionCode):
    """Writes the generator of a region that ``keeps``. Turns must cover the longest path between two of its heads."""

    def write_header(self, name: str) -> None:
        self.writer.put(0, f"def {name}({PARAMETERS}):")
        self.writer.put(1, "left = quantum")

    def write_loud(self) -> None:
        """Nobody listens."""

    def loud(self) -> list[str]:
        return []

    def give_back(self, indent: int, left: str, status: str) -> None:
        self.writer.put(indent, f"system.left_by = {status}")
        if " " in left:
            self.writer.put(indent, f"left = {left}")
        self._leave_for_good(indent)

    def give_answer(self, indent: int, call: str) -> None:
        self.writer.put(indent, f"left, system.left_by = {call}")
        self._leave_for_good(indent)

    def _leave_for_good(self, indent: int) -> None:
        self.writer.put(indent, "process.reductions += quantum - left")
        self.writer.put(indent, "yield ~left")
        self.writer.put(indent, "return")

    def wait(self, address: int, indent: int, state: State) -> None:
        """Whoever waits here is woken by a message only: a signal has everything put back."""
        self.writer.note = None
        self.writer.put(indent, "process.state, process.waiting = WAITING, FOR_ANY_MESSAGE")
        self._stay(address, indent, state, 1)
        self.writer.put(indent, "messages = mailbox.messages")

    def pause(self, address: int, indent: int, state: State) -> None:
        following = address + 1
        if following not in self.region.heads:
            super().pause(address, indent, state)
            return
        writer, region = self.writer, self.region
        before = writer.note
        assert before is not None
        self.check_stack(indent, state, before)
        writer.note = None
        self.settle(following, indent, state)
        known = set(region.known[following])
        settled = State(known, known & region.written, [])
        writer.put(indent, "system.queues[process.queue].append(process.pid)")
        self._stay(following, indent, settled.fork(), state.cost)
        self.go_to(following, indent, settled, before, address)

    def _stay(self, address: int, indent: int, state: State, cost: int) -> None:
        """Write the end of a turn in which the process stays, and the beginning of its next, at ``address``."""
        writer = self.writer
        writer.put(indent, f"process.reductions += quantum - left + {cost}")
        writer.put(indent, f"end = yield left - {cost}")
        writer.put(indent, "while end < 0:")
        self.write_back(indent + 1, state)
        writer.put(indent + 1, f"process.pc = {address}")
        writer.put(indent + 1, "end = yield 0")
        writer.put(indent, "left = quantum")
