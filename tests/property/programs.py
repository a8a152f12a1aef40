"""Programs made from the rows of the instruction table, with values of the right and the wrong types.

From every row some pieces of code are made, once and by chance with a fixed seed: the instruction with operands,
and usually the values it wants in front of it. Hypothesis puts pieces together, which is quick and shrinks well.
A program has a main part and bodies of processes and functions. Anything may jump anywhere, so programs loop,
fall from one body into the next, crash, recover, block, and talk to each other.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from tests.unit.helpers import FOLDER, PACKAGE, Machine, MemoryFiles, machine
from ttvm.forms import quote
from ttvm.instruction import Instruction, Operand
from ttvm.isa import ISA
from ttvm.process.state import Limits
from ttvm.process.supervision import Restart, Strategy
from ttvm.setup import MachineOptions
from ttvm.vm import Status

Lines = tuple[str, ...]

INTS = (0, 1, 2, 3, -1, 7, 100, 3_000, 10**12, 2**63 - 1, -(2**63))
FLOATS = ("0.0", "-0.0", "1.5", "-2.5", "1e300", "1e-7", "inf", "-inf", "nan", "2.0")
TEXTS = ("", "a", "b c", "5", "1.5", "true", "é🙂", "normal", "kill", "why", "%Y-%m-%d", ",", 'x"\\', "p1", "file", "x")
VARIABLES = ("x", "y", "z", "two words")
CHILDREN = ("p1", "p2", "f1", "hello_world")
NAMES = ("alice", "bob", "two words")
KEYS = ("k", "type", "a b")
MODULES = ("good", "good.ttvm", "missing", "broken", "crash", "self", "round", "deep")
PATTERNS = (
    "_",
    "int",
    "str",
    "float | int",
    "list",
    "object",
    "null",
    "1",
    '"a"',
    "true",
    "$x",
    "[_, _]",
    "[int]",
    '{type: "DOWN"}',
    '{type: "EXIT", pid: $x}',
    "{k: _} | [] | nan",
)
FILES = {
    f"{FOLDER}/good.ttvm": (
        "PUSH_INT 5\nSTORE x\nEXPORT x\nMAKE_FUNCTION inside a\nSTORE y\nEXPORT y\nHALT\n"
        "inside:\nLOAD a\nLOAD x\nADD\nRET\n"
    ),
    f"{FOLDER}/broken.ttvm": "NONSENSE\n",
    f"{FOLDER}/crash.ttvm": "PUSH_INT 1\nPUSH_STR x\nADD\n",
    f"{FOLDER}/self.ttvm": 'IMPORT "self"\n',
    f"{FOLDER}/round.ttvm": 'IMPORT "test"\n',
    f"{FOLDER}/deep.ttvm": 'IMPORT "good"\nEXPORT y\nTRY\nIMPORT "crash"\nCATCH\nPOP\nEND_TRY\n',
    f"{FOLDER}/file.ttvm": 'TRUE\nSEND 1\nRECEIVE AFTER 5 end\nend:\nPUSH_STR "file ends"\nPRINT\n',
    f"{PACKAGE}/templates/default.ttvm": "LOAD template_name\nPRINT\n",
}
"""Files that programs import and spawn."""
MOST_STEPS = 250


class Generated(NamedTuple):
    """A program and how it is run."""

    text: str
    options: MachineOptions
    input_text: str

    def machine(self) -> Machine:
        """A machine at its start."""
        return machine(self.text, self.options, self.input_text, MemoryFiles(FILES))


def run_for(running: Machine, steps: int = MOST_STEPS, piece: int = MOST_STEPS) -> Status:
    """Execute up to ``steps`` instructions, at most ``piece`` at a time; time passes when nobody can run."""
    vm = running.vm
    last = vm.steps + steps
    status = Status.PAUSED
    while vm.steps < last and status is not Status.ENDED:
        status = vm.run(min(piece, last - vm.steps))
        if status is Status.IDLE:
            vm.wait()
    return status


# -- values, each as the lines that put it on the stack

INT = tuple((f"PUSH_INT {number}",) for number in INTS)
SMALL = tuple((f"PUSH_INT {number}",) for number in range(-1, 5))
FLOAT = tuple((f"PUSH_FLOAT {number}",) for number in FLOATS)
TEXT = tuple((f"PUSH_STR {quote(text)}",) for text in TEXTS)
FLAG: tuple[Lines, ...] = (("TRUE",), ("FALSE",), ("PUSH_INT 0",), ("PUSH_INT 1",))
LIST: tuple[Lines, ...] = (
    ("MAKE_LIST 0",),
    ("PUSH_INT 2", "PUSH_INT 1", "MAKE_LIST 2"),
    ("PUSH_STR b", "PUSH_STR a", "PUSH_STR c", "MAKE_LIST 3"),
    ("PUSH_INT 0", "PUSH_INT 5", "RANGE"),
    ("TRUE", "NULL", "MAKE_LIST 2"),
    ("MAKE_LIST 0", "DUP", "APPEND"),
)
OBJECT: tuple[Lines, ...] = (
    ("MAKE_OBJECT",),
    ("MAKE_OBJECT", "PUSH_INT 1", "SET_FIELD k"),
    ("MAKE_OBJECT", "NULL", "SET_FIELD type"),
)
FUNCTION: tuple[Lines, ...] = (
    ("MAKE_FUNCTION f1",),
    ("PUSH_INT 4", "MAKE_FUNCTION f2 x"),
    ("MAKE_FUNCTION p1",),
    ("TRUE", "TRUE", "MAKE_LAMBDA f1 x y"),
    ("PUSH_INT 9", "STORE z", "CAPTURE z", "MAKE_LAMBDA f2"),
)
PID: tuple[Lines, ...] = (
    ("SELF",),
    ("SPAWNER",),
    ("PUSH_INT 1",),
    ("PUSH_INT 2",),
    ("PUSH_INT 3",),
    ("PUSH_INT 99",),
    ("WHEREIS alice",),
)
REF: tuple[Lines, ...] = (
    ("MONITOR 1",),
    ("MONITOR 2",),
    ("MONITOR 99",),
    ("TRUE", "SEND_AFTER 5 1"),
    ("SELF", "MONITOR"),
)
EXCEPTION: tuple[Lines, ...] = (
    ("TRY", "PUSH_STR oh", "THROW", "CATCH", "END_TRY"),
    ("TRY", "PUSH_INT 1", "NULL", "ADD", "CATCH", "END_TRY"),
)
NUMBER = INT + SMALL + FLOAT
ANY = INT + FLOAT + TEXT + FLAG + (("NULL",),) + LIST + OBJECT + FUNCTION + PID + REF + EXCEPTION

RIGHT: dict[str, tuple[Lines, ...]] = {
    "a": NUMBER,
    "b": NUMBER,
    "flag": FLAG,
    "code": SMALL,
    "list": LIST,
    "container": LIST + OBJECT + TEXT,
    "index": SMALL,
    "from": SMALL,
    "to": SMALL,
    "object": OBJECT,
    "key": TEXT,
    "text": TEXT,
    "part": TEXT,
    "old": TEXT,
    "new": TEXT,
    "separator": TEXT,
    "pattern": TEXT,
    "exception": EXCEPTION,
    "function": FUNCTION,
    "target": FUNCTION + TEXT,
    "milliseconds": SMALL,
    "bound": NUMBER,
    "time": NUMBER,
    "ref": REF,
    "timer": REF,
    "reason": TEXT,
    "who": PID,
    "other": PID,
    "victim": PID,
}
"""Values of the type an instruction wants, by the names of the stack effects; of other names any value will do."""

LABELS = ("main", "again", "more", "p1", "p1_loop", "p2", "p2_loop", "f1", "f2")


# -- pieces of code


def operand(row: Instruction, wanted: Operand, chance: random.Random) -> str:
    """The text of an operand."""
    place = chance.choice(LABELS if row.mnemonic == "TRY" else (*LABELS, *LABELS, "0", "1", "3"))
    if wanted.type == "name":
        named = row.family in ("processes", "messages")
        names = CHILDREN if row.family == "supervision" else NAMES if named else VARIABLES
        return quote(chance.choice(KEYS if wanted.name == "key" else names))
    return {
        "int": str(chance.choice(INTS)),
        "float": chance.choice(FLOATS),
        "bool": chance.choice(("true", "false")),
        "str": quote(chance.choice(MODULES if row.mnemonic == "IMPORT" else TEXTS)),
        "names": " ".join(quote(name) for name in chance.sample(VARIABLES, chance.randrange(3))),
        "label": place,
        "count": str(chance.randrange(3)),
        "milliseconds": chance.choice(("0", "1", "5", "20")),
        "pid": chance.choice(("0", "1", "2", "3", "99")),
        "pattern": chance.choice(PATTERNS),
        "timeout": f"AFTER {chance.choice((0, 1, 7))} {place}",
        "strategy": chance.choice(tuple(Strategy)),
        "restart": chance.choice(tuple(Restart)),
    }[wanted.type]


def values_for(row: Instruction, given: dict[str, str], chance: random.Random) -> Lines:
    """Values for an instruction: most of the right types, some of others."""
    lines: Lines = ()
    for slot in row.effect.pops:
        if slot.unless and given.get(slot.name, "0") != "0":
            continue
        times = 1
        if slot.open:
            times = 0  # the function values bring their arguments
        elif slot.times:
            operands = given.get(slot.times, "")
            times = int(operands or 0) if operands.isdecimal() or not operands else operands.count('"') // 2
        to_process = slot.name == "to" and row.family == "messages"
        right = PID if to_process else RIGHT.get(slot.name, ANY)
        for _ in range(times):
            lines += chance.choice(ANY if chance.random() < 0.05 else right)
    return lines


def piece(row: Instruction, chance: random.Random) -> Lines:
    """An instruction with operands, and mostly with the values it wants in front of it."""
    given: dict[str, str] = {}
    for wanted in row.operands:
        optional = wanted.optional and row.mnemonic != "TRY"
        if wanted.type != "match" and not (optional and chance.random() < 0.5):
            given[wanted.name] = operand(row, wanted, chance)
    values = values_for(row, given, chance) if chance.random() < 0.93 else ()
    keeps = chance.choice(("", "", "STORE x", "POP")) if row.effect.pushes else ""
    return (*values, " ".join([row.mnemonic, *given.values()]), *filter(None, [keeps]))


HEAVY = (
    "SEND SEND SENDNAMED RECEIVE RECEIVE SPAWN SPAWN SPAWN_LINK SPAWN_MONITOR LINK MONITOR KILL REGISTER TRAP_EXIT "
    "SLEEP YIELD CALL CALL CALL_FUNCTION RET TRY CATCH END_TRY STORE LOAD LOAD JMP JZ JNZ PRINT APPEND CONCAT IMPORT"
)
"""Instructions that are used more often than others."""
FORMS: tuple[Lines, ...] = (
    ("MAKE_FUNCTION p1", "SPAWN", "STORE x"),
    ("MAKE_FUNCTION p2", "SPAWN_LINK", "STORE y"),
    ('PUSH_STR "p1"', "SPAWN_MONITOR", "POP", "STORE z"),
    ("SELF", "SENDNAMED alice"),
    ("PUSH_STR hi", "SEND 1"),
    ("SELF", "SPAWNER", "MAKE_LIST 2", "SEND 2"),
    ("RECEIVE AFTER 5 more", "PRINT"),
    ("REGISTER alice",),
    ("TRUE", "TRAP_EXIT"),
    ("START_SUPERVISOR", "SUPERVISE_CHILD p1", "SUPERVISE_CHILD p2"),
    ("START_SUPERVISOR one_for_all 9", "SUPERVISE_CHILD p1 permanent", "SUPERVISE_CHILD p2", "RECEIVE"),
    ("START_SUPERVISOR rest_for_one", "SUPERVISE_CHILD p2", "SUPERVISE_CHILD p1", "SUPERVISE_CHILD f1", "RECEIVE"),
    ("PUSH_INT 3", "CALL f1 x"),
    ("END_TRY", "TRY again"),
    ("TRY more", "PUSH_INT 1", "PUSH_INT 0", "DIV", "END_TRY"),
    ("PUSH_STR stop", "KILL 2"),
    ("DUP", "MAKE_LIST 2", "STORE x", "LOAD x", "LOAD x"),
)
"""Common ways to do things."""


def pieces(variants: int) -> tuple[Lines, ...]:
    """Pieces of every row, the shortest first, so that Hypothesis shrinks toward them."""
    chance = random.Random(0)
    names = [name for name in ISA if name != "EXIT"] * variants + HEAVY.split() * 2 * variants
    made = {piece(ISA[name], chance) for name in names} | set(FORMS) | {("PUSH_INT 3", "EXIT")}
    return tuple(sorted(made, key=lambda lines: (len(lines), lines)))


PIECES = pieces(8)
INSIDE = tuple(lines for lines in PIECES if not any(line.split()[0] in ("TRY", "CATCH", "END_TRY") for line in lines))
"""Pieces that cannot upset the nesting of a structured TRY around them."""


# -- programs

CODE = st.sampled_from(PIECES)
BLOCK = st.lists(st.sampled_from(INSIDE), max_size=3)


def structured(body: list[Lines], handler: list[Lines], catch: str) -> Lines:
    """A structured TRY."""
    return ("TRY", *sum(body, ()), catch, *sum(handler, ()), "END_TRY")


SNIPPETS = st.lists(
    st.one_of(CODE, CODE, CODE, CODE, CODE, st.builds(structured, BLOCK, BLOCK, st.sampled_from(("CATCH", "CATCH e")))),
    min_size=1,
    max_size=6,
)
STARTS: st.SearchStrategy[Callable[[str], Lines]] = st.sampled_from(
    (lambda label: (), lambda label: ("END_TRY", f"TRY {label}"), lambda label: ("END_TRY",))
)
"""How the code at a label begins: many go on at the next one when they fail."""
ENDS = st.sampled_from(("NOP", "RET", "HALT", "JMP again", "YIELD"))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The text of a program."""
    lines: list[str] = []
    for label, following in zip(LABELS, (*LABELS[1:], "main"), strict=True):
        lines.append(f"{label}:")
        lines += (f"    {line}" for line in draw(STARTS)(following))
        for snippet in draw(SNIPPETS):
            lines += (f"    {line}" for line in snippet)
        lines.append(f"    {draw(ENDS)}")
    return "\n".join(lines) + "\n"


OPTIONS = st.builds(
    MachineOptions,
    policy=st.sampled_from(("round-robin", "smp", "random")),
    schedulers=st.integers(1, 3),
    schedule=st.just(()),
    quantum=st.sampled_from((1000, 1, 2, 3, 7, 0)),
    seed=st.integers(0, 3),
    limits=st.sampled_from((Limits(), Limits(stack=20, calls=6, mailbox=3, processes=5), Limits(processes=12))),
    arguments=st.just(("one", "two")),
)
"""How a program is run: policy, quantum and limits."""


def programs() -> st.SearchStrategy[Generated]:
    """Programs with the way they are run."""
    return st.builds(Generated, texts(), OPTIONS, st.sampled_from(("", "a line\nb\n", "é")))
