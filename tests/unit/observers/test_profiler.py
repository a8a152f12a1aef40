"""A profile: who spends what, to the last step; time comes from a clock of the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.machines import Watched, folder_for, options_of, promises
from tests.unit.helpers import FOLDER, ONE_QUEUE, MemoryFiles, machine
from tests.unit.observers.histories import TALK, TOLD, name_of
from ttvm.isa import ISA
from ttvm.observers.profile_report import as_json, as_text
from ttvm.observers.profiler import (
    END_OF_TEXT,
    EXIT_SIGNAL,
    FunctionCost,
    MessageCount,
    ProcessCost,
    Profile,
    Profiler,
)
from ttvm.process.state import Limits
from ttvm.setup import MachineOptions


def counting_clock() -> Callable[[], float]:
    """A clock that is one second later each time it is asked."""
    time = 0

    def seconds() -> float:
        nonlocal time
        time += 1
        return float(time)

    return seconds


def profile_of(text: str, files: MemoryFiles | None = None, options: MachineOptions = ONE_QUEUE) -> Profile:
    running = machine(text, options, files=files)
    profiler = Profiler(running.vm, counting_clock())
    running.run()
    return profiler.finish()


def functions_of(profile: Profile) -> dict[str, FunctionCost]:
    return {cost.label: cost for cost in profile.functions}


def processes_of(profile: Profile) -> dict[int, ProcessCost]:
    return {cost.pid: cost for cost in profile.processes}


def test_self_is_without_and_inclusive_with_what_was_called() -> None:
    text = "CALL outer\nHALT\nouter:\nNOP\nCALL inner\nCALL inner\nRET\ninner:\nNOP\nNOP\nRET\n"
    costs = functions_of(profile_of(text))
    assert {label: (cost.calls, cost.self_reductions, cost.inclusive_reductions) for label, cost in costs.items()} == {
        "main": (1, 2, 12),
        "outer": (1, 4, 10),
        "inner": (2, 6, 6),
    }
    assert [(cost.module, cost.line) for cost in costs.values()] == [
        ("test.ttvm", 9),
        ("test.ttvm", 4),
        ("test.ttvm", 1),
    ]


RECURSION = """
    PUSH_INT {depth}
    CALL down n
    HALT
down:
    LOAD n
    JZ end
    LOAD n
    PUSH_INT 1
    SUB
    CALL down n
end:
    RET
