"""The table of footprints says something about every row that another process could notice."""

from __future__ import annotations

from ttvm.explore.rows import LETHAL, ROWS, missing_rows
from ttvm.instruction import Kind
from ttvm.isa import ISA


def test_every_actor_and_effect_has_a_footprint() -> None:
    assert missing_rows() == set()


def test_nothing_else_has_one() -> None:
    assert {name for name in ROWS if ISA[name].kind not in (Kind.ACTOR, Kind.EFFECT)} == set()


def test_what_ends_others_is_in_the_table() -> None:
    assert set(ROWS) >= LETHAL
