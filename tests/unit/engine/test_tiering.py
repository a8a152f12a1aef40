"""When code is compiled, when not, and that a run without hot code never hears of the compiler."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import Any

import pytest

from tests.unit.helpers import ONE_QUEUE, Machine, machine
from ttvm import vm
from ttvm.engine import tiering
from ttvm.engine.slices import run_slice
from ttvm.engine.tiering import HotCode, hot_code
from ttvm.errors import InternalError
from ttvm.events import TurnStarted
from ttvm.program import Module
from ttvm.setup import MachineOptions
from ttvm.vm import Vm

LOOP = """
    PUSH_INT {rounds}
again:
    PUSH_INT 1
    SUB
    DUP
    JNZ again
    PRINT
"""


def hot(vm: Vm) -> HotCode:
    """The hot code of the program."""
    module: Module = vm.program
    assert isinstance(module.hot, HotCode)
    return module.hot


def test_a_loop_is_compiled_when_it_has_come_by_often_enough() -> None:
    short, long = machine(LOOP.format(rounds=tiering.HOT)), machine(LOOP.format(rounds=tiering.HOT + 2))
    assert short.run() == long.run() == "0\n"
    assert not hot(short.vm).regions
    assert len(hot(long.vm).regions) == 1


def test_the_stepper_compiles_nothing() -> None:
    running = machine(LOOP.format(rounds=2000), ONE_QUEUE.replace(engine="stepper"))
    assert running.run() == "0\n"
    assert running.vm.program.hot is None


def test_a_short_program_does_not_import_the_compiler() -> None:
    code = (
        "import sys; from tests.unit.helpers import machine; "
        "machine('PUSH_INT 9\\nagain:\\nPUSH_INT 1\\nSUB\\nDUP\\nJNZ again\\n').run(); "
        "print(*(name for name in sys.modules if name.startswith('ttvm.engine.fastpath')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == ""


def test_other_breakpoints_make_hot_code_anew() -> None:
    running = machine(LOOP.format(rounds=2000))
    running.vm.run(1500)
    before = hot(running.vm)
    assert before.regions
    module = running.vm.program
    assert hot_code(module, {}) is before
    elsewhere = {("/another/module.ttvm", 2): None}
    assert hot_code(module, elsewhere) is before, "breakpoints elsewhere do not matter here"
    stopping = hot_code(module, {(module.identity, 3): None})
    assert stopping is not before
    assert stopping.stops == {3: None}


def test_code_that_always_fails_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiering, "HOT", 3)
    running = machine(
        """
        PUSH_INT 500
        STORE i
    again:
        END_TRY
        TRY caught
        PUSH_STR x
        NEG
    caught:
        POP
        LOAD i
        PUSH_INT 1
        SUB
        STORE i
        LOAD i
        JNZ again
        """
    )
    running.vm.run(400)
    entries = sum(entry is not None for entry in hot(running.vm).entries)
    running.run()
    assert running.vm.system.exits == {1: "normal"}
    assert sum(entry is not None for entry in hot(running.vm).entries) <= entries


def test_a_bug_in_compiled_code_is_told_as_ours() -> None:
    running = machine(LOOP.format(rounds=2000))
    running.vm.run(1500)
    code = hot(running.vm)

    def broken(*_: object) -> tuple[int, None]:
        raise RuntimeError("a bug")

    for address, entry in enumerate(code.entries):
        if entry is not None:
            code._enter_at(address, entry._replace(function=broken))
    with pytest.raises((InternalError, RuntimeError), match="a bug"):
        running.vm.run_to_end()


@pytest.mark.parametrize("depth", [30, 150, 3000])
def test_deep_recursion_has_the_frames_of_the_stepper(depth: int) -> None:
    text = f"""
        PUSH_INT 40
        STORE i
    again:
        PUSH_INT {depth}
        CALL sum n
        STORE result
        LOAD i
        PUSH_INT 1
        SUB
        STORE i
        LOAD i
        JNZ again
        LOAD result
        PRINT
        HALT
    sum:
        LOAD n
        JZ end
        LOAD n
        LOAD n
        PUSH_INT 1
        SUB
        CALL sum n
        ADD
        RET
    end:
        PUSH_INT 0
        RET
    """
    fast, stepper = machine(text), machine(text, ONE_QUEUE.replace(engine="stepper"))
    for budget in (30_000, 1234, 77):
        for running in (fast, stepper):
            running.vm.run(budget)
        frames = [
            [(frame.label, frame.return_address, frame.variables) for frame in running.process().frames]
            for running in (fast, stepper)
        ] if fast.vm.system.processes else [0, 0]  # fmt: skip
        assert frames[0] == frames[1]
    assert fast.run() == stepper.run() == f"{depth * (depth + 1) // 2}\n"
    assert fast.vm.steps == stepper.vm.steps


SLICES = """
    PUSH_INT 20000
    STORE i
again:
    {inside}
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    HALT
other:
    JMP other
"""


def count_slices(monkeypatch: pytest.MonkeyPatch, running: Machine) -> int:
    """How many slices it takes to execute the first 100,000 steps."""
    slices = 0

    def counted(*given: Any) -> Any:
        nonlocal slices
        slices += 1
        return run_slice(*given)

    monkeypatch.setattr(vm, "run_slice", counted)
    running.vm.run(100_000)
    assert running.vm.steps == 100_000
    return slices


@pytest.mark.parametrize("policy", ["round-robin", "smp"])
def test_who_is_alone_takes_many_turns_at_once(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = MachineOptions(policy=policy, quantum=100)
    running = machine(SLICES.format(inside="NOP"), options)
    assert count_slices(monkeypatch, running) < 100
    plain = machine(SLICES.format(inside="NOP"), options.replace(engine="stepper"))
    plain.vm.run(100_000)
    assert (running.vm.ticks, running.vm.slice_left) == (plain.vm.ticks, plain.vm.slice_left)
    assert running.vm.system.scheduler.save() == plain.vm.system.scheduler.save()
    assert running.process().reductions == plain.process().reductions


BEFORE = {
    "another process": "MAKE_FUNCTION other\nSPAWN\nPOP\n",
    "a timer": "TRUE\nSEND_AFTER 1000 1\nPOP\n",
    "a policy with chance": "",
    "a listener": "",
}


@pytest.mark.parametrize("what", BEFORE)
def test_turns_end_in_time_where_somebody_may_care(what: str) -> None:
    policy = "random" if what == "a policy with chance" else "round-robin"
    found = []
    for engine in ("stepper", "fast"):
        options = MachineOptions(policy=policy, quantum=100, engine=engine)
        running = machine(BEFORE[what] + SLICES.format(inside="NOP"), options)
        turns: list[int] = []
        if what == "a listener":
            running.vm.observe(TurnStarted, partial(note_turn, running.vm, turns))
        running.vm.run(100_000)
        reductions = [each.reductions for each in running.vm.system.processes.values()]
        found.append((running.vm.ticks, reductions, running.vm.system.scheduler.save(), turns))
    assert found[0] == found[1]
    assert len(found[0][3]) == (1000 if what == "a listener" else 0)


def note_turn(running: Vm, turns: list[int], event: TurnStarted) -> None:
    turns.append(running.steps)


def test_one_turn_is_one_turn_even_of_who_is_alone() -> None:
    running = machine(SLICES.format(inside="NOP"), MachineOptions(policy="round-robin", quantum=100))
    for turn in range(50):
        running.vm.run(one_turn=True)
        assert (running.vm.ticks, running.vm.steps) == (turn + 1, 100 * (turn + 1))
