"""What comes from outside between two pieces of a run (signals, messages, time, snapshots) finds both engines alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

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


@given(looping_programs(), PLANS)
@settings(max_examples=200)
def test_shocks_between_pieces(program: Generated, plan: list[tuple[str, int, int]]) -> None:
    note(f"{program.options}\n{program.text}\nplan {plan}")
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
