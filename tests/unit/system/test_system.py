"""The system: spawning, messages, waiting, names, limits, and who may be told of what."""

from __future__ import annotations

import pytest

from tests.unit.helpers import FOLDER, PACKAGE, Machine, MemoryFiles, machine
from ttvm import events
from ttvm.errors import Fault, FaultKind
from ttvm.process.patterns import OfType
from ttvm.process.state import Limits, Outcome, ProcessState
from ttvm.setup import MachineOptions
from ttvm.system.system import REMEMBERED_EXITS
from ttvm.values import Closure, Function, Ref, Value

TEXT = "NOP\nHALT\nwait:\nRECEIVE\nPOP\nJMP wait\n"


def small(limits: Limits | None = None, files: MemoryFiles | None = None) -> Machine:
    return machine(TEXT, MachineOptions(policy="round-robin", limits=limits or Limits()), files=files)


def function(running: Machine, *parameters: str) -> Function:
    return Function(running.vm.program, 2, "wait", parameters)


# -- spawning


def test_pids_count_from_1_and_are_never_reused() -> None:
    running = small()
    system = running.vm.system
    main = running.process()
    first, second = (system.spawn(main, function(running), ()) for _ in range(2))
    assert [main.pid, first.pid, second.pid] == [1, 2, 3]
    second.exit_reason = "normal"
    system.end(second)
    assert system.spawn(first, function(running), ()).pid == 4
    assert system.pids() == [1, 2, 4]
    assert [system.is_alive(pid) for pid in (0, 1, 3, 4, 5)] == [False, True, False, True, False]


def test_a_new_process_knows_its_spawner_and_waits_at_the_back_of_its_queue() -> None:
    running = machine(TEXT, MachineOptions(policy="smp", schedulers=2))
    system, main = running.vm.system, running.process()
    main.queue = 1
    child = system.spawn(main, function(running), ())
    assert (child.spawner, child.queue, child.state) == (1, 1, ProcessState.READY)
    assert system.scheduler.queues() == ((1,), (2,))


def test_a_function_starts_with_its_arguments_as_variables() -> None:
    running = small()
    values: tuple[Value, Value] = (1, "two")
    child = running.vm.system.spawn(running.process(), function(running, "a", "b"), values)
    assert child.frame.variables == {"a": 1, "b": "two"}
    assert (child.pc, child.stack, child.target, child.frame.label) == (2, [], "wait", "wait")


def test_a_closure_starts_with_what_it_captured_and_arguments_come_first() -> None:
    running = small()
    closure = Closure(running.vm.program, 2, "", ("a",), {"a": "captured", "c": 3})
    child = running.vm.system.spawn(running.process(), closure, ("given",))
    assert child.frame.variables == {"a": "given", "c": 3}
    assert child.target == "@2"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_arguments_is_a_fault(count: int) -> None:
    running = small()
    with pytest.raises(Fault, match=rf"needs 2 arguments for wait \(a, b\) and got {count}") as caught:
        running.vm.system.spawn(running.process(), function(running, "a", "b"), ("x",) * count)
    assert caught.value.kind is FaultKind.TYPE_MISMATCH
    assert running.vm.system.pids() == [1]


@pytest.mark.parametrize("target", [7, None, 1.5, Ref(1)])
def test_a_target_is_a_function_or_a_text(target: Value) -> None:
    running = small()
    with pytest.raises(Fault, match="needs a function or a text as its target"):
        running.vm.system.spawn(running.process(), target, ())


def test_where_a_text_is_looked_for() -> None:
    files = MemoryFiles({f"{PACKAGE}/templates/default.ttvm": "NOP\n"})
    running = small(files=files)
    child = running.vm.system.spawn(running.process(), "barista", ("argument",))
    assert files.looked == [
        f"{FOLDER}/barista.ttvm",
        "barista.ttvm",
        "examples/barista.ttvm",
        f"{PACKAGE}/templates/barista.ttvm",
        f"{PACKAGE}/templates/default.ttvm",
    ]
    assert child.frame.variables == {"template_name": "barista"}
    assert (child.stack, child.target) == (["argument"], "barista")


def test_a_label_comes_first_then_a_file_then_a_template() -> None:
    files = MemoryFiles({
        f"{FOLDER}/wait.ttvm": "POP\n",
        f"{FOLDER}/counter.ttvm": "POP\n",
        f"{PACKAGE}/templates/counter.ttvm": "NOP\n",
        f"{PACKAGE}/templates/worker.ttvm": "NOP\n",
    })  # fmt: skip
    running = small(files=files)
    spawned = [running.vm.system.spawn(running.process(), name, ()) for name in ("wait", "counter", "worker")]
    assert [child.frame.module.identity for child in spawned] == [
        f"{FOLDER}/test.ttvm",
        f"{FOLDER}/counter.ttvm",
        f"{PACKAGE}/templates/worker.ttvm",
    ]
    assert [child.pc for child in spawned] == [2, 0, 0]


