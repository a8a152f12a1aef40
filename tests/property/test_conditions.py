"""Conditions that compiled code decides stop a run exactly where the debugger, looking each time, would stop it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import assume, event, given, note, settings
from hypothesis import strategies as st

from debugger.conditions import guard_of
from debugger.descriptions import Breakpoint, Place
from debugger.expressions import read_expression
from debugger.scope import ExpressionError, Scope
from tests.property.compiled_programs import compiled_programs, mostly_slow
from tests.property.loops import looping_programs
from tests.property.programs import Generated
from tests.property.test_stops import add, session_of, stops_backward, stops_forward
from tests.unit.helpers import machine
from ttvm.engine import tiering
from ttvm.values import FALSE, TRUE, Bytes, List, Object, Value
from ttvm.vm import Vm

MOST_STEPS = 150
FIXED = {name: program for name, program in compiled_programs().items() if not name.endswith("small limits")}
VALUES: tuple[Value, ...] = (
    *(0, 1, 2, 3, -1, 2**63 - 1, -(2**63), 0.5, -0.0, float("nan"), "", "x", "xy", TRUE, FALSE, None),
    *(List([1, 2, 3]), List([]), Object({"k": 2, "x": List([0])}), Object(), Bytes(b"ab")),
)
NAMES = ("a", "b", "c", "var.a", 'var["b"]', "missing", "pid", "depth", "msg", "worker")
NUMBERS = ("0", "1", "2", "3", "-1", "1.5", "9223372036854775807", "-9223372036854775808", '"x"', "true", "null")

LEAVES = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(NAMES[:3]),
    st.sampled_from(NUMBERS),
    st.sampled_from(
        ("stack[0]", "stack[1]", "stack[7]", "len(stack)", "len(mailbox)", "c.k", 'c["x"]', "worker.depth")
    ),
)
OPERATORS = st.sampled_from(("+", "-", "*", "/", "%"))
COMPARES = st.sampled_from(("==", "==", "!=", "<", ">", "<=", ">="))


def operations(terms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, terms, OPERATORS, terms),
        st.builds("{}({})".format, st.sampled_from(("-", "+", "len")), terms),
        st.builds("({})[{}]".format, terms, terms),
        st.builds("({}).k".format, terms),
    )


TERMS = st.recursive(LEAVES, operations, max_leaves=3)
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, TERMS, COMPARES, TERMS),
    st.builds("{} {} {}".format, st.sampled_from(NAMES), COMPARES, st.sampled_from(NUMBERS)),
    st.builds("{} {} {} {} {}".format, TERMS, COMPARES, TERMS, COMPARES, TERMS),
    st.sampled_from(('name == "bob"', "stack == [1]", "a == [1, 2, 3]", "mailbox == stack")),
    TERMS,
)


def junctions(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("not ({})".format, parts),
        st.builds("({}) {} ({})".format, parts, st.sampled_from(("and", "or")), parts),
    )


CONDITIONS = st.recursive(COMPARISONS, junctions, max_leaves=4)


def machine_in(values: list[Value], deep: bool) -> Vm:
    """A machine whose process has these values in variables, and some on the stack."""
    vm = machine("NOP\nf:\nNOP\n").vm
    process = vm.system.processes[1]
    process.frame.variables.update(zip("abc", values, strict=True))
    if deep:  # one more call: some variables are those of the module
        vm.system.names["worker"] = 1
        process.frame.variables["msg"] = values[0]
        process.stack += values[:2]
    return vm


@given(CONDITIONS, st.lists(st.sampled_from(VALUES), min_size=3, max_size=3), st.booleans())
@settings(max_examples=300)
def test_a_guard_never_passes_what_the_condition_wants(text: str, values: list[Value], deep: bool) -> None:
    guard = guard_of([Breakpoint(Place(1), text)])
    assume(guard is not None)
    assert guard is not None
    vm = machine_in(values, deep)
    process = vm.system.processes[1]
    try:
        wanted = read_expression(text).is_true(Scope(vm.system, process))
    except ExpressionError:
        wanted = True
    event(f"wanted: {wanted}")
    if wanted:
        assert guard.stops(process), text


SIMPLE = st.builds(
    "{} {} {} {} {}".format, st.sampled_from("ab"), OPERATORS, st.sampled_from("ab"), COMPARES, st.sampled_from(NUMBERS)
)


@given(st.one_of(SIMPLE, junctions(SIMPLE)), st.lists(st.sampled_from(VALUES), min_size=3, max_size=3))
@settings(max_examples=300)
def test_a_guard_of_numbers_is_the_condition(text: str, values: list[Value]) -> None:
    guard = guard_of([Breakpoint(Place(1), text)])
    assert guard is not None
    vm = machine_in(values, False)
    process = vm.system.processes[1]
    try:
        wanted = read_expression(text).is_true(Scope(vm.system, process))
    except ExpressionError:
        wanted = True
    assert guard.stops(process) is wanted


@pytest.fixture
def eager_compiler() -> Iterator[None]:
    """Everything is hot at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiering, "HOT", 1)
        patch.setattr(tiering, "WORTHWHILE", 1)
        yield


