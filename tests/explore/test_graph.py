"""The tree of schedules as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.explore.helpers import exploration_of, finish
from tests.explore.programs import REFERENCE, lost_update
from ttvm.explore.graph import MOST_EXECUTIONS, GraphRecorder


def drawn(text: str, as_svg: bool) -> str:
    exploration = exploration_of(text)
    exploration.recorder = recorder = GraphRecorder()
    finish(exploration)
    return recorder.draw(exploration.report(), as_svg)


def test_dot_has_an_end_for_each_execution() -> None:
    text, executions, _ = REFERENCE["any3"]
    picture = drawn(text, False)
    assert picture.startswith("digraph schedules {")
    assert picture.count("shape=box") == executions
    assert 'label="fine"' in picture


def test_svg_is_well_formed_and_marks_findings() -> None:
    text, executions, _ = REFERENCE["philosophers2"]
    root = ElementTree.fromstring(drawn(text, True))
    circles = [each for each in root if each.tag.endswith("circle")]
    assert len(circles) == executions
    assert {each.get("fill") for each in circles} <= {"#b00020", "#1b7a2f"}
    assert root.get("width") != "0"


def test_a_large_tree_is_cut_and_says_so() -> None:
    picture = drawn(lost_update(3), True)
    assert f"{MOST_EXECUTIONS:,} executions (340 more are left out)" in picture
