"""Compiled code does exactly what the stepper does, whatever the program, the budgets and the breakpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pytest
from hypothesis import currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from tests.property.compiled_programs import compiled_programs, mostly_slow
from tests.property.guards import FIXED_GUARDS, GUARDS
from tests.property.loops import looping_programs
from tests.property.programs import Generated, programs
from tests.property.state import state_of
from tests.unit.helpers import Machine
from ttvm.engine import tiering
from ttvm.engine.guards import Guard
from ttvm.vm import Status

Breakpoints: TypeAlias = Mapping[int, Guard | None]
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


def check_engines(program: Generated, budgets: list[int], breakpoints: Breakpoints, traced: bool) -> None:
    """Run on both engines, and compare everything after every piece. Breakpoints are addresses with their guards."""
    report = note if currently_in_test_context() else print
    report(f"{program.options}\n{program.text}\nbudgets {budgets} breakpoints {breakpoints} traced {traced}")
    both = [machine_with(program, engine) for engine in ("stepper", "fast")]
    for running in both:
        vm = running.vm
        vm.system.breakpoints = {(vm.program.identity, address): guard for address, guard in breakpoints.items()}
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
ADDRESSES = st.dictionaries(st.integers(0, 40), st.none(), max_size=2)
GUARDED = st.dictionaries(st.integers(8, 70), st.one_of(GUARDS, GUARDS, st.none()), min_size=1, max_size=2)


FIXED = compiled_programs()
GUARDED_PROGRAMS = [name for name in FIXED if not name.endswith("small limits")]
FIXED_BUDGETS = ([STEPS], [61, 7, 1, 30])


def check_fixed(program: Generated) -> None:
    """Several budgets, with and without breakpoints."""
    for budgets in FIXED_BUDGETS:
        check_engines(program, budgets, {}, False)
        check_engines(program, budgets, {9: None}, True)
        check_engines(program, budgets, {9: None}, False)
        check_engines(program, budgets, {len(program.machine().vm.program.ops) // 3: None, 7: None}, True)


def check_guards(program: Generated) -> None:
    """Some guard at each instruction, with several budgets and beside a breakpoint that always stops."""
    last = len(program.machine().vm.program.ops)
    for position, guard in enumerate(FIXED_GUARDS.values()):
        for address in range(2 + position % 3, last, 3):
            check_engines(program, [STEPS], {address: guard}, True)
        check_engines(program, [61, 7, 1, 30], {2 + position: guard, last - 3: None}, True)
        check_engines(program, [STEPS, 150], {2 + position: guard, last - 3: None}, False)


@pytest.mark.parametrize("name", FIXED)
def test_difficult_program(name: str) -> None:
    check_fixed(FIXED[name])


@pytest.mark.parametrize("name", mostly_slow(GUARDED_PROGRAMS))
def test_difficult_program_with_guards(name: str) -> None:
    check_guards(FIXED[name])


@given(programs(), BUDGETS)
@settings(max_examples=60)
def test_any_program(program: Generated, budgets: list[int]) -> None:
    check_engines(program, budgets, {}, False)


@given(looping_programs(), BUDGETS)
@settings(max_examples=250)
def test_loops_and_calls(program: Generated, budgets: list[int]) -> None:
    check_engines(program, budgets, {}, False)


@given(looping_programs(), BUDGETS, ADDRESSES, st.booleans())
@settings(max_examples=200)
def test_breakpoints_and_traces(program: Generated, budgets: list[int], breakpoints: Breakpoints, traced: bool) -> None:
    check_engines(program, budgets, breakpoints, traced)


@given(looping_programs(), BUDGETS, GUARDED, st.booleans())
@settings(max_examples=150)
def test_guarded_breakpoints(program: Generated, budgets: list[int], breakpoints: Breakpoints, traced: bool) -> None:
    check_engines(program, budgets, breakpoints, traced)
