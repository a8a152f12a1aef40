"""Long work in pieces: a generator that yields in between, so that somebody can look at the clock or stop it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Pieces: TypeAlias = Generator[None, None, T]
"""Work that yields now and then, and returns its result."""


def result_of(work: Pieces[T]) -> T:
    """Do all of it at once."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
