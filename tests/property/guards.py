"""Guards of breakpoints for generated programs: many are met now and then, some never, some cannot be decided."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.property.loops import NAMES
from ttvm.engine.guards import (
    PROPERTIES,
    All,
    Condition,
    Constant,
    Guard,
    Not,
    Operation,
    Property,
    Some,
    StackValue,
    Term,
    Variable,
)
from ttvm.values import FALSE, TRUE, Value

VALUES: tuple[Value, ...] = (0, 1, 2, 3, 5, -1, 7, 2**63 - 1, -(2**63), 1.5, float("inf"), "x", TRUE, FALSE, None)

VARIABLES = st.sampled_from((*NAMES, "i1", "i2", "i2", "n", "new", "shared")).map(Variable)
CONSTANTS = st.sampled_from(VALUES).map(Constant)
LEAVES: st.SearchStrategy[Term] = st.one_of(
    VARIABLES,
    VARIABLES,
    CONSTANTS,
    st.integers(0, 3).map(StackValue),
    st.sampled_from(tuple(PROPERTIES)).map(Property),
)


def operations(values: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    """What rows of the table make of values."""
    two = st.sampled_from(("ADD", "SUB", "MUL", "DIV", "MOD", "INDEX"))
    return st.one_of(
        st.builds(lambda row, a, b: Operation(row, (), (a, b)), two, values, values),
        st.builds(lambda row, a: Operation(row, (), (a,)), st.sampled_from(("NEG", "LEN")), values),
        values.map(lambda value: Operation("GET_FIELD", ("k",), (value,))),
    )


TERMS: st.SearchStrategy[Term] = st.recursive(LEAVES, operations, max_leaves=3)
COMPARISONS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        lambda row, a, b: Operation(row, (), (a, b)),
        st.sampled_from(("EQ", "EQ", "NE", "LT", "GT", "LE", "GE")),
        st.one_of(VARIABLES, TERMS),
        st.one_of(CONSTANTS, TERMS),
    ),
    TERMS,
)


def junctions(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """What not, and, and or make of conditions."""
    some = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(parts.map(Not), some.map(All), some.map(Some))


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(COMPARISONS, junctions, max_leaves=4)
GUARDS = CONDITIONS.map(Guard)


def compare(row: str, a: Term, b: Value) -> Condition:
    """A comparison with a constant."""
    return Operation(row, (), (a, Constant(b)))


COUNT = Variable("i")
THIRD = compare("EQ", Operation("MOD", (), (COUNT, Constant(3))), 0)
FIXED_GUARDS: dict[str, Guard] = {
    "a number now and then": Guard(THIRD),
    "one round of many": Guard(Not(compare("NE", COUNT, 61))),
    "neither of two": Guard(Not(Some((THIRD, compare("GT", Operation("MOD", (), (COUNT, Constant(7))), 2))))),
    "not both": Guard(
        Not(All((compare("GT", COUNT, 3), compare("NE", Operation("MOD", (), (COUNT, Constant(8))), 5))))
    ),
    "the first of two, else the second": Guard(
        Some((All((THIRD, compare("LT", COUNT, 80))), compare("EQ", Property("depth"), 3)))
    ),
    "a value on the stack": Guard(compare("EQ", Operation("MOD", (), (StackValue(0), Constant(4))), 1)),
    "one below it": Guard(compare("EQ", Operation("MOD", (), (StackValue(1), Constant(4))), 1)),
    "what is not always there": Guard(compare("LT", Variable("a"), 84)),
    "a parameter": Guard(compare("EQ", Operation("MOD", (), (Variable("n"), Constant(4))), 1)),
    "a letter that waits": Guard(compare("GT", Property("messages"), 0)),
    "somebody else": Guard(compare("EQ", Property("pid"), 2)),
    "a value by itself": Guard(Operation("MOD", (), (COUNT, Constant(5)))),
    "lists are not compared": Guard(Operation("NE", (), (Variable("list"), Variable("list")))),
}
"""Guards for the programs of ``compiled_programs``, which count in ``i``."""