"""
"""A function that calls itself so many times."""


def test_of_a_recursion_the_outermost_call_counts() -> None:
    profile = profile_of(RECURSION.format(depth=4))
    down = functions_of(profile)["down"]
    assert down.calls == 5
    assert down.self_reductions == down.inclusive_reductions == profile.reductions - 3


def test_time_goes_to_whoever_runs_and_not_to_those_who_wait() -> None:
    text = "MAKE_FUNCTION child\nSPAWN\nPOP\nRECEIVE\nHALT\nchild:\nCALL f\nTRUE\nSEND 1\nHALT\nf:\nRET\n"
    profile = profile_of(text)
    assert profile.seconds == 9
    # The clock moves by a second for each turn, call, return, wait and exit; here in this order: turn (nobody is
    # charged yet), main waits, turn, call, return, child exits, turn, main exits, end.
    assert {cost.label: cost.self_seconds for cost in profile.functions} == {"main": 2, "child": 2, "f": 1}
    assert functions_of(profile)["child"].inclusive_seconds == 3
    assert {pid: cost.seconds for pid, cost in processes_of(profile).items()} == {1: 2, 2: 3}


def test_a_sleeping_machine_costs_nobody_time() -> None:
    profile = profile_of("PUSH_INT 1000\nSLEEP\nHALT\n")
    assert processes_of(profile)[1].seconds == 2  # two turns, from start to wait and from start to exit
    assert (processes_of(profile)[1].blocked, processes_of(profile)[1].turns) == (1, 2)


def test_a_handler_ends_all_calls_inside() -> None:
    text = "TRY\nCALL f\nCATCH\nPOP\nEND_TRY\nNOP\nNOP\nHALT\nf:\nCALL g\nRET\ng:\nADD\n"
    costs = functions_of(profile_of(text))
    assert {label: (cost.self_reductions, cost.inclusive_reductions) for label, cost in costs.items()} == {
        "main": (8, 10),
        "f": (1, 2),
        "g": (1, 1),
    }


def test_functions_of_modules_and_their_top_levels() -> None:
    files = MemoryFiles({f"{FOLDER}/lib.ttvm": "MAKE_FUNCTION f\nSTORE f\nEXPORT f\nHALT\nf:\nNOP\nRET\n"})
    profile = profile_of('IMPORT "lib.ttvm"\nLOAD f\nCALL_FUNCTION\nHALT\n', files)
    assert {(cost.label, cost.module, cost.line, cost.self_reductions) for cost in profile.functions} == {
        ("main", "test.ttvm", 1, 4),
        ("lib.ttvm", "lib.ttvm", 1, 4),
        ("f", "lib.ttvm", 6, 2),
    }


def test_code_without_a_label_is_called_by_its_address() -> None:
    assert set(functions_of(profile_of("CALL 2\nHALT\nRET\n"))) == {"main", "@2"}


def test_a_spawned_function_counts_as_called() -> None:
    profile = profile_of("MAKE_FUNCTION f\nDUP\nSPAWN\nPOP\nSPAWN\nHALT\nf:\nNOP\nHALT\n")
    assert functions_of(profile)["f"].calls == 2
    assert functions_of(profile)["f"].inclusive_reductions == 4


def test_messages_mailboxes_and_waits() -> None:
    text = """
        REGISTER boss
        MAKE_FUNCTION worker
        SPAWN
        POP
        TRUE
        SEND 2
        TRUE
        SEND 2
        TRUE
        SEND 2
        RECEIVE
        TRUE
        SEND 99
        HALT
    worker:
        RECEIVE
        RECEIVE
        RECEIVE
        SENDNAMED boss
        RECEIVE
    """
    profile = profile_of(text)
    assert profile.messages == (MessageCount(1, 2, 3), MessageCount(2, 1, 1))
    assert profile.messages_dropped == 1
    boss, worker = (processes_of(profile)[pid] for pid in (1, 2))
    assert (boss.target, boss.name, boss.turns, boss.blocked, boss.longest_mailbox) == ("main", "boss", 2, 1, 1)
    assert (worker.target, worker.name, worker.turns, worker.blocked, worker.longest_mailbox) == ("worker", "", 1, 1, 3)


def test_instructions_are_counted_by_the_mnemonics_of_the_table() -> None:
    profile = profile_of("NOP\nNOP\nPUSH_INT 1\nMAKE_FUNCTION f\nSPAWN\nKILL\nf:\n")
    counts = {each.mnemonic: each.count for each in profile.instructions}
    assert counts == {
        "NOP": 2,
        "PUSH_INT": 1,
        "MAKE_FUNCTION": 1,
        "SPAWN": 1,
        "KILL": 1,
        END_OF_TEXT: 1,
        EXIT_SIGNAL: 1,
    }
    assert profile.instructions[0].mnemonic == "NOP"


@pytest.mark.parametrize("path", TOLD, ids=name_of)
def test_every_step_is_charged_once(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder_for(path, tmp_path))
    watched = Watched(path, options_of(promises(path)), promises(path).input)
    profiler = Profiler(watched.vm, counting_clock())
    watched.run_to_end()
    profile = profiler.finish()
    assert not watched.errors or not any("switched off" in line for line in watched.errors)
    assert profile.reductions == watched.vm.steps
    assert sum(cost.self_reductions for cost in profile.functions) == profile.reductions
    assert sum(cost.reductions for cost in profile.processes) == profile.reductions
    assert sum(each.count for each in profile.instructions) == profile.reductions
    assert sum(cost.turns for cost in profile.processes) == profile.turns
    for cost in profile.functions:
        assert cost.self_reductions <= cost.inclusive_reductions <= profile.reductions
        assert cost.self_seconds <= cost.inclusive_seconds <= profile.seconds
        assert cost.calls
    known = {END_OF_TEXT, EXIT_SIGNAL, *ISA}
    assert {each.mnemonic for each in profile.instructions} <= known


def test_a_profile_changes_nothing_in_a_run() -> None:
    plain, profiled = machine(TALK), machine(TALK)
    Profiler(profiled.vm, counting_clock())
    assert profiled.run() == plain.run()
    assert profiled.vm.steps == plain.vm.steps


def test_a_run_that_is_not_over_has_a_profile() -> None:
    running = machine("CALL f\nHALT\nf:\nCALL g\nRET\ng:\nJMP g\n")
    profiler = Profiler(running.vm, counting_clock())
    running.vm.run(100)
    costs = functions_of(profiler.finish())
    assert {label: cost.inclusive_reductions for label, cost in costs.items()} == {"main": 100, "f": 99, "g": 98}


def test_a_profile_may_begin_in_the_middle() -> None:
    running = machine("NOP\nNOP\nNOP\nHALT\n")
    running.vm.run(2)
    profiler = Profiler(running.vm, counting_clock())
    running.run()
    assert profiler.finish().reductions == 2


def test_a_recursion_100_000_deep() -> None:
    profile = profile_of(RECURSION.format(depth=100_000))
    down = functions_of(profile)["down"]
    assert down.calls == 100_001
    assert down.inclusive_reductions == down.self_reductions == profile.reductions - 3


def test_10_000_processes() -> None:
    text = """
        PUSH_INT 0
        STORE i
    next:
        MAKE_FUNCTION child
        SPAWN
        POP
        LOAD i
        PUSH_INT 1
        ADD
        STORE i
        LOAD i
        PUSH_INT 10000
        LT
        JNZ next
        HALT
    child:
        SELF
        SEND 1
        RECEIVE
    """
    profile = profile_of(text, options=ONE_QUEUE.replace(limits=Limits()))
    assert len(profile.processes) == 10_001
    assert functions_of(profile)["child"].calls == 10_000
    report = as_text(profile, 5)
    assert "... and 9,996 more (--top)" in report
    assert len(report.splitlines()) < 50


REPORT = """\
test.ttvm: 8 steps, 2 turns, 2 processes, 1 message, 0 dropped, 5.000 s

