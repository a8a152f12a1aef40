"""The programs that are measured, in TTVM."""

from __future__ import annotations

from typing import NamedTuple


class Program(NamedTuple):
    """A program with its size, by which its text and its peers are made."""

    name: str
    size: int
    unit: str
    """What is counted: instructions are counted by the machine, messages and processes by ``size``."""
    text: str

    def text_of(self, size: int) -> str:
        """The program for a size."""
        return self.text.replace("SIZE", str(size))


LOOP = """
    PUSH_INT 0
    STORE i
again:
    LOAD i
    PUSH_INT 1
    ADD
    STORE i
    LOAD i
    PUSH_INT SIZE
    LT
    JNZ again
"""
FIBONACCI = """
    PUSH_INT SIZE
    CALL fibonacci n
    POP
    HALT
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
"""
LISTS = """
    MAKE_LIST 0
    STORE list
    PUSH_INT 0
    STORE i
build:
    LOAD list
    LOAD i
    APPEND
    STORE list
    LOAD i
    PUSH_INT 1
    ADD
    STORE i
    LOAD i
    PUSH_INT SIZE
    LT
    JNZ build
    PUSH_INT 0
    STORE sum
    PUSH_INT 0
    STORE i
add:
    LOAD sum
    LOAD list
    LOAD i
    INDEX
    ADD
    STORE sum
    LOAD i
    PUSH_INT 1
    ADD
    STORE i
    LOAD i
    LOAD list
    LEN
    LT
    JNZ add
"""
CLOSURES = """
    PUSH_INT 0
    STORE sum
    PUSH_INT SIZE
    STORE i
again:
    CAPTURE i
    MAKE_LAMBDA add x
    STORE adder
    LOAD sum
    LOAD adder
    CALL_FUNCTION
    STORE sum
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    HALT
add:
    LOAD x
    LOAD i
    ADD
    RET
"""
EXCEPTIONS = """
    PUSH_INT SIZE
    STORE i
again:
    TRY
    LOAD i
    THROW
    CATCH
    POP
    END_TRY
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
"""
TEXTS = """
    PUSH_INT SIZE
    STORE i
again:
    PUSH_STR "number "
    LOAD i
    TO_STR
    CONCAT
    PUSH_STR ", "
    CONCAT
    LEN
    POP
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
"""
RING = """
    SELF
    STORE next
    PUSH_INT 999
    STORE i
build:
    LOAD next
    MAKE_FUNCTION worker next
    SPAWN 1
    STORE next
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ build
    PUSH_INT SIZE
    PUSH_INT 1000
    DIV
    STORE laps
again:
    LOAD laps
    LOAD next
    SEND
    RECEIVE
    POP
    LOAD laps
    PUSH_INT 1
    SUB
    STORE laps
    LOAD laps
    JNZ again
    PUSH_INT 0
    EXIT
worker:
    RECEIVE
    LOAD next
    SEND
    JMP worker
"""
SPAWN = """
    PUSH_INT SIZE
    STORE i
again:
    MAKE_FUNCTION child
    SPAWN
    STORE pid
    LOAD i
    LOAD pid
    SEND
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    HALT
child:
    RECEIVE
    POP
    HALT
"""
PING_PONG = """
    MAKE_FUNCTION pong
    SPAWN
    STORE partner
    PUSH_INT SIZE
    PUSH_INT 2
    DIV
    STORE i
again:
    LOAD i
    LOAD partner
    SEND
    RECEIVE
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    PUSH_INT 0
    EXIT
pong:
    RECEIVE
    SEND 1
    JMP pong
"""
PROGRAMS = (
    Program("loop", 1_000_000, "instructions", LOOP),
    Program("fib", 24, "instructions", FIBONACCI),
    Program("list", 100_000, "instructions", LISTS),
    Program("closures", 100_000, "instructions", CLOSURES),
    Program("try and throw", 50_000, "instructions", EXCEPTIONS),
    Program("texts", 100_000, "instructions", TEXTS),
    Program("ring", 100_000, "messages", RING),
    Program("spawn", 100_000, "processes", SPAWN),
    Program("ping-pong", 200_000, "messages", PING_PONG),
)
"""What is measured, in the order of the table."""
IDLE = """
    PUSH_INT SIZE
    STORE i
again:
    MAKE_FUNCTION child
    SPAWN
    POP
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    RECEIVE
child:
    RECEIVE
"""
"""Processes that wait."""
SERVED = """
    PUSH_INT SIZE
    STORE i
again:
    MAKE_FUNCTION child
    SPAWN
    STORE pid
    PUSH_INT 7
    LOAD pid
    SEND
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    RECEIVE
child:
    RECEIVE
    POP
    JMP child
"""
"""Processes that have got a message and wait for the next: each has a mailbox, and is in compiled code."""
QUEUED = """
    MAKE_FUNCTION deaf
    SPAWN
    STORE pid
    PUSH_INT SIZE
    STORE i
again:
    PUSH_INT 7
    LOAD pid
    SEND
    LOAD i
    PUSH_INT 1
    SUB
    STORE i
    LOAD i
    JNZ again
    RECEIVE
deaf:
    RECEIVE "never"
"""
"""Messages that nobody takes."""