def test_without_even_a_default_the_installation_is_broken() -> None:
    running = small()
    with pytest.raises(Fault, match="this installation is not complete"):
        running.vm.system.spawn(running.process(), "nobody", ())


def test_the_limit_on_processes_counts_the_living() -> None:
    running = small(Limits(processes=3))
    system, main = running.vm.system, running.process()
    children = [system.spawn(main, function(running), ()) for _ in range(2)]
    with pytest.raises(Fault, match=r"more than 3 processes \(--max-processes\)") as caught:
        system.spawn(main, function(running), ())
    assert caught.value.kind is FaultKind.LIMIT_EXCEEDED
    children[0].exit_reason = "normal"
    system.end(children[0])
    assert system.spawn(main, function(running), ()).pid == 4


# -- messages


def test_messages_arrive_in_order_with_numbers_of_their_own() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    child = system.spawn(main, function(running), ())
    for value in ("a", "b"):
        system.send(main, child.pid, value)
    system.send(child, child.pid, "c")
    assert [(message.value, message.sender, message.number) for message in child.mailbox] == [
        ("a", 1, 1),
        ("b", 1, 2),
        ("c", 2, 3),
    ]


def test_a_message_to_nobody_is_dropped_and_told() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    dropped: list[tuple[object, Value]] = []
    running.vm.observe(events.MessageDropped, lambda event: dropped.append((event.to, event.message.value)))
    system.send(main, 99, "a")
    system.send(main, 0, "b")
    system.send_named(main, "nobody", "c")
    assert dropped == [(99, "a"), (0, "b"), ("nobody", "c")]


def test_the_number_of_a_message_does_not_depend_on_who_listens() -> None:
    numbers = []
    for listens in (False, True):
        running = small()
        if listens:
            running.vm.observe(events.MessageDropped, lambda event: None)
        system, main = running.vm.system, running.process()
        system.send(main, 99, "lost")
        system.send(main, 1, "kept")
        numbers.append([message.number for message in main.mailbox])
    assert numbers[0] == numbers[1]


def test_a_full_mailbox_is_a_fault_of_the_sender() -> None:
    running = small(Limits(mailbox=2))
    system, main = running.vm.system, running.process()
    child = system.spawn(main, function(running), ())
    system.register(child, "full")
    for _ in range(2):
        system.send(main, child.pid, "x")
    with pytest.raises(
        Fault, match=r"found 2 messages in the mailbox of process 2 \(full\) \(--max-mailbox\)"
    ) as caught:
        system.send(main, child.pid, "one more")
    assert caught.value.kind is FaultKind.LIMIT_EXCEEDED
    with pytest.raises(Fault):
        system.send_named(main, "full", "one more")
    assert len(child.mailbox) == 2
    system.send(main, 1, "there is room elsewhere")


# -- waiting


def waits(running: Machine, pid: int = 1) -> bool:
    return running.process(pid).state is ProcessState.WAITING


def test_who_waits_for_a_pattern_is_woken_by_what_fits() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    system.block(main, OfType("int"), None)
    system.send(main, 1, "no")
    assert waits(running)
    system.send(main, 1, 5)
    assert not waits(running)
    assert main.waiting is None
    assert [message.value for message in main.mailbox] == ["no", 5]


def test_a_timeout_wakes_and_a_message_in_time_cancels_it() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    assert system.block(main, None, 50) is Outcome.BLOCK
    wait = main.waiting
    assert wait is not None
    assert (wait.deadline, wait.asleep, waits(running)) == (50, False, True)
    assert system.timers.next_deadline() == 50
    system.send(main, 1, "hi")
    assert (waits(running), main.timed_out) == (False, False)
    assert system.timers.next_deadline() is None
    system.block(main, None, 50)
    running.clock.wait_until(49)
    system.fire_timers()
    assert waits(running)
    running.clock.wait_until(50)
    system.fire_timers()
    assert (waits(running), main.timed_out) == (False, True)


def test_who_sleeps_is_not_woken_by_messages() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    system.block(main, None, 50, asleep=True)
    system.send(main, 1, "hi")
    assert waits(running)
    running.clock.wait_until(1000)
    system.fire_timers()
    assert not waits(running)


def test_a_run_without_timers_never_asks_the_clock() -> None:
    running = small()

    def refuse() -> int:
        raise AssertionError("nobody should ask")

    running.clock.milliseconds = refuse  # type: ignore[method-assign]
    running.vm.system.fire_timers()
    running.run()


# -- timers with messages


def test_send_after_delivers_later_and_can_be_cancelled() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    first, second = system.send_after(main, 10, 1, "first"), system.send_after(main, 20, 1, "second")
    assert first != second
    running.clock.wait_until(10)
    system.fire_timers()
    assert [message.value for message in main.mailbox] == ["first"]
    assert not system.cancel_timer(first), "too late"
    assert system.cancel_timer(second)
    assert not system.cancel_timer(second)
    running.clock.wait_until(100)
    system.fire_timers()
    assert len(main.mailbox) == 1


