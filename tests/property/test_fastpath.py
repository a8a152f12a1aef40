"""Compiled code does exactly what the stepper does, whatever the program, the budgets and the breakpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from tests.property.compiled_programs import compiled_programs
from tests.property.loops import looping_programs
from tests.property.programs import Generated, programs
from tests.property.state import state_of
from tests.unit.helpers import Machine
from ttvm.engine import tiering
from ttvm.vm import Status

STEPS = 600
"""How long a program runs."""


@pytest.fixture(autouse=True, scope="module")
def eager_compiler() -> Iterator[None]:
    """Generated programs are short: everything is hot at once, and nothing is given up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiering, "HOT", 1)
        patch.setattr(tiering, "WORTHWHILE", 1)
        patch.setattr(tiering, "PATIENCE", 1 << 30)
        yield


def machine_with(program: Generated, engine: str) -> Machine:
    return program._replace(options=program.options.replace(engine=engine)).machine()


def advance(running: Machine, budget: int) -> Status:
    """One more piece of a run; time passes when nobody can run."""
    status = running.vm.run(budget)
    if status is Status.IDLE:
        running.vm.wait()
    return status


def check_engines(program: Generated, budgets: list[int], breakpoints: frozenset[int], traced: bool) -> None:
    """Run on both engines, and compare everything after every piece."""
    report = note if currently_in_test_context() else print
    report(f"{program.options}\n{program.text}\nbudgets {budgets} breakpoints {sorted(breakpoints)} traced {traced}")
    both = [machine_with(program, engine) for engine in ("stepper", "fast")]
    for running in both:
        vm = running.vm
        vm.system.breakpoints = frozenset((vm.program.identity, address) for address in breakpoints)
        vm.system.traced = traced
        vm.stops_at_breakpoints = bool(breakpoints)
    turn = 0
    while both[0].vm.steps < STEPS:
        statuses = [advance(running, budgets[turn % len(budgets)]) for running in both]
        states = [state_of(running) for running in both]
        if traced:
            for state, running in zip(states, both, strict=True):
                state["previous"] = [each.previous_pc for each in running.vm.system.processes.values()]
        assert statuses[0] is statuses[1]
        assert differences(*states) == []
        turn += 1
        if statuses[0] is Status.ENDED or turn > STEPS:
            break


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What is not the same, in words."""
    return [f"{key}: {expected[key]} became {found[key]}" for key in expected if expected[key] != found[key]]


BUDGETS = st.lists(st.one_of(st.integers(1, 40), st.just(STEPS)), min_size=1, max_size=4)
ADDRESSES = st.frozensets(st.integers(0, 40), max_size=2)


FIXED = compiled_programs()
FIXED_BUDGETS = ([STEPS], [61, 7, 1, 30])


def check_fixed(program: Generated) -> None:
    """Several budgets, with and without breakpoints."""
    for budgets in FIXED_BUDGETS:
        check_engines(program, budgets, frozenset(), False)
        check_engines(program, budgets, frozenset({9}), True)
        check_engines(program, budgets, frozenset({len(program.machine().vm.program.ops) // 3, 7}), True)


@pytest.mark.parametrize("name", FIXED)
def test_difficult_program(name: str) -> None:
    check_fixed(FIXED[name])


@given(programs(), BUDGETS)
@settings(max_examples=60)
def test_any_program(program: Generated, budgets: list[int]) -> None:
    check_engines(program, budgets, frozenset(), False)


@given(looping_programs(), BUDGETS)
@settings(max_examples=250)
def test_loops_and_calls(program: Generated, budgets: list[int]) -> None:
    check_engines(program, budgets, frozenset(), False)


@given(looping_programs(), BUDGETS, ADDRESSES)
@settings(max_examples=150)
def test_breakpoints_and_traces(program: Generated, budgets: list[int], breakpoints: frozenset[int]) -> None:
    check_engines(program, budgets, breakpoints, True)
