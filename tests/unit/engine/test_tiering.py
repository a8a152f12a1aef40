"""When code is compiled, when not, and that a run without hot code never hears of the compiler."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.helpers import ONE_QUEUE, machine
from ttvm.engine import tiering
from ttvm.engine.tiering import HotCode, hot_code
from ttvm.errors import InternalError
from ttvm.program import Module
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
    assert hot_code(module, frozenset()) is before
    elsewhere = frozenset({("/another/module.ttvm", 2)})
    assert hot_code(module, elsewhere) is before, "breakpoints elsewhere do not matter here"
    stopping = hot_code(module, frozenset({(module.identity, 3)}))
    assert stopping is not before
    assert stopping.stops == {3}


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