def test_a_ref_of_a_monitor_is_no_timer() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    child = system.spawn(main, function(running), ())
    assert not system.cancel_timer(system.monitor(main, child.pid))
    assert child.watchers


@pytest.mark.parametrize("sender_lives", [True, False])
def test_a_timer_to_the_dead_drops_its_message(sender_lives: bool) -> None:
    running = small()
    system, main = running.vm.system, running.process()
    child = system.spawn(main, function(running), ())
    dropped: list[events.MessageDropped] = []
    running.vm.observe(events.MessageDropped, dropped.append)
    system.send_after(child, 10, 99, "late")
    if not sender_lives:
        child.exit_reason = "normal"
        system.end(child)
    running.clock.wait_until(10)
    system.fire_timers()
    [event] = dropped
    assert (event.to, event.message.value, event.sender) == (99, "late", child if sender_lives else None)


# -- names


def test_names() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    child = system.spawn(main, function(running), ())
    system.register(child, "a")
    system.register(child, "b")
    system.register(child, "a")
    assert [system.whereis(name) for name in ("a", "b", "c", "A")] == [2, 2, 0, 0]
    assert child.names == ["a", "b"]
    with pytest.raises(Fault, match='cannot take the name "a": process 2 has it') as caught:
        system.register(main, "a")
    assert caught.value.kind is FaultKind.NAME_TAKEN
    system.unregister(main, "a")
    system.unregister(main, "never there")
    assert (system.whereis("a"), child.names) == (0, ["b"])
    system.register(main, "a")
    assert system.whereis("a") == 1


def test_names_are_free_again_after_the_end() -> None:
    running = small()
    system, main = running.vm.system, running.process()
    child = system.spawn(main, function(running), ())
    freed: list[str] = []
    running.vm.observe(events.NameFreed, lambda event: freed.append(event.name))
    for name in ("a", "b"):
        system.register(child, name)
    child.exit_reason = "normal"
    system.end(child)
    assert freed == ["a", "b"]
    assert system.names == {}
    system.register(main, "a")
    assert system.whereis("a") == 1


# -- the end


def test_reasons_of_the_last_ends_are_remembered() -> None:
    running = machine(
        "PUSH_INT 0\nSTORE i\nloop:\nMAKE_FUNCTION child\nSPAWN\nPOP\nYIELD\nLOAD i\nPUSH_INT 1\nADD\nDUP\nSTORE i\n"
        f"PUSH_INT {REMEMBERED_EXITS + 50}\nLT\nJNZ loop\nHALT\nchild:\nSELF\nEXIT_PROCESS\n"
    )
    running.run()
    exits = running.vm.system.exits
    assert len(exits) == REMEMBERED_EXITS
    assert exits[REMEMBERED_EXITS + 50] == REMEMBERED_EXITS + 50
    assert 2 not in exits


@pytest.mark.parametrize(
    ("code", "failed"),
    [("HALT", False), ("ADD", True), ('PUSH_STR "normal"\nEXIT_PROCESS', False), ("NULL\nEXIT_PROCESS", True)],
)
def test_whether_the_main_process_failed(code: str, failed: bool) -> None:
    running = machine(code + "\n")
    assert (running.vm.system.main_alive, running.vm.system.main_failed) == (True, False)
    running.run()
    assert (running.vm.system.main_alive, running.vm.system.main_failed) == (False, failed)


def test_a_crash_is_told_with_kind_and_open_calls() -> None:
    running = machine(
        "CALL outer\nHALT\nouter:\nCALL inner 5\nRET\ninner:\nPUSH_INT 1\nPUSH_INT 0\nDIV\n".replace(" 5", "")
    )
    exited: list[events.ProcessExited] = []
    running.vm.observe(events.ProcessExited, exited.append)
    running.run()
    [event] = exited
    assert event.kind == "DivisionByZero"
    assert event.reason == "DIV cannot divide by zero: a is Int 1, b is Int 0 (test.ttvm:9)"
    assert event.trace == ("inner (test.ttvm:9)", "outer (test.ttvm:4)", "main (test.ttvm:1)")


def test_the_trace_of_a_deep_crash_leaves_out_the_middle() -> None:
    running = machine(
        "PUSH_INT 1000\nCALL down n\nHALT\n"
        "down:\nLOAD n\nJZ bottom\nLOAD n\nPUSH_INT 1\nSUB\nCALL down n\nRET\n"
        "bottom:\nADD\n"
    )
    exited: list[events.ProcessExited] = []
    running.vm.observe(events.ProcessExited, exited.append)
    running.run()
    trace = exited[0].trace
    assert len(trace) == 21
    assert trace[0] == "down (test.ttvm:13)"
    assert trace[10] == "... 982 more calls ..."
    assert set(trace[1:10]) == set(trace[11:20]) == {"down (test.ttvm:10)"}
    assert trace[20] == "main (test.ttvm:2)"
