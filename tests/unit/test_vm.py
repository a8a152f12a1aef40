"""Vm: run, step and turns, breakpoints, waiting, snapshots, limits and ends."""

from __future__ import annotations

import pytest

from tests.unit.helpers import FOLDER, ONE_QUEUE, Machine, machine
from ttvm.errors import InternalError, ReplayError
from ttvm.events import InstructionStarting, MessageSent, TurnStarted
from ttvm.process.state import Limits, ProcessState
from ttvm.setup import MachineOptions
from ttvm.vm import Status

COUNT = "PUSH_INT 0\nloop:\nPUSH_INT 1\nADD\nDUP\nPUSH_INT 50\nLT\nJNZ loop\nPRINT\n"
"""Counts to 50 and prints it; 302 instructions and the end of the text."""

TALK = """
    MAKE_FUNCTION echo
    SPAWN
    STORE other
    PUSH_INT 0
    STORE n
ask:
    LOAD n
    SELF
    MAKE_LIST 2
    LOAD other
    SEND
    RECEIVE [str, _] AFTER 1000 late
    PUSH_INT 0
    INDEX
    PRINT
    LOAD n
    PUSH_INT 1
    ADD
    DUP
    STORE n
    PUSH_INT 5
    LT
    JNZ ask
    PUSH_INT 20
    SLEEP
    PUSH_STR "done"
    PRINT
    LOAD other
    PUSH_STR "stop"
    SWAP
    KILL
    HALT
late:
    PUSH_STR "late"
    PRINT
    HALT
echo:
    RECEIVE list
    STORE question
    PUSH_INT 10
    SLEEP
    PUSH_STR "echo "
    LOAD question
    PUSH_INT 0
    INDEX
    CONCAT
    SELF
    MAKE_LIST 2
    LOAD question
    PUSH_INT 1
    INDEX
    SEND
    JMP echo
"""
TALK_OUTPUT = "".join(f"echo {number}\n" for number in range(5)) + "done\n"

OPTIONS = {
    "one queue": ONE_QUEUE,
    "smp": MachineOptions(),
    "quantum 1": MachineOptions(policy="round-robin", quantum=1),
    "quantum 3 on two": MachineOptions(schedulers=2, quantum=3),
    "cooperative": MachineOptions(quantum=0),
    "random": MachineOptions(policy="random", seed=5, quantum=2),
}


def turns_of(running: Machine) -> list[int]:
    """Who has the turns from now on."""
    turns: list[int] = []
    running.vm.observe(TurnStarted, lambda event: turns.append(event.process.pid))
    return turns


# -- running


def test_a_new_machine_stands_before_the_first_instruction() -> None:
    vm = machine(COUNT).vm
    assert (vm.steps, vm.ticks, vm.last_pid, vm.current, vm.stopped) == (0, 0, 0, None, False)
    following = vm.next_process()
    assert following is not None
    assert (following.pid, following.pc, following.state) == (1, 0, ProcessState.READY)


def test_run_to_the_end() -> None:
    running = machine(COUNT)
    assert running.vm.run() is Status.ENDED
    assert running.output == "50\n"
    assert running.vm.steps == 303
    assert running.vm.run() is Status.ENDED
    assert running.vm.steps == 303


def test_step_executes_one_instruction() -> None:
    running = machine("PUSH_INT 1\nPUSH_INT 2\nADD\n")
    stacks = []
    while running.vm.step() is Status.PAUSED and running.vm.system.processes:
        stacks.append(list(running.process().stack))
    assert stacks == [[1], [1, 2], [3]]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("budgets", [(1,), (2,), (7,), (1, 100, 3), (1000,)], ids=repr)
