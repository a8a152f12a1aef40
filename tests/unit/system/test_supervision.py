"""Supervisors from inside: events, state, copies, and what only happens in bad moments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.helpers import ONE_QUEUE, machine
from ttvm.events import ChildRestarted, ChildStopped, ProcessExited, SupervisorGaveUp
from ttvm.process.state import Limits, ProcessState
from ttvm.process.supervision import Restart, Strategy, Supervisor
from ttvm.setup import MachineOptions
from ttvm.values import Object, Pid, Value
from ttvm.vm import Status

TREE = """
    START_SUPERVISOR {strategy}
    SUPERVISE_CHILD a {restart}
    SUPERVISE_CHILD b
    SUPERVISE_CHILD c
    RECEIVE str
    HALT
a:
b:
c:
    RECEIVE str
    EXIT_PROCESS
"""


class Tree:
    """Process 1 supervises a, b and c, which are 2, 3 and 4; everybody waits."""

    def __init__(self, strategy: str = "one_for_one", restart: str = "", options: MachineOptions = ONE_QUEUE) -> None:
        self.machine = machine(TREE.format(strategy=strategy, restart=restart), options)
        self.system = self.machine.vm.system
        self.events: list[Any] = []
        for event_type in (ChildRestarted, ChildStopped, SupervisorGaveUp):
            self.machine.vm.observe(event_type, self.events.append)
        self.settle()

    @property
    def supervisor(self) -> Supervisor:
        supervisor = self.machine.process().supervisor
        assert supervisor is not None
        return supervisor

    def settle(self) -> None:
        """Let everybody run until all wait, without letting time pass."""
        while self.machine.vm.run() is Status.PAUSED:
            pass

    def fail(self, *pids: Pid, reason: Value = "broken") -> None:
        """Let processes that wait end for a reason, one right after the other."""
        for pid in pids:
            process = self.system.processes[pid]
            process.exit_reason = reason
            self.system.end(process)

    def pids(self) -> dict[str, Pid]:
        """Which processes the children are."""
        return {name: child.pid for name, child in self.supervisor.children.items()}

    def told(self) -> list[str]:
        """What the events tell."""
        words: list[str] = []
        for event in self.events:
            if isinstance(event, ChildRestarted):
                words.append(f"{event.name}: {event.before} -> {event.process.pid}")
            else:
                words.append(f"{event.name}: {type(event).__name__} {event.reason}")
        return words


# -- restarts


def test_one_for_one_starts_the_failed_child_in_the_moment_of_its_end() -> None:
    tree = Tree()
    tree.fail(3)
    assert tree.pids() == {"a": 2, "b": 5, "c": 4}
    assert tree.told() == ["b: 3 -> 5"]
    assert tree.machine.process(5).queue == tree.machine.process().queue
    assert tree.machine.process(5).spawner == 1
    assert tree.machine.process().links == {2, 4, 5}


def test_a_new_child_begins_like_the_first() -> None:
    tree = Tree()
    tree.system.send(tree.machine.process(), 3, "end")
    tree.settle()
    process = tree.machine.process(5)
    assert (process.frame.variables, process.stack, process.target, len(process.mailbox)) == ({}, [], "b", 0)


def test_one_for_all_waits_for_every_sibling() -> None:
    tree = Tree("one_for_all")
    tree.fail(2)
    assert tree.machine.process(4).signal is not None, "the last one is told first"
    assert tree.machine.process(3).signal is None
    assert tree.pids() == {"a": 0, "b": 3, "c": 4}
    tree.machine.vm.step()
    assert tree.machine.process(3).signal is not None
    assert tree.pids() == {"a": 0, "b": 3, "c": 0}
    tree.machine.vm.step()
    assert tree.pids() == {"a": 5, "b": 6, "c": 7}
    assert tree.told() == ["a: 2 -> 5", "b: 3 -> 6", "c: 4 -> 7"]


def test_rest_for_one_spares_the_older_ones() -> None:
    tree = Tree("rest_for_one")
    tree.fail(3)
    tree.settle()
    assert tree.pids() == {"a": 2, "b": 5, "c": 6}


def test_an_older_sibling_that_fails_meanwhile_comes_next() -> None:
    tree = Tree("rest_for_one")
    tree.fail(3)  # c has been told
    tree.fail(2)
    assert list(tree.supervisor.ended) == ["a"]
    tree.settle()
    assert tree.pids() == {"a": 7, "b": 8, "c": 9}
    assert len(tree.supervisor.restarts) == 2


@pytest.mark.parametrize("strategy", Strategy)
def test_all_fail_at_once(strategy: Strategy) -> None:
    tree = Tree(strategy)
    for pid in (2, 3, 4):
        tree.system.kill(tree.machine.process(), pid, "broken")
    tree.settle()
    assert sorted(tree.pids().values()) == [5, 6, 7]
    assert len(tree.supervisor.restarts) == (3 if strategy is Strategy.ONE_FOR_ONE else 1)


def test_a_pending_end_of_a_child_that_a_sibling_brought_back_is_forgotten() -> None:
    """a fails, c is told to end; a was not running any more, c's end starts all three: nothing is left to decide."""
    tree = Tree("one_for_all")
    tree.machine.process(4).traps_exits = True
    tree.fail(2)
    assert tree.supervisor.work is not None
    assert tree.supervisor.work.told == "c"
    tree.fail(3)  # by itself, before it was told
    assert list(tree.supervisor.work.stopping) == ["c"]
    tree.fail(4)
    assert tree.pids() == {"a": 5, "b": 6, "c": 7}
    assert not tree.supervisor.work
    assert not tree.supervisor.ended


