"""What the tests of histories and exporters share: programs, their histories, and the parsing of traces."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from pathlib import Path

from tests.machines import EXAMPLES, PROGRAMS, ROOT, Watched, folder_for, options_of, promises
from tests.unit.helpers import machine
from ttvm.forms import quote
from ttvm.observers.exporters import find_exporter
from ttvm.observers.history import DEFAULT_LIMIT, Entry, History

SOURCE_ERROR = 2
COFFEE_SHOP = ROOT / "examples" / "coffee_shop_demo.ttvm"
TOLD = [
    *EXAMPLES,
    *(
        path
        for path in PROGRAMS
        if path.parent.name in ("processes", "supervision") and promises(path).exit_status != SOURCE_ERROR
    ),
]
"""The programs whose traces are checked: all examples, and all programs about processes."""

TALK = """
    MAKE_FUNCTION child
    SPAWN
    POP
    REGISTER front
    RECEIVE
    PRINT
    PUSH_INT 1
    SEND 99
    TRY
    PUSH_INT 1
    PUSH_INT 0
    DIV
    CATCH
    POP
    END_TRY
    DELETE nothing
    PUSH_STR "later"
    SEND_AFTER 10 1
    POP
    RECEIVE AFTER 50 done
    POP
done:
    UNREGISTER front
    HALT
child:
    LINK 1
    PUSH_STR "hello"
    SENDNAMED front
"""
"""Names, a lost message, a caught fault, a warning, a timer."""

SIGNALS = """
    TRUE
    TRAP_EXIT
    MAKE_FUNCTION victim
    SPAWN_MONITOR
    POP
    STORE victim
    PUSH_STR "enough"
    LOAD victim
    KILL
    RECEIVE {type: "DOWN"}
    POP
    MAKE_FUNCTION broken
    SPAWN_LINK
    POP
    RECEIVE {type: "EXIT"}
    POP
    LINK 77
    RECEIVE {pid: 77}
    POP
    MAKE_FUNCTION couple
    SPAWN
    POP
    HALT
victim:
    RECEIVE
broken:
    NULL
    PUSH_INT 1
    ADD
couple:
    MAKE_FUNCTION victim
    SPAWN_LINK
    POP
    PUSH_STR "over"
    EXIT_PROCESS
"""
"""Exit signals: sent by KILL, trapped, of a link to nobody, and deadly; a crash; a monitor."""

HOSTILE = (
    'a"b; c',
    "p1-->>p2: x",
    "line one\nline two\r\n",
    "{type: 1}",
    "<script>alert(1)</script>",
    "%% no comment",
    "#35; #quot; &amp;",
    "end",
    "wrap: style: #1;",
    "\x00\x07\x1b[2J\x7f\u2028",
    "\N{RIGHT-TO-LEFT OVERRIDE}stra\u00dfe \ufb02\u00b0\u00b065\u00b6\u00df",
    "\N{GRINNING FACE} \u6f22\u5b57",
    "x" * 100_000,
    "",
)


def history_of(text: str, limit: int = DEFAULT_LIMIT) -> History:
    """The history of a program given as text, in a world in memory."""
    running = machine(text)
    history = History(running.vm, limit)
    running.run()
    return history


@functools.cache
def history_of_file(path: Path) -> History:
    """The history of a program file, run with the options and the input that it asks for."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder_for(path, Path(folder))):
        watched = Watched(path, options_of(promises(path)), promises(path).input)
        history = History(watched.vm)
        watched.run_to_end()
        return history


@functools.cache
def hostile_history() -> History:
    """The history of a program that uses texts nobody expects, as messages, names, output and reasons."""
    lines = ["MAKE_FUNCTION child", "SPAWN", "POP"]
    for text in HOSTILE:
        literal = quote(text)
        name = literal if text else "empty"
        lines += [f"PUSH_STR {literal}", "DUP", "PRINT", "DUP", "SEND 2", "DUP", "SEND 99", f"SENDNAMED {name}"]
        lines += [f"REGISTER {name}", "TRY", f"PUSH_STR {literal}", "THROW", "CATCH", "SEND 2", "END_TRY"]
    lines += [f"PUSH_STR {quote(HOSTILE[0])}", "EXIT_PROCESS", "child:", "RECEIVE", "POP", "JMP child"]
    return history_of("\n".join(lines))


def export(name: str, history: History) -> str:
    """A trace in a format."""
    return "".join(find_exporter(name)(history, lambda note: None))


def notes_of(name: str, history: History) -> list[str]:
    """What an exporter says it has left out."""
    notes: list[str] = []
    list(find_exporter(name)(history, notes.append))
    return notes


def entries(history: History, kind: str) -> list[Entry]:
    """The entries of a kind."""
    return [entry for entry in history.entries if entry.kind == kind]


def name_of(path: Path) -> str:
    """A program in the name of a test."""
    return f"{path.parent.name}/{path.stem}"
