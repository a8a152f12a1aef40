"""Programs of loops, calls and messages that run for long without failing: what a compiler has much to do with.

Those of ``programs`` soon crash or block. Here the stack is nearly always deep enough, variables are nearly always
there, and every loop is counted; a few instructions by chance see to the rest.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.property.programs import OPTIONS, PIECES, Generated, Lines
from ttvm.setup import MachineOptions

NAMES = ("a", "b", "c", "two words")
NUMBERS = ("0", "1", "2", "-1", "7", "9223372036854775807", "-9223372036854775808")


def name(text: str) -> str:
    return f'"{text}"'


VALUE: st.SearchStrategy[Lines] = st.one_of(
    st.sampled_from(NAMES).map(lambda each: (f"LOAD {name(each)}",)),
    st.sampled_from(NAMES).map(lambda each: (f"LOAD {name(each)}",)),
    st.sampled_from(NUMBERS).map(lambda each: (f"PUSH_INT {each}",)),
    st.sampled_from(
        ("PUSH_FLOAT 1.5", "PUSH_FLOAT inf", "PUSH_FLOAT -0.0", 'PUSH_STR "x"', "TRUE", "FALSE", "NULL", "SELF",
         "MAKE_LIST 0", "MAKE_OBJECT", "LOAD shared", "MAKE_FUNCTION double a")
    ).map(lambda each: (each,)),
)  # fmt: skip
BINARY = st.sampled_from(
    (
        "ADD",
        "SUB",
        "MUL",
        "DIV",
        "MOD",
        "LT",
        "GT",
        "LE",
        "GE",
        "EQ",
        "NE",
        "INDEX",
        "CONCAT",
        "APPEND",
        "MIN",
        "AND",
        "OR",
        "ADD_F",
        "SUB_F",
        "MUL_F",
        "OVER",
        "SWAP",
    )
)
UNARY = st.sampled_from(("NEG", "NOT", "LEN", "ABS", "TO_STR", "DUP", "TYPE_OF", "NOP"))


def stored(target: str, *parts: Lines) -> Lines:
    """Code that leaves a value in a variable."""
    return (*sum(parts, ()), f"STORE {name(target)}")


SAFE = st.sampled_from(("ADD", "SUB", "MUL", "LT", "EQ", "NE"))
SIMPLE: st.SearchStrategy[Lines] = st.one_of(
    st.builds(
        lambda t, a, b, op: stored(t, (f"LOAD {name(a)}", f"PUSH_INT {b}", op)),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.sampled_from(NUMBERS),
        SAFE,
    ),
    st.builds(lambda t, a, b, op: stored(t, a, b, (op,)), st.sampled_from(NAMES), VALUE, VALUE, BINARY),
    st.builds(lambda t, a, op: stored(t, a, (op,)), st.sampled_from(NAMES), VALUE, UNARY),
    st.builds(lambda t, a: stored(t, a), st.sampled_from((*NAMES, "new", "newer")), VALUE),
    VALUE,
    VALUE.map(lambda value: (*value, "POP")),
    BINARY.map(lambda each: (each,)),
    st.sampled_from(
        ("POP", "DUP", "SWAP", "YIELD", "STORE a", "LOAD new", "DELETE new", "LOAD shared", "STORE shared")
    ).map(lambda each: (each,)),
    VALUE.map(lambda value: (*value, "SEND 1")),
    VALUE.map(lambda value: (*value, "SELF", "SEND", "RECEIVE", "STORE b")),
    VALUE.map(lambda value: (*value, "SELF", "SEND", "RECEIVE")),
    st.sampled_from(
        ("RECEIVE AFTER 0 end", "RECEIVE AFTER 3 end", "RECEIVE", "RECEIVE int AFTER 2 end", "LOAD a\nPRINT")
    ).map(lambda each: tuple(each.split("\n"))),
    VALUE.map(lambda value: (*value, "CALL double a", "STORE c")),
    VALUE.map(lambda value: (*value, "CALL implicit", "STORE c")),
    VALUE.map(lambda value: (*value, "CALL below", "STORE c")),
    st.integers(0, 6).map(lambda count: (f"PUSH_INT {count}", "CALL fibonacci n", "STORE c")),
    VALUE.map(lambda value: (*value, "MAKE_FUNCTION double a", "CALL_FUNCTION", "STORE c")),
    VALUE.map(lambda value: (*value, "CALL helper a")),
    VALUE.map(lambda value: (*value, *value, "CALL helper")),
    st.just(("CALL shares", "STORE c")),
    st.just(("CALL talks",)),
    st.just(("MAKE_FUNCTION worker", "SPAWN", "STORE a")),
    st.just(("PUSH_INT 1", "MAKE_FUNCTION child a", "SPAWN 1", "STORE a")),
    st.just(('PUSH_STR "worker"', "SPAWN_LINK", "POP")),
    st.sampled_from(PIECES),
)


@st.composite
def blocks(draw: st.DrawFn, prefix: str, depth: int = 2) -> Lines:
    """Some code: simple, in a counted loop, behind a condition, or in a TRY; its labels begin with ``prefix``."""
    lines: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        form = draw(st.sampled_from(("simple", "simple", "simple", "loop", "stack loop", "choice", "try")))
        if form == "simple" or not depth:
            lines += draw(SIMPLE)
            continue
        label = f"{prefix}_{number}"
        inside = draw(blocks(label, depth - 1))
        rounds = draw(st.integers(1, 12))
        if form == "loop":
            count = name(f"i{depth}")
            lines += (f"PUSH_INT {rounds}", f"STORE {count}", f"{label}:", *inside)
            lines += (f"LOAD {count}", "PUSH_INT 1", "SUB", f"STORE {count}", f"LOAD {count}", f"JNZ {label}")
        elif form == "stack loop":
            lines += (f"PUSH_INT {rounds}", f"{label}:", "PUSH_INT 1", "SUB", *inside, "DUP", "PUSH_INT 0", "GT")
            lines += ("NOT",) * draw(st.sampled_from((0, 0, 2))) + (f"JNZ {label}",)
        elif form == "choice":
            other = draw(blocks(f"{label}_other", depth - 1))
            lines += (*draw(VALUE), f"{draw(st.sampled_from(('JZ', 'JNZ')))} {label}", *inside, f"JMP {label}_end")
            lines += (f"{label}:", *other, f"{label}_end:")
        else:
            lines += (f"TRY {label}", *inside, "END_TRY", f"{label}:")
    return tuple(lines)


SHARED = """
    RET
