"""Whole traces in all formats, to be read by people: stored beside the tests, compared letter by letter.

``pytest --snapshot-update`` writes them anew; look at what changed.
"""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.unit.observers.histories import COFFEE_SHOP, SIGNALS, TALK, export, history_of, history_of_file
from ttvm.observers.exporters import FORMATS, find_exporter


class TraceExtension(SingleFileSnapshotExtension):
    """One readable text file per trace."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("program", ["talk", "signals", "coffee_shop"])
def test_whole_trace(program: str, name: str, snapshot: SnapshotAssertion) -> None:
    texts = {"talk": TALK, "signals": SIGNALS}
    history = history_of(texts[program]) if program in texts else history_of_file(COFFEE_SHOP)
    assert export(name, history) == snapshot(extension_class=TraceExtension)


def test_an_unknown_format_is_an_error_that_names_the_others() -> None:
    with pytest.raises(ValueError, match="there is no format pdf; there are text, json"):
        find_exporter("pdf")
