"""Processes as plain data: variables, titles, and copies that share nothing that can change."""

from __future__ import annotations

import pytest

from tests.unit.helpers import FOLDER, MemoryFiles, machine, module_of
from ttvm.errors import Fault, FaultKind
from ttvm.process.state import Frame, Limits, Process

MODULE = module_of("NOP\n")


def process_of(pid: int = 1) -> Process:
    return Process(pid, 0, "test", Frame(MODULE, "", {}, 0), 0, Limits())


def test_lookup_finds_the_frame_then_the_outermost_frame() -> None:
    process = process_of()
    process.frame.variables.update(g="global", x="outer")
    inner = Frame(MODULE, "f", {"x": "inner"}, 0)
    process.frames.append(inner)
    process.frame = inner
    assert [process.lookup("x"), process.lookup("g")] == ["inner", "global"]
    with pytest.raises(Fault, match='finds no variable "y"') as caught:
        process.lookup("y")
    assert caught.value.kind is FaultKind.UNDEFINED_VARIABLE


def test_a_frame_of_another_module_does_not_see_the_programs_variables() -> None:
    process = process_of()
    process.frame.variables["g"] = 1
    foreign = Frame(module_of("NOP\n", "other.ttvm"), "f", {}, 0)
    process.frames.append(foreign)
    process.frame = foreign
    assert process.outermost_variables() is None
    with pytest.raises(Fault):
        process.lookup("g")


def test_name_and_title() -> None:
    process = process_of(7)
    assert (process.name, process.title) == ("", "7")
    process.names = ["worker", "helper"]
    assert (process.name, process.title) == ("worker", "7 (worker)")
    process.names = []
    assert (process.name, process.title) == ("", "7")


def test_a_copy_shares_nothing_that_changes() -> None:
    process = process_of()
    process.stack.append("old")
    process.frame.variables["x"] = "old"
    process.names, process.links, process.monitors, process.watchers = ["old"], {2}, {3: 4}, {5: 6}
    process.mailbox.put(("old", 1, 1, 1))
    twin = process.copy()
    process.stack.append("new")
    process.frame.variables["x"] = "new"
    process.frame.captures = {"c": "new"}
    process.names.append("new")
    process.links.add(99)
    process.monitors[99] = 99
    process.watchers[99] = 99
    process.mailbox.put(("new", 1, 2, 2))
    assert twin.stack == ["old"]
    assert twin.frame.variables == {"x": "old"}
    assert twin.frame.captures is None
    assert (twin.names, twin.links, twin.monitors, twin.watchers) == (["old"], {2}, {3: 4}, {5: 6})
    assert [message.value for message in twin.mailbox] == ["old"]
    assert twin.frame is twin.frames[-1]


def test_a_copy_has_every_field() -> None:
    process = process_of()
    for number, name in enumerate(("pc", "previous_pc", "reductions", "queue", "spawner"), 10):
        setattr(process, name, number)
    process.timed_out = process.traps_exits = True
    process.exit_reason, process.importing, process.target = "why", ("a",), "what"
    twin = process.copy()
    ours = {name: getattr(process, name) for name in Process.__slots__ if name not in ("frame", "frames", "mailbox")}
    theirs = {name: getattr(twin, name) for name in ours}
    assert theirs == ours


def test_a_copy_keeps_a_module_and_its_running_top_level_together() -> None:
    """The frame of an import and the module's own variables are one dict, in a copy too."""
    files = MemoryFiles({f"{FOLDER}/m.ttvm": "PUSH_INT 1\nSTORE x\nNOP\nPUSH_INT 2\nSTORE x\nNOP\n"})
    running = machine('IMPORT "m"\n', files=files)
    running.vm.run(4)
    twin = running.process().copy()
    assert twin.frame.variables == {"x": 1}
    twin.frame.variables["x"] = "changed in the copy"
    assert twin.outermost_variables() == {"x": "changed in the copy"}
    assert running.process().outermost_variables() == {"x": 1}
