"""Traces in the formats of other tools: one module each, with a function ``export``.

``export`` takes the history of a run, and a function that gets a line for the user when something had to be left
out. It gives the trace in pieces, so that a large one is never in memory as a whole.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from ttvm.observers.history import History

    Exporter: TypeAlias = Callable[[History, Callable[[str], None]], Iterator[str]]

FORMATS = ("text", "json", "mermaid", "shiviz", "chrome", "diagram", "svg")
"""The modules of this package that export."""


def find_exporter(name: str) -> Exporter:
    """The exporter of a format. Only this one is imported."""
    if name not in FORMATS:
        raise ValueError(f"there is no format {name}; there are {', '.join(FORMATS)}")
    module = importlib.import_module(f"{__name__}.{name}")
    return cast("Exporter", module.export)
