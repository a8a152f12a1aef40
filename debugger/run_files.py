"""Runs of the debugger as files: every branch of history, bookmarks and breakpoints, to go on another day.

A run is a function of the program, its options and input, and, on each branch, what the user chose and what the world
outside answered; so this is what is written. It is a `.ttvmrun` file of JSON lines as `ttvm record` writes them, whose
header says ``saved`` and which `ttvm replay` does not understand. Its last line is ``{"end": ...}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from debugger.branches import Branch
from debugger.breakpoint_records import read_breakpoint, write_breakpoint_record
from debugger.choice_records import read_choice, write_choice
from debugger.descriptions import Breakpoint
from debugger.views import BookmarkView
from debugger.world import Arrived, Asked, Entry, Left, Passed
from ttvm.errors import ReplayError
from ttvm.outside import Pending, Request
from ttvm.recording.answers import read_answer, read_value, write_answer, write_value
from ttvm.recording.log import FORMAT, VERSION
from ttvm.recording.runs import read_options, write_options
from ttvm.setup import MachineOptions


class SavedRun(NamedTuple):
    """All that is written of a session. ``text_hash`` is that of the program; ``current`` is the branch it is on."""

    program: str
    text_hash: str
    options: MachineOptions
    input_text: str
    recording: tuple[str, ...] | None
    """The lines of the recording that ran, if it was one."""
    branches: list[Branch]
    current: int
    bookmarks: list[BookmarkView]
    breakpoints: list[tuple[int, Breakpoint]]


def write_run(run: SavedRun) -> Iterator[str]:
    """The lines of the file."""
    header = {
        "format": FORMAT,
        "version": VERSION,
        "saved": "by the debugger",
        "program": run.program,
        "sha256": run.text_hash,
        "options": write_options(run.options),
        "input": run.input_text,
        "recording": run.recording,
    }
    yield _line(header)
    for branch in run.branches:
        yield _line(
            {
                "branch": branch.number,
                "parent": branch.parent,
                "start": branch.start,
                "latest": branch.latest,
                "position": branch.position,
                "reason": branch.reason,
            }
        )
        yield from (_line({"step": step, **write_choice(choice)}) for step, choice in branch.choices)
        yield from map(_line, map(_write_entry, branch.journal))
    yield from (_line({"bookmark": each.name, "branch": each.branch, "step": each.step}) for each in run.bookmarks)
    yield from (_line({"breakpoint": write_breakpoint_record(*each)}) for each in run.breakpoints)
    yield _line({"end": {"branch": run.current}})


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"


def _write_entry(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Asked):
        request, answer = entry.request, entry.answer
        told = {"ticket": answer.ticket} if isinstance(answer, Pending) else write_answer(answer)
        arguments = [write_value(each) for each in request.arguments]
        asked = {"ask": request.room, "verb": request.verb, "by": entry.pid, "instruction": request.instruction}
        return {**asked, "with": arguments, **told}
    if isinstance(entry, Arrived):
        return {"arrived": entry.ticket, "moment": list(entry.moment), **write_answer(entry.answer)}
    if isinstance(entry, Passed):
        return {"passed": entry.now, "moment": list(entry.moment)}
    return {"left": entry.pid}


def is_saved_run(lines: Sequence[str]) -> bool:
    """Whether the lines of a `.ttvmrun` file are those of a saved session, and not of a recording."""
    try:
        header = json.loads(lines[0]) if lines else None
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and header.get("format") == FORMAT and "saved" in header


class _Reader:
    """Reads the lines of one file."""

    def __init__(self, lines: Iterable[str], name: str) -> None:
        self._name = name
        self._number = 0
        self._lines = iter(lines)

    def error(self, words: str) -> ReplayError:
        return ReplayError(f"{self._name}:{self._number}: {words}")

    def entries(self) -> Iterator[dict[str, Any]]:
        for line in self._lines:
            self._number += 1
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                raise self.error("this line is not JSON: the file is damaged") from None
            if not isinstance(entry, dict):
                raise self.error("this line is no entry of a saved run")
            yield entry


def read_run(lines: Iterable[str], name: str) -> SavedRun:
    """The run in the lines of a file. Raises ReplayError, with the place, when they are no saved run."""
    reader = _Reader(lines, name)
    entries = reader.entries()
    run: SavedRun | None = None
    try:
        run = _read_header(next(entries, {}), name)
        for entry in entries:
            if "end" in entry:
                current = _number(entry["end"]["branch"])
                if not 1 <= current <= len(run.branches) or next(entries, None) is not None:
                    raise ValueError
                return run._replace(current=current)
            _read_entry(run, entry)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise reader.error("this entry is damaged") from None
    raise reader.error("the file breaks off here: its end is missing")


def _read_header(header: dict[str, Any], name: str) -> SavedRun:
    if header.get("version") != VERSION:
        raise ValueError
    texts = [header[key] for key in ("program", "sha256", "input")]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError
    recording = header["recording"]
    if recording is not None:
        if not (isinstance(recording, list) and all(isinstance(line, str) for line in recording)):
            raise ValueError
        recording = tuple(recording)
    return SavedRun(texts[0], texts[1], read_options(header["options"], name), texts[2], recording, [], 1, [], [])


def _read_entry(run: SavedRun, entry: dict[str, Any]) -> None:
    """Add an entry to the run. Raises ValueError, KeyError or TypeError when it is none."""
    if "bookmark" in entry:
        number, name = _number(entry["branch"]), entry["bookmark"]
        if not (1 <= number <= len(run.branches) and isinstance(name, str)):
            raise ValueError
        run.bookmarks.append(BookmarkView(name, number, _number(entry["step"])))
    elif "branch" in entry:
        _read_branch(run, entry)
    elif "breakpoint" in entry:
        known = read_breakpoint(entry["breakpoint"])
        if known is not None:
            run.breakpoints.append(known)
    elif "choose" in entry:
        branch, step = run.branches[-1], _number(entry.pop("step"))
        latest = branch.latest
        if not step < latest or (branch.next_choice(step) is not None):
            raise ValueError
        branch.add(step, read_choice(entry))
        branch.latest = latest
    else:
        run.branches[-1].journal.append(_read_journal(entry))


def _read_branch(run: SavedRun, entry: dict[str, Any]) -> None:
    number, parent = _number(entry["branch"]), _number(entry["parent"])
    branch = Branch(number, parent, _number(entry["start"]))
    branch.latest, branch.position, branch.reason = (
        _number(entry["latest"]),
        _number(entry["position"]),
        entry["reason"],
    )
    is_first = not run.branches
    if number != len(run.branches) + 1 or (parent != 0) == is_first or parent >= number:
        raise ValueError
    if not (branch.start <= branch.latest and branch.position <= branch.latest and isinstance(branch.reason, str)):
        raise ValueError
    run.branches.append(branch)


def _read_journal(entry: dict[str, Any]) -> Entry:
    if "ask" in entry:
        arguments = tuple(read_value(each) for each in entry["with"])
        room, verb, instruction = str(entry["ask"]), str(entry["verb"]), str(entry["instruction"])
        answer = Pending(_number(entry["ticket"])) if "ticket" in entry else read_answer(entry)
        return Asked(_number(entry["by"]), Request(room, verb, arguments, instruction), answer)
    if "arrived" in entry:
        steps, turns = map(_number, entry["moment"])
        return Arrived((steps, turns), _number(entry["arrived"]), read_answer(entry))
    if "passed" in entry:
        steps, turns = map(_number, entry["moment"])
        return Passed((steps, turns), _number(entry["passed"]))
    return Left(_number(entry["left"]))


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value
