"""Processes that stay in compiled code between their turns: who looks at them finds them whole, and may change them."""

from __future__ import annotations

from collections.abc import Generator
from typing import cast

import pytest

from tests.property.state import state_of
from tests.unit.helpers import ONE_QUEUE, Machine, machine
from ttvm.engine import tiering
from ttvm.engine.fastpath import compiler
from ttvm.engine.tiering import HotCode
from ttvm.events import MessageSent, ProcessExited
from ttvm.process.state import Process
from ttvm.vm import Vm

ROUND = """
    LOAD left
    LOAD {partner}
    SEND
    RECEIVE
    STORE sum
"""
COUNTERS = f"""
    MAKE_FUNCTION counter
    SPAWN
    STORE a
    MAKE_FUNCTION counter
    SPAWN
    STORE b
    MAKE_FUNCTION counter
    SPAWN
    STORE c
    PUSH_INT 500
    STORE left
again:
{"".join(ROUND.format(partner=partner) for partner in "abc")}
    LOAD left
    PUSH_INT 1
    SUB
    STORE left
    LOAD left
    JNZ again
    LOAD sum
    PRINT
    PUSH_INT 0
    EXIT
counter:
    PUSH_INT 0
    STORE sum
wait:
    RECEIVE
    LOAD sum
    ADD
    STORE sum
    LOAD sum
    SEND 1
    JMP wait
"""
"""Three processes that are sent numbers for long and answer with the sum of all so far."""
PIECE = 5_000
"""Steps after which most stay in compiled code, far from the end."""


@pytest.fixture(autouse=True)
def eager_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiering, "HOT", 2)


def talking(engine: str = "fast") -> Machine:
    """The processes, somewhere in the middle."""
    running = machine(COUNTERS, ONE_QUEUE.replace(engine=engine, quantum=30))
    running.vm.run(PIECE)
    return running


def kept_counter(vm: Vm) -> Process:
    """One that stays in compiled code."""
    return next(vm.system.processes[pid] for pid in vm.system.kept if pid > 1)


def test_between_runs_everybody_is_whole() -> None:
    running, expected = talking(), talking("stepper")
    assert kept_counter(running.vm).waiting is not None
    assert state_of(running) == state_of(expected)
    running.vm.run(PIECE)
    expected.vm.run(PIECE)
    assert state_of(running) == state_of(expected)


def test_whoever_does_not_care_looks_later() -> None:
    running, expected = talking(), talking("stepper")
    process = kept_counter(running.vm)
    before = process.frame.variables["sum"]
    running.vm.run(PIECE, whole=False)
    expected.vm.run(PIECE)
    assert process.frame.variables["sum"] == before
    running.vm.system.write_back()
    assert state_of(running) == state_of(expected)


def test_a_snapshot_is_whole_and_the_run_goes_on_from_it() -> None:
    running, expected = talking(), talking("stepper")
    running.vm.run(PIECE, whole=False)
    snapshot = running.vm.snapshot()
    assert running.vm.run() is expected.vm.run()
    assert running.output == expected.output == f"{500 * 501 // 2}\n"
    running.vm.restore(snapshot)
    assert not running.vm.system.kept
    assert running.vm.run() is not None
    assert running.output == f"{500 * 501 // 2}\n" * 2


def test_a_change_from_outside_counts() -> None:
    running = talking()
    process = kept_counter(running.vm)
    running.vm.system.put_all_back()
    process.frame.variables["sum"] = 1_000_000
    expected = talking("stepper")
    expected.process(process.pid).frame.variables["sum"] = 1_000_000
    running.vm.run()
    expected.vm.run()
    assert state_of(running) == state_of(expected)


def test_a_signal_is_obeyed_although_there_is_a_message() -> None:
    running = talking()
    ends: list[object] = []
    running.vm.observe(ProcessExited, lambda event: ends.append((event.process.pid, event.reason)))
    process, main = kept_counter(running.vm), running.process()
    running.vm.system.send(main, process.pid, 7)
    running.vm.system.kill(main, process.pid, "enough")
    before = process.frame.variables["sum"]
    running.vm.run()
    assert ends == [(process.pid, "enough")]
    assert process.frame.variables["sum"] == before


def test_who_begins_to_listen_misses_nothing() -> None:
    running, numbers = talking(), []
    running.vm.observe(MessageSent, lambda event: numbers.append(event.message.number))
    first = running.vm.system.next_message
    running.vm.run()
    assert numbers == list(range(first, running.vm.system.next_message))


def test_after_an_interrupt_in_the_middle_the_others_are_whole() -> None:
    """What the process had come to that was interrupted is lost: nobody asks a dead generator for it."""
    running = talking()
    system = running.vm.system
    process = kept_counter(running.vm)
    generator = cast(Generator[int, int, None], system.kept[process.pid].__self__)  # type: ignore[attr-defined]

    def interrupted(end: int) -> int:
        if end < 0:
            return generator.send(end)
        return generator.throw(KeyboardInterrupt)

    system.kept[process.pid] = interrupted
    with pytest.raises(KeyboardInterrupt):
        running.vm.run()
    assert process.pid not in system.kept
    assert system.kept


def test_a_generator_that_is_always_left_at_once_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "PATIENCE", 5)
    text = COUNTERS.replace(
        "    LOAD sum\n    SEND 1\n",
        "    LOAD sum\n    JZ mute\n    LOAD sum\n    PRINT\nmute:\n    LOAD sum\n    SEND 1\n",
    )
    expected = machine(text, ONE_QUEUE.replace(engine="stepper"))
    running = machine(text, ONE_QUEUE)
    assert running.run() == expected.run()
    hot = running.vm.program.hot
    assert isinstance(hot, HotCode)
    patience = {entry.kept.patience for entry in hot.entries if entry is not None and entry.kept is not None}
    assert 0 in patience


def test_a_process_that_waits_once_makes_no_generator() -> None:
    text = "    PUSH_INT 300\nagain:\n    MAKE_FUNCTION child\n    SPAWN\n    POP\n    PUSH_INT 1\n    SUB\n    DUP\n"
    running = machine(f"{text}    JNZ again\n    HALT\nchild:\n    RECEIVE\n", ONE_QUEUE)
    running.run()
    assert len(running.vm.system.processes) == 300
    assert not running.vm.system.kept
