"""Values: types, truth, equality, sharing and immutability (language.md, section 2)."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any, SupportsIndex, overload

import pytest

from tests.unit.helpers import failure, module_of, nest, tower
from ttvm import values
from ttvm.errors import Fault, FaultKind
from ttvm.forms import debug, display
from ttvm.values import (
    FALSE,
    INT_MAX,
    INT_MIN,
    TRUE,
    Bytes,
    Closure,
    Function,
    List,
    Object,
    Ref,
    Value,
    boolean,
    equal,
    truth,
    type_name,
    wrap,
)

HERE = module_of("f:\nNOP\n", "here.ttvm")
THERE = module_of("f:\nNOP\n", "there.ttvm")
NAN = math.nan
INF = math.inf
DEEP = 100_000


def closure(captured: dict[str, Value], address: int = 0) -> Closure:
    return Closure(HERE, address, "f", (), captured)


# -- types


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1, "int"),
        (1.0, "float"),
        ("", "str"),
        (TRUE, "bool"),
        (None, "null"),
        (List([]), "list"),
        (Object(), "object"),
        (Bytes(b""), "bytes"),
        (Function(HERE, 0, "", ()), "function"),
        (closure({}), "function"),
        (failure(), "exception"),
        (Ref(1), "ref"),
    ],
)
def test_type_names(value: Value, name: str) -> None:
    assert type_name(value) == name


@pytest.mark.parametrize("value", [0, -0.0, 0.0, FALSE, None])
def test_false_values(value: Value) -> None:
    assert not truth(value)


@pytest.mark.parametrize(
    "value",
    [1, -1, 1e-300, NAN, INF, TRUE, "", "false", List([]), Object(), Bytes(b""), failure(), Ref(0), closure({})],
    ids=lambda value: debug(value),
)
def test_everything_else_is_true(value: Value) -> None:
    assert truth(value)


def test_boolean_gives_the_two_bools() -> None:
    assert boolean(1 < 2) is TRUE
    assert boolean([]) is FALSE


@pytest.mark.parametrize("flag", [TRUE, FALSE])
def test_bools_stay_the_same_objects_when_copied(flag: values.Bool) -> None:
    assert pickle.loads(pickle.dumps(flag)) is flag
    assert copy.deepcopy(flag) is flag
    assert copy.copy(flag) is flag


@pytest.mark.parametrize(
    ("number", "wrapped"),
    [
        (0, 0),
        (INT_MAX, INT_MAX),
        (INT_MIN, INT_MIN),
        (INT_MAX + 1, INT_MIN),
        (INT_MIN - 1, INT_MAX),
        (2**64, 0),
        (2**64 + 5, 5),
        (-(2**64) - 5, -5),
        (2**63 + 2**64 * 7, INT_MIN),
        (INT_MIN * INT_MIN, 0),
        (INT_MAX * INT_MAX, 1),
    ],
)
def test_wrap(number: int, wrapped: int) -> None:
    assert wrap(number) == wrapped


# -- equality


DISTINCT: list[Value] = [
    0,
    1,
    0.5,
    INF,
    -INF,
    "",
    "0",
    "null",
    TRUE,
    FALSE,
    None,
    List([]),
    List([0]),
    List([0, 0]),
    List([None]),
    Object(),
    Object(a=0),
    Object(a=None),
    Object(a=0, b=0),
    Object(b=0),
    Bytes(b""),
    Bytes(b"0"),
    Function(HERE, 0, "f", ()),
    Function(HERE, 1, "f", ()),
    Function(THERE, 0, "f", ()),
    Function(HERE, 0, "f", ("a",)),
    closure({}),
    closure({"a": 0}),
    closure({"a": 1}),
    failure(),
    failure(kind="TypeMismatch"),
    failure("other"),
    failure(payload=0),
    Ref(0),
    Ref(1),
]
"""Values of which no two are equal."""


@pytest.mark.parametrize("left", range(len(DISTINCT)), ids=lambda index: debug(DISTINCT[index]))
def test_every_value_equals_itself_and_no_other(left: int) -> None:
    equals = [index for index, value in enumerate(DISTINCT) if equal(DISTINCT[left], value)]
    assert equals == [left]
    inside = [index for index, value in enumerate(DISTINCT) if equal(List([DISTINCT[left]]), List([value]))]
    assert inside == [left]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (0, -0.0),
        (0.0, -0.0),
        (2**53, float(2**53)),
        ("é", "\u00e9"),
        (List([1, List([2.0])]), List([1.0, List([2])])),
        (Object(a=1, b=2), Object(b=2.0, a=1)),
        (closure({"a": List([1])}), closure({"a": List([1])})),
        (failure(payload=List([1])), failure(payload=List([1.0]))),
        (Bytes(b"\x00"), Bytes(b"\x00")),
        (Ref(7), Ref(7)),
    ],
    ids=lambda value: debug(value),
)
def test_equal_by_structure(left: Value, right: Value) -> None:
    assert equal(left, right)
    assert equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (2**53 + 1, float(2**53)),
        (INT_MAX, float(INT_MAX)),
        (1, TRUE),
        (0, FALSE),
        (0, None),
        ("a", "A"),
        (List([1, 2]), List([2, 1])),
        (List([1, 2]), List([1])),
        (Object(a=1), Object(a=2)),
        (Object(a=1), Object(b=1)),
        (Function(HERE, 0, "f", ()), closure({})),
    ],
    ids=lambda value: debug(value),
)
def test_unequal(left: Value, right: Value) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


@pytest.mark.parametrize(
    "make",
    [
        lambda: NAN,
        lambda: List([NAN]),
        lambda: Object(a=NAN),
        lambda: List([List([1, NAN])]),
        lambda: failure(payload=NAN),
        lambda: closure({"a": NAN}),
    ],
)
def test_nan_is_unequal_to_itself_even_inside(make: Callable[[], Value]) -> None:
    value = make()
    assert not equal(value, value)
    assert not equal(value, make())


def test_python_equality_of_values_is_the_languages() -> None:
    assert List([1]) == List([1.0])
    assert List([1]) != List([2])
    assert List([1]) != [1]
    assert Object(a=1) == Object(a=1.0)
    assert Object(a=1) != Object(a=2)
    assert Object() != {}
    assert failure() == failure()
    assert failure() != failure("other")
    assert Ref(1) == Ref(1)
    assert Ref(1) != 1


def test_equal_functions_have_equal_hashes() -> None:
    assert hash(Function(HERE, 0, "f", ("a",))) == hash(Function(HERE, 0, "f", ("a",)))
    assert hash(failure()) == hash(failure())
    assert hash(Ref(3)) == hash(Ref(3))


@pytest.mark.parametrize("value", [List([]), Object()])
def test_containers_have_no_hash(value: Value) -> None:
    with pytest.raises(TypeError):
        hash(value)


def test_closures_in_a_list_are_compared_one_by_one() -> None:
    """Each pair of closures brings captured variables of its own."""
    for differing in range(5):
        left = List([closure({"x": number}) for number in range(5)])
        right = List([closure({"x": -1 if number == differing else number}) for number in range(5)])
        assert not equal(left, right)
        assert equal(left, List([closure({"x": number}) for number in range(5)]))


# -- depth and sharing


WRAPPERS: dict[str, Callable[[Value], Value]] = {
    "list": lambda value: List([value]),
    "object": lambda value: Object(k=value),
    "closure": lambda value: closure({"k": value}),
    "exception": lambda value: failure(payload=value),
    "list in object": lambda value: Object(k=List([value])),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_equality_of_deep_values_needs_no_recursion(name: str) -> None:
    depth = DEEP if name == "list" else DEEP // 10
    deep = nest(1, WRAPPERS[name], depth)
    assert equal(deep, nest(1, WRAPPERS[name], depth))
    assert not equal(deep, nest(2, WRAPPERS[name], depth))


class CountedList(List):
    """A list that counts how often somebody looks at its elements."""

    __slots__ = ()
    looks = 0

    def elements(self) -> list[Value]:
        CountedList.looks += 1
        return super().elements()


@pytest.mark.parametrize("same", [True, False], ids=["equal", "unequal"])
def test_equality_of_shared_structure_is_linear(same: bool) -> None:
    left, right = tower(CountedList, 1), tower(CountedList, 1 if same else 2)
    CountedList.looks = 0
    assert equal(left, right) is same
    assert equal(left, left)
    assert CountedList.looks <= 4 * 60


# -- lists


class CountingStorage(list[Value]):
    """The storage of a list, which counts what is done to it."""

    appends = 0
    copies = 0

    def append(self, item: Value) -> None:
        CountingStorage.appends += 1
        super().append(item)

    @overload
    def __getitem__(self, key: SupportsIndex) -> Value: ...
    @overload
    def __getitem__(self, key: slice) -> list[Value]: ...
    def __getitem__(self, key: Any) -> Any:
        CountingStorage.copies += isinstance(key, slice)
        return super().__getitem__(key)


def test_a_loop_of_appends_is_linear() -> None:
    CountingStorage.appends = CountingStorage.copies = 0
    grown = List(CountingStorage())
    for number in range(100_000):
        grown = grown.append(number)
    assert (CountingStorage.appends, CountingStorage.copies) == (100_000, 0)
    assert len(grown) == 100_000
    assert grown.elements() == list(range(100_000))


def test_append_leaves_the_list_itself_alone() -> None:
    old = List([1])
    new = old.append(2)
    assert (display(old), display(new)) == ("[1]", "[1, 2]")
    assert (len(old), len(new)) == (1, 2)


def test_two_appends_to_one_list_branch() -> None:
    trunk = List([1]).append(2)
    left, right = trunk.append("left"), trunk.append("right")
    assert [display(each) for each in (trunk, left, right)] == ["[1, 2]", "[1, 2, left]", "[1, 2, right]"]
    further_left, further_right = left.append("l2"), right.append("r2")
    assert [display(each) for each in (left, right)] == ["[1, 2, left]", "[1, 2, right]"]
    assert display(further_left) == "[1, 2, left, l2]"
    assert display(further_right) == "[1, 2, right, r2]"


def test_appends_to_every_version_of_a_list() -> None:
    versions = [List([])]
    for number in range(20):
        versions.append(versions[-1].append(number))
    branches = [version.append("end") for version in versions]
    for length, (version, branch) in enumerate(zip(versions, branches, strict=True)):
        assert list(version) == list(range(length))
        assert list(branch) == [*range(length), "end"]


def test_an_append_does_not_show_in_a_loop_over_the_list() -> None:
    old = List([1, 2])
    iterator = iter(old)
    assert next(iterator) == 1
    old.append(3)
    assert list(iterator) == [2]


def test_append_past_the_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "SIZE_LIMIT", 3)
    full = List([1, 2]).append(3)
    with pytest.raises(Fault, match="more than 3 elements") as caught:
        full.append(4)
    assert caught.value.kind is FaultKind.LIMIT_EXCEEDED
    assert full.elements() == [1, 2, 3]


# -- objects and bytes


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.__setitem__("a", 2),
        lambda value: value.__delitem__("a"),
        lambda value: value.pop("a"),
        lambda value: value.popitem(),
        lambda value: value.clear(),
        lambda value: value.update({"a": 2}),
        lambda value: value.setdefault("b", 2),
        lambda value: value.__ior__({"a": 2}),
    ],
)
def test_an_object_cannot_be_changed(change: Callable[[Any], object]) -> None:
    value = Object(a=1)
    with pytest.raises(TypeError, match="immutable"):
        change(value)
    assert display(value) == "{a: 1}"


def test_with_field_and_without_field_give_new_objects() -> None:
    value = Object(a=1, b=2, c=3)
    assert display(value.with_field("b", "two")) == "{a: 1, b: two, c: 3}"
    assert display(value.with_field("d", 4)) == "{a: 1, b: 2, c: 3, d: 4}"
    assert display(value.without_field("b")) == "{a: 1, c: 3}"
    assert display(value.without_field("x")) == "{a: 1, b: 2, c: 3}"
    assert display(value.without_field("a").with_field("a", 1)) == "{b: 2, c: 3, a: 1}"
    assert display(value) == "{a: 1, b: 2, c: 3}"
    assert type(value.without_field("a")) is type(value.with_field("a", 0)) is Object


@pytest.mark.parametrize(
    "compare",
    [lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b, lambda a, b: a >= b],
)
@pytest.mark.parametrize(
    ("left", "right"),
    [(Bytes(b"a"), Bytes(b"b")), (TRUE, FALSE), (List([1]), List([2])), (Object(), Object()), (1, TRUE), ("a", 1)],
    ids=lambda value: debug(value),
)
def test_python_refuses_to_order_other_values(compare: Callable[[Any, Any], bool], left: Value, right: Value) -> None:
    with pytest.raises(TypeError):
        compare(left, right)


@pytest.mark.parametrize("add", [lambda a, b: a + b, lambda a, b: b + a])
@pytest.mark.parametrize("value", [TRUE, None, List([]), Object(), Ref(1)], ids=lambda value: debug(value))
def test_python_refuses_to_add_to_other_values(add: Callable[[Any, Any], object], value: Value) -> None:
    with pytest.raises(TypeError):
        add(value, 1)
