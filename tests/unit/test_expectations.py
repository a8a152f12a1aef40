"""The promises a program makes in its comments."""

from __future__ import annotations

import pytest

from ttvm.expectations import Expectation, read_expectation
from ttvm.source import Source


def promises(text: str) -> Expectation:
    return read_expectation(Source("p.ttvm", text))


def test_a_program_without_promises() -> None:
    assert promises("; a comment: nothing\nPRINT ; expect: not at the start of a line\n") == Expectation(
        None, 0, "", (), "", (), (), False
    )


def test_all_of_them() -> None:
    found = promises(
        "; expect: first\n"
        "  ;expect:   second \n"
        "NOP\n"
        "; expect:\n"
        "; expect-exit: 7\n"
        "; expect-stderr:  lost \n"
        "; expect-stderr: crashed\n"
        "; input: a b\n"
        "; input:\n"
        "; args: one  --two\n"
        "; args: three\n"
        "; options: --quantum 1\n"
        "; schedules: any\n"
    )
    assert found == Expectation(
        output="first\n  second \n\n",
        exit_status=7,
        fault="",
        errors=("lost", "crashed"),
        input="a b\n\n",
        arguments=("one", "--two", "three"),
        options=("--quantum", "1"),
        any_schedule=True,
    )


@pytest.mark.parametrize("line", ["; expect-exit: 0", "; expect-stderr: x", "; schedules: default", "; input: x"])
def test_any_promise_promises_empty_output(line: str) -> None:
    assert promises(line).output == ""


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("; expect-fault: TypeMismatch", 1),
        ("; expect-fault: LimitExceeded\n; expect-exit: 4", 4),
        ("; expect-exit: 3", 3),
        ("; expect: x", 0),
    ],
)
def test_a_fault_means_status_1_unless_it_is_given(text: str, status: int) -> None:
    assert promises(text).exit_status == status


@pytest.mark.parametrize(
    ("text", "message"),
    [("; schedules: all", "all is neither any nor default"), ("; expect-exit: none", "none")],
)
def test_nonsense_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        promises(text)