@pytest.mark.parametrize(
    ("restart", "reason", "again"),
    [
        ("transient", "normal", False),
        ("transient", "shutdown", False),
        ("transient", "Normal", True),
        ("transient", None, True),
        ("transient", 0, True),
        ("transient", Object(type="normal"), True),
        ("permanent", "normal", True),
        ("permanent", "shutdown", True),
        ("permanent", "broken", True),
        ("temporary", "broken", False),
        ("temporary", "normal", False),
    ],
    ids=repr,
)
def test_which_ends_bring_a_restart(restart: str, reason: Value, again: bool) -> None:
    tree = Tree(restart=restart)
    tree.fail(2, reason=reason)
    assert (5 in tree.system.processes) is again
    assert ("a" in tree.supervisor.children) is (again or restart != "temporary")
    assert type(tree.events[0]) is (ChildRestarted if again else ChildStopped)


def test_a_process_that_was_only_spawned_is_not_supervised() -> None:
    tree = Tree()
    alien = tree.system.spawn(tree.machine.process(), "a", ())
    tree.system.link(tree.machine.process(), alien.pid)
    tree.fail(alien.pid)
    assert tree.pids() == {"a": 2, "b": 3, "c": 4}
    assert tree.machine.process().signal is not None, "the exit signal of a link reaches a supervisor as anybody"


def test_a_child_that_unlinked_is_started_again() -> None:
    tree = Tree()
    tree.system.unlink(tree.machine.process(2), 1)
    tree.fail(2)
    assert tree.pids()["a"] == 5


# -- intensity


@pytest.mark.parametrize(("pause", "survives"), [(0, False), (1666, False), (1667, True), (5000, True)])
def test_the_fourth_restart_within_five_seconds_is_one_too_many(pause: int, survives: bool) -> None:
    tree = Tree()
    for number in range(4):
        if number:
            tree.machine.clock.now += pause
        tree.fail(tree.pids()["a"])
        tree.settle()
    assert (1 in tree.system.processes) is survives
    if not survives:
        assert tree.system.exits[1] == "shutdown"
        assert tree.system.processes == {}
        assert [word for word in tree.told() if "GaveUp" in word] == ["a: SupervisorGaveUp broken"]


def test_only_the_restarts_of_the_last_period_are_kept() -> None:
    tree = Tree()
    for _ in range(50):
        tree.machine.clock.now += 2000
        tree.fail(tree.pids()["b"])
        tree.settle()
    assert len(tree.supervisor.restarts) == 3
    assert 1 in tree.system.processes


def test_a_supervisor_that_gave_up_starts_nobody_any_more() -> None:
    tree = Tree()
    for number in range(4):
        if number:
            tree.settle()
        tree.fail(tree.pids()["a"])
    before = tree.system.next_pid
    tree.fail(3, 4)
    tree.settle()
    assert tree.system.next_pid == before
    assert tree.system.exits[1] == "shutdown"


def test_a_run_without_restarts_never_asks_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = Tree()
    monkeypatch.setattr(tree.machine.clock, "milliseconds", lambda: pytest.fail("asked"))
    tree.fail(2, reason="normal")
    tree.fail(3, reason="shutdown")
    assert tree.told() == ["a: ChildStopped normal", "b: ChildStopped shutdown"]


# -- the end of a supervisor


