"""Each template means what the function of its row means, for values of all types, known and unknown ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.property.state import of_value
from tests.unit.helpers import failure, module_of
from ttvm.engine.fastpath.compiler import namespace_of_regions
from ttvm.engine.fastpath.templates import SHUFFLES, TEMPLATES, Term, falsehood
from ttvm.engine.fastpath.writing import Names
from ttvm.errors import Fault
from ttvm.isa import ISA
from ttvm.values import FALSE, INT_MAX, INT_MIN, TRUE, Bytes, Closure, Function, List, Object, Ref, Value, truth

MODULE = module_of("NOP\n")
NUMBERS: tuple[Value, ...] = (0, 1, -1, 2, 7, -7, 10**12, INT_MAX, INT_MIN, 0.0, -0.0, 1.5, -2.5, 1e300,
                              float("inf"), float("-inf"), float("nan"))  # fmt: skip
OTHERS: tuple[Value, ...] = (
    "", "a", "ab", "x" * 3000, None, TRUE, FALSE, List([]), List([1, 2]), List([List([3])]), Object(), Object(k=1),
    Bytes(b""), Bytes(b"ab"), Function(MODULE, 0, "f", ("x",)), Closure(MODULE, 0, "f", ("x",), {"y": 1}), Ref(1),
    failure(),
)  # fmt: skip
VALUES = NUMBERS + OTHERS
CONSTANTS: tuple[Value, ...] = (0, 1, -1, 7, INT_MAX, INT_MIN, 1.5, -0.0, float("nan"), "", "a", None)
KINDS = {int: ("int", "num"), float: ("float", "num"), str: ("text",), List: ("list",)}
TEMPLATED = sorted(TEMPLATES)


def result_of(function: Callable[..., Any], *values: Value) -> object:
    """What a function comes to; None of its exceptions differs from another here."""
    try:
        return of_value(function(*values))
    except Exception:
        return "raised"


def terms(name: str, value: Value) -> Iterator[Term]:
    """What the compiler may know of a value in a local variable."""
    yield Term(name)
    for kind in KINDS.get(type(value), ()):
        yield Term(name, kind)


class Workshop:
    """Makes Python functions of a row's template."""

    def __init__(self, mnemonic: str) -> None:
        self.namespace = namespace_of_regions()
        self.names = Names(self.namespace)
        self.row = ISA[mnemonic]
        self.names.function(mnemonic, self.row.function)
        self._made: dict[object, Callable[..., Any]] = {}

    def make(self, operands: tuple[Any, ...], values: tuple[Term, ...]) -> Callable[..., Any]:
        """The template as a function of a, b and c."""
        key = (operands, tuple(each[:2] for each in values))
        if key not in self._made:
            code = TEMPLATES[self.row.mnemonic]("result", operands, values)
            lines = "\n    ".join((*code.lines, "return result"))
            exec(f"def made(a=None, b=None, c=None):\n    {lines}\n", self.namespace)
            self._made[key] = self.namespace["made"]
        return self._made[key]


def operands_of(mnemonic: str) -> tuple[Any, ...]:
    return {"MAKE_LIST": (2,), "GET_FIELD": ("k",)}.get(mnemonic, ())


@pytest.mark.parametrize("mnemonic", TEMPLATED)
def test_a_template_is_the_function_of_its_row(mnemonic: str) -> None:
    workshop, operands = Workshop(mnemonic), operands_of(mnemonic)
    row = workshop.row
    count = len(row.pop_names(operands))
    for values in itertools.product(VALUES, repeat=count):
        expected = result_of(row.function, *operands, *values)
        for known in itertools.product(*(terms(name, value) for name, value in zip("abc", values, strict=False))):
            found = result_of(workshop.make(operands, known), *values)
            assert found == expected, (values, known)


@pytest.mark.parametrize("mnemonic", TEMPLATED)
def test_a_template_with_constants_is_the_function_of_its_row(mnemonic: str) -> None:
    workshop, operands = Workshop(mnemonic), operands_of(mnemonic)
    row = workshop.row
    count = len(row.pop_names(operands))
    some = (*CONSTANTS, List([1, 2]), TRUE, "abc", 10**12)
    for position in range(count):
        for constant in CONSTANTS:
            term = workshop.names.term(constant)
            for others in itertools.product(some, repeat=count - 1):
                values = (*others[:position], constant, *others[position:])
                expected = result_of(row.function, *operands, *values)
                known = [Term(name) for name in "abc"[:count]]
                known[position] = term
                assert result_of(workshop.make(operands, tuple(known)), *values) == expected, (values, known)


@pytest.mark.parametrize("mnemonic", ["EQ", "NE", "GT", "GE", "LT", "LE"])
def test_a_condition_says_when_the_answer_is_one(mnemonic: str) -> None:
    condition = TEMPLATES[mnemonic]("r", (), (Term("a"), Term("b"))).condition
    holds = eval(f"lambda a, b: bool({condition})")
    for a, b in itertools.product(VALUES, repeat=2):
        try:
            expected = ISA[mnemonic].function(a, b)
        except Fault:
            with pytest.raises(TypeError):
                holds(a, b)
        else:
            assert holds(a, b) == (expected == 1), (a, b)


@pytest.mark.parametrize("value", VALUES)
def test_what_counts_as_false(value: Value) -> None:
    for term in terms("a", value):
        is_false = eval(f"lambda a: bool({falsehood(term)})", namespace_of_regions())
        assert is_false(value) is not truth(value), term


@pytest.mark.parametrize("mnemonic", sorted(SHUFFLES))
def test_a_shuffle_only_moves_values(mnemonic: str) -> None:
    """Its function can be given terms instead of values."""
    count = len(ISA[mnemonic].pop_names(()))
    given = tuple(object() for _ in range(count))
    moved = ISA[mnemonic].function(*given) or ()
    assert len(moved) == len(ISA[mnemonic].effect.pushes)
    assert set(moved) <= set(given)


def test_rows_without_operands_that_take_nothing_are_constants() -> None:
    """The compiler executes them while it compiles."""
    for row in ISA.values():
        if row.kind.value == "pure" and not row.effect.pops and not row.operands and len(row.effect.pushes) == 1:
            assert of_value(row.function()) == of_value(row.function())
