"""CallEntered and CallReturned: one for each call that begins and for all that end, however they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machines import EXAMPLES, Watched, folder_for, options_of, promises
from tests.unit.helpers import FOLDER, MemoryFiles, machine
from ttvm.events import CallEntered, CallReturned, InstructionStarting, Observers, OutputWritten
from ttvm.vm import Vm


def calls_of(text: str, files: MemoryFiles | None = None) -> list[tuple[int, str, int]]:
    """What the call events of a run tell: change of depth, label, depth."""
    running = machine(text, files=files)
    heard: list[tuple[int, str, int]] = []

    def entered(event: CallEntered) -> None:
        frames = event.process.frames
        heard.append((1, frames[-1].label, len(frames)))

    def returned(event: CallReturned) -> None:
        frames = event.process.frames
        heard.append((-event.count, frames[-1].label, len(frames)))

    running.vm.observe(CallEntered, entered)
    running.vm.observe(CallReturned, returned)
    running.run()
    return heard


def test_calls_and_returns() -> None:
    text = "CALL f\nMAKE_FUNCTION f\nCALL_FUNCTION\nHALT\nf:\nRET\n"
    assert calls_of(text) == [(1, "f", 2), (-1, "", 1), (1, "f", 2), (-1, "", 1)]


def test_a_handler_outside_ends_all_calls_inside() -> None:
    text = "TRY\nCALL f\nCATCH\nPOP\nEND_TRY\nHALT\nf:\nCALL g\nRET\ng:\nCALL h\nRET\nh:\nADD\n"
    assert calls_of(text) == [(1, "f", 2), (1, "g", 3), (1, "h", 4), (-3, "", 1)]


def test_a_handler_in_the_same_call_ends_none() -> None:
    assert calls_of("CALL f\nHALT\nf:\nTRY\nADD\nCATCH\nPOP\nEND_TRY\nRET\n") == [(1, "f", 2), (-1, "", 1)]


def test_the_top_level_of_a_module_is_a_call() -> None:
    files = MemoryFiles({f"{FOLDER}/lib.ttvm": "CALL f\nHALT\nf:\nRET\n"})
    text = 'IMPORT "lib.ttvm"\nIMPORT "lib.ttvm"\nHALT\n'
    assert calls_of(text, files) == [(1, "lib.ttvm", 2), (1, "f", 3), (-1, "lib.ttvm", 2), (-1, "", 1)]


def test_a_crash_and_an_exit_end_the_process_and_no_call() -> None:
    assert calls_of("CALL f\nHALT\nf:\nADD\n") == [(1, "f", 2)]
    assert calls_of("CALL f\nHALT\nf:\nHALT\n") == [(1, "f", 2)]


def test_a_call_that_fails_is_none() -> None:
    assert calls_of("TRY\nCALL f x\nCATCH\nPOP\nEND_TRY\nHALT\nf:\nRET\n") == []


def test_one_may_listen_to_one_of_them() -> None:
    running = machine("CALL f\nHALT\nf:\nRET\n")
    heard: list[object] = []
    running.vm.observe(CallReturned, heard.append)
    running.run()
    assert len(heard) == 1


def test_slices_look_closely_only_while_somebody_wants_it() -> None:
    observers = Observers()
    heard: list[object] = []
    observers.subscribe(OutputWritten, heard.append)
    assert not observers.in_detail
    for event_type in (InstructionStarting, CallEntered, CallReturned):
        states = []
        observers.subscribe(event_type, heard.append)
        states.append(observers.in_detail)
        observers.unsubscribe(event_type, heard.append)
        states.append(observers.in_detail)
        assert states == [True, False]


def watch_depths(vm: Vm) -> dict[int, int]:
    """How deep each process is, by its call events."""
    depths: dict[int, int] = {}

    def entered(event: CallEntered) -> None:
        depths[event.process.pid] = depths.get(event.process.pid, 1) + 1
        assert depths[event.process.pid] == len(event.process.frames)

    def returned(event: CallReturned) -> None:
        depths[event.process.pid] -= event.count
        assert depths[event.process.pid] == len(event.process.frames)

    def starting(event: InstructionStarting) -> None:
        assert depths.get(event.process.pid, 1) == len(event.process.frames)

    vm.observe(CallEntered, entered)
    vm.observe(CallReturned, returned)
    vm.observe(InstructionStarting, starting)
    return depths


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_events_always_add_up_to_the_depth(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder_for(path, tmp_path))
    watched = Watched(path, options_of(promises(path)), promises(path).input)
    watch_depths(watched.vm)
    watched.run_to_end()
    # A listener that fails is removed: all three must be left.
    assert {CallEntered, CallReturned, InstructionStarting} <= set(watched.vm.observers.listeners)
