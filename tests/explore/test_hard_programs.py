"""Programs that are hard to explore: endless, asking for the world, waiting for time, or with too many schedules."""

from __future__ import annotations

from tests.explore.helpers import explored, report_of, schedules
from tests.explore.programs import lost_update, numbered, spawn, take_any
from ttvm.explore.exploring import Exploration
from ttvm.explore.options import Options
from ttvm.explore.walking import walk
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.process.state import Limits
from ttvm.setup import MachineOptions, make_machine
from ttvm.source import Source
from ttvm.vm import Vm, make_loader


def test_no_concurrency_at_all() -> None:
    report = report_of('PUSH_STR "alone"\nPRINT\n')
    assert (report.executions, report.complete, report.findings) == (1, True, ())
    assert report.outcomes[0].outcome.output == ((1, ("alone",)),)


def test_an_empty_program() -> None:
    report = report_of("")
    assert (report.executions, report.complete) == (1, True)


def test_endless_spawning_is_cut_off() -> None:
    report = report_of(
        "again:\nMAKE_FUNCTION child\nSPAWN\nPOP\nJMP again\nchild:\nHALT\n", max_steps=60, max_executions=5
    )
    assert not report.complete
    assert report.bound is not None


def test_endless_chains_of_processes_are_cut_off() -> None:
    report = report_of("again:\nMAKE_FUNCTION again\nSPAWN\nPOP\nHALT\n", max_steps=80, max_executions=5)
    assert not report.complete


def test_endless_conversations_are_cut_off() -> None:
    text = f"{spawn('b', 'other', 'self')}again:\nTRUE\nLOAD other\nSEND\nRECEIVE\nPOP\nJMP again\n"
    text += "b:\nRECEIVE\nPOP\nTRUE\nLOAD a1\nSEND\nJMP b\n"
    report = report_of(text, max_steps=100)
    assert report.bound == "1 execution was cut off after 100 steps (--max-steps)"


def test_too_many_schedules_stop_at_the_bound_with_what_is_known() -> None:
    report = report_of(take_any(25, 25), max_executions=20)
    assert (report.executions, report.complete) == (20, False)
    assert report.bound == "it was stopped after 20 executions (--max-executions)"
    assert report.outcomes


def test_the_world_outside_is_refused_and_that_is_said() -> None:
    report = report_of('TRY\nPUSH_STR "f"\nREAD_FILE\nPOP\nCATCH\nERROR_KIND\nPRINT\nEND_TRY\n')
    assert report.outcomes[0].outcome.output == ((1, ("PermissionDenied",)),)
    assert report.notes == (
        "the world outside was not asked: every question was refused with PermissionDenied: READ_FILE (prog.ttvm:3)",
    )


def test_timeouts_may_come_at_any_moment() -> None:
    text = f'{numbered(1)}RECEIVE int AFTER 1000 late\nPRINT\nHALT\nlate:\nPUSH_STR "late"\nPRINT\nHALT\n'
    report = report_of(text + "sender:\nPUSH_INT 500\nSLEEP\nLOAD a2\nLOAD a1\nSEND\nHALT\n")
    assert {each.outcome.output for each in report.outcomes} == {((1, ("1",)),), ((1, ("late",)),)}
    assert "time is elastic" in report.notes[0]


def test_timers_race_with_their_cancelling() -> None:
    text = "TRUE\nSELF\nSEND_AFTER 10\nCANCEL_TIMER\nPRINT\nHALT\n"
    assert {each.outcome.output for each in report_of(text).outcomes} == {((1, ("true",)),), ((1, ("false",)),)}


def test_a_process_sees_the_time_it_has_waited() -> None:
    report = report_of("PUSH_INT 30\nSLEEP\nPUSH_INT 12\nSLEEP\nGET_MONOTONIC\nPRINT\n")
    assert report.outcomes[0].outcome.output == ((1, ("42",)),)


def test_input_is_the_same_in_all_executions() -> None:
    text = f"{spawn('reader')}{spawn('reader')}HALT\nreader:\nREAD_LINE\nPRINT\nHALT\n"
    report = report_of(text, input="a\nb\n")
    assert len(report.outcomes) == 2


def test_random_numbers_depend_on_who_asks_first() -> None:
    text = f"{spawn('dice')}{spawn('dice')}HALT\ndice:\nPUSH_INT 1000000\nRANDOM\nPRINT\nHALT\n"
    assert len(report_of(text).outcomes) == 2


