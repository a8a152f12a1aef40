"""Supervisors' decisions and waits for the world outside, as each format tells of them."""

from __future__ import annotations

import json

from tests.machines import ROOT
from tests.unit.observers.histories import entries, export, history_of, history_of_file

WORKERS = ROOT / "examples" / "supervised_workers.ttvm"
NOTEBOOK = ROOT / "examples" / "sqlite_notebook.ttvm"
DECISIONS = ("ChildRestarted", "ChildStopped", "SupervisorGaveUp")

DECIDING = """
    MAKE_FUNCTION boss
    SPAWN_MONITOR
    POP
    POP
    RECEIVE {type: "DOWN"}
    HALT
boss:
    START_SUPERVISOR one_for_one 1 60
    SUPERVISE_CHILD once temporary
    POP
    SUPERVISE_CHILD twice permanent
    POP
    RECEIVE
once:
    HALT
twice:
    HALT
"""
"""A supervisor that does all three: it restarts one child, leaves the other, and gives up."""


def test_the_program_decides_everything() -> None:
    history = history_of(DECIDING)
    assert all(entries(history, kind) for kind in DECISIONS)


def test_text_tells_of_decisions() -> None:
    text = export("text", history_of(DECIDING))
    assert "2 boss   does not restart once: 3 once ended: normal" in text
    assert "2 boss   restarts twice: 5 twice takes the place of 4 twice" in text
    assert "2 boss   gives up because of twice: " in text


def test_json_has_their_fields() -> None:
    lines = [json.loads(line) for line in export("json", history_of(DECIDING)).splitlines()]
    told = {line["kind"]: line for line in lines if line["kind"] in DECISIONS}
    assert {line["pid"] for line in told.values()} == {2}, "they are about the supervisor"
    assert told["ChildRestarted"]["fields"] == {"name": "twice", "before": 4, "process": 5}
    assert told["ChildStopped"]["fields"] == {"name": "once", "pid": 3, "reason": "normal"}
    assert told["SupervisorGaveUp"]["fields"]["name"] == "twice"


def test_mermaid_draws_notes_over_the_supervisor() -> None:
    diagram = export("mermaid", history_of(DECIDING))
    assert "    Note over p2: does not restart once: 3 once ended: normal\n" in diagram
    assert "    Note over p2: restarts twice: 5 twice takes the place of 4 twice\n" in diagram
    assert "    Note over p2: gives up because of twice: " in diagram
    # What a child's end was answered with stands behind that end.
    assert diagram.index("Note over p4: ends: normal") < diagram.index("Note over p2: restarts twice")


def test_chrome_shows_instants_on_the_track_of_the_supervisor() -> None:
    history = history_of(DECIDING)
    events = json.loads(export("chrome", history))["traceEvents"]
    shown = [event for event in events if event.get("cat") == "supervision"]
    assert {event["tid"] for event in shown} == {2}
    assert len(shown) == sum(len(entries(history, kind)) for kind in DECISIONS)


def test_a_tree_of_supervisors_is_drawn() -> None:
    diagram = export("mermaid", history_of_file(WORKERS))
    assert diagram.count(" takes the place of ") == len(entries(history_of_file(WORKERS), "ChildRestarted")) > 0


def test_waits_for_the_world_say_what_they_wait_for() -> None:
    history = history_of_file(NOTEBOOK)
    assert "1 main  waits for a database that is being opened\n" in export("text", history)
    assert "1 main  waits for the database sqlite::memory:\n" in export("text", history)
    assert "    Note over p1: waits for the database sqlite#58;#58;memory#58;\n" in export("mermaid", history)
    waits = [json.loads(line) for line in export("json", history).splitlines()]
    waits = [line for line in waits if line["kind"] == "ProcessBlocked"]
    assert [line["fields"]["ticket"] for line in waits] == list(range(1, len(waits) + 1))
    events = json.loads(export("chrome", history))["traceEvents"]
    assert len([event for event in events if event.get("cat") == "outside"]) == len(waits) > 10


def test_other_waits_are_no_waits_for_the_world() -> None:
    events = json.loads(export("chrome", history_of(DECIDING)))["traceEvents"]
    assert {event["cat"] for event in events if event["ph"] == "X"} >= {"wait"}
    assert not [event for event in events if event.get("cat") == "outside"]
