"""Links, monitors and exit signals: the rules of language.md, section 7, one by one."""

from __future__ import annotations

import pytest

from tests.unit.helpers import Machine, machine
from ttvm.events import Linked, MonitorFired
from ttvm.forms import display
from ttvm.process.state import Outcome, Process, ProcessState
from ttvm.system.system import System
from ttvm.values import Function, Object, Pid, Ref, Value, equal

WAITERS = "RECEIVE\nHALT\nwait:\nRECEIVE\nPOP\nJMP wait\n"
"""Everybody waits for messages, process 1 for one and the others for ever."""


class Cast:
    """A system of five processes that all wait for messages."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.system: System = machine.vm.system

    def __getitem__(self, pid: Pid) -> Process:
        return self.system.processes[pid]

    def inbox(self, pid: Pid) -> list[str]:
        """The display forms of the messages in a mailbox."""
        return [display(message.value) for message in self[pid].mailbox]

    def end(self, pid: Pid, reason: Value = "normal") -> None:
        """A process ends, as EXIT_PROCESS ends it."""
        process = self[pid]
        process.exit_reason = reason
        self.system.end(process)

    def waits(self, pid: Pid) -> bool:
        """Whether a process waits."""
        return self[pid].state is ProcessState.WAITING

    def doomed(self) -> dict[Pid, Value]:
        """Who ends at its next step, and why."""
        return {pid: each.signal.reason for pid, each in self.system.processes.items() if each.signal is not None}

    def settle(self) -> None:
        """Let everybody run until all that are left wait."""
        self.machine.vm.run_to_end()


@pytest.fixture
def cast() -> Cast:
    running = machine(WAITERS)
    system = running.vm.system
    wait = Function(running.vm.program, 2, "wait", ())
    for _ in range(4):
        system.spawn(system.processes[1], wait, ())
    running.vm.run_to_end()
    return Cast(running)


def link(cast: Cast, *pairs: tuple[Pid, Pid]) -> None:
    for one, other in pairs:
        assert cast.system.link(cast[one], other) is None


REASONS: list[Value] = ["shutdown", "", "noproc", 7, None, Object(code=1), "Normal", 0.0]
"""Reasons that are not normal."""


# -- links


def test_a_link_is_two_way_and_told_once(cast: Cast) -> None:
    told: list[tuple[Pid, Pid]] = []
    cast.machine.vm.observe(Linked, lambda event: told.append((event.process.pid, event.other)))
    link(cast, (2, 3))
    assert (cast[2].links, cast[3].links) == ({3}, {2})
    assert told == [(2, 3)]


@pytest.mark.parametrize("reason", REASONS, ids=repr)
@pytest.mark.parametrize("dying", [2, 3])
def test_an_abnormal_end_kills_the_linked_either_way(cast: Cast, reason: Value, dying: Pid) -> None:
    link(cast, (2, 3))
    cast.end(dying, reason)
    assert cast.doomed() == {5 - dying: reason}


@pytest.mark.parametrize("dying", [2, 3])
def test_a_normal_end_kills_nobody_and_undoes_the_link(cast: Cast, dying: Pid) -> None:
    link(cast, (2, 3))
    cast.end(dying, "normal")
    assert cast.doomed() == {}
    assert not cast[5 - dying].links
    assert cast.inbox(5 - dying) == []


def test_linking_twice_is_one_link(cast: Cast) -> None:
    link(cast, (2, 3), (2, 3), (3, 2))
    cast[3].traps_exits = True
    cast.end(2, "bye")
    assert cast.inbox(3) == ["{type: EXIT, pid: 2, reason: bye}"]


def test_a_link_with_oneself_is_none(cast: Cast) -> None:
    link(cast, (2, 2))
    assert not cast[2].links
    cast.end(2, "bye")
    assert cast.doomed() == {}


@pytest.mark.parametrize(("one", "other"), [(2, 3), (3, 2)])
def test_unlink_undoes_a_link_on_both_sides(cast: Cast, one: Pid, other: Pid) -> None:
    link(cast, (2, 3))
    cast.system.unlink(cast[one], other)
    assert not cast[2].links
    assert not cast[3].links
    cast.end(2, "bye")
    assert cast.doomed() == {}


def test_unlink_of_strangers_and_the_dead_changes_nothing(cast: Cast) -> None:
    link(cast, (2, 3))
    cast.system.unlink(cast[2], 4)
    cast.system.unlink(cast[2], 99)
    cast.system.unlink(cast[4], 2)
    assert (cast[2].links, cast[3].links) == ({3}, {2})


def test_a_chain_of_links_falls_one_after_the_other(cast: Cast) -> None:
    link(cast, (2, 3), (3, 4), (4, 5))
    cast.end(2, "bye")
    assert cast.doomed() == {3: "bye"}
    cast.settle()
    assert set(cast.system.processes) & {2, 3, 4, 5} == set()
    assert [cast.system.exits[pid] for pid in (2, 3, 4, 5)] == ["bye"] * 4


def test_in_a_chain_one_who_traps_protects_the_others(cast: Cast) -> None:
    link(cast, (2, 3), (3, 4), (4, 5))
    cast[4].traps_exits = True
    cast.end(2, "bye")
    cast.settle()
    assert sorted(set(cast.system.processes) & {2, 3, 4, 5}) == [4, 5]


def test_all_linked_are_told_in_the_order_of_their_pids(cast: Cast) -> None:
    for pid in (5, 3, 4, 2):
        cast[pid].traps_exits = True
        link(cast, (pid, 1))
    cast.end(1, "bye")
    numbers = [next(iter(cast[pid].mailbox)).number for pid in (2, 3, 4, 5)]
    assert numbers == sorted(numbers)


def test_a_link_to_a_dead_process_is_an_exit_signal_noproc(cast: Cast) -> None:
    cast.end(3)
    assert cast.system.link(cast[2], 3) is Outcome.CONTINUE
    assert cast.doomed() == {2: "noproc"}
    cast[4].traps_exits = True
    cast.system.link(cast[4], 99)
    assert cast.inbox(4) == ["{type: EXIT, pid: 99, reason: noproc}"]
    assert not cast[4].links


# -- trapping


@pytest.mark.parametrize("reason", ["normal", *REASONS], ids=repr)
def test_trapped_exits_are_messages_with_type_pid_and_reason(cast: Cast, reason: Value) -> None:
    link(cast, (2, 3))
    cast[2].traps_exits = True
    cast.end(3, reason)
    assert cast.doomed() == {}
    [message] = cast[2].mailbox
    assert equal(message.value, Object(type="EXIT", pid=3, reason=reason))
    assert message.sender == 3
    assert not cast[2].links


# -- kill


@pytest.mark.parametrize("reason", REASONS, ids=repr)
def test_an_exit_signal_dooms_one_who_does_not_trap(cast: Cast, reason: Value) -> None:
    assert cast.system.kill(cast[1], 2, reason) is None
    assert cast.doomed() == {2: reason}
    assert cast.system.is_alive(2), "it ends when its turn comes"


def test_an_exit_signal_normal_does_nothing(cast: Cast) -> None:
    cast.system.kill(cast[1], 2, "normal")
    assert cast.doomed() == {}
    assert cast.inbox(2) == []


def test_an_exit_signal_normal_is_a_message_when_trapped(cast: Cast) -> None:
    cast[2].traps_exits = True
    cast.system.kill(cast[1], 2, "normal")
    assert cast.inbox(2) == ["{type: EXIT, pid: 1, reason: normal}"]


def test_an_exit_signal_is_a_message_when_trapped(cast: Cast) -> None:
    cast[2].traps_exits = True
    cast.system.kill(cast[1], 2, "stop")
    assert cast.doomed() == {}
    assert cast.inbox(2) == ["{type: EXIT, pid: 1, reason: stop}"]


@pytest.mark.parametrize("traps", [False, True])
def test_reason_kill_cannot_be_trapped_and_arrives_as_killed(cast: Cast, traps: bool) -> None:
    cast[2].traps_exits = traps
    cast[3].traps_exits = True
    link(cast, (2, 3))
    cast.system.kill(cast[1], 2, "kill")
    assert cast.doomed() == {2: "killed"}
    assert cast.inbox(2) == []
    cast.machine.vm.step()
    assert cast.inbox(3) == ["{type: EXIT, pid: 2, reason: killed}"]


def test_a_linked_end_with_reason_kill_can_be_trapped(cast: Cast) -> None:
    """Only KILL itself is untrappable, not a process that ended with that reason."""
    link(cast, (2, 3))
    cast[3].traps_exits = True
    cast.end(2, "kill")
    assert cast.doomed() == {}
    assert cast.inbox(3) == ["{type: EXIT, pid: 2, reason: kill}"]


def test_an_exit_signal_to_the_dead_is_lost(cast: Cast) -> None:
    cast.end(3)
    assert cast.system.kill(cast[1], 3, "stop") is None
    assert cast.system.kill(cast[1], 99, "kill") is None
    assert cast.doomed() == {}


def test_a_process_can_kill_itself(cast: Cast) -> None:
    assert cast.system.kill(cast[2], 2, "enough") is Outcome.CONTINUE
    assert cast.doomed() == {2: "enough"}


def test_the_first_of_two_signals_counts(cast: Cast) -> None:
    cast.system.kill(cast[1], 2, "first")
    cast.system.kill(cast[1], 2, "second")
    cast.system.kill(cast[1], 2, "kill")
    assert cast.doomed() == {2: "first"}


def test_a_signal_wakes_one_who_waits(cast: Cast) -> None:
    assert cast.waits(2)
    cast.system.kill(cast[3], 2, "stop")
    assert not cast.waits(2)
    assert cast[2].waiting is None
    cast.settle()
    assert not cast.system.is_alive(2)
    assert cast.system.exits[2] == "stop"


def test_a_doomed_process_executes_nothing_more(cast: Cast) -> None:
    reductions, process = cast[2].reductions, cast[2]
    cast.system.kill(cast[3], 2, "stop")
    cast.system.send(cast[3], 2, "too late")
    cast.settle()
    assert process.reductions == reductions + 1
    assert [message.value for message in process.mailbox] == ["too late"]


# -- monitors


@pytest.mark.parametrize("reason", ["normal", *REASONS], ids=repr)
def test_a_monitor_tells_of_every_end(cast: Cast, reason: Value) -> None:
    fired: list[MonitorFired] = []
    cast.machine.vm.observe(MonitorFired, fired.append)
    ref = cast.system.monitor(cast[2], 3)
    cast.end(3, reason)
    [message] = cast[2].mailbox
    assert equal(message.value, Object(type="DOWN", ref=ref, pid=3, reason=reason))
    assert message.sender == 3
    assert cast.doomed() == {}
    assert [(event.watcher, event.watched) for event in fired] == [(2, 3)]
    assert equal(fired[0].reason, reason)


def test_a_monitor_is_one_way(cast: Cast) -> None:
    cast.system.monitor(cast[2], 3)
    cast.end(2, "bye")
    assert cast.inbox(3) == []
    assert cast.doomed() == {}
    assert not cast[3].watchers
    cast.end(3)


def test_every_monitor_has_a_ref_of_its_own_and_fires_once(cast: Cast) -> None:
    refs = [cast.system.monitor(cast[2], 3) for _ in range(3)]
    assert len({ref.number for ref in refs}) == 3
    cast.end(3, "bye")
    assert cast.inbox(2) == [f"{{type: DOWN, ref: #Ref<{ref.number}>, pid: 3, reason: bye}}" for ref in refs]
    assert not cast[2].monitors


def test_all_watchers_are_told_in_the_order_of_their_refs(cast: Cast) -> None:
    for pid in (5, 2, 4):
        cast.system.monitor(cast[pid], 3)
    cast.end(3, "bye")
    numbers = [next(iter(cast[pid].mailbox)).number for pid in (5, 2, 4)]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("pid", [3, 99, 0, -1])
def test_a_monitor_of_a_dead_process_fires_at_once(cast: Cast, pid: Pid) -> None:
    cast.end(3, "before")
    ref = cast.system.monitor(cast[2], pid)
    assert cast.inbox(2) == [f"{{type: DOWN, ref: #Ref<{ref.number}>, pid: {pid}, reason: noproc}}"]
    assert not cast[2].monitors


def test_demonitor_keeps_the_message_away(cast: Cast) -> None:
    first, second = cast.system.monitor(cast[2], 3), cast.system.monitor(cast[2], 3)
    cast.system.demonitor(cast[2], first)
    cast.end(3)
    assert cast.inbox(2) == [f"{{type: DOWN, ref: #Ref<{second.number}>, pid: 3, reason: normal}}"]


def test_demonitor_of_anything_else_changes_nothing(cast: Cast) -> None:
    ref = cast.system.monitor(cast[2], 3)
    cast.system.demonitor(cast[4], ref)
    cast.system.demonitor(cast[2], Ref(ref.number + 100))
    cast.end(3)
    assert len(cast.inbox(2)) == 1
    cast.system.demonitor(cast[2], ref)
    assert len(cast.inbox(2)) == 1, "what has come stays"


def test_a_monitor_of_oneself_tells_nobody(cast: Cast) -> None:
    cast.system.monitor(cast[2], 2)
    cast.end(2, "bye")
    assert cast.doomed() == {}


def test_link_and_monitor_together_tell_of_both_the_link_first(cast: Cast) -> None:
    cast[2].traps_exits = True
    ref = cast.system.monitor(cast[2], 3)
    link(cast, (2, 3))
    cast.end(3, "bye")
    assert cast.inbox(2) == [
        "{type: EXIT, pid: 3, reason: bye}",
        f"{{type: DOWN, ref: #Ref<{ref.number}>, pid: 3, reason: bye}}",
    ]


def test_the_end_of_a_process_is_told_once(cast: Cast) -> None:
    cast.system.monitor(cast[2], 3)
    process = cast[3]
    cast.end(3, "bye")
    cast.system.end(process)
    assert len(cast.inbox(2)) == 1


# -- the end of a process through instructions


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("HALT", "normal"),
        ("RET", "normal"),
        ("NOP", "normal"),
        ('PUSH_STR "why"\nEXIT_PROCESS', "why"),
        ("PUSH_INT 7\nEXIT_PROCESS", "7"),
        ("ADD", "ADD needs 2 values (a, b) on the stack, which is empty (test.ttvm:10)"),
        ('PUSH_STR "oh"\nTHROW', "oh"),
        ('PUSH_STR "stop"\nSELF\nKILL', "stop"),
        ('PUSH_STR "kill"\nSELF\nKILL', "killed"),
    ],
)
def test_the_reason_of_an_end(code: str, reason: str) -> None:
    text = f"MAKE_FUNCTION child\nSPAWN_MONITOR\nPOP\nPOP\nRECEIVE\nGET_FIELD reason\nPRINT\nHALT\nchild:\n{code}\n"
    assert machine(text).run() == f"{reason}\n"
