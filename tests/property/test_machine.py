"""What must hold for every program, however it is run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.property.programs import MOST_STEPS, Generated, programs, run_for
from tests.property.state import WorldState, of_snapshot, of_system, of_value, state_of
from tests.unit.helpers import Machine
from ttvm.asm.disassembler import disassemble
from ttvm.events import FaultRaised, InstructionStarting
from ttvm.process.state import HandlerState, Process
from ttvm.values import ExceptionValue
from ttvm.vm import Status

THOROUGH = settings(max_examples=600)
BUDGETS = st.lists(st.integers(1, 40), min_size=1, max_size=5)


def show(program: Generated) -> None:
    """Make the text of a program part of the report of a failure."""
    note(f"{program.options}\n{program.text}")


# -- nothing but what the language allows ever happens


def check_no_surprise(program: Generated) -> None:
    show(program)
    running = program.machine()
    run_for(running)
    assert running.vm.steps <= MOST_STEPS


@given(programs())
@settings(max_examples=150)
def test_no_program_surprises_the_machine(program: Generated) -> None:
    check_no_surprise(program)


@pytest.mark.slow
@given(programs())
@THOROUGH
def test_no_program_surprises_the_machine_thoroughly(program: Generated) -> None:
    check_no_surprise(program)


def test_the_generator_reaches_what_it_should() -> None:
    """Programs that never spawn, fault or talk would prove nothing."""
    seen: dict[str, int] = {}
    executed: set[str] = set()

    @given(programs())
    @settings(max_examples=400)
    def look(program: Generated) -> None:
        running = program.machine()

        def executing(event: InstructionStarting) -> None:
            process = event.process
            module = process.frame.module
            if process.pc < len(module.ops):
                executed.add(module.ops[process.pc].row.mnemonic)

        def fault(event: FaultRaised) -> None:
            seen[event.kind] = seen.get(event.kind, 0) + 1
            seen["caught"] = seen.get("caught", 0) + event.caught

        running.vm.observe(InstructionStarting, executing)
        running.vm.observe(FaultRaised, fault)
        run_for(running)
        system = running.vm.system
        for what, number in (
            ("processes", system.next_pid - 1),
            ("messages", system.next_message - 1),
            ("waited", running.clock.now > 0),
            ("lines of output", len(running.console.written)),
        ):
            seen[what] = seen.get(what, 0) + number

    look()
    assert len(executed) > 110, sorted(executed)
    for what in ("processes", "messages", "waited", "lines of output", "caught", "TypeMismatch", "StackUnderflow"):
        assert seen.get(what, 0) >= 10, (what, seen)
    assert {"DomainError", "Thrown", "LimitExceeded", "PermissionDenied", "UndefinedVariable"} <= set(seen), seen


# -- one go, step by step, in pieces


def check_pieces(program: Generated, budgets: list[int]) -> None:
    show(program)
    whole, steps, pieces = program.machine(), program.machine(), program.machine()
    run_for(whole)
    run_for(steps, piece=1)
    turn = 0
    while pieces.vm.steps < MOST_STEPS:
        budget = min(budgets[turn % len(budgets)], MOST_STEPS - pieces.vm.steps)
        turn += 1
        status = pieces.vm.run(budget)
        if status is Status.ENDED:
            break
        if status is Status.IDLE:
            pieces.vm.wait()
    expected = state_of(whole)
    assert state_of(steps) == expected
    assert state_of(pieces) == expected


@given(programs(), BUDGETS)
def test_one_go_and_pieces_give_the_same_state(program: Generated, budgets: list[int]) -> None:
    check_pieces(program, budgets)


@pytest.mark.slow
@given(programs(), BUDGETS)
@THOROUGH
def test_one_go_and_pieces_give_the_same_state_thoroughly(program: Generated, budgets: list[int]) -> None:
    check_pieces(program, budgets)


@given(programs(), st.integers(0, MOST_STEPS))
def test_watching_changes_nothing(program: Generated, start: int) -> None:
    show(program)
    plain, watched = program.machine(), program.machine()
    run_for(plain)
    run_for(watched, start)
    watched.vm.system.traced = True
    watched.vm.system.breakpoints = {(watched.vm.program.identity, -1): None}
    watched.vm.observe(InstructionStarting, lambda event: None)
    run_for(watched, MOST_STEPS - watched.vm.steps)
    assert state_of(watched) == state_of(plain)


@given(programs())
def test_the_same_program_runs_the_same_again(program: Generated) -> None:
    show(program)
    once, again = program.machine(), program.machine()
    run_for(once)
    run_for(again)
    assert state_of(once) == state_of(again)


@given(programs())
def test_the_process_that_is_next_is_the_one_that_executes(program: Generated) -> None:
    show(program)
    running = program.machine()
    vm = running.vm
    while vm.steps < MOST_STEPS:
        before = of_system(vm)
        following = vm.next_process()
        assert of_system(vm) == before, "asking changes nothing"
        deadline = vm.system.timers.next_deadline()
        due = deadline is not None and deadline <= running.clock.now
        steps, status = vm.steps, vm.step()
        if status is Status.ENDED:
            assert following is None or vm.stopped
            break
        if status is Status.IDLE:
            assert following is None
            vm.wait()
        elif vm.steps > steps and not due:
            assert following is not None
            assert vm.last_pid == following.pid


# -- snapshots


def check_snapshot(program: Generated, at: int, piece: int) -> None:
    show(program)
    running = program.machine()
    run_for(running, at)
    here = state_of(running)
    snapshot, world = running.vm.snapshot(), WorldState(running)
    held = of_snapshot(snapshot)
    assert state_of(running) == here, "taking a snapshot changes nothing"
    run_for(running)
    end = state_of(running)
    assert of_snapshot(snapshot) == held, "running on does not change a snapshot"
    running.vm.restore(snapshot)
    world.put_back(running)
    assert state_of(running) == here
    run_for(running, piece=piece)
    assert state_of(running) == end
    assert of_snapshot(snapshot) == held, "nor does running on from it"
    other = program.machine()
    other.vm.restore(snapshot)
    world.put_back(other)
    assert state_of(other) == here
    run_for(other)
    assert state_of(other) == end


@given(programs(), st.integers(0, MOST_STEPS), st.integers(1, 10))
def test_a_snapshot_brings_everything_back(program: Generated, at: int, piece: int) -> None:
    check_snapshot(program, at, piece)


@pytest.mark.slow
@given(programs(), st.integers(0, MOST_STEPS), st.integers(1, 10))
@THOROUGH
def test_a_snapshot_brings_everything_back_thoroughly(program: Generated, at: int, piece: int) -> None:
    check_snapshot(program, at, piece)


# -- faults


class FaultWatch:
    """Compares the system at every fault with what it was before the instruction."""

    def __init__(self, running: Machine) -> None:
        self.vm = running.vm
        self.before: dict[str, Any] = {}
        self.changes: list[str] = []
        self.caught: list[Process] = []
        running.vm.observe(InstructionStarting, self.starting)
        running.vm.observe(FaultRaised, self.raised)

    def look(self) -> dict[str, Any]:
        return {key: value for key, value in of_system(self.vm).items() if key != "steps"}

    def starting(self, event: InstructionStarting) -> None:
        self.before = self.look()
        self.caught = []

    def raised(self, event: FaultRaised) -> None:
        after = self.look()
        self.changes += (f"{key} after {event.message}" for key in after if after[key] != self.before[key])
        if event.caught:
            self.caught.append(event.process)


def check_faults(program: Generated) -> None:
    show(program)
    running = program.machine()
    watch = FaultWatch(running)
    vm = running.vm
    while vm.steps < MOST_STEPS:
        following = vm.next_process()
        stack = list(map(of_value, following.stack)) if following else []
        handlers = [each for each in following.handlers if each.state is HandlerState.OPEN] if following else []
        status = vm.step()
        if status is Status.IDLE:
            vm.wait()
        elif status is Status.ENDED:
            break
        for process in watch.caught:
            handler = handlers[-1]
            *rest, exception = process.stack
            assert list(map(of_value, rest)) == stack[: handler.stack_depth]
            assert isinstance(exception, ExceptionValue)
            assert len(process.frames) == handler.frame_depth
            assert process.pc == handler.target
        watch.caught = []
    assert watch.changes == []


@given(programs())
def test_a_fault_leaves_everything_as_it_was_before_the_instruction(program: Generated) -> None:
    check_faults(program)


@pytest.mark.slow
@given(programs())
@THOROUGH
def test_a_fault_leaves_everything_as_it_was_before_the_instruction_thoroughly(program: Generated) -> None:
    check_faults(program)


# -- the disassembler


@given(programs())
def test_a_disassembled_program_runs_the_same(program: Generated) -> None:
    """Lines differ, so texts of faults do; all else is the same."""
    show(program)
    running = program.machine()
    text = disassemble(running.vm.program)
    again = program._replace(text=text).machine()
    run_for(running)
    run_for(again)
    for key in ("steps", "ticks", "names", "scheduler", "current", "slice left", "numbers"):
        assert of_system(running.vm)[key] == of_system(again.vm)[key]