def test_pieces_make_the_same_run(options: str, budgets: tuple[int, ...]) -> None:
    whole, pieces = machine(TALK, OPTIONS[options]), machine(TALK, OPTIONS[options])
    whole_turns, turns = turns_of(whole), turns_of(pieces)
    assert whole.run() == TALK_OUTPUT
    executed = 0
    for piece in range(10_000):
        budget = budgets[piece % len(budgets)]
        status = pieces.vm.run(budget)
        executed += budget
        assert pieces.vm.steps <= executed
        if status is Status.ENDED:
            break
        if status is Status.IDLE:
            pieces.vm.wait()
            executed = pieces.vm.steps
    assert pieces.output == whole.output
    assert turns == whole_turns
    assert (pieces.vm.steps, pieces.vm.ticks, pieces.clock.now) == (whole.vm.steps, whole.vm.ticks, whole.clock.now)
    assert pieces.vm.system.exits == whole.vm.system.exits == {1: "normal", 2: "stop"}


def test_a_budget_is_kept_exactly() -> None:
    running = machine(COUNT)
    assert running.vm.run(100) is Status.PAUSED
    assert running.vm.steps == 100
    assert running.vm.run(0) is Status.PAUSED
    assert running.vm.steps == 100
    assert running.vm.run(203) is Status.PAUSED
    assert running.vm.run(1) is Status.ENDED


@pytest.mark.parametrize("options", OPTIONS)
def test_one_turn_ends_where_the_turn_ends(options: str) -> None:
    by_turns, whole = machine(TALK, OPTIONS[options]), machine(TALK, OPTIONS[options])
    whole.run()
    while True:
        ticks = by_turns.vm.ticks
        status = by_turns.vm.run(one_turn=True)
        if status is Status.ENDED:
            break
        if status is Status.IDLE:
            by_turns.vm.wait()
            continue
        assert by_turns.vm.ticks == ticks + 1
        assert by_turns.vm.current is None
    assert (by_turns.output, by_turns.vm.steps, by_turns.vm.ticks) == (whole.output, whole.vm.steps, whole.vm.ticks)


def test_one_turn_from_the_middle_of_a_turn_ends_that_turn() -> None:
    running = machine(COUNT, MachineOptions(quantum=10))
    running.vm.run(4)
    assert running.vm.run(one_turn=True) is Status.PAUSED
    assert (running.vm.steps, running.vm.ticks) == (10, 1)


# -- turns


SPIN = "MAKE_FUNCTION spin\nSPAWN\nPOP\nspin:\nNOP\nNOP\nJMP spin\n"


@pytest.mark.parametrize("quantum", [1, 2, 7, 1000])
def test_a_quantum_of_instructions_ends_a_turn(quantum: int) -> None:
    running = machine(SPIN, MachineOptions(policy="round-robin", quantum=quantum))
    turns = turns_of(running)
    running.vm.run(10 * quantum)
    # The child joins the queue in front of the main process when its turn ends, behind it when that came first.
    assert turns == {1: [1, 1, *[2, 1] * 4], 2: [1, *[2, 1] * 4, 2]}.get(quantum, [1, 2] * 5)
    assert all(each.reductions == turns.count(pid) * quantum for pid, each in running.vm.system.processes.items())


def test_quantum_0_lets_a_process_run_until_it_gives_up_its_turn() -> None:
    running = machine(SPIN, MachineOptions(quantum=0))
    turns = turns_of(running)
    running.vm.run(5000)
    assert turns == [1]
    running = machine(SPIN.replace("NOP\nNOP", "NOP\nYIELD"), MachineOptions(policy="round-robin", quantum=0))
    turns = turns_of(running)
    running.vm.run(16)
    assert turns == [1, 2, 1, 2, 1]


def test_blocking_ends_a_turn_and_waking_begins_at_the_back_of_the_queue() -> None:
    running = machine("MAKE_FUNCTION f\nDUP\nSPAWN\nPOP\nSPAWN\nPOP\nRECEIVE\nHALT\nf:\nPUSH_INT 1\nSEND 1\nYIELD\n")
    turns = turns_of(running)
    running.run()
    assert turns == [1, 2, 3, 1, 2, 3]


