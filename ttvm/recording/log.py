"""The file format of a recorded run, `.ttvmrun`: JSON lines, one version number, read and written in order.

The first line is the header: the program and the options. Then come the choices and answers in the order in which
the machine asked for them, and each module, with the hash of its text, when it was loaded. Turns are gathered into
one line until something else comes. The last line tells the end; a file without it was cut off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ttvm.errors import ReplayError
from ttvm.record import Record

FORMAT = "ttvmrun"
VERSION = 1
_TURNS_OF_A_LINE = 500


class Ending(Record):
    """How a run ended: exit status, steps, turns, and the processes that were left waiting."""

    status: int
    steps: int
    turns: int
    waiting: int


class Header(Record):
    """What ran: the path of the program as it was given, and ``MachineOptions`` as plain data."""

    program: str
    options: dict[str, Any]


class LogWriter:
    """Writes a run, line by line, to ``write``; what was written stays readable when the run is cut off."""

    def __init__(self, write: Callable[[str], object], header: Header) -> None:
        self._write = write
        self._turns: list[int] = []
        self._line({"format": FORMAT, "version": VERSION, **header.__dict__})

    def _line(self, entry: dict[str, Any]) -> None:
        self._write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")

    def turn(self, pid: int) -> None:
        """A process was chosen for a turn; 0 when nobody was ready."""
        self._turns.append(pid)
        if len(self._turns) >= _TURNS_OF_A_LINE:
            self._flush_turns()

    def _flush_turns(self) -> None:
        if self._turns:
            self._line({"turns": self._turns})
            self._turns = []

    def module(self, name: str, text_hash: str) -> None:
        """A module was loaded; ``text_hash`` is the SHA-256 of its text, in hex."""
        self._flush_turns()
        self._line({"module": name, "sha256": text_hash})

    def answer(self, question: str, answer: str | int | float) -> None:
        """The world answered."""
        self._flush_turns()
        self._line({"ask": question, "answer": answer})

    def entry(self, entry: dict[str, Any]) -> None:
        """Something else happened: a question to the world outside, or the arrival of an answer."""
        self._flush_turns()
        self._line(entry)

    def end(self, ending: Ending) -> None:
        """The run is over."""
        self._flush_turns()
        self._line({"end": ending.__dict__})


class LogReader:
    """Reads a run back, entry by entry. Raises ReplayError where the file is not what it should be."""

    def __init__(self, lines: Sequence[str], name: str) -> None:
        self.name = name
        self._lines = lines
        self._number = 0
        self._turns: list[int] = []
        self._entry: dict[str, Any] | None = None
        self._furthest = 0
        """The last line that was ever read."""
        self._abandoned = False
        self._elsewhere: set[str] = set()
        """Modules that were loaded where the recording was over."""
        self.header = self._read_header()
        self.ending = self._read_ending()
        """How the run ended; None when the recording was cut off."""

    def place(self) -> str:
        """Where in the file the reader is, for messages."""
        return f"{self.name}:{self._number}"

    def _line(self, number: int) -> dict[str, Any]:
        """The entry on line ``number``, from 1."""
        try:
            entry = json.loads(self._lines[number - 1])
        except (ValueError, RecursionError):
            raise ReplayError(f"{self.name}:{number}: this line is not JSON: the file is damaged") from None
        if not isinstance(entry, dict):
            raise ReplayError(f"{self.name}:{number}: this line is no entry of a recorded run")
        return entry

    def _read_header(self) -> Header:
        self._number = 1
        try:
            entry = self._line(1)
        except (ReplayError, IndexError):
            entry = {}
        if entry.get("format") != FORMAT:
            raise ReplayError(f"{self.name}: this is not a recorded run")
        if "saved" in entry:
            raise ReplayError(f"{self.name}: the debugger saved this run; `ttvm-debug {self.name}` opens it")
        if entry.get("version") != VERSION:
            raise ReplayError(
                f"{self.name}: it was recorded in version {entry.get('version')} of the format; "
                f"this program reads version {VERSION}"
            )
        program, options = entry.get("program"), entry.get("options")
        if not (isinstance(program, str) and isinstance(options, dict)):
            raise ReplayError(f"{self.place()}: the header does not say what ran")
        return Header(program, options)

    def _read_ending(self) -> Ending | None:
        try:
            end = self._line(len(self._lines)).get("end")
        except ReplayError:
            return None
        if not isinstance(end, dict) or set(end) != set(Ending._names):
            return None
        if not all(type(value) is int for value in end.values()):
            return None
        return Ending(**end)

    def _peek(self) -> dict[str, Any]:
        while self._entry is None:
            if self._number >= len(self._lines):
                raise ReplayError(f"{self.place()}: the recording breaks off here: its end is missing")
            self._number += 1
            entry = self._line(self._number)
            if not isinstance(entry.get("module", ""), str):
                raise ReplayError(f"{self.place()}: this line names no module: the file is damaged")
            if "module" in entry and (self._number <= self._furthest or entry["module"] in self._elsewhere):
                continue  # a module is loaded once and for all, however often the run comes by
            self._furthest = max(self._furthest, self._number)
            self._entry = entry
        return self._entry

    @property
    def is_over(self) -> bool:
        """Whether nothing more is written, or nothing more is wanted."""
        if self._abandoned:
            return True
        if self._turns:
            return False
        try:
            return "end" in self._peek()
        except ReplayError:
            return self._number >= len(self._lines)  # else the line is damaged, and whoever reads it is told

    def abandon(self) -> None:
        """Want nothing more: from here on the run is another one."""
        self._abandoned = True

    def save(self) -> tuple[int, dict[str, Any] | None, tuple[int, ...], bool]:
        """Where the reader is, as a value that nothing changes any more."""
        return self._number, self._entry, tuple(self._turns), self._abandoned

    def load(self, place: tuple[int, dict[str, Any] | None, tuple[int, ...], bool]) -> None:
        """Go back, or forward, to a place that ``save`` gave."""
        self._number, self._entry, turns, self._abandoned = place
        self._turns = list(turns)

    def turn(self) -> int:
        """The pid of the next turn. Raises ReplayError when something else comes next."""
        if not self._turns:
            turns = self._peek().get("turns")
            if not isinstance(turns, list) or not turns or not all(type(pid) is int for pid in turns):
                raise ReplayError(f"{self.place()}: the run wants to choose a process, but {self._told()}")
            self._turns = turns[::-1]
            self._entry = None
        return self._turns.pop()

    def answer(self, question: str, kinds: tuple[type, ...]) -> Any:
        """The answer to ``question``. Raises ReplayError when the recorded run did something else here."""
        entry = {"turns": self._turns} if self._turns else self._peek()
        if entry.get("ask") != question or type(entry.get("answer")) not in kinds:
            raise ReplayError(f"{self.place()}: the run asks for {question}, but {self._told()}")
        self._entry = None
        return entry["answer"]

    def next_with(self, key: str) -> dict[str, Any] | None:
        """The next entry, if it has this key; it stays the next one until ``take``."""
        entry = {} if self._turns else self._peek()
        return entry if key in entry else None

    def take(self) -> None:
        """The entry that ``next_with`` gave has been used."""
        self._entry = None

    def unexpected(self, what: str) -> ReplayError:
        """The error of a run that does ``what`` where the recorded one did something else."""
        return ReplayError(f"{self.place()}: {what}, but {self._told()}")

    def module(self, name: str, text_hash: str) -> None:
        """A module is loaded. Raises ReplayError when the recorded run loaded none here, or with another text."""
        if self.is_over:
            self._elsewhere.add(name)
            return
        entry = {"turns": self._turns} if self._turns else self._peek()
        if "module" not in entry:
            raise ReplayError(f"{self.place()}: the run loads {name}, but {self._told()}")
        if entry.get("sha256") != text_hash:
            raise ReplayError(f"{self.place()}: {name} is not the text that ran: it has changed since the recording")
        self._entry = None

    def finish(self) -> None:
        """The run is over. Raises ReplayError when the recorded one went on."""
        entry = {"turns": self._turns} if self._turns else self._peek()
        if "end" not in entry:
            raise ReplayError(f"{self.place()}: the run has ended, but {self._told()}")

    def _told(self) -> str:
        """What the recorded run did instead."""
        if self._turns:
            return f"the recorded run gave process {self._turns[-1]} a turn"
        entry = self._peek()
        if "turns" in entry:
            return "the recorded run chose a process"
        if "arrived" in entry:
            return f"the recorded run got answer {entry['arrived']} from outside"
        if "ask" in entry and "with" in entry:
            return f"the recorded run asked for {entry['ask']} with {json.dumps(entry['with'], ensure_ascii=False)}"
        if "ask" in entry:
            return f"the recorded run asked for {entry['ask']}"
        if "module" in entry:
            return f"the recorded run loaded {entry['module']}"
        return "the recorded run had ended" if "end" in entry else "the recording has an entry that nobody knows"
