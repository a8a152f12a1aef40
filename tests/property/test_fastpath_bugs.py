"""The comparison of the engines is worth something: bugs put into the compiler on purpose are all found.

Each is one change of the Python that the compiler writes, or of what it believes, of the kind that is easily made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.property.loops import looping_programs
from tests.property.programs import Generated
from tests.property.test_fastpath import BUDGETS, FIXED, check_engines, check_fixed
from ttvm.engine import tiering
from ttvm.engine.fastpath import compiler, walking
from ttvm.engine.fastpath.direct_code import FunctionCode
from ttvm.engine.fastpath.region_code import RegionCode
from ttvm.engine.fastpath.regions import Region
from ttvm.engine.fastpath.templates import Term
from ttvm.engine.fastpath.walking import Walker
from ttvm.engine.fastpath.writing import Note, State, Writer
from ttvm.errors import TtvmError
from ttvm.system.relations import Relations
from ttvm.system.system import System

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def eager_compiler(monkeypatch: Patch) -> None:
    monkeypatch.setattr(tiering, "HOT", 1)
    monkeypatch.setattr(tiering, "WORTHWHILE", 1)


def writing(pattern: str, replacement: str) -> Callable[[Patch], None]:
    """A compiler that writes something else in some lines."""

    def apply(patch: Patch) -> None:
        put = Writer.put

        def changed(self: Writer, indent: int, text: str) -> None:
            put(self, indent, re.sub(pattern, replacement, text))

        patch.setattr(Writer, "put", changed)

    return apply


def patching(owner: Any, name: str, make: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """A compiler with another method, made from the right one."""

    def apply(patch: Patch) -> None:
        patch.setattr(owner, name, make(getattr(owner, name)))

    return apply


def short_cost(cost: Callable[[Region, int], int]) -> Any:
    return lambda self, address: max(0, cost(self, address) - 1)


def late_note(note: Callable[[Walker, int, State], Note]) -> Any:
    def late(self: Walker, address: int, state: State) -> Note:
        right = note(self, address, state)
        return right._replace(cost=right.cost + 1)

    return late


def forgetful_note(note: Callable[[Walker, int, State], Note]) -> Any:
    return lambda self, address, state: note(self, address, state)._replace(variables=())


def forgetful_write_back(write_back: Callable[[RegionCode, int, State], None]) -> Any:
    def forget(self: RegionCode, indent: int, state: State) -> None:
        fewer = state.fork()
        fewer.dirty = set(sorted(state.dirty)[1:])
        write_back(self, indent, fewer)

    return forget


def all_known(create: Callable[..., None]) -> Any:
    def put_off(self: RegionCode, name: str, value: Term, indent: int, state: State) -> None:
        state.dirty.add(name)

    return put_off


def one_by_one(assign: Callable[..., None]) -> Any:
    def naive(self: Walker, pairs: list[tuple[str, str]], indent: int) -> None:
        for target, source in pairs:
            self.writer.put(indent, f"{target} = {source}")

    return naive


def no_stops(init: Callable[..., None]) -> Any:
    def blind(self: Region, module: Any, root: int, present: Any, stops: Any, *more: Any) -> None:
        init(self, module, root, present, frozenset(), *more)

    return blind


def wrong_way_round(unwind: Callable[..., Any]) -> Any:
    def reverse(self: compiler.Calls, process: Any, address: int) -> Any:
        self._notes.reverse()
        return unwind(self, process, address)

    return reverse


def deaf_strike(strike: Callable[..., None]) -> Any:
    def struck(self: System, target: Any, signal: Any) -> None:
        kept, self.kept = self.kept, {}
        strike(self, target, signal)
        self.kept = kept

    return struck


NOTHING: Callable[[Any], Any] = lambda right: lambda *ignored: None  # noqa: E731
BUGS: dict[str, Callable[[Patch], None]] = {
    "sums do not wrap around": writing(r"^if not .*fit\(.*$", "pass"),
    "sums wrap around at one end only": writing(r"^if not -9223372036854775808 <= (t\d+) <= ", r"if not \1 <= "),
    "false counts as true": patching(
        walking, "falsehood", lambda right: lambda term: right(term).replace(f"{term} is FALSE or ", "")
    ),
    "a slice is one instruction too long": patching(Region, "cost", short_cost),
    "a for loop counts one instruction too few": writing(
        r"^for left in range\((.*), -(\d+)\):$", r"for left in range(\1, 1-\2 or -1):"
    ),
    "what an exception cost is off by one": patching(RegionCode, "note", late_note),
    "what an exception cost in a call is off by one": patching(FunctionCode, "note", late_note),
    "variables are lost by an exception": patching(RegionCode, "note", forgetful_note),
    "a variable is not written back": patching(RegionCode, "write_back", forgetful_write_back),
    "new variables are made too late": patching(RegionCode, "create", all_known),
    "assignments at a head disturb each other": patching(Walker, "assign", one_by_one),
    "values are put back in the wrong order": writing(r"^stack \+= \((t?\w+), (t?\w+)\)$", r"stack += (\2, \1)"),
    "the depth of the stack is not looked at": patching(Walker, "check_stack", NOTHING),
    "a message has the wrong step": writing(r"^system\.steps = end - left \+ (\d)$", r"system.steps = end - left"),
    "a message that wakes its receiver has the wrong step": writing(r"^(sent = .*) \+ \d$", r"\1"),
    "a message wakes nobody": writing(r"^system\.queues\[receiver.*$", "pass"),
    "who has yielded is forgotten": writing(r"^system\.queues\[process.*$", "pass"),
    "who stays between turns is not put back": patching(
        System, "put_back", lambda _: lambda self, pid: self.kept.pop(pid, 0)
    ),
    "a signal does not reach who stays between turns": patching(Relations, "strike", deaf_strike),
    "turns between which a process stays are not counted": writing(r"^process\.reductions \+= .*$", "pass"),
    "who stays between turns does not get a whole one": writing(
        r"^left = quantum$", "left = locals().get('left', quantum)"
    ),
    "who stays counts the instruction before": writing(r"^end = yield left - (\d+)$", r"end = yield left - \1 + 1"),
    "who waits is somewhere else": writing(r"^process\.pc = (\d+)$", r"process.pc = \1 if left % 7 else \1 + 1"),
    "a call returns to itself": writing(r"unwind\(process, (\d+)\)", r"unwind(process, \1 - 1)"),
    "calls are unwound in the wrong order": patching(compiler.Calls, "unwind", wrong_way_round),
    "handlers of a call outlive it": writing(r" or handlers and .* >= depth", ""),
    "a new frame has the wrong label": writing(r"Frame\(frame\.module, '\w+'", "Frame(frame.module, ''"),
    "time is over for the next wait too": writing(r"^return left( - \d+)?, YIELD$", "return left, YIELD"),
    "breakpoints are passed": patching(Region, "__init__", no_stops),
}
"""Ways to get it wrong."""
PLACES = st.frozensets(st.integers(8, 40), max_size=2)


@pytest.mark.parametrize("bug", BUGS)
def test_the_bug_is_found(bug: str, monkeypatch: Patch) -> None:
    BUGS[bug](monkeypatch)

    @given(looping_programs(), BUDGETS, PLACES, st.booleans())
    @settings(max_examples=800, phases=(Phase.generate,), report_multiple_bugs=False)
    def compare(program: Generated, budgets: list[int], places: frozenset[int], traced: bool) -> None:
        check_engines(program, budgets, places if traced else frozenset(), traced)

    def search() -> None:
        for program in FIXED.values():
            check_fixed(program)
        compare()

    with pytest.raises((AssertionError, TtvmError)):
        search()