def test_children_end_one_after_the_other_and_then_their_supervisor() -> None:
    tree = Tree()
    order: list[Pid] = []
    tree.machine.vm.observe(ProcessExited, lambda event: order.append(event.process.pid))
    tree.system.kill(tree.machine.process(2), 1, "enough")
    tree.settle()
    assert order == [4, 3, 2, 1]
    assert [tree.system.exits[pid] for pid in order] == ["shutdown"] * 3 + ["enough"]
    assert [word.partition(": ")[2] for word in tree.told()] == ["ChildStopped shutdown"] * 3


def test_an_ending_supervisor_does_nothing_but_wait() -> None:
    tree = Tree()
    process = tree.machine.process()
    tree.machine.process(4).traps_exits = True  # and does not obey
    tree.system.send(process, 1, "end")  # RECEIVE, HALT
    tree.machine.vm.run(2)
    assert process.state is ProcessState.WAITING
    assert process.waiting is not None
    assert process.waiting.what == "the end of its children"
    tree.system.send(tree.machine.process(2), 1, "more work")
    tree.system.kill(tree.machine.process(2), 1, "again")
    assert (process.state, process.signal) == (ProcessState.WAITING, None)
    process.traps_exits = True
    tree.system.kill(tree.machine.process(2), 1, "again")
    assert len(process.mailbox) == 1
    tree.fail(4)
    tree.settle()
    assert tree.system.exits[1] == "normal"
    assert not tree.system.main_failed


@pytest.mark.parametrize("ending", [False, True])
def test_kill_leaves_no_time(ending: bool) -> None:
    tree = Tree()
    if ending:
        tree.machine.process(4).traps_exits = True
        tree.system.kill(tree.machine.process(2), 1, "first")
        tree.settle()
        tree.machine.process(4).traps_exits = False
    order: list[Pid] = []
    tree.machine.vm.observe(ProcessExited, lambda event: order.append(event.process.pid))
    tree.system.kill(tree.machine.process(2), 1, "kill")
    tree.settle()
    assert order == [1, 2, 3, 4]
    assert [tree.system.exits[pid] for pid in order] == ["killed"] * 4


def test_a_crash_is_reported_when_the_children_have_ended() -> None:
    running = machine("START_SUPERVISOR\nSUPERVISE_CHILD a\nCALL f\nf:\nNULL\nNEG\na:\nRECEIVE\n")
    told: list[ProcessExited] = []
    running.vm.observe(ProcessExited, told.append)
    running.run()
    assert [(event.process.pid, event.kind, len(event.trace)) for event in told] == [(2, "", 0), (1, "TypeMismatch", 2)]
    assert running.vm.system.main_failed


def test_a_deep_tower_of_supervisors_falls_floor_by_floor() -> None:
    text = """
        MAKE_FUNCTION floor
        SPAWN
        RECEIVE "top"
        PUSH_STR "fire"
        KILL 2
        HALT
    floor:
        START_SUPERVISOR
        PROCESSES
        LEN
        PUSH_INT 3000
        LT
        JZ top
        SUPERVISE_CHILD floor
        RECEIVE
    top:
        PUSH_STR "top"
        SEND 1
        RECEIVE
    """
    running = machine(text)
    order: list[Pid] = []
    running.vm.observe(ProcessExited, lambda event: order.append(event.process.pid))
    running.run()
    assert order == [1, *range(3000, 1, -1)]
    assert running.vm.system.exits[2] == "fire"


def test_the_end_of_many_children_takes_no_square_of_time() -> None:
    text = "START_SUPERVISOR one_for_all\nRECEIVE\n" + "".join(f"c{n}:\n" for n in range(3000)) + "RECEIVE\n"
    running = machine(text)
    running.run()
    system, main = running.vm.system, running.process()
    for number in range(3000):
        system.supervision.supervise_child(main, f"c{number}", Restart.PERMANENT)
    running.run()
    system.kill(main, 2, "broken")
    before = running.vm.steps
    running.run()
    assert len(system.processes) == 3001
    assert running.vm.steps - before == 6000


# -- instructions that wait


def waiting(tree: Tree) -> str:
    wait = tree.machine.process().waiting
    return wait.what if wait is not None else ""


