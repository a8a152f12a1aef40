"""Values on their way into a database, and results on their way out."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import CursorResult

from ttvm.errors import FaultKind
from ttvm.host.handles import Refused
from ttvm.values import INT_MAX, INT_MIN, SIZE_LIMIT, TRUE, Bool, Bytes, List, Object, Value, boolean

MOST_CELLS = 1 << 20
"""Values of a result, each row counting as one more: each of them takes some hundred bytes in memory."""


def bound(parameters: List | Object | None, bools: bool) -> tuple[Any, ...] | dict[str, Any] | None:
    """Parameters as drivers take them; ``bools``: whether the database knows truth values."""

    def plain(value: Value) -> Any:
        return (value is TRUE if bools else int(value is TRUE)) if isinstance(value, Bool) else value

    if parameters is None:
        return None
    if isinstance(parameters, List):
        return tuple(plain(value) for value in parameters)
    return {name: plain(value) for name, value in parameters.items()}


def read_result(result: CursorResult[Any], look: Callable[[], None]) -> Value:
    """The answer of DB_QUERY: all rows, in both forms. ``look`` is called for each row, and may raise Refused."""
    if not result.returns_rows:
        return Object({"columns": List([]), "rows": List([]), "data": List([])})
    columns = list(result.keys())
    names = _different(columns)
    rows: list[Value] = []
    data: list[Value] = []
    cells = size = sum(map(len, columns))
    for row in result:
        look()
        values = [value_of(value) for value in row]
        rows.append(List(values))
        data.append(Object(zip(names, values, strict=True)))
        cells += 1 + len(values)
        size += sum(len(value) for value in values if isinstance(value, (str, bytes)))
        if cells > MOST_CELLS or size > SIZE_LIMIT:
            raise Refused(
                FaultKind.LIMIT_EXCEEDED,
                f"would give more than {MOST_CELLS:,} values or {SIZE_LIMIT:,} characters (after {len(rows):,} rows)",
            )
    return Object({"columns": List(list[Value](columns)), "rows": List(rows), "data": List(data)})


def _different(columns: Sequence[str]) -> list[str]:
    """The names, each once: the second ``id`` is ``id_2``."""
    names: dict[str, None] = {}
    for column in columns:
        name, number = column, 1
        while name in names or (number > 1 and name in columns):
            number += 1
            name = f"{column}_{number}"
        names[name] = None
    return list(names)


def value_of(value: Any) -> Value:
    """What a driver gave, as a value. What has no type of its own here is a text."""
    if value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, bool):
        return boolean(value)
    if isinstance(value, int):
        return value if INT_MIN <= value <= INT_MAX else str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Bytes(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return List([value_of(each) for each in value])
    if isinstance(value, dict):
        return Object({str(name): value_of(each) for name, each in value.items()})
    return str(value)
