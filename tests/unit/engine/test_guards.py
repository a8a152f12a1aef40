"""Guards of breakpoints: when they stop, and that a hot loop with one stays compiled code."""

from __future__ import annotations

import pytest

from tests.unit.helpers import Machine, machine
from ttvm.engine import tiering
from ttvm.engine.guards import (
    All,
    Condition,
    Constant,
    Guard,
    Not,
    Operation,
    Property,
    Some,
    StackValue,
    Term,
    Variable,
)
from ttvm.process.state import Process
from ttvm.setup import MachineOptions
from ttvm.values import FALSE, List, Object, Value
from ttvm.vm import Status

LOOP = """
    PUSH_INT 0
    STORE i
again:
    LOAD i
    PUSH_INT 1
    ADD
    STORE i
    LOAD i
    PUSH_INT 10000
    LT
    JNZ again
"""
CALLING = """
    PUSH_INT 0
    STORE i
again:
    LOAD i
    CALL following n
    STORE i
    LOAD i
    PUSH_INT 5000
    LT
    JNZ again
    HALT
following:
    LOAD n
    PUSH_INT 1
    ADD
    RET
"""
X = Variable("x")
YES, NO = Constant(1), Constant(FALSE)
FAILS = Operation("DIV", (), (Constant(1), Constant(0)))


def apply(mnemonic: str, *values: Term) -> Operation:
    return Operation(mnemonic, (), values)


def stops(condition: Condition, x: Value = None) -> bool:
    """What a guard says where ``x`` is a variable and 5 and 6 are on the stack."""
    process = machine("NOP\n").process()
    process.frame.variables["x"] = x
    process.stack += [5, 6]
    return Guard(condition).stops(process)


@pytest.mark.parametrize(
    "condition", [NO, Constant(None), Constant(0), Constant(0.0), Not(YES), Not(Constant(List([])))]
)
def test_what_is_false_passes(condition: Condition) -> None:
    assert not stops(condition)
    assert stops(Not(condition))


def test_parts_are_looked_at_as_far_as_needed() -> None:
    assert not stops(All((YES, NO, FAILS)))
    assert stops(Some((NO, YES, FAILS)))
    assert not stops(Not(Some((NO, YES, FAILS))))
    assert not stops(Some((NO, All((YES, NO)))))


def test_what_has_no_value_stops() -> None:
    assert stops(FAILS)
    assert stops(Not(FAILS))
    assert stops(apply("LT", X, Constant(3)), x="text")
    assert stops(Not(apply("EQ", Variable("y"), Constant(3))))
    assert stops(Not(apply("EQ", StackValue(2), Constant(3))))


def test_values_of_the_process() -> None:
    assert stops(apply("EQ", apply("SUB", StackValue(0), StackValue(1)), Constant(1)))
    assert stops(apply("EQ", Property("depth"), Constant(2)))
    assert stops(apply("EQ", Property("pid"), Constant(1)))
    assert not stops(Property("messages"))
    assert not stops(apply("NE", X, X), x="same")


def test_lists_and_objects_are_not_compared_with_each_other() -> None:
    for value in (List([1]), Object()):
        assert stops(apply("NE", X, X), x=value)
        assert not stops(apply("EQ", X, Constant(3)), x=value)


def test_guards_of_equal_numbers_differ() -> None:
    assert Guard(apply("DIV", X, Constant(2))) != Guard(apply("DIV", X, Constant(2.0)))


def test_a_guard_knows_its_variables() -> None:
    guard = Guard(All((X, Not(Some((apply("ADD", Variable("y"), StackValue(0)), Property("pid")))))))
    assert guard.variables == {"x", "y"}
    assert "Variable(name='y')" in repr(guard)


# -- in a machine


class Counted(Guard):
    """A guard that counts how often it is asked outside of compiled code."""

    asked = 0

    def stops(self, process: Process) -> bool:
        self.asked += 1
        return super().stops(process)


def guarded(address: int, condition: Condition, engine: str = "fast", text: str = LOOP) -> tuple[Machine, Counted]:
    """A machine with a loop and a guard at an instruction."""
    running = machine(text, MachineOptions(engine=engine))
    guard = Counted(condition)
    running.vm.system.breakpoints = {(running.vm.program.identity, address): guard}
    running.vm.system.traced = True
    running.vm.stops_at_breakpoints = True
    return running, guard


@pytest.mark.parametrize(
    ("address", "name", "text"),
    [(address, "i", LOOP) for address in range(2, 10)]
    + [(address, "i", CALLING) for address in range(2, 9)]
    + [(address, "n", CALLING) for address in range(10, 14)]
    + [(12, "i", CALLING)],
)
def test_a_loop_is_not_left_because_of_a_guard(address: int, name: str, text: str) -> None:
    running, guard = guarded(address, apply("EQ", Variable(name), Constant(-1)), text=text)
    assert running.vm.run() is Status.ENDED
    slices = running.vm.steps // running.vm.quantum
    assert guard.asked <= tiering.HOT + 3 * slices


@pytest.mark.parametrize("engine", ["stepper", "fast"])
def test_a_guard_stops_once_each_time_it_is_met(engine: str) -> None:
    condition = apply("EQ", apply("MOD", Variable("i"), Constant(1000)), Constant(999))
    running, _ = guarded(2, condition, engine)
    found = []
    while running.vm.run() is Status.BREAKPOINT:
        found.append((running.process().pc, running.process().previous_pc, running.process().frame.variables["i"]))
    assert found == [(2, 9, 1000 * number + 999) for number in range(10)]


@pytest.mark.parametrize("address", range(2, 10))
def test_a_met_guard_can_be_passed(address: int) -> None:
    running, _ = guarded(address, apply("EQ", Variable("i"), Constant(5000)))
    assert running.vm.run() is Status.BREAKPOINT
    first = running.vm.steps
    assert running.vm.run(pass_breakpoint=False) is Status.BREAKPOINT
    assert running.vm.steps == first
    # The variable keeps the value on its way to the STORE of the next round.
    assert running.vm.run() is Status.ENDED