def test_smp_turns_go_round_the_schedulers() -> None:
    running = machine(SPIN, MachineOptions(schedulers=2, quantum=10))
    schedulers: list[tuple[int, int]] = []
    running.vm.observe(TurnStarted, lambda event: schedulers.append((event.process.pid, event.scheduler)))
    running.vm.run(60)
    assert schedulers == [(1, 0), (2, 1), (1, 0), (2, 1), (1, 0), (2, 1)]
    assert [each.queue for each in running.vm.system.processes.values()] == [0, 1]


def test_scripted_turns() -> None:
    options = MachineOptions(policy="scripted", schedule=(1, 2, 2, 1), quantum=5)
    running = machine(SPIN, options)
    turns = turns_of(running)
    running.vm.run(30)
    assert turns[:4] == [1, 2, 2, 1]


def test_a_schedule_that_cannot_be_kept_is_a_replay_error() -> None:
    running = machine(SPIN, MachineOptions(policy="scripted", schedule=(1, 7), quantum=5))
    assert running.vm.run(5) is Status.PAUSED
    assert running.vm.next_process() is None
    with pytest.raises(ReplayError, match="turn 2 of the schedule wants process 7"):
        running.vm.run()


@pytest.mark.parametrize("options", OPTIONS)
def test_next_process_is_the_one_that_executes_next(options: str) -> None:
    running = machine(TALK, OPTIONS[options])
    while True:
        following = running.vm.next_process()
        expected = following.pid if following is not None else None
        status = running.vm.step()
        if status is Status.PAUSED and expected is not None:
            assert running.vm.last_pid == expected
        elif status is Status.IDLE:
            assert expected is None
            running.vm.wait()
        elif status is Status.ENDED:
            break
    assert running.output == TALK_OUTPUT


# -- breakpoints


def breaks(running: Machine, *addresses: int) -> None:
    running.vm.stops_at_breakpoints = True
    running.vm.system.breakpoints = dict.fromkeys((running.vm.program.identity, address) for address in addresses)


def test_a_breakpoint_stops_before_its_instruction_every_time_it_comes() -> None:
    running = machine(COUNT)
    breaks(running, 3)
    for count in (1, 2, 3):
        assert running.vm.run() is Status.BREAKPOINT
        assert (running.process().pc, running.process().stack) == (3, [count])
    running.vm.system.breakpoints = {}
    assert running.vm.run() is Status.ENDED
    assert running.output == "50\n"


def test_a_breakpoint_at_the_first_instruction_can_be_passed_or_not() -> None:
    running = machine(COUNT)
    breaks(running, 0)
    assert running.vm.run(pass_breakpoint=False) is Status.BREAKPOINT
    assert running.vm.steps == 0
    assert running.vm.run(pass_breakpoint=False) is Status.BREAKPOINT
    assert running.vm.steps == 0
    assert running.vm.run(pass_breakpoint=True) is Status.ENDED


def test_a_breakpoint_counts_for_every_process() -> None:
    running = machine(SPIN, MachineOptions(policy="round-robin", quantum=4))
    breaks(running, 4)
    stops = []
    for _ in range(6):
        assert running.vm.run() is Status.BREAKPOINT
        following = running.vm.next_process()
        assert following is not None
        stops.append(following.pid)
    assert set(stops) == {1, 2}


def test_a_breakpoint_of_another_module_does_not_count() -> None:
    running = machine(COUNT)
    running.vm.stops_at_breakpoints = True
    running.vm.system.breakpoints = {(f"{FOLDER}/other.ttvm", 3): None}
    assert running.vm.run() is Status.ENDED


def test_breakpoints_change_nothing_else() -> None:
    running, plain = machine(TALK), machine(TALK)
    plain.run()
    breaks(running, *range(0, 40, 3))
    while (status := running.vm.run()) is not Status.ENDED:
        if status is Status.IDLE:
            running.vm.wait()
    assert (running.output, running.vm.steps, running.vm.ticks) == (plain.output, plain.vm.steps, plain.vm.ticks)