def test_a_process_can_be_killed_between_two_lines_that_it_prints() -> None:
    text = f'{spawn("talker", "t")}PUSH_STR "kill"\nLOAD t\nKILL\nHALT\n'
    report = report_of(text + 'talker:\nPUSH_STR "one"\nPRINT\nPUSH_STR "two"\nPRINT\nHALT\n')
    assert {each.outcome.output for each in report.outcomes} == {(), ((2, ("one",)),), ((2, ("one", "two")),)}


def test_who_finds_a_mailbox_full_depends_on_who_comes_first() -> None:
    text = f"{numbered(2)}RECEIVE 0\nHALT\nsender:\nLOAD a2\nLOAD a1\nSEND\nHALT\n"
    failed = {
        frozenset(pid for pid, reason in each.outcome.exits if reason != 'Str "normal"')
        for each in report_of(text, limits=Limits(mailbox=1)).outcomes
    }
    assert failed == {frozenset({2}), frozenset({3})}


def test_exit_ends_the_machine_at_any_moment() -> None:
    text = f'{spawn("talker", "t")}PUSH_INT 3\nEXIT\ntalker:\nPUSH_STR "one"\nPRINT\nHALT\n'
    report = report_of(text)
    assert {(each.outcome.output, each.outcome.status) for each in report.outcomes} == {((), 3), (((2, ("one",)),), 3)}


def test_the_order_of_output_counts_when_asked() -> None:
    text = f'{spawn("talker")}PUSH_STR "main"\nPRINT\nHALT\ntalker:\nPUSH_STR "child"\nPRINT\nHALT\n'
    assert len(report_of(text).outcomes) == 1
    report = report_of(text, ordered_output=True)
    assert {each.outcome.output for each in report.outcomes} == {
        ((0, ("1: main", "2: child")),),
        ((0, ("2: child", "1: main")),),
    }


def test_sampling_is_repeatable() -> None:
    for options in ({"random": 30}, {"pct": 3, "samples": 30}):
        first = explored(lost_update(3), seed=5, **options)
        second = explored(lost_update(3), seed=5, **options)
        assert first.executions == 30
        assert first.collection.outcomes == second.collection.outcomes
        assert not first.report().complete


def test_few_preemptions_find_what_needs_few() -> None:
    full = report_of(lost_update(2))
    for preemptions in (0, 1, 2):
        part = report_of(lost_update(2), preemptions=preemptions)
        assert {each.outcome for each in part.outcomes} <= {each.outcome for each in full.outcomes}
        assert all(each.schedule.preemptions <= preemptions for each in part.outcomes)
        assert not part.complete


def test_turns_lead_a_machine_from_where_it_is_to_each_outcome() -> None:
    loader = make_loader()
    module = loader.add(Source("prog.ttvm", lost_update(2)))

    def machine(turns: tuple[int, ...] = ()) -> tuple[Vm, MemoryConsole]:
        console = MemoryConsole()
        options = MachineOptions(policy="scripted", quantum=1, schedule=turns)
        return make_machine(module, loader, options, console, VirtualClock()), console

    first, _ = machine()
    first.run(30)
    exploration = Exploration(first, Options())
    for _ in exploration:
        pass
    printed = set()
    for outcome, steps in schedules(exploration):
        turns = [pid for stride in walk(exploration, steps).strides for pid in stride.turns]
        again, console = machine(tuple(turns))
        again.restore(first.snapshot())
        ready = tuple(pid for queue in first.system.scheduler.queues() for pid in queue)
        again.system.scheduler.load((0, ready))
        again.run_to_end()
        assert console.text == "".join(f"{line}\n" for line in dict(outcome.output)[1])
        printed.add(console.text)
    assert printed == {"1\n", "2\n"}


def test_exploring_from_where_a_machine_is() -> None:
    loader = make_loader()
    module = loader.add(Source("prog.ttvm", take_any(3, 3)))
    vm = make_machine(module, loader, MachineOptions(), MemoryConsole(), VirtualClock())
    executions = []
    for _ in range(200):
        exploration = Exploration(vm, Options())
        for _ in exploration:
            pass
        assert exploration.report().complete
        executions.append(exploration.executions)
        vm.run(5)
    assert executions[0] == 6
    assert executions[-1] == 1
    assert executions == sorted(executions, reverse=True)
