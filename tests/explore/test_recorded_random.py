"""Random programs with files: the answers of a recorded run are those that the files would give, and none is missed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.explore.helpers import finish
from tests.explore.programs import spawn
from ttvm.errors import FaultKind
from ttvm.explore.asking import Asked, Recorded
from ttvm.explore.execution import follow
from ttvm.explore.exhaustive import visit_all
from ttvm.explore.exploring import Exploration
from ttvm.explore.noting import Trouble
from ttvm.explore.options import Options
from ttvm.explore.outcomes import Outcome, outcome_of
from ttvm.host.memory import MemoryConsole, VirtualClock
from ttvm.host.world import FixedSurroundings, SeededRandomness, SeededSecrets, World
from ttvm.outside import Outside, Pending, Refusal, Request
from ttvm.recording.log import Header, LogWriter
from ttvm.recording.recorder import RecordingScheduler, record_world
from ttvm.recording.runs import ending_of, write_options
from ttvm.setup import MachineOptions, make_scheduler, make_vm
from ttvm.values import List, Pid, Value, boolean
from ttvm.vm import Status, make_loader


class Files(Outside):
    """Files in memory, all in one folder."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def ask(self, pid: Pid, request: Request) -> Value | Refusal | Pending:
        return self.do(request)

    def do(self, request: Request) -> Value | Refusal:
        """The answer to a question."""
        name = str(request.arguments[-1])
        if request.verb == "names":
            return List([*sorted(self.texts)])
        if request.verb == "exists":
            return boolean(name in self.texts)
        if request.verb == "write_text":
            self.texts[name] = str(request.arguments[0])
        elif request.verb == "append_text":
            self.texts[name] = self.texts.get(name, "") + str(request.arguments[0])
        elif name not in self.texts:
            return Refusal(FaultKind.FILE_ERROR, f"finds no file {name}")
        elif request.verb == "delete":
            del self.texts[name]
        else:
            return self.texts[name]
        return None

    def arrivals(self) -> Sequence[tuple[int, Value | Refusal]]:
        return ()

    def wait(self, milliseconds: int | None) -> bool:
        return False

    def leave(self, pid: Pid) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""


def program_with_files(seed: int) -> str:
    """Two or three processes that read, write and look at two files."""
    chance = random.Random(seed)
    workers = [f"w{number}" for number in range(chance.choice((1, 2)))]
    text = "".join(spawn(worker) for worker in workers)
    for label in ("", *workers):
        text += f"{label}:\n" if label else ""
        for step in range(chance.choice((1, 2, 3))):
            name = chance.choice("ab")
            verb = chance.choice(("READ_FILE", "WRITE_FILE", "APPEND_FILE", "FILE_EXISTS", "DELETE_FILE", "LIST_DIR"))
            if verb in ("WRITE_FILE", "APPEND_FILE"):
                text += f'PUSH_STR "{label}{step}"\nPUSH_STR "{name}"\n{verb}\n'
            elif verb == "LIST_DIR":
                text += 'PUSH_STR "."\nLIST_DIR\nPRINT\n'
            elif verb == "DELETE_FILE":
                text += f'TRY\nPUSH_STR "{name}"\n{verb}\nCATCH\nERROR_KIND\nPRINT\nEND_TRY\n'
            else:
                text += f'TRY\nPUSH_STR "{name}"\n{verb}\nPRINT\nCATCH\nERROR_KIND\nPRINT\nEND_TRY\n'
        text += "HALT\n"
    return text


def explored_with_files(text: str, folder: Path, seed: int) -> Exploration:
    """Record a run of a program with files in memory, and explore it with that recording."""
    program, run = folder / "prog.ttvm", folder / "prog.ttvmrun"
    program.write_text(text)
    lines: list[str] = []
    machine = MachineOptions(policy="random", seed=seed, quantum=3)
    log = LogWriter(lines.append, Header(str(program), write_options(machine)))
    loader = make_loader()
    loader.on_load = lambda module: log.module(module.name, module.source.text_hash)
    chance = SeededRandomness(seed), SeededSecrets(seed)
    world = World(MemoryConsole(), VirtualClock(), *chance, FixedSurroundings(()), Files)
    scheduler = RecordingScheduler(make_scheduler(machine), log)
    vm = make_vm(loader.load(str(program)), loader, record_world(world, log), scheduler, machine)
    while vm.run(10_000) is not Status.ENDED:
        vm.wait()
    log.end(ending_of(vm, 0))
    run.write_text("".join(lines))
    loader = make_loader()
    return Exploration(loader.load(str(program)), Options(recorded=str(run)), loader)


def all_ends(exploration: Exploration) -> tuple[set[Outcome], set[Trouble]]:
    """Every outcome and every question without an answer, found without any reduction."""
    beginning = exploration.beginning
    outcomes, unanswered = set(), set()
    for visit in visit_all(beginning.system, beginning.state):
        if visit is not None:
            run = follow(beginning.system, beginning.state, visit.schedule)
            troubles = {each for step in run.troubles for each in step if each.kind == "not recorded"}
            unanswered |= troubles
            if not troubles:
                outcomes.add(outcome_of(visit.state))
    return outcomes, unanswered


class Comparison:
    """Stands before the answers of a recording, and compares them with those of files."""

    def __init__(self, recorded: Recorded) -> None:
        self._answer = recorded.answer
        self.files = Files()
        self.answered = 0

    def answer(self, asked: Asked, pid: Pid, request: Request) -> Value | Refusal:
        """The recorded answer, which must be that of the files."""
        told = self._answer(asked, pid, request)
        assert told == self.files.do(request), request
        self.answered += 1
        return told


@pytest.mark.parametrize("first", [0, 15, 30])
def test_nothing_is_missed_and_every_answer_is_right(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = 0
    for seed in range(first, first + 15):
        exploration = finish(explored_with_files(program_with_files(seed), tmp_path, seed))
        outcomes, unanswered = all_ends(exploration)
        assert outcomes, seed  # at least what was recorded
        assert set(exploration.collection.outcomes) == outcomes, seed
        found = {key for key in exploration.collection.found if key.kind == "not recorded"}
        assert {(key.process, key.place) for key in found} == {(each.pid, each.place) for each in unanswered}, seed

        recorded = exploration.system.settings.recorded
        assert recorded is not None
        for each in exploration.collection.outcomes.values():
            comparison = Comparison(recorded)
            with monkeypatch.context() as patch:
                patch.setattr(recorded, "answer", comparison.answer)
                follow(exploration.system, exploration.beginning.state, each.schedule.steps)
            answered += comparison.answered
    assert answered > 30
