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

from tests.property.compiled_programs import mostly_slow
from tests.property.loops import looping_programs
from tests.property.programs import Generated
from tests.property.test_fastpath import (
    BUDGETS,
    FIXED,
    GUARDED,
    GUARDED_PROGRAMS,
    Breakpoints,
    check_engines,
    check_fixed,
    check_guards,
)
from ttvm import vm
from ttvm.engine import tiering
from ttvm.engine.fastpath import compiler, walking
from ttvm.engine.fastpath.direct_code import FunctionCode
from ttvm.engine.fastpath.guard_code import GuardCode
from ttvm.engine.fastpath.region_code import RegionCode
from ttvm.engine.fastpath.regions import Region
from ttvm.engine.fastpath.signatures import Signatures
from ttvm.engine.fastpath.templates import Term
from ttvm.engine.fastpath.walking import Walker
from ttvm.engine.fastpath.writing import Note, State, Writer
from ttvm.engine.guards import All, Condition, Some
from ttvm.errors import TtvmError
from ttvm.system.relations import Relations
from ttvm.system.system import System
from ttvm.vm import Vm

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
        init(self, module, root, present, {}, *more)

    return blind


def wrong_way_round(unwind: Callable[..., Any]) -> Any:
    def reverse(self: compiler.Calls, process: Any, address: int) -> Any:
        self._notes.reverse()
        return unwind(self, process, address)

    return reverse


def unsure_passes(note_of: Callable[..., Note]) -> Any:
    return lambda notes, error: note_of(notes, error)._replace(previous=None)


def jumps_past_guards(jump_behind: Callable[..., int | None]) -> Any:
    def blind(self: Walker, address: int) -> int | None:
        guards, self.region.guards = self.region.guards, {}
        try:
            return jump_behind(self, address)
        finally:
            self.region.guards = guards

    return blind


def asks_when_left(ask_guard: Callable[..., None]) -> Any:
    def ask(self: Walker, address: int, previous: int, indent: int, state: State) -> None:
        if address not in self.region.heads:
            ask_guard(self, address, previous, indent, state)

    return ask


def old_values(init: Callable[..., None]) -> Any:
    def before(self: GuardCode, walker: Walker, state: State, find: Any = None) -> None:
        old = state.fork()
        old.values = {name: value for name, value in state.values.items() if name not in state.dirty}
        init(self, walker, old, find)

    return before


def callers_variables(init: Callable[..., None]) -> Any:
    def confused(self: GuardCode, walker: Walker, state: State, find: Any = None) -> None:
        init(self, walker, state)

    return confused


def forgetful_give_up(give_up: Callable[..., None]) -> Any:
    return lambda self, left, address, label, variables, stack, previous=None: give_up(
        self, left, address, label, variables, stack
    )


def careless_not(write: Callable[..., None]) -> Any:
    def without_de_morgan(self: GuardCode, condition: Condition, wanted: bool, *more: Any) -> None:
        if not wanted and isinstance(condition, (All, Some)):
            condition = (Some if isinstance(condition, All) else All)(condition.parts)
        write(self, condition, wanted, *more)

    return without_de_morgan


def quiet_at_first(is_quiet: Callable[[System], bool]) -> Any:
    return lambda system: system.alone_until > 0 or is_quiet(system)


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
    "turns of who is alone are not counted": patching(Vm, "_count_turns", NOTHING),
    "who is not alone takes many turns at once": patching(vm, "is_alone", lambda right: lambda system: True),
    "who was alone when his turn began stays so": patching(System, "is_quiet", quiet_at_first),
    "code that talks is taken for silent": patching(Region, "is_silent", lambda right: True),
}
"""Ways to get it wrong."""
BUGS_OF_GUARDS: dict[str, Callable[[Patch], None]] = {
    "guards are not asked": patching(Walker, "ask_guard", NOTHING),
    "guards are not asked where paths meet": patching(Walker, "ask_guard", asks_when_left),
    "a comparison takes the jump behind it along, past a guard": patching(Walker, "_jump_behind", jumps_past_guards),
    "the variables of a guard are not kept": patching(Region, "guarding", lambda right: lambda *_: frozenset()),
    "a guard sees what variables were before": patching(GuardCode, "__init__", old_values),
    "a guard that is not sure lets the run pass": patching(compiler, "_note_of", unsure_passes),
    "not neither becomes not both": patching(GuardCode, "write", careless_not),
    "a guard looks one deeper into the stack": writing(r"^(t\d+) = stack\[-(\d+)\]$", r"\1 = stack[-\2 - 1]"),
    "a guard forgets values that are not on the stack yet": writing(r"= len\(stack\) \+ \d+$", "= len(stack)"),
    "lists are compared in a guard": writing(r"^if .* in COMPOUND: raise Unsure$", "pass"),
    "who calls a function does not ask its first guard": patching(
        Signatures, "entry_guard", lambda right: lambda *_: None
    ),
    "a guard of a function sees the variables of its caller": patching(GuardCode, "__init__", callers_variables),
    "where a call returns from is not known at a guard": patching(
        Region, "last_of", lambda right: lambda self, address: address
    ),
    "where the run comes from is not known in a call": patching(compiler.Calls, "give_up", forgetful_give_up),
    "where the run comes from is not known at a guard": writing(r"^process\.previous_pc = \d+$", "pass"),
}
"""Ways to get guards wrong."""
PLACES = st.dictionaries(st.integers(8, 40), st.none(), max_size=2)


@pytest.mark.parametrize("bug", mostly_slow(BUGS))
def test_the_bug_is_found(bug: str, monkeypatch: Patch) -> None:
    BUGS[bug](monkeypatch)

    @given(looping_programs(), BUDGETS, PLACES, st.booleans())
    @settings(max_examples=800, phases=(Phase.generate,), report_multiple_bugs=False)
    def compare(program: Generated, budgets: list[int], places: Breakpoints, traced: bool) -> None:
        check_engines(program, budgets, places if traced else {}, traced)

    def search() -> None:
        for program in FIXED.values():
            check_fixed(program)
        compare()

    with pytest.raises((AssertionError, TtvmError)):
        search()


@pytest.mark.parametrize("bug", mostly_slow(BUGS_OF_GUARDS))
def test_the_bug_of_guards_is_found(bug: str, monkeypatch: Patch) -> None:
    BUGS_OF_GUARDS[bug](monkeypatch)

    @given(looping_programs(), BUDGETS, GUARDED)
    @settings(max_examples=800, phases=(Phase.generate,), report_multiple_bugs=False)
    def compare(program: Generated, budgets: list[int], places: Breakpoints) -> None:
        check_engines(program, budgets, places, True)

    def search() -> None:
        # Those that find most come first.
        for name in (*(each for each in GUARDED_PROGRAMS if "calls" in each), *reversed(GUARDED_PROGRAMS)):
            check_guards(FIXED[name])
        compare()

    with pytest.raises((AssertionError, TtvmError)):
        search()
