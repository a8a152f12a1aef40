"""The policies: who runs next, and that a saved state is a value."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from debugger.steering import Steering
from tests.unit.helpers import module_of
from ttvm.errors import ReplayError, TtvmError
from ttvm.process.state import Frame, Limits, Process
from ttvm.schedulers.base import Scheduler, choose_often
from ttvm.schedulers.random import RandomChoice
from ttvm.schedulers.round_robin import RoundRobin
from ttvm.schedulers.scripted import Scripted
from ttvm.schedulers.smp import Smp
from ttvm.setup import POLICIES, MachineOptions, make_scheduler
from ttvm.values import Pid

MODULE = module_of("NOP\n")


def process(pid: Pid, queue: int = 0) -> Process:
    made = Process(pid, 0, "test", Frame(MODULE, "", {}, 0), 0, Limits())
    made.queue = queue
    return made


def fill(scheduler: Scheduler, *pids: Pid, queue: int = 0) -> None:
    for pid in pids:
        scheduler.add(process(pid, queue))


def drain(scheduler: Scheduler) -> list[Pid]:
    """All that is ready, in the order in which it would run."""
    pids = []
    while (pid := scheduler.choose()) is not None:
        pids.append(pid)
    return pids


def fresh(name: str) -> Scheduler:
    """A new policy of a name."""
    schedule = (2, 1, 3, 2) if name == "scripted" else ()
    return make_scheduler(MachineOptions(policy=name, schedulers=3, schedule=schedule, seed=1))


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_is_known_by_its_name(name: str) -> None:
    assert fresh(name).name == name


def test_an_unknown_policy_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TtvmError, match="there is no policy fair; there are smp, round-robin, random, scripted"):
        make_scheduler(MachineOptions(policy="fair"))


@pytest.mark.parametrize("name", POLICIES)
def test_with_nobody_ready_nobody_is_chosen(name: str) -> None:
    scheduler = fresh(name)
    assert scheduler.choose() is None
    assert [pid for queue in scheduler.queues() for pid in queue] == []


@pytest.mark.parametrize("name", POLICIES)
def test_everybody_ready_runs_exactly_once(name: str) -> None:
    scheduler = fresh(name)
    fill(scheduler, *range(1, 8))
    assert sorted(pid for queue in scheduler.queues() for pid in queue) == list(range(1, 8))
    if name == "scripted":
        scheduler = Scripted((3, 1))
        fill(scheduler, *range(1, 8))
    assert sorted(drain(scheduler)) == list(range(1, 8))


@pytest.mark.parametrize("name", POLICIES)
def test_a_saved_state_is_a_value_and_brings_back_all_choices(name: str) -> None:
    scheduler = fresh(name)
    fill(scheduler, 1, 2, 3)
    fill(scheduler, 4, 5)
    scheduler.choose()
    saved = scheduler.save()
    before = (scheduler.queues(), scheduler.scheduler)
    first = drain(scheduler) if name != "scripted" else [scheduler.choose(), scheduler.choose()]
    fill(scheduler, 7, 8)
    for _ in range(2):
        scheduler.load(saved)
        assert (scheduler.queues(), scheduler.scheduler) == before
        again = drain(scheduler) if name != "scripted" else [scheduler.choose(), scheduler.choose()]
        assert again == first
    other = fresh(name)
    other.load(saved)
    assert (other.queues(), other.scheduler) == before


@pytest.mark.parametrize("name", [*POLICIES, "steered", "held"])
def test_choosing_often_is_choosing_again_and_again(name: str) -> None:
    """Processes become ready while others run, now and then in another order."""
    steered = name in ("steered", "held")
    schedulers = [Steering(MachineOptions(schedulers=3)) if steered else fresh(name) for _ in range(2)]
    turns: list[list[tuple[Pid, int, int, tuple[tuple[Pid, ...], ...]]]] = []
    for scheduler, often in zip(schedulers, (False, True), strict=True):
        processes = {pid: process(pid, pid % 3 if name in ("smp", "steered", "held") else 0) for pid in range(1, 9)}
        if isinstance(scheduler, Steering) and name == "held":
            scheduler.freeze(4, processes)
        for each in processes.values():
            scheduler.add(each)
        choices = scheduler.choices(processes) if often else choose_often(scheduler, processes)
        turns.append([])
        for pid in islice(choices, 4 if name == "scripted" else 40):
            turns[-1].append((pid, scheduler.scheduler, processes[pid].queue, scheduler.queues()))
            if pid % 4 != 3 or len(turns[-1]) < 3:
                add_in_the_shortest_way(scheduler, processes[pid], often)
    assert turns[0] == turns[1]
    assert len(turns[0]) >= 4
    assert name != "held" or 4 not in {pid for pid, *_ in turns[0]}


def add_in_the_shortest_way(scheduler: Scheduler, each: Process, short: bool) -> None:
    """Add a process as compiled code does, where it can."""
    queues = scheduler.run_queues
    if short and queues is not None:
        queues[each.queue].append(each.pid)
    else:
        scheduler.add(each)


# -- round robin


def test_round_robin_is_first_in_first_out() -> None:
    scheduler = RoundRobin()
    fill(scheduler, 3, 1, 2)
    assert scheduler.queues() == ((3, 1, 2),)
    assert scheduler.choose() == 3
    fill(scheduler, 3)
    assert drain(scheduler) == [1, 2, 3]
    assert scheduler.scheduler == 0


# -- smp


def test_smp_schedulers_take_turns_in_the_order_of_their_numbers() -> None:
    scheduler = Smp(3)
    fill(scheduler, 10, 11, queue=0)
    fill(scheduler, 20, 21, queue=1)
    fill(scheduler, 30, 31, queue=2)
    turns = [(scheduler.choose(), scheduler.scheduler) for _ in range(6)]
    assert turns == [(10, 0), (20, 1), (30, 2), (11, 0), (21, 1), (31, 2)]


def test_smp_a_ready_process_joins_the_queue_it_belongs_to() -> None:
    scheduler = Smp(2)
    scheduler.add(process(5, queue=1))
    scheduler.add(process(6, queue=0))
    scheduler.add(process(7, queue=1))
    assert scheduler.queues() == ((6,), (5, 7))


def test_smp_an_idle_scheduler_steals_the_oldest_of_the_longest_queue() -> None:
    scheduler = Smp(3)
    fill(scheduler, 10, queue=1)
    fill(scheduler, 20, 21, 22, queue=2)
    assert (scheduler.choose(), scheduler.scheduler) == (20, 0)
    assert scheduler.queues() == ((), (10,), (21, 22))


def test_smp_among_equally_long_queues_it_steals_from_the_lowest_number() -> None:
    scheduler = Smp(4)
    fill(scheduler, 30, 31, queue=3)
    fill(scheduler, 10, 11, queue=1)
    assert (scheduler.choose(), scheduler.scheduler) == (10, 0)


def test_smp_a_scheduler_with_work_of_its_own_does_not_steal() -> None:
    scheduler = Smp(2)
    fill(scheduler, 1, queue=0)
    fill(scheduler, 10, 11, 12, queue=1)
    assert scheduler.choose() == 1


def test_smp_without_work_no_scheduler_misses_its_turn() -> None:
    scheduler = Smp(2)
    assert scheduler.choose() is None
    fill(scheduler, 1, queue=1)
    assert (scheduler.choose(), scheduler.scheduler) == (1, 0)
    assert scheduler.choose() is None
    fill(scheduler, 2, queue=0)
    assert (scheduler.choose(), scheduler.scheduler) == (2, 1)


def test_smp_of_one_is_round_robin() -> None:
    smp, single = Smp(1), RoundRobin()
    for scheduler in (smp, single):
        fill(scheduler, 5, 3, 4)
    assert drain(smp) == drain(single)


# -- random


def test_random_is_repeatable_by_its_seed_and_differs_between_seeds() -> None:
    def order(seed: int) -> list[Pid]:
        scheduler = RandomChoice(seed)
        fill(scheduler, *range(20))
        return drain(scheduler)

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(10)}) == 10


def test_random_can_choose_everybody_first() -> None:
    chosen: Counter[Pid | None] = Counter()
    scheduler = RandomChoice(7)
    for _ in range(600):
        fill(scheduler, 1, 2, 3)
        chosen[scheduler.choose()] += 1
        drain(scheduler)
    assert set(chosen) == {1, 2, 3}
    assert min(chosen.values()) > 120


def test_random_goes_by_who_is_ready_and_not_by_pids() -> None:
    low, high = RandomChoice(3), RandomChoice(3)
    fill(low, *range(10))
    fill(high, *range(1000, 1010))
    assert [pid + 1000 for pid in drain(low)] == drain(high)


# -- scripted


def test_scripted_runs_the_pids_as_written_and_then_first_in_first_out() -> None:
    scheduler = Scripted((2, 3, 2))
    fill(scheduler, 1, 2, 3)
    assert scheduler.choose() == 2
    fill(scheduler, 2)
    assert [scheduler.choose(), scheduler.choose()] == [3, 2]
    fill(scheduler, 5, 4)
    assert drain(scheduler) == [1, 5, 4]


def test_scripted_tells_which_turn_cannot_be_kept() -> None:
    scheduler = Scripted((1, 7))
    fill(scheduler, 1, 2)
    assert scheduler.choose() == 1
    fill(scheduler, 1)
    message = "turn 2 of the schedule wants process 7, which cannot run now; ready: 2, 1"
    with pytest.raises(ReplayError, match=f"^{message}$"):
        scheduler.choose()
    fill(scheduler, 7)
    assert scheduler.choose() == 7, "a refused choice changes nothing"


def test_scripted_waits_while_nobody_is_ready() -> None:
    scheduler = Scripted((2, 1))
    assert scheduler.choose() is None
    fill(scheduler, 1, 2)
    assert drain(scheduler) == [2, 1]
