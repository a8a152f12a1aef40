"""A search and what it has found, as plain data."""

from __future__ import annotations

from typing import Any

from ttvm.explore.collecting import Collection, Key
from ttvm.explore.frontier import OpenNode, Unit
from ttvm.explore.outcomes import Outcome
from ttvm.explore.report import OutcomeClass, Schedule


def write_schedule(schedule: Schedule) -> list[Any]:
    """A schedule as plain data."""
    return [list(schedule.steps), schedule.preemptions]


def read_schedule(data: Any) -> Schedule:
    """The schedule again."""
    steps, preemptions = data
    return Schedule(tuple(map(int, steps)), int(preemptions))


def write_collection(collection: Collection) -> dict[str, Any]:
    """Outcomes and findings as plain data."""
    return {
        "outcomes": [
            {
                "count": each.count,
                "schedule": write_schedule(each.schedule),
                "outcome": list(each.outcome.__dict__.values()),
            }
            for each in collection.outcomes.values()
        ],
        "found": [
            {"key": list(key.__dict__.values()), "count": count, "schedule": write_schedule(schedule)}
            for key, (count, schedule) in collection.found.items()
        ],
    }


def read_collection(data: dict[str, Any]) -> Collection:
    """The collection again."""
    collection = Collection()
    for each in data["outcomes"]:
        outcome = Outcome(*map(_frozen, each["outcome"]))
        collection.outcomes[outcome] = OutcomeClass(outcome, int(each["count"]), read_schedule(each["schedule"]))
    for each in data["found"]:
        collection.found[Key(*each["key"])] = (int(each["count"]), read_schedule(each["schedule"]))
    return collection


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def write_unit_data(unit: Unit) -> dict[str, Any]:
    """Where a search stands, as plain data."""
    nodes = [[list(map(list, node.sleep)), node.branches, node.fresh] for node in unit.nodes]
    return {"path": list(unit.path), "nodes": nodes}


def read_unit_data(data: dict[str, Any]) -> Unit:
    """The unit again."""
    nodes = tuple(
        OpenNode(tuple((int(pid), int(depth)) for pid, depth in sleep), branches, bool(fresh))
        for sleep, branches, fresh in data["nodes"]
    )
    return Unit(tuple(map(int, data["path"])), nodes)
