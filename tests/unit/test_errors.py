"""The exception tree and the text of problems."""

from __future__ import annotations

import pytest

from ttvm.errors import (
    Fault,
    FaultKind,
    InternalError,
    Limit,
    Problem,
    ReplayError,
    SourceError,
    TtvmError,
    UnreadableError,
    mismatch,
)
from ttvm.source import Source, Span

SOURCE = Source("loop.ttvm", "lop:\n    JMP loop\nlop:\n")


def test_problem_shows_place_line_and_caret() -> None:
    problem = Problem(Span(SOURCE, 2, 9, 4), "unknown label loop")
    assert str(problem) == "loop.ttvm:2:9: error: unknown label loop\n    2 |     JMP loop\n      |         ^^^^"


def test_problem_shows_its_hint_and_related_places() -> None:
    problem = Problem(
        Span(SOURCE, 3, 1, 3), "defined twice", "rename it", "warning", ((Span(SOURCE, 1, 1, 3), "the first"),)
    )
    assert str(problem).split("\n") == [
        "loop.ttvm:3:1: warning: defined twice",
        "    3 | lop:",
        "      | ^^^",
        "      = hint: rename it",
        "loop.ttvm:1:1: note: the first",
        "    1 | lop:",
        "      | ^^^",
    ]


def test_source_error_counts_its_problems() -> None:
    problem = Problem(Span(SOURCE, 1, 1), "bad")
    assert str(SourceError((problem,))) == "1 error"
    error = SourceError((problem, problem))
    assert str(error) == "2 errors"
    assert error.problems == (problem, problem)


@pytest.mark.parametrize("kind", [SourceError, UnreadableError, Fault, ReplayError, InternalError])
def test_everything_raised_on_purpose_is_a_ttvm_error(kind: type[Exception]) -> None:
    assert issubclass(kind, TtvmError)


def test_our_own_bug_is_no_fault_of_a_guest() -> None:
    assert not issubclass(InternalError, Fault)


def test_fault_of_a_wrong_type() -> None:
    fault = mismatch("two numbers")
    assert (fault.kind, fault.text, fault.wants_operands) == (FaultKind.TYPE_MISMATCH, "needs two numbers", True)
    assert (fault.final, fault.payload) == (False, None)
    assert str(fault) == "needs two numbers"


def test_fault_kinds_are_called_as_the_language_calls_them() -> None:
    language = (
        "StackUnderflow TypeMismatch UndefinedVariable IndexOutOfBounds DivisionByZero DomainError ConversionError "
        "AssertionFailed NameTaken NoSuchHandle PermissionDenied FileError NetworkError DatabaseError CryptoError "
        "FormatError CircularImport ImportError LimitExceeded Thrown"
    )
    assert {str(kind) for kind in FaultKind} <= set(language.split())


def test_limits_are_called_as_their_options() -> None:
    assert [f"{limit}" for limit in Limit] == ["--max-steps", "--timeout", "--max-processes", "--max-memory-mb"]
