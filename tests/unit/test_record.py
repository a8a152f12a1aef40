"""Record: a frozen record without the cost of a dataclass."""

from __future__ import annotations

import pytest

from ttvm.record import Record


class Point(Record):
    """A point for these tests."""

    x: int
    y: int = 7


class Named(Record):
    """Another class with the same fields."""

    x: int
    y: int = 7


def test_fields_by_position_by_name_and_by_default() -> None:
    assert (Point(1, 2).x, Point(1, 2).y) == (1, 2)
    assert Point(x=1, y=2) == Point(1, y=2) == Point(1, 2)
    assert Point(1).y == 7
    assert repr(Point(1)) == "Point(x=1, y=7)"


def test_wrong_fields() -> None:
    with pytest.raises(TypeError, match="Point needs x"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Point takes x, y"):
        Point(1, 2, 3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Point takes x, y"):
        Point(1, 2, x=3)  # type: ignore[misc]
    with pytest.raises(TypeError, match="Point needs x"):
        Point(y=1, z=2)  # type: ignore[call-arg]


def test_it_is_frozen_and_a_value() -> None:
    point = Point(1, 2)
    with pytest.raises(AttributeError, match="Point is frozen"):
        point.x = 3  # type: ignore[misc]
    assert hash(point) == hash(Point(1, 2))
    assert point != Named(1, 2)
    assert point.replace(y=3) == Point(1, 3)
    assert point == Point(1, 2)
