"""What comes from outside between two pieces of a run (signals, messages, time, snapshots) finds both engines alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from tests.property.compiled_programs import compiled_programs
from tests.property.loops import looping_programs
from tests.property.programs import Generated
from tests.property.state import state_of
from tests.property.test_fastpath import STEPS, differences, machine_with
from tests.unit.helpers import Machine
from ttvm.engine import tiering
from ttvm.vm import Status

SHOCKS = st.sampled_from(("kill", "kill hard", "send", "send to all", "trap", "time", "preempt", "go back", "look"))
PLANS = st.lists(
    st.tuples(SHOCKS, st.integers(1, 6), st.one_of(st.integers(1, 60), st.integers(60, 250))), min_size=1, max_size=8
)


@pytest.fixture(autouse=True, scope="module")
def eager_compiler() -> Iterator[None]:
    """Generated programs are short: everything is hot at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiering, "HOT", 1)
        patch.setattr(tiering, "WORTHWHILE", 1)
        yield


def shock(running: Machine, kind: str, pid: int) -> None:
    """Let something happen to a process, if it lives."""
    vm, system = running.vm, running.vm.system
    victim = system.processes.get(pid)
    if kind == "look":
        return
    if kind == "go back":
        vm.restore(vm.snapshot())
    elif kind == "time":
        running.clock.wait_until(running.clock.milliseconds() + 3)
    elif kind == "preempt":
        vm.preempt()
    elif kind == "send to all":
        for process in tuple(system.processes.values()):
            system.deliver(0, process, 41)
    elif victim is not None:
        if kind == "send":
            system.deliver(0, victim, 42)
        elif kind == "trap":
            victim.traps_exits = not victim.traps_exits
        else:
            system.kill(victim, pid, "kill" if kind == "kill hard" else "enough")


FIXED = compiled_programs()
LONG: list[tuple[str, int, int]] = [
    ("look", 1, 97),
    ("send", 3, 60),
    ("look", 1, 61),
    ("kill", 4, 120),
    ("send to all", 1, 45),
    ("look", 1, 90),
    ("go back", 1, 110),
    ("look", 1, 75),
    ("time", 1, 80),
    ("kill hard", 5, 100),
]


@pytest.mark.parametrize("name", FIXED)
def test_shocks_of_difficult_programs(name: str) -> None:
    for quantum in (11, 20, 40):
        check_shocks(FIXED[name], LONG, quantum)


@given(looping_programs(), PLANS, st.sampled_from((11, 20, 40)))
@settings(max_examples=200)
def test_shocks_of_any_program(program: Generated, plan: list[tuple[str, int, int]], quantum: int) -> None:
    note(f"plan {plan}")
    check_shocks(program, plan, quantum)


def check_shocks(program: Generated, plan: list[tuple[str, int, int]], quantum: int) -> None:
    """Turns are short enough that many fit into a piece: only then processes stay in compiled code."""
    program = program._replace(options=program.options.replace(quantum=quantum))
    report = note if currently_in_test_context() else print
    report(f"{program.options}\n{program.text}")
    stepper, fast = (machine_with(program, engine) for engine in ("stepper", "fast"))
    turn = 0
    while stepper.vm.steps < STEPS and turn < STEPS:
        kind, pid, budget = plan[turn % len(plan)]
        statuses = [running.vm.run(budget) for running in (stepper, fast)]
        assert statuses[0] is statuses[1]
        if kind == "look":
            assert differences(state_of(stepper), state_of(fast)) == []
        for running in (stepper, fast):
            if statuses[0] is Status.IDLE:
                running.vm.wait()
            shock(running, kind, pid)
        turn += 1
        if statuses[0] is Status.ENDED:
            break
    assert differences(state_of(stepper), state_of(fast)) == []
