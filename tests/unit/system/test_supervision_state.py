"""Supervisors as plain data and in words: copies, snapshots, operands, and what people are told of restarts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.property.state import of_system
from tests.unit.helpers import Machine, machine, module_of, problems_of
from tests.unit.system.test_supervision import Tree
from ttvm.asm.disassembler import disassemble
from ttvm.observers.reporter import Reporter
from ttvm.observers.tracer import trace_processes
from ttvm.process.supervision import Restart, Strategy
from ttvm.setup import MachineOptions
from ttvm.vm import Status

# -- copies and snapshots


def test_a_copy_shares_nothing_that_changes() -> None:
    tree = Tree("one_for_all")
    tree.fail(2)
    process = tree.machine.process()
    twin = process.copy().supervisor
    assert twin is not None
    assert twin.work is not None
    before = (twin.children.copy(), list(twin.work.stopping), list(twin.restarts), list(twin.ended), twin.ending)
    tree.settle()
    tree.fail(tree.pids()["b"])
    tree.system.kill(process, 1, "enough")
    tree.settle()
    assert before == (twin.children, list(twin.work.stopping), list(twin.restarts), list(twin.ended), twin.ending)


def snapshots_of_a_run(running: Machine) -> int:
    """Go back after every step, run on from there, and compare all that follows; returns the number of steps."""
    vm = running.vm
    saved, states = [], []
    while vm.system.processes and vm.steps < 2000:
        saved.append(vm.snapshot())
        states.append(of_system(vm))
        if vm.run(1) is Status.ENDED:
            break
    for index in range(len(saved) - 1, -1, -1):
        vm.restore(saved[index])
        assert of_system(vm) == states[index]
        vm.run(1)
        if index + 1 < len(states):
            assert of_system(vm) == states[index + 1]
    return len(saved)


FAILURES = """
    START_SUPERVISOR {strategy} 2
    SUPERVISE_CHILD a
    SUPERVISE_CHILD b
    SUPERVISE_CHILD c
    RECEIVE "enough"
a:
    REGISTER a
    RECEIVE
b:
    REGISTER b
    TRUE
    TRAP_EXIT
    RECEIVE {{type: "EXIT"}}
    HALT
c:
    REGISTER c
    YIELD
    PUSH_STR "tired"
    THROW
"""


@pytest.mark.parametrize("strategy", Strategy)
def test_a_snapshot_in_the_middle_of_anything_can_be_restored(strategy: Strategy) -> None:
    running = machine(FAILURES.format(strategy=strategy), MachineOptions(quantum=2, schedulers=2))
    assert snapshots_of_a_run(running) >= 28


def test_a_snapshot_in_the_middle_of_a_one_for_all_restart() -> None:
    tree = Tree("one_for_all")
    tree.fail(3)
    vm = tree.machine.vm
    vm.step()  # c has ended, a is told
    snapshot = vm.snapshot()
    tree.settle()
    first = (tree.pids(), vm.steps, of_system(vm))
    assert tree.pids() == {"a": 5, "b": 6, "c": 7}
    for _ in range(2):
        vm.restore(snapshot)
        assert tree.pids() == {"a": 2, "b": 0, "c": 0}
        assert tree.supervisor.work is not None
        assert list(tree.supervisor.work.stopping) == ["a"]
        tree.settle()
        assert (tree.pids(), vm.steps, of_system(vm)) == first


# -- words


def test_what_the_reporter_and_the_tracer_say() -> None:
    running = machine(FAILURES.format(strategy="one_for_one"))
    said: list[str] = []
    reporter = Reporter(said.append)
    reporter.attach(running.vm)
    traced: list[str] = []
    trace_processes(running.vm, traced.append)
    running.run()
    notes = [line for line in said if line.startswith(("note", "warning"))]
    assert notes == [
        "note: supervisor 1 starts c again: process 5 takes the place of 4",
        "note: supervisor 1 starts c again: process 6 takes the place of 5",
        'warning: supervisor 1 gives up and ends: c ended with reason Str "tired", and to start it again would make '
        "more than 2 restarts in 5 s",
    ]
    lines = [line[7:].strip() for line in traced]
    assert "1  starts c again: 5 takes the place of 4" in lines
    assert "1  gives up: to start c again would make more than 2 restarts in 5 s" in lines
    assert "1  waits for the end of its children" in lines
    assert "1  does not start b (3) again" in lines


def test_many_restarts_are_only_counted() -> None:
    text = "START_SUPERVISOR 30\nSUPERVISE_CHILD a\nRECEIVE\na:\nTRUE\nEXIT_PROCESS\n"
    running = machine(text)
    said: list[str] = []
    reporter = Reporter(said.append)
    reporter.attach(running.vm)
    running.run()
    reporter.summarize()
    assert len([line for line in said if "takes the place" in line]) == 20
    assert said[-1] == "note: 10 more restarts are not shown"


# -- operands


@pytest.mark.parametrize(
    ("text", "operands"),
    [
        ("START_SUPERVISOR", (None, None, None)),
        ("START_SUPERVISOR rest_for_one", (Strategy.REST_FOR_ONE, None, None)),
        ("START_SUPERVISOR 5", (None, 5, None)),
        ("START_SUPERVISOR 5 60", (None, 5, 60)),
        ("START_SUPERVISOR one_for_all 0 0", (Strategy.ONE_FOR_ALL, 0, 0)),
        ("SUPERVISE_CHILD a", ("a", None)),
        ("SUPERVISE_CHILD a permanent", ("a", Restart.PERMANENT)),
        ('SUPERVISE_CHILD "two words" temporary', ("two words", Restart.TEMPORARY)),
    ],
)
def test_operands_are_read_and_written(text: str, operands: tuple[Any, ...]) -> None:
    module = module_of(text)
    assert module.ops[0].operands == operands
    assert disassemble(module, addresses=False).strip() == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("START_SUPERVISOR one", "1:18: START_SUPERVISOR: one is no strategy"),
        ("START_SUPERVISOR -1", "1:18: START_SUPERVISOR: -1 is no strategy"),
        ('START_SUPERVISOR "one_for_one"', '1:18: START_SUPERVISOR: "one_for_one" is no strategy'),
        ("SUPERVISE_CHILD", "1:16: SUPERVISE_CHILD: the operand name is missing"),
        ("SUPERVISE_CHILD a always", "1:19: SUPERVISE_CHILD: always is no kind of restart"),
        ("RESTART_CHILD", "1:14: RESTART_CHILD: the operand name is missing"),
    ],
)
def test_wrong_operands_are_explained(text: str, problem: str) -> None:
    assert problems_of(text) == [problem]
