"""Small programs in which a compiler goes wrong easily. Each says what is difficult about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.property.programs import Generated
from ttvm.process.state import Limits
from ttvm.setup import MachineOptions


def counted(body: str, before: str = "") -> str:
    """A loop around some lines, longer than anybody runs it."""
    return f"""{before}
PUSH_INT 90
STORE i
again:
{body}
LOAD i
PUSH_INT 1
SUB
STORE i
LOAD i
JNZ again
HALT
"""


def lines(text: str) -> str:
    """Instructions written in one line with ; between them."""
    return "\n".join(each.strip() for each in text.split(";"))


TEXTS: dict[str, str] = {
    "sums pass both ends of 64 bits": counted(
        lines("LOAD a; LOAD i; ADD; STORE a; LOAD b; LOAD i; SUB; STORE b")
        + lines("; LOAD a; LOAD a; MUL; STORE c; LOAD b; NEG; POP"),
        before=lines("PUSH_INT 9223372036854775700; STORE a; PUSH_INT -9223372036854775700; STORE b"),
    ),
    "two variables are exchanged": counted(
        lines("LOAD a; LOAD b; STORE a; STORE b; LOAD i; STORE c"),
        before=lines("PUSH_INT 1; STORE a; PUSH_INT 100; STORE b"),
    ),
    "flags of all kinds": counted(
        lines("LOAD f; JZ no; LOAD i; STORE yes; no:; LOAD f; NOT; STORE f; PUSH_FLOAT -0.0; JZ null; NOP")
        + lines("; null:; NULL; JNZ no; PUSH_STR x; JZ no"),
        before=lines("FALSE; STORE f; PUSH_INT 0; STORE yes"),
    ),
    "variables are made on the way, in an order that depends on it": counted(
        lines("LOAD i; PUSH_INT 84; GT; JNZ on; LOAD i; PUSH_INT 3; MOD; JZ three; LOAD i; STORE d; LOAD i; STORE e")
        + lines("; JMP on; three:; LOAD i; STORE e; LOAD i; STORE d; on:; NOP"),
    ),
    "an exception leaves new values in variables": counted(
        lines("TRY caught; LOAD a; PUSH_INT 1; ADD; STORE a; LOAD a; STORE b")
        + lines("; PUSH_INT 7; LOAD i; PUSH_INT 5; MOD; DIV; POP; END_TRY; JMP on")
        + lines("; caught:; ERROR_KIND; STORE kind; END_TRY; on:"),
        before=lines("PUSH_INT 0; STORE a; PUSH_INT 0; STORE b"),
    ),
    "a function with a handler in it returns": counted("CALL guarded\nPOP")
    + lines("guarded:; TRY caught; PUSH_INT 1; PUSH_INT 2; ADD; STORE x; LOAD x; RET; caught:; RET"),
    "the stack grows in a loop": lines("PUSH_INT 1; again:; DUP; DUP; PUSH_INT 1; ADD; JMP again"),
    "calls in the middle of sums, in both directions": counted(
        lines("PUSH_INT 5; LOAD i; PUSH_INT 12; MOD; CALL down n; LOAD i; ADD; SUB; STORE a")
    )
    + lines("down:; LOAD n; STORE other; LOAD n; JZ end; PUSH_INT 100; LOAD n; PUSH_INT 1; SUB; CALL down n")
    + lines("; LOAD other; ADD; ADD; RET; end:; PUSH_INT 0; RET"),
    "a call inside fails": counted(
        lines("TRY caught; PUSH_INT 3; LOAD i; CALL outer a b; STORE r; END_TRY; JMP on")
        + lines("; caught:; ERROR_TRACE; STORE r; END_TRY; on:")
    )
    + lines("outer:; LOAD a; LOAD b; PUSH_INT 4; MOD; CALL inner; ADD; RET")
    + lines("; inner:; STORE d; PUSH_INT 12; STORE n; LOAD n; LOAD d; DIV; RET"),
    "processes talk and yield": counted(
        lines("LOAD i; LOAD p; SEND; YIELD; RECEIVE; STORE got; YIELD"),
        before=lines("MAKE_FUNCTION echo; SPAWN; STORE p"),
    )
    + lines("echo:; RECEIVE; STORE m; LOAD m; PUSH_INT 2; MUL; SEND 1; JMP echo"),
    "calls without frames and with them": counted(
        lines("LOAD i; CALL talks n; CALL reads; STORE a; LOAD p; STORE p"), before=lines("PUSH_INT 4; STORE p")
    )
    + lines("talks:; LOAD n; SELF; SEND; RECEIVE; POP; CALL reads; STORE m; RET; reads:; LOAD p; PUSH_INT 1; ADD; RET"),
    "a variable of the main program is read in a function, before and behind a head": counted(
        lines("LOAD i; CALL reads n; STORE r"), before=lines("PUSH_INT 5; STORE shared")
    )
    + lines(
        "reads:; SELF; POP; LOAD shared; POP; LOAD n; JZ even; NOP; even:; LOAD shared; STORE mine; LOAD mine; RET"
    ),
    "closures of what changes": counted(
        lines("CAPTURE i; CAPTURE f; MAKE_LAMBDA add x; STORE adder; PUSH_INT 1; LOAD i; LOAD adder; CALL_FUNCTION")
        + lines("; ADD; STORE f; TRY caught; PUSH_INT 1; PUSH_INT 2; CALL_FUNCTION; END_TRY; caught:; POP; END_TRY"),
        before=lines("PUSH_INT 5; STORE f"),
    )
    + lines("add:; LOAD x; LOAD i; ADD; LOAD f; ADD; CAPTURE x; RET"),
    "handlers while the stack grows": lines(
        "again:; TRY caught; FALSE; TRUE; END_TRY; JMP again; caught:; POP; JMP again"
    ),
    "who waits has values on the stack and new variables, and is killed": counted(
        lines("MAKE_FUNCTION held; SPAWN; STORE p; LOAD p; MONITOR; POP; LOAD i; LOAD p; SEND; YIELD; LOAD i; LOAD p")
        + lines("; SEND; YIELD; LOAD i; LOAD p; SEND; PUSH_STR enough; LOAD p; KILL; RECEIVE; STORE down")
    )
    + lines("held:; PUSH_INT 5; wait:; RECEIVE; STORE m; LOAD m; ADD; LOAD m; STORE late; RECEIVE; STORE m; JMP wait"),
    "six keep sums between messages": counted(
        lines(
            "".join(f"; LOAD i; SEND {pid}" for pid in (2, 3, 4, 5, 6, 7, 2, 5))[2:] + "; RECEIVE; STORE got; RECEIVE"
        )
        + lines("; POP; RECEIVE; POP; RECEIVE; POP"),
        before=lines("MAKE_FUNCTION sums; SPAWN; POP; " * 6),
    )
    + lines("sums:; PUSH_INT 0; STORE sum; PUSH_INT 0; STORE count; wait:; RECEIVE; LOAD sum; ADD; STORE sum")
    + lines("; LOAD count; PUSH_INT 1; ADD; STORE count; LOAD sum; SEND 1; RECEIVE; LOAD sum; ADD; STORE sum")
    + lines("; LOAD count; SEND 1; JMP wait"),
    "two yield, with values on the stack and variables made on the way": counted(
        lines("LOAD i; YIELD; STORE a; LOAD a; LOAD i; YIELD; ADD; STORE b; LOAD i; PUSH_INT 2; MOD; JZ on; YIELD")
        + lines("; LOAD b; STORE c; YIELD; on:; LOAD b; POP"),
        before=lines("MAKE_FUNCTION other; SPAWN; STORE p"),
    )
    + lines("other:; PUSH_INT 0; STORE n; round:; LOAD n; PUSH_INT 1; ADD; YIELD; STORE n; JMP round"),
    "messages to oneself, to the dead, and to a full mailbox": counted(
        lines("LOAD i; SELF; SEND; RECEIVE; STORE a; LOAD i; LOAD p; SEND; LOAD i; PUSH_INT 77; SEND; LOAD i")
        + lines("; LOAD q; SEND; RECEIVE AFTER 0 on; STORE b; on:"),
        before=lines("MAKE_FUNCTION deaf; SPAWN; STORE p; MAKE_FUNCTION short; SPAWN; STORE q"),
    )
    + lines("deaf:; RECEIVE float; HALT; short:; RECEIVE; SEND 1; RECEIVE; SEND 1"),
    "a variable is read by nobody, unless a breakpoint asks for it": counted(
        lines("LOAD a; POP; LOAD i; STORE a; LOAD i; PUSH_INT 50; GT; NOT; JZ over; over:; NOP; NOP; NOP; NOP")
        + lines("; PUSH_INT 90; STORE a"),
        before=lines("PUSH_INT 90; STORE a"),
    ),
    "a list grows": counted(
        lines("LOAD list; LOAD i; APPEND; STORE list; NOP; NOP; NOP"), before=lines("MAKE_LIST 0; STORE list")
    ),
    "what a variable was waits on the stack": lines("PUSH_INT 90; STORE i; again:; LOAD i; LOAD i; PUSH_INT 1; SUB")
    + lines("; STORE i; LOAD i; JNZ again; HALT"),
    "who was alone starts another": lines("PUSH_INT 30; STORE i; first:; LOAD i; PUSH_INT 1; SUB; STORE i; LOAD i")
    + lines("; JNZ first; MAKE_FUNCTION other; SPAWN; POP; PUSH_INT 90; STORE i; second:; LOAD i; PUSH_INT 1; SUB")
    + lines("; STORE i; LOAD i; JNZ second; HALT; other:; PUSH_INT 0; STORE i; more:; LOAD i; PUSH_INT 1; ADD; STORE i")
    + lines("; JMP more"),
    "who was alone starts a timer": lines("PUSH_INT 30; STORE i; first:; LOAD i; PUSH_INT 1; SUB; STORE i; LOAD i")
    + lines("; JNZ first; TRUE; SEND_AFTER 0 1; POP; PUSH_INT 90; STORE i; second:; LOAD i; PUSH_INT 1; SUB; STORE i")
    + lines("; LOAD i; JNZ second; HALT"),
    "values wait on the stack": lines("PUSH_INT 90; PUSH_INT 1; PUSH_INT 2; again:; SWAP; OVER; ADD; ROT; PUSH_INT 1")
    + lines("; SUB; DUP; STORE i; ROT; ROT; LOAD i; JNZ again; HALT"),
}
"""The programs."""
SMALL = Limits(stack=20, calls=6, mailbox=3, processes=5)


def compiled_programs() -> dict[str, Generated]:
    """The programs, each with the limits of a usual run and with small ones."""
    made = {}
    for name, text in TEXTS.items():
        for limits in (Limits(), SMALL):
            options = MachineOptions(policy="round-robin", limits=limits, quantum=100)
            made[f"{name}{', small limits' if limits is SMALL else ''}"] = Generated(text + "\n", options, "")
    return made


def mostly_slow(names: Iterable[str]) -> list[Any]:
    """Parameters of a test that takes long in all: every fifth is tested always, the others in the full check."""
    return [pytest.param(name, marks=pytest.mark.slow if at % 5 else ()) for at, name in enumerate(names)]