function             calls  self  self %  inclusive   self ms  inclusive ms
main (test.ttvm:1)       1     6    75.0          6  1,000.00      1,000.00
child (test.ttvm:8)      1     2    25.0          2  1,000.00      1,000.00

process  steps     %  turns  blocked  longest mailbox        ms
1 main       6  75.0      1        0                0  1,000.00
2 child      2  25.0      1        1                1  1,000.00

from -> to         messages
1 main -> 2 child         1

instruction  times     %
RECEIVE          2  25.0
HALT             1  12.5
... and 5 more (--top)
"""


def test_report() -> None:
    text = "MAKE_FUNCTION child\nSPAWN\nPOP\nTRUE\nSEND 2\nHALT\nchild:\nRECEIVE\nRECEIVE\n"
    assert as_text(profile_of(text), 2) == REPORT


def test_report_of_nothing() -> None:
    running = machine("NOP\n")
    lines = as_text(Profiler(running.vm, counting_clock()).finish(), 5).splitlines()
    assert lines[0] == "test.ttvm: 0 steps, 0 turns, 1 process, 0 messages, 0 dropped, 1.000 s"
    assert lines[3].split() == ["main", "(test.ttvm:1)", "1", "0", "-", "0", "0.00", "0.00"]


def test_json() -> None:
    profile = profile_of(TALK)
    read = json.loads(as_json(profile))
    assert (read["format"], read["version"], read["program"]) == ("ttvm-profile", 1, "test.ttvm")
    assert set(read) == {"format", "version", *Profile._names}
    assert set(read["functions"][0]) == set(FunctionCost._names)
    assert set(read["processes"][0]) == set(ProcessCost._names)
    assert len(read["instructions"]) == len(profile.instructions)
    assert len(json.loads(as_json(profile, 2))["instructions"]) == 2


def test_names_cannot_disturb_a_terminal_or_a_table() -> None:
    profile = profile_of(f'REGISTER "\\x1b[2J\\n{"x" * 100}"\nHALT\n')
    lines = as_text(profile, 5).splitlines()
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 100