@pytest.mark.parametrize(
    ("instruction", "printed"),
    [("SUPERVISE_CHILD other", "6\n"), ("RESTART_CHILD weak", "6\n"), ("STOP_CHILD weak", "3\n")],
)
def test_an_instruction_waits_while_children_are_restarted(instruction: str, printed: str) -> None:
    text = """
        START_SUPERVISOR one_for_all
        SUPERVISE_CHILD stubborn
        SUPERVISE_CHILD weak
        YIELD
        {instruction}
        PRINT
        HALT
    stubborn:
        TRUE
        TRAP_EXIT
        RECEIVE
        RECEIVE
        HALT
    weak:
        SELF
        PUSH_INT 3
        EQ
        JZ other
        PUSH_STR "oh"
        EXIT_PROCESS
    other:
        RECEIVE
    """
    running = machine(text.format(instruction=instruction))
    while running.vm.run() is Status.PAUSED:
        pass
    wait = running.process().waiting
    assert wait is not None
    assert wait.what == "the restart of its children"
    running.vm.system.send(running.process(), 2, "go")
    while running.vm.run() is Status.PAUSED:
        pass
    assert running.output == printed


def test_stop_child_waits_for_its_end_alone() -> None:
    text = """
        START_SUPERVISOR
        SUPERVISE_CHILD a
        SUPERVISE_CHILD b
        STOP_CHILD a
        PUSH_STR "stopped"
        PRINT
        RECEIVE
    a:
    b:
        TRUE
        TRAP_EXIT
        RECEIVE
    """
    running = machine(text)
    running.vm.run(6)
    assert running.process().waiting is None
    while running.output == "" and running.process().state is not ProcessState.WAITING:
        running.vm.step()
    wait = running.process().waiting
    assert wait is None or wait.what == "the end of its child a"
    running.run()
    assert running.output == "stopped\n"
    assert sorted(running.vm.system.processes) == [1, 3]


def test_ends_during_a_stop_are_decided_afterwards() -> None:
    tree = Tree()
    main, system = tree.machine.process(), tree.system
    tree.machine.process(4).traps_exits = True
    main.waiting, main.state = None, ProcessState.READY  # as if it were about to execute STOP_CHILD
    system.supervision.stop_child(main, "c")
    assert waiting(tree) == "the end of its child c"
    tree.fail(2, 3)
    assert tree.pids() == {"a": 0, "b": 0, "c": 4}
    tree.fail(4)
    assert tree.pids() == {"a": 5, "b": 6, "c": 0}
    assert (tree.supervisor.answer, main.state) == (0, ProcessState.READY)


def test_one_restart_of_a_group_serves_several_ends() -> None:
    tree = Tree("one_for_all")
    main, system = tree.machine.process(), tree.system
    tree.machine.process(4).traps_exits = True
    main.waiting, main.state = None, ProcessState.READY
    system.supervision.stop_child(main, "c")
    tree.fail(2, 3)
    assert list(tree.supervisor.ended) == ["a", "b"]
    tree.fail(4)
    assert tree.pids() == {"a": 5, "b": 6, "c": 7}, "with its group c is started again, too"
    assert (len(tree.supervisor.restarts), list(tree.supervisor.ended)) == (1, [])


def test_a_fault_names_only_some_of_many_children() -> None:
    start = "".join(f"SUPERVISE_CHILD c{number}\n" for number in range(13))
    labels = "".join(f"c{number}:\n" for number in range(13))
    running = machine(f"START_SUPERVISOR\n{start}STOP_CHILD d\n{labels}RECEIVE\n")
    running.run()
    known = ", ".join(f"c{number}" for number in range(10))
    expected = f'STOP_CHILD finds no child "d": this supervisor has {known} and 3 more (test.ttvm:15)'
    assert running.vm.system.exits[1] == expected


def test_a_supervisor_struck_while_it_waits_for_a_child_ends() -> None:
    tree = Tree()
    main, system = tree.machine.process(), tree.system
    tree.machine.process(4).traps_exits = True
    main.waiting, main.state = None, ProcessState.READY
    system.supervision.restart_child(main, "c")
    system.kill(tree.machine.process(2), 1, "enough")
    tree.fail(4)
    assert tree.pids()["c"] == 0, "nobody is started again"
    tree.settle()
    assert system.exits[1] == "enough"
    assert system.processes == {}


def test_no_room_for_a_restart() -> None:
    tree = Tree("one_for_all", options=MachineOptions(policy="round-robin", limits=Limits(processes=4)))
    tree.machine.process(4).traps_exits = True
    tree.fail(2)
    tree.system.spawn(tree.machine.process(3), "a", ())
    tree.fail(4)
    tree.settle()
    assert [event.why for event in tree.events if isinstance(event, SupervisorGaveUp)] == [
        "would make more than 4 processes (--max-processes)"
    ]
    assert tree.system.exits[1] == "shutdown"
    assert sorted(tree.system.processes) == [5]
