"""Frozen records that cost nothing to declare.

A dataclass or a named tuple is compiled when its module is imported: 0.2 to 0.6 ms each, and the machine has
forty of them, so they were a third of the start-up time of `ttvm` (docs/decisions/0002-start-up.md).
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """A record with the fields that the class annotates, in their order; type checkers see a frozen dataclass.

    A field may have a default. Two records are equal when they are of one class and their fields are equal.
    """

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._names = tuple(cls.__annotations__)

    def __init__(self, *values: Any, **named: Any) -> None:
        fields, names = self.__dict__, self._names
        fields.update(zip(names, values, strict=False))
        if not named and len(values) == len(names):
            return
        fields.update(named)
        for name in names:
            if name not in fields:
                if not hasattr(type(self), name):
                    raise TypeError(f"{type(self).__name__} needs {name}")
                fields[name] = getattr(type(self), name)
        if len(fields) > len(names) or len(values) + len(named) > len(names):
            raise TypeError(f"{type(self).__name__} takes {', '.join(names)}")

    def replace(self, **changes: Any) -> Self:
        """A record with some fields changed."""
        return type(self)(**{**self.__dict__, **changes})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__[name] for name in self._names))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._names)
        return f"{type(self).__name__}({fields})"