double:
    LOAD a
    LOAD a
    ADD
    RET
implicit:
    STORE n
    LOAD n
    PUSH_INT 1
    ADD
    STORE m
    LOAD m
    RET
below:
    PUSH_INT 3
    MUL
    RET
shares:
    LOAD shared
    PUSH_INT 1
    ADD
    DUP
    STORE mine
    RET
talks:
    PUSH_INT 5
    CALL double a
    SEND 1
    RET
fibonacci:
    LOAD n
    PUSH_INT 2
    LT
    JZ more
    LOAD n
    RET
more:
    LOAD n
    PUSH_INT 1
    SUB
    CALL fibonacci n
    LOAD n
    PUSH_INT 2
    SUB
    CALL fibonacci n
    ADD
    RET
worker:
    RECEIVE
    STORE a
    LOAD a
    SEND 1
    JMP worker
child:
"""
SETUP = "\n".join(f"PUSH_INT {number}\nSTORE {name(each)}" for number, each in enumerate((*NAMES, "shared"))) + "\n"


@st.composite
def looping_programs(draw: st.DrawFn) -> Generated:
    """Programs with the way they are run."""
    main, child, helper = draw(blocks("b")), draw(blocks("c", 1)), draw(blocks("h", 1))
    labels = "main: again: p1: p1_loop: p2: p2_loop: f1: f2:".replace(" ", "\n")
    text = "\n".join((SETUP, *main, "end:\nHALT", SHARED, *child, "HALT\nhelper:", *helper, "RET", labels, "RET\n"))
    options: MachineOptions = draw(OPTIONS)
    return Generated(text, options.replace(quantum=draw(st.sampled_from((1000, 1000, 100, 30, 11, 0)))), "")