class ImpatientBreakpoints(dict[tuple[str, int], None]):
    """Breakpoints that lose patience when they are asked again and again without any progress."""

    asked = 0

    def __contains__(self, place: object) -> bool:
        ImpatientBreakpoints.asked += 1
        if ImpatientBreakpoints.asked > 10_000:
            raise AssertionError("the machine hangs")
        return super().__contains__(place)


def test_breakpoints_are_passed_when_nobody_wants_to_stop_at_them() -> None:
    running = machine(COUNT)
    ImpatientBreakpoints.asked = 0
    running.vm.system.breakpoints = ImpatientBreakpoints({(running.vm.program.identity, 3): None})
    running.vm.stops_at_breakpoints = False
    assert running.vm.run() is Status.ENDED
    assert running.output == "50\n"


def test_the_instruction_breakpoint_stops_behind_itself() -> None:
    text = "PUSH_INT 1\nBREAKPOINT\nPRINT\n"
    running = machine(text)
    running.vm.stops_at_breakpoints = True
    assert running.vm.run() is Status.BREAKPOINT
    assert (running.process().pc, running.vm.steps) == (2, 2)
    assert running.vm.run() is Status.ENDED
    assert running.output == "1\n"
    undisturbed = machine(text)
    assert undisturbed.vm.run() is Status.ENDED
    assert undisturbed.vm.steps == running.vm.steps


# -- waiting


def test_idle_until_the_next_timer() -> None:
    running = machine("PUSH_INT 250\nSLEEP\nGET_MONOTONIC\nPRINT\n")
    assert running.vm.run() is Status.IDLE
    assert running.vm.next_process() is None
    assert running.vm.run() is Status.IDLE, "time does not pass by itself"
    running.vm.wait()
    assert running.clock.now == 250
    assert running.vm.run() is Status.ENDED
    assert running.output == "250\n"


def test_wait_without_a_timer_returns() -> None:
    running = machine(COUNT)
    running.vm.wait()
    assert running.clock.now == 0


def test_the_clock_stands_still_while_somebody_can_run() -> None:
    running = machine("MAKE_FUNCTION f\nSPAWN\nPOP\nPUSH_INT 10\nSLEEP\nGET_MONOTONIC\nPRINT\nHALT\nf:\n" + COUNT)
    assert running.run() == "50\n10\n"


def test_a_machine_where_everybody_waits_for_ever_has_ended() -> None:
    running = machine("RECEIVE\n")
    assert running.vm.run() is Status.ENDED
    assert running.vm.system.main_alive
    assert not running.vm.stopped
    running.vm.run_to_end()


# -- the end


def test_exit_ends_the_whole_machine() -> None:
    running = machine("MAKE_FUNCTION f\nSPAWN\nPOP\nPUSH_INT 7\nEXIT\nPRINT\nf:\nJMP f\n")
    assert running.vm.run() is Status.ENDED
    assert running.vm.stopped
    assert running.vm.system.stop_status == 7
    assert running.vm.run() is Status.ENDED
    assert running.vm.steps == 5


def test_the_machine_runs_on_when_the_main_process_has_ended() -> None:
    running = machine(f"MAKE_FUNCTION f\nSPAWN\nPOP\nHALT\nf:\n{COUNT}")
    assert running.run() == "50\n"
    assert not running.vm.system.main_failed


def test_a_caught_limit_on_processes_goes_on_and_an_uncaught_one_ends_the_machine() -> None:
    bomb = "bomb:\nMAKE_FUNCTION bomb\nSPAWN\nPOP\nJMP bomb\n"
    options = MachineOptions(policy="round-robin", limits=Limits(processes=10))
    running = machine(bomb, options)
    assert running.vm.run(100_000) is Status.ENDED
    assert running.vm.stopped
    stop = running.vm.system.stop_fault
    assert stop is not None
    assert stop[1] == "SPAWN would make more than 10 processes (--max-processes) (test.ttvm:3)"
    caught = machine(f"TRY\nCALL bomb\nCATCH e\nERROR_KIND\nPRINT\nEND_TRY\nHALT\n{bomb}", options)
    caught.vm.run(100_000)
    assert caught.output == "LimitExceeded\n"


