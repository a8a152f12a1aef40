"""Processes that wait for the world outside, and the others that run meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.helpers import FOLDER, MemoryFiles
from ttvm.asm.loader import Loader
from ttvm.effects import Console
from ttvm.errors import FaultKind, ReplayError
from ttvm.events import ProcessBlocked, ProcessWoke
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.host.world import World
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.recording.log import Header, LogReader, LogWriter
from ttvm.recording.recorder import RecordingScheduler, record_world
from ttvm.recording.replayer import ReplayingScheduler, replay_world
from ttvm.recording.runs import ending_of, write_options
from ttvm.setup import MachineOptions, make_scheduler, make_world
from ttvm.source import Source
from ttvm.values import Pid, Value
from ttvm.vm import Status, Vm

TWO_READERS = """\
    MAKE_FUNCTION reader
    SPAWN
    POP
    PUSH_STR "a"
    READ_FILE
    PRINT
    HALT
reader:
    TRY
    PUSH_STR "b"
    READ_FILE
    PRINT
    CATCH e
    ERROR_KIND
    PRINT
    END_TRY
"""


class SlowWorld(Outside):
    """Answers nothing by itself: the test says when which answer comes."""

    def __init__(self) -> None:
        self.asked: list[tuple[Pid, Request]] = []
        self.ready: list[tuple[int, Value | Refusal]] = []
        self.left: list[Pid] = []
        self.waits: list[int | None] = []
        self.closed = False

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        self.asked.append((pid, request))
        return Pending(len(self.asked))

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        ready, self.ready = self.ready, []
        return ready

    def wait(self, milliseconds: int | None) -> bool:
        self.waits.append(milliseconds)
        return bool(self.ready)

    def leave(self, pid: Pid) -> None:
        self.left.append(pid)

    def close(self) -> None:
        self.closed = True


class Parked:
    """A machine in a slow world."""

    def __init__(self, text: str, record: list[str] | None = None, replay: list[str] | None = None) -> None:
        self.world = SlowWorld()
        self.console = MemoryConsole()
        self.clock = VirtualClock()
        options = MachineOptions("round-robin")
        loader = Loader(MemoryFiles(), FOLDER)
        module = loader.add(Source("test.ttvm", text))
        host, scheduler = self._host(self.console, options), make_scheduler(options)
        if record is not None:
            self.log = LogWriter(record.append, Header("test.ttvm", write_options(options)))
            host, scheduler = record_world(host, self.log), RecordingScheduler(scheduler, self.log)
        if replay is not None:
            reader = LogReader(replay, "run")
            host, scheduler = replay_world(self.console, reader, ()), ReplayingScheduler(reader)
        self.vm = Vm(module, loader, host, scheduler)

    def _host(self, console: Console, options: MachineOptions) -> World:
        usual = make_world(options, console, self.clock)
        return World(console, usual.clock, usual.randomness, usual.secrets, usual.surroundings, lambda: self.world)


def test_a_process_waits_and_the_others_run() -> None:
    parked = Parked(TWO_READERS)
    assert parked.vm.run() is Status.IDLE
    assert [(pid, request.verb, request.arguments) for pid, request in parked.world.asked] == [
        (1, "read_text", ("a",)),
        (2, "read_text", ("b",)),
    ]
    waiting = [process.waiting for process in parked.vm.system.processes.values()]
    assert [wait.what for wait in waiting if wait is not None] == ["the file a", "the file b"]
    parked.world.ready.append((2, "second"))
    assert parked.vm.run() is Status.IDLE
    assert parked.console.text == "second\n"
    parked.world.ready.append((1, "first"))
    assert parked.vm.run() is Status.ENDED
    assert parked.console.text == "second\nfirst\n"
    assert len(parked.world.asked) == 2, "an answer is not asked for twice"
    assert parked.world.left == [2, 1]


def test_a_refusal_that_arrives_is_a_fault_of_the_instruction() -> None:
    parked = Parked(TWO_READERS)
    parked.vm.run()
    parked.world.ready += [(2, Refusal(FaultKind.FILE_ERROR, "finds nothing")), (1, "x")]
    parked.vm.run()
    assert parked.console.text in ("FileError\nx\n", "x\nFileError\n")


def test_a_message_does_not_end_the_wait() -> None:
    parked = Parked("PUSH_STR a\nREAD_FILE\nPRINT\nRECEIVE\nPRINT\nHALT\n")
    parked.vm.run()
    system = parked.vm.system
    system.deliver(0, system.processes[1], "hello")
    assert parked.vm.run() is Status.IDLE
    parked.world.ready.append((1, "text"))
    parked.vm.run()
    assert parked.console.text == "text\nhello\n"


def test_a_process_that_is_killed_while_it_waits_is_forgotten_outside() -> None:
    parked = Parked(
        "PUSH_STR boss\nPUSH_INT 1\nMAKE_FUNCTION r\nSPAWN\nYIELD\nPUSH_STR kill\nSWAP\nKILL\nHALT\n"
        "r:\nPUSH_STR b\nREAD_FILE\nPRINT\n"
    )
    parked.world.ready.append((1, "too late"))
    assert parked.vm.run() is Status.ENDED
    assert (parked.world.left, parked.console.text, parked.vm.system.parked) == ([2], "", {})


def test_an_answer_nobody_waits_for_is_ignored() -> None:
    parked = Parked(TWO_READERS)
    parked.vm.run()
    parked.world.ready += [(77, "what"), (1, "one"), (1, "again")]
    parked.vm.run()
    assert parked.console.text == "one\n"


def test_waiting_is_as_long_as_the_next_deadline() -> None:
    parked = Parked("MAKE_FUNCTION s\nSPAWN\nPUSH_STR a\nREAD_FILE\nPRINT\nHALT\ns:\nPUSH_INT 30\nSLEEP\nTRUE\nPRINT\n")
    assert parked.vm.run() is Status.IDLE
    parked.vm.wait(patience=20)
    assert (parked.world.waits, parked.clock.now) == ([20], 20), "time goes on while the world is asked"
    parked.vm.wait(patience=20)
    assert (parked.world.waits, parked.clock.now) == ([20, 10], 30)
    assert parked.vm.run() is Status.IDLE
    assert parked.console.text == "true\n"
    parked.vm.wait()
    assert parked.world.waits[-1] is None
    parked.world.ready.append((1, "now"))
    assert parked.vm.run() is Status.ENDED
    assert parked.console.text == "true\nnow\n"


def test_waiting_is_told() -> None:
    parked = Parked("PUSH_STR a\nREAD_FILE\nHALT\n")
    events: list[object] = []
    parked.vm.observe(ProcessBlocked, events.append)
    parked.vm.observe(ProcessWoke, events.append)
    parked.vm.run()
    parked.world.ready.append((1, ""))
    parked.vm.run()
    assert [type(event) for event in events] == [ProcessBlocked, ProcessWoke]


def test_snapshots_hold_who_waits_for_what() -> None:
    parked = Parked(TWO_READERS)
    parked.vm.run()
    snapshot = parked.vm.snapshot()
    parked.world.ready += [(2, "x"), (1, "y")]
    parked.vm.run()
    assert not parked.vm.system.parked
    parked.vm.restore(snapshot)
    assert parked.vm.system.parked == {1: 1, 2: 2}
    parked.world.ready += [(1, "y"), (2, "z")]
    assert parked.vm.run() is Status.ENDED
    assert parked.console.text == "x\ny\ny\nz\n"


def recorded() -> list[str]:
    """The recording of a run in which the second question is answered first."""
    lines: list[str] = []
    parked = Parked(TWO_READERS, record=lines)
    parked.vm.run()
    parked.world.ready.append((2, "second"))
    parked.vm.wait()
    parked.vm.run()
    parked.world.ready.append((1, "first"))
    parked.vm.wait()
    assert parked.vm.run() is Status.ENDED
    parked.log.end(ending_of(parked.vm, 0))
    return lines


def test_a_replay_gets_the_answers_in_the_order_in_which_they_came() -> None:
    parked = Parked(TWO_READERS, replay=recorded())
    parked.vm.run_to_end()
    assert parked.console.text == "second\nfirst\n"
    assert parked.world.asked == [], "a replay asks nobody"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"with":["a"]', '"with":["c"]', 'process 1 asks for files.read_text with ["a"], but the recorded run asked'),
        ('"by":1', '"by":2', "process 1 asks for files.read_text"),
        ('"arrived":2,"answer":"second"', '"arrived":2', "this answer is damaged"),
        ('"arrived":2', '"arived":2', "an entry that nobody knows"),
    ],
)
def test_a_replay_that_differs_says_where(old: str, new: str, message: str) -> None:
    lines = [line.replace(old, new) for line in recorded()]
    parked = Parked(TWO_READERS, replay=lines)
    with pytest.raises(ReplayError, match="run:") as caught:
        parked.vm.run_to_end()
    assert message in str(caught.value)


def test_closing_the_machine_closes_the_world() -> None:
    parked = Parked(TWO_READERS)
    parked.vm.close()
    assert not parked.world.closed, "it was never asked"
    parked.vm.run()
    parked.vm.close()
    assert parked.world.closed
