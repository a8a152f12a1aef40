"""Putting a machine together from the options of a run."""

from __future__ import annotations

import pytest

from tests.unit.helpers import machine
from ttvm.process.state import Limits
from ttvm.schedulers.random import RandomChoice
from ttvm.schedulers.scripted import Scripted
from ttvm.schedulers.smp import Smp
from ttvm.setup import MachineOptions, make_scheduler


def test_the_usual_machine_has_four_schedulers_and_a_quantum_of_1000() -> None:
    options = MachineOptions()
    assert (options.policy, options.schedulers, options.quantum, options.seed) == ("smp", 4, 1000, 0)
    assert options.limits == Limits()
    assert len(make_scheduler(options).queues()) == 4


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (MachineOptions(), Smp),
        (MachineOptions(policy="random"), RandomChoice),
        (MachineOptions(policy="scripted", schedule=(1,)), Scripted),
    ],
)
def test_schedulers(options: MachineOptions, kind: type) -> None:
    assert isinstance(make_scheduler(options), kind)


def test_the_seed_is_for_numbers_too_and_arguments_reach_the_program() -> None:
    text = "PUSH_INT 1000000\nRANDOM\nPRINT\nGET_ARGS\nPRINT\n"
    outputs = {seed: machine(text, MachineOptions(seed=seed, arguments=("a", "b c"))).run() for seed in (0, 1, 0)}
    assert all(output.endswith("\n[a, b c]\n") for output in outputs.values())
    assert outputs[0] != outputs[1]
    assert machine(text, MachineOptions(seed=1, arguments=("a", "b c"))).run() == outputs[1]


def test_the_policy_does_not_take_numbers_away_from_the_program() -> None:
    """RANDOM gives the same numbers whoever chooses who runs next."""
    text = "PUSH_INT 1000000\nRANDOM\nPRINT\nYIELD\nPUSH_INT 1000000\nRANDOM\nPRINT\n"
    outputs = {
        machine(text, MachineOptions(policy=policy, seed=9)).run() for policy in ("smp", "round-robin", "random")
    }
    assert len(outputs) == 1


def test_limits_reach_every_process() -> None:
    options = MachineOptions(limits=Limits(calls=7))
    running = machine("MAKE_FUNCTION f\nSPAWN\nPOP\nRECEIVE\nf:\nCALL f\n", options)
    running.run()
    assert "more than 7 calls" in str(running.vm.system.exits[2])