@pytest.mark.parametrize(
    ("code", "limits", "message"),
    [
        ("loop:\nTRUE\nJMP loop", Limits(stack=100), "JMP found more than 100 values on the stack (--max-stack)"),
        ("f:\nCALL f", Limits(calls=100), "CALL would open more than 100 calls (--max-calls)"),
        ("f:\nMAKE_FUNCTION f\nCALL_FUNCTION", Limits(calls=9), "CALL_FUNCTION would open more than 9 calls"),
        ("l:\nTRUE\nSEND 1\nJMP l", Limits(mailbox=5), "SEND found 5 messages in the mailbox of process 1"),
        ("l:\nTRUE\nTRUE\nJNZ l", Limits(stack=100), "JNZ found more than 100 values on the stack (--max-stack)"),
    ],
)
def test_limits_of_a_process_are_its_faults(code: str, limits: Limits, message: str) -> None:
    running = machine(code + "\n", MachineOptions(policy="round-robin", limits=limits))
    running.run()
    reason = running.vm.system.exits[1]
    assert isinstance(reason, str)
    assert reason.startswith(message)
    assert not running.vm.stopped


def test_a_bug_of_ours_is_an_internal_error_with_a_place() -> None:
    running = machine("NOP\nREAD_LINE\n")

    def broken() -> str:
        raise ZeroDivisionError("oops")

    running.console.read_until_newline = broken  # type: ignore[method-assign]
    with pytest.raises(InternalError, match=r"ZeroDivisionError: oops at test.ttvm:2 in process 1"):
        running.run()


def test_an_error_of_the_outside_world_is_no_bug_of_ours() -> None:
    running = machine("TRUE\nPRINT\n")

    def broken(pid: int, text: str) -> None:
        raise BrokenPipeError

    running.console.write = broken  # type: ignore[method-assign]
    with pytest.raises(BrokenPipeError):
        running.run()


# -- snapshots


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("at", [0, 1, 5, 12, 40, 77, 130])
def test_a_snapshot_brings_everything_back(options: str, at: int) -> None:
    running = machine(TALK, OPTIONS[options])
    run_steps(running, at)
    snapshot, world = running.vm.snapshot(), (running.clock.now, len(running.console.written))
    runs = []
    turns = turns_of(running)
    for _ in range(3):
        running.vm.run_to_end()
        runs.append((running.output, running.vm.steps, running.vm.ticks, running.clock.now, turns.copy()))
        turns.clear()
        running.vm.restore(snapshot)
        running.clock.now = world[0]
        del running.console.written[world[1] :]
        assert running.vm.steps == at
    assert runs[0] == runs[1] == runs[2]
    assert runs[0][0] == TALK_OUTPUT


def run_steps(running: Machine, steps: int) -> None:
    """Execute exactly so many instructions."""
    while running.vm.steps < steps:
        if running.vm.run(steps - running.vm.steps) is Status.IDLE:
            running.vm.wait()


def test_a_snapshot_in_the_middle_of_a_slice_keeps_what_is_left_of_it() -> None:
    running = machine(SPIN, MachineOptions(policy="round-robin", quantum=10))
    running.vm.run(7)
    snapshot = running.vm.snapshot()
    turns = turns_of(running)
    running.vm.run(100)
    running.vm.restore(snapshot)
    assert running.vm.slice_left == 3
    assert running.vm.current is running.process()
    first = turns.copy()
    turns.clear()
    running.vm.run(100)
    assert turns == first