VARIABLES = st.sampled_from(("a", "b", "c", "i1", "i2", "i2", "n", "stack[0]", "depth"))
TESTS = st.one_of(
    st.builds("{} {} {}".format, VARIABLES, COMPARES, st.sampled_from(("0", "1", "2", "3", "5"))),
    st.builds("{} % 3 == {}".format, VARIABLES, st.integers(0, 2)),
    st.builds("{} {} {}".format, VARIABLES, COMPARES, VARIABLES),
)
WHEN = st.sampled_from(("", "", "", "hits 2", "once", "hits 3 once", 'log "{depth}"', "in 1", "in 2"))
PLACES = st.one_of(
    st.sampled_from(("double", "fibonacci", "worker", "end")), st.integers(10, 30).map(lambda address: f"@{address}")
)
BREAKPOINTS = st.builds("{} if {} {}".format, PLACES, st.one_of(TESTS, TESTS, junctions(TESTS)), WHEN)


def check_stops(program: Generated, texts: list[str], spacing: int) -> None:
    """Run forward in the stepper and with compiled code, then back; the stops and the states there must be the same."""
    found = []
    for fast in (False, True):
        session = session_of(program, spacing)
        session._vm.system.fast = fast
        add(session, texts)
        found.append(stops_forward(session, MOST_STEPS))
        last = session.view().step
    assert found[1] == found[0], texts
    backward = stops_backward(session)
    assert {step: stop for step, stop in backward.items() if 0 < step < last} == {
        step: stop for step, stop in found[0].items() if step != last
    }


@given(looping_programs(), st.lists(BREAKPOINTS, min_size=1, max_size=2), st.sampled_from((7, 50, 1000)))
@settings(max_examples=60)
@pytest.mark.usefixtures("eager_compiler")
def test_all_stops_are_those_of_the_stepper(program: Generated, texts: list[str], spacing: int) -> None:
    note(f"{texts} {program.options}\n{program.text}")
    check_stops(program, [text.rstrip() for text in texts], spacing)


FIXED_CONDITIONS = (
    "i % 3 == 0",
    "not (i % 3 == 0 or i % 7 > 2)",
    "i == 88 or i == 86 and depth > 100",
    'i > 84 and name == "" hits 3',
    "i == 89 or missing == 1",
    'i % 5 == 0 log "{i}"',
    "i < 89 in 1 once",
    "stack[0] == 1",
)


@pytest.mark.parametrize("condition", FIXED_CONDITIONS)
@pytest.mark.parametrize("name", mostly_slow(FIXED))
@pytest.mark.usefixtures("eager_compiler")
def test_stops_in_a_difficult_program(name: str, condition: str) -> None:
    addresses = range(4, len(FIXED[name].machine().vm.program.ops))
    for address in addresses[FIXED_CONDITIONS.index(condition) % 4 :: 4]:
        check_stops(FIXED[name], [f"@{address} if {condition}"], 100)
