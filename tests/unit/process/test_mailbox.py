"""The mailbox: order of arrival, selective receive, and the save point."""

from __future__ import annotations

import pytest

from ttvm.process.mailbox import Mailbox, Message
from ttvm.process.patterns import Anything, Literal, Lookup, OfType, Pattern
from ttvm.values import Value


def no_variables(name: str) -> Value:
    raise AssertionError(f"nobody should ask for {name}")


def mailbox_of(*values: Value) -> Mailbox:
    mailbox = Mailbox()
    for number, value in enumerate(values, 1):
        mailbox.put((value, 9, number, number * 10))
    return mailbox


def take(mailbox: Mailbox, pattern: Pattern | None = None) -> Value:
    message = mailbox.take(pattern, no_variables)
    assert message is not None
    return message[0]


class Counted:
    """A pattern that takes one value and counts how often it is asked."""

    def __init__(self, wanted: Value) -> None:
        self.wanted = wanted
        self.looked_at: list[Value] = []

    def matches(self, value: Value, lookup: Lookup) -> bool:
        self.looked_at.append(value)
        return value == self.wanted

    def variables(self) -> tuple[str, ...]:
        return ()


def test_a_message_knows_where_it_comes_from() -> None:
    message = Message("hi", 3, 7, 42)
    assert (message.value, message.sender, message.number, message.step) == ("hi", 3, 7, 42)


def test_without_a_pattern_it_is_first_in_first_out() -> None:
    mailbox = mailbox_of("a", "b", "c")
    assert [take(mailbox) for _ in range(3)] == ["a", "b", "c"]
    assert mailbox.take(None, no_variables) is None


def test_an_empty_mailbox() -> None:
    mailbox = Mailbox()
    assert len(mailbox) == 0
    assert list(mailbox) == []
    assert mailbox.take(None, no_variables) is None
    assert mailbox.take(Anything(), no_variables) is None


def test_a_pattern_takes_the_first_that_fits_and_leaves_the_others_in_order() -> None:
    mailbox = mailbox_of("a", 1, "b", 2, "c")
    assert take(mailbox, OfType("int")) == 1
    assert take(mailbox, OfType("int")) == 2
    assert [message.value for message in mailbox] == ["a", "b", "c"]
    assert take(mailbox, Literal("b")) == "b"
    assert [take(mailbox), take(mailbox)] == ["a", "c"]


def test_messages_are_looked_at_only_once_while_nothing_fits() -> None:
    mailbox = mailbox_of(*range(100))
    wanted = Counted("go")
    assert mailbox.take(wanted, no_variables) is None
    for number in range(100, 200):
        mailbox.put((number, 1, number, number))
        assert mailbox.take(wanted, no_variables) is None
    mailbox.put(("go", 1, 999, 999))
    assert take(mailbox, wanted) == "go"
    assert wanted.looked_at == [*range(200), "go"]


def test_after_a_match_the_next_search_begins_at_the_front() -> None:
    mailbox = mailbox_of("a", "b", 1)
    assert take(mailbox, OfType("int")) == 1
    assert mailbox.take(OfType("int"), no_variables) is None
    mailbox.put((2, 1, 4, 4))
    assert take(mailbox, OfType("int")) == 2
    assert take(mailbox, Literal("a")) == "a"


@pytest.mark.parametrize("size", [0, 1, 5])
def test_length_and_iteration_do_not_take(size: int) -> None:
    mailbox = mailbox_of(*range(size))
    assert len(mailbox) == size
    assert [message.value for message in mailbox] == list(range(size))
    assert len(mailbox) == size


def test_a_copy_is_independent_and_keeps_the_save_point() -> None:
    mailbox = mailbox_of("a", "b")
    wanted = Counted("c")
    assert mailbox.take(wanted, no_variables) is None
    twin = mailbox.copy()
    twin.put(("c", 1, 3, 3))
    assert take(twin, wanted) == "c"
    assert wanted.looked_at == ["a", "b", "c"]
    assert take(twin) == "a"
    assert [message.value for message in mailbox] == ["a", "b"]
    assert len(Mailbox().copy()) == 0