def test_a_snapshot_of_another_machine_of_the_same_program() -> None:
    one, other = machine(TALK), machine(TALK)
    run_steps(one, 60)
    other.vm.restore(one.vm.snapshot())
    other.clock.now = one.clock.now
    one.vm.run_to_end()
    other.vm.run_to_end()
    assert one.output.endswith(other.output)
    assert (one.vm.steps, one.vm.system.exits) == (other.vm.steps, other.vm.system.exits)


def test_a_snapshot_of_an_ended_machine() -> None:
    running = machine("PUSH_INT 3\nEXIT\n")
    start = running.vm.snapshot()
    running.run()
    end = running.vm.snapshot()
    running.vm.restore(start)
    assert not running.vm.stopped
    running.vm.restore(end)
    assert (running.vm.stopped, running.vm.system.stop_status) == (True, 3)
    assert running.vm.run() is Status.ENDED


def test_a_snapshot_keeps_links_names_monitors_and_timers() -> None:
    running = machine(
        "REGISTER main\nMAKE_FUNCTION f\nSPAWN_MONITOR\nPOP\nLINK\n"
        "TRUE\nSEND_AFTER 50 1\nRECEIVE AFTER 99 f\nf:\nRECEIVE\n"
    )
    running.vm.run()
    main = running.process()
    before = (main.links, main.monitors, main.names, main.waiting, running.vm.system.timers.next_deadline())
    assert before[:3] == ({2}, {1: 2}, ["main"])
    snapshot = running.vm.snapshot()
    running.vm.run_to_end()
    running.vm.restore(snapshot)
    main = running.process()
    assert (main.links, main.monitors, main.names, main.waiting, running.vm.system.timers.next_deadline()) == before
    assert running.vm.system.names == {"main": 1}


# -- tracing


def test_traced_processes_know_their_last_instruction() -> None:
    running = machine("NOP\nPUSH_INT 1\nJMP 0\n")
    running.vm.run(2)
    assert running.process().previous_pc == -1
    running.vm.system.traced = True
    running.vm.run(1)
    assert (running.process().previous_pc, running.process().pc) == (2, 0)


def test_watching_every_instruction_changes_nothing() -> None:
    running, plain = machine(TALK), machine(TALK)
    plain.run()
    seen: list[int] = []
    running.vm.observe(InstructionStarting, lambda event: seen.append(event.process.pid))
    running.run()
    assert (running.output, running.vm.steps) == (plain.output, plain.vm.steps)
    assert len(seen) == running.vm.steps


# -- interrupts


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_an_observer_ends_the_run_right_behind_an_instruction(options: MachineOptions) -> None:
    running = machine(TALK, options)
    vm = running.vm
    vm.system.traced = True
    sent: list[int] = []

    def message_sent(event: MessageSent) -> None:
        sent.append(vm.steps)
        vm.interrupt()

    vm.observe(MessageSent, message_sent)
    interrupted = []
    while (status := vm.run()) is not Status.ENDED:
        if status is Status.INTERRUPTED:
            interrupted.append(vm.steps)
        elif status is Status.IDLE:
            vm.wait()
    assert interrupted == sent
    assert len(sent) > 5
    assert running.console.text == TALK_OUTPUT


def test_an_observer_ends_the_run_before_an_instruction() -> None:
    running = machine(COUNT)
    vm = running.vm
    steps: list[int] = []

    def instruction_starting(event: InstructionStarting) -> None:
        if vm.steps == 3 and not steps:
            steps.append(vm.steps)
            vm.interrupt()

    vm.observe(InstructionStarting, instruction_starting)
    assert vm.run() is Status.INTERRUPTED
    assert (vm.steps, steps) == (3, [3])
    assert vm.run(2) is Status.PAUSED
    assert vm.steps == 5


def test_between_two_runs_an_interrupt_ends_the_next_at_once() -> None:
    vm = machine(COUNT).vm
    vm.interrupt()
    assert vm.run() is Status.INTERRUPTED
    assert vm.steps == 0
    assert vm.run(1) is Status.PAUSED
    assert vm.steps == 1
