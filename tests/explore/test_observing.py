"""Who can notice what, by the text of a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.helpers import finish, report_of
from tests.explore.programs import numbered
from ttvm.asm.assembler import assemble
from ttvm.explore.exploring import Exploration
from ttvm.explore.observing import Observing
from ttvm.explore.options import Options
from ttvm.explore.search import Strategy
from ttvm.source import Source
from ttvm.values import TRUE, List, Object, Value
from ttvm.vm import make_loader


def takers(program: str, value: Value) -> int:
    return Observing([assemble(Source("prog.ttvm", program))]).takers(value)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (1, 2, True),
        (1, "a", False),
        ("a", "b", False),
        (List([1]), List(["a"]), True),
        (List([1]), List([1, 2]), False),
        (List([1]), Object(k=1), False),
        (Object(k=1), Object(k=2, l=3), True),
        (Object(k="x"), Object(k=1), False),
        (TRUE, 1, False),
    ],
    ids=str,
)
def test_two_messages_share_a_receive(first: Value, second: Value, shared: bool) -> None:
    program = 'RECEIVE int | float\nRECEIVE "a"\nRECEIVE "b" | null\nRECEIVE [$x]\nRECEIVE {k: int}\n'
    assert bool(takers(program, first) & takers(program, second)) is shared


def test_a_receive_without_a_pattern_takes_everything() -> None:
    assert takers('RECEIVE "a"\nRECEIVE\n', 1) & takers('RECEIVE "a"\nRECEIVE\n', "b")


def test_printing_is_seen_where_somebody_can_be_struck() -> None:
    assert not Observing([assemble(Source("a", "PRINT\n"))]).lethal
    assert Observing([assemble(Source("a", "LINK\n"))]).lethal


def test_messages_that_nobody_tells_apart_do_not_race() -> None:
    text = numbered(3) + 'RECEIVE "go"\nHALT\nsender:\nLOAD a2\nLOAD a1\nSEND\nPUSH_STR "go"\nLOAD a1\nSEND\nHALT\n'
    assert report_of(text, strategy=Strategy.OPTIMAL).executions == 6  # the three "go", and not the three numbers
    assert report_of(text).executions == 3  # which "go" comes first


def test_a_module_that_comes_late_begins_the_search_anew(tmp_path: Path) -> None:
    path = tmp_path / "prog.ttvm"
    path.write_text(
        numbered(2)
        + 'RECEIVE int\nPUSH_INT 2\nEQ\nJZ out\nIMPORT "late"\nout:\nHALT\nsender:\nLOAD a2\nLOAD a1\nSEND\nHALT\n'
    )
    (tmp_path / "late.ttvm").write_text("RECEIVE\nPRINT\n")
    loader = make_loader()
    exploration = finish(Exploration(loader.load(str(path)), Options(), loader))
    assert exploration.options.cautious
    assert exploration.bound is None
    assert {outcome.output for outcome in exploration.collection.outcomes} == {(), ((1, ("1",)),)}
