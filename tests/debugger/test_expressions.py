"""Expressions: what they see, what they calculate, and where they say that something is wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest

from debugger.expressions import DEEPEST, LONGEST, MOST_COMPARED, read_expression
from debugger.messages import read_message
from debugger.scope import MOST_ENTRIES, ExpressionError, Scope, Unknown
from tests.unit.helpers import Machine, machine
from ttvm.values import FALSE, INT_MIN, TRUE, List, Object, Value

PROGRAM = """\
    PUSH_INT 5
    STORE x
    MAKE_OBJECT
    PUSH_STR tea
    SET_FIELD drink
    STORE order
    PUSH_STR "mine"
    STORE depth
    REGISTER worker
    MAKE_FUNCTION other
    SPAWN
    POP
    PUSH_STR "hi"
    SEND 1
    PUSH_INT 9
    PUSH_INT 7
    PUSH_INT 3
    CALL inside y
    HALT
inside:
    NOP
    NOP
    NOP
    HALT
other:
    REGISTER "the other"
    PUSH_INT 8
    STORE x
    RECEIVE
"""


@pytest.fixture(scope="module")
def running() -> Machine:
    """Process 1 in a call with a variable of its own, and process 2, which waits."""
    made = machine(PROGRAM)
    made.vm.run(20)
    made.vm.current = None
    made.vm.system.scheduler.choose()
    while 2 not in made.vm.system.names.values() or made.vm.system.processes[2].waiting is None:
        process = made.vm.system.processes[2]
        made.vm.current, made.vm.slice_left = process, 1
        made.vm.run(1)
    return made


def scope_of(running: Machine, pid: int = 1, **fields: Any) -> Scope:
    return Scope(running.vm.system, running.vm.system.processes.get(pid), **fields)


def value(running: Machine, text: str, pid: int = 1) -> Value:
    return read_expression(text).value(scope_of(running, pid))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", 5),
        ("  x ", 5),
        ("y", 3),
        ("x + y * 2", 11),
        ("-x - -1", -4),
        ("+x", 5),
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7.0 / 2", 3.5),
        ("9223372036854775807 + 1", INT_MIN),
        ("-9223372036854775808", INT_MIN),
        ("x > 3 and y == 3", TRUE),
        ("x < 3 or not y", FALSE),
        ("1 < x <= 5", TRUE),
        ("1 < x < 5", FALSE),
        ("x == 5.0", TRUE),
        ("x != 'five'", TRUE),
        ("'abc' < 'abd'", TRUE),
        ("null == false", FALSE),
        ("not null", TRUE),
        ("true", TRUE),
        ("stack[0]", 7),
        ("stack[1] + len(stack)", 11),
        ("stack", List([7, 9])),
        ("depth", 2),
        ("var.depth", "mine"),
        ("var['depth']", "mine"),
        ("pid", 1),
        ("name", "worker"),
        ("mailbox", List(["hi"])),
        ("mailbox[0]", "hi"),
        ("len(mailbox)", 1),
        ("len('four')", 4),
        ("order", Object(drink="tea")),
        ("order.drink", "tea"),
        ("order['drink'] == \"tea\"", TRUE),
        ("order.size", None),
        ("worker.x", 5),
        ("worker.depth == depth", TRUE),
        ("main.x", 5),
        ("process[2].x", 8),
        ("process['the other'].x", 8),
        ("process[2].mailbox", List([])),
        ("'é' + 1 == 2 or true", None),
    ],
)
def test_values(running: Machine, text: str, expected: Value) -> None:
    if expected is None and text.startswith("'é'"):
        with pytest.raises(ExpressionError) as caught:
            value(running, text)
        assert caught.value.column == 1
        return
    found = value(running, text)
    assert type(found) is type(expected)
    assert found == expected


def test_and_or_look_no_further_than_they_must(running: Machine) -> None:
    assert value(running, "x > 3 or nothing") is TRUE
    assert value(running, "x > 9 and nothing") is FALSE


def test_a_variable_comes_before_a_process_of_that_name(running: Machine) -> None:
    system = running.vm.system
    system.names["order"] = 2
    try:
        assert value(running, "order.drink") == "tea"
        assert value(running, "order.x", pid=2) == 8
    finally:
        del system.names["order"]


def test_the_message_of_an_event(running: Machine) -> None:
    read = read_expression("msg > 3")
    assert read.is_true(scope_of(running, message=4))
    assert not read.is_true(scope_of(running, message=3))
    with pytest.raises(Unknown, match='no variable "msg"'):
        read.value(scope_of(running))


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "an expression is missing here"),
        ("x +", 4, "something is missing at the end"),
        ("x = 3", 3, "== compares"),
        ("x && y", 3, "write and instead of &&"),
        ("x === 3", 3, "write == instead of ==="),
        ("1 + True", 5, "write true here"),
        ("x is 3", 1, "compare with =="),
        ("x in mailbox", 1, "compare with =="),
        ("x ** 2", 1, "calculate with"),
        ("1 + (x << 3)", 6, "calculate with"),
        ("~x", 1, "write not instead"),
        ("{1: 2}", 2, "names of fields are texts"),
        ("{**x}", 1, "names of fields are texts"),
        ("x if y else 1", 1, "not part of the language"),
        ("lambda: x", 1, "not part of the language"),
        ("[a for a in x]", 1, "not part of the language"),
        ("f'{x}'", 1, "not part of the language"),
        ("(x := 3)", 2, "not part of the language"),
        ("print(x)", 1, "the only function is len"),
        ("x.append(1)", 1, "the only function is len"),
        ("len(x, y)", 1, "len takes one value"),
        ("len(*x)", 1, "len takes one value"),
        ("len", 1, "len needs brackets"),
        ("var", 1, "write the name"),
        ("process[2]", 1, "a process is no value"),
        ("process[x].y", 9, "a pid or a name in quotes"),
        ("stack[0:1]", 1, "only one element"),
        ("b'a'", 1, "only numbers, texts"),
        ("...", 1, "only numbers, texts"),
        ("1j", 1, "only numbers, texts"),
        ("9223372036854775808", 1, "64 bits"),
        ("x\ny", 2, "one line"),
        ("1" * (LONGEST + 1), 1, "at most"),
        ("-" * DEEPEST + "x", DEEPEST + 1, "too deep"),
    ],
)
def test_mistakes_point_at_their_column(text: str, column: int, words: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(words)) as caught:
        read_expression(text)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("1 + prce", 5, 'no variable "prce" in 1 worker'),
        ("odrer.drink", 1, 'did you mean "order"?'),
        ("dept", 1, 'did you mean "depth"?'),
        ("'é' == prce", 8, 'no variable "prce"'),
        ("process[7].x", 1, "there is no such process"),
        ("process[2].y", 1, 'no variable "y" in 2 the other'),
        ("stack[5]", 1, "there is no element 5: there are 2"),
        ("process[2].stack[0]", 1, "there is no element 0: there are none"),
        ("mailbox[-1]", 1, "there is no element -1"),
        ("x.drink", 1, "only objects have fields: found 5"),
        ("x[0]", 1, "only lists, objects, texts and bytes"),
        ("order[0]", 1, "have texts for names"),
        ("stack['a']", 1, "positions are Ints"),
        ("1 + (x + 'a')", 6, 'needs two numbers: found 5 and "a"'),
        ("x / 0", 1, "cannot divide by zero"),
        ("x > 'a'", 1, "needs two numbers or two texts"),
        ("-'a'", 1, "needs a number"),
        ("len(x)", 1, "needs a List"),
    ],
)
def test_what_is_wrong_when_it_is_evaluated_has_a_column_too(
    running: Machine, text: str, column: int, words: str
) -> None:
    read = read_expression(text)
    with pytest.raises(ExpressionError, match=re.escape(words)) as caught:
        read.value(scope_of(running))
    assert caught.value.column == column


def test_what_no_parser_reads_is_an_error_too() -> None:
    for text in ("(" * 300 + "x" + ")" * 300, "'é' == x.1", "'", "x # y\\", "0777", "1_", "x; y", "*x", "yield"):
        with pytest.raises(ExpressionError, match=r"cannot be read|not part of") as caught:
            read_expression(text)
        assert 1 <= caught.value.column <= len(text) + 1


def test_nobody_has_no_variables(running: Machine) -> None:
    with pytest.raises(Unknown, match="there is no such process"):
        read_expression("x").value(scope_of(running, 99))
    assert read_expression("worker.x").value(scope_of(running, 99)) == 5


def test_an_error_is_shown_with_a_caret(running: Machine) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(running, "x + prce")
    assert str(caught.value).splitlines()[1:] == ["  x + prce", "      ^^^^"]
    with pytest.raises(ExpressionError) as caught:
        read_expression("x +", 'loop if x + log "a"', 8)
    assert str(caught.value).splitlines()[1:] == ['  loop if x + log "a"', "             ^"]
    with pytest.raises(ExpressionError) as caught:
        read_expression("x + " * 100)
    assert max(map(len, str(caught.value).splitlines())) < 130


def test_large_values_hold_nothing_up(running: Machine) -> None:
    process = running.vm.system.processes[1]
    doubled: Value = List([1])
    for _ in range(60):
        doubled = List([doubled, doubled])
    process.frame.variables |= {"doubled": doubled, "wide": List([0] * (MOST_COMPARED + 1))}
    stack = process.stack
    process.stack = [0] * (MOST_ENTRIES + 1)
    try:
        assert value(running, "doubled == doubled") is TRUE
        with pytest.raises(ExpressionError, match="are not compared"):
            value(running, "wide == wide")
        with pytest.raises(ExpressionError, match="ask for one, or for the length"):
            value(running, "stack == stack")
        assert value(running, "stack[9999] + len(stack)") == MOST_ENTRIES + 1
    finally:
        process.stack = stack
        del process.frame.variables["doubled"], process.frame.variables["wide"]


def test_a_long_mailbox_is_not_copied(running: Machine) -> None:
    process = running.vm.system.processes[2]
    for number in range(MOST_ENTRIES + 1):
        process.mailbox.put((number, 1, number, 0))
    try:
        assert value(running, "len(mailbox)", pid=2) == MOST_ENTRIES + 1
        assert value(running, "mailbox[3]", pid=2) == 3
        with pytest.raises(ExpressionError, match="holds 10,001 values"):
            value(running, "mailbox", pid=2)
    finally:
        process.mailbox.messages = None


# -- messages of log points


def test_a_message_is_filled_in(running: Machine) -> None:
    text = read_message("x is {x}, {order} for {name}: {{{'}'}}} {stack[0] + 1}").text(scope_of(running))
    assert text == 'x is 5, {drink: "tea"} for worker: {}} 8'
    assert read_message("plain").text(scope_of(running)) == "plain"
    assert read_message("").text(scope_of(running)) == ""


@pytest.mark.parametrize(
    ("text", "column"), [("x {", 3), ("x }", 3), ("x {y", 3), ("x {}", 4), ("x {1 +}", 7), ("{x!r}", 3)]
)
def test_mistakes_in_a_message(text: str, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_message(text)
    assert caught.value.column == column


def test_long_values_are_cut(running: Machine) -> None:
    scope = scope_of(running, message="a" * 1000)
    assert read_message("{msg}").text(scope) == "a" * 200 + "..."
