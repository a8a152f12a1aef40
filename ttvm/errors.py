"""The exception tree. Every error knows its place; the guest's faults are kept apart from our own bugs."""

from __future__ import annotations

import enum

from ttvm.record import Record
from ttvm.source import Span, excerpt, visible


class TtvmError(Exception):
    """The root of everything this package raises on purpose."""


class Problem(Record):
    """One thing that is wrong in a source text."""

    span: Span
    text: str
    hint: str = ""
    severity: str = "error"
    related: tuple[tuple[Span, str], ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.span}: {self.severity}: {visible(self.text)}", excerpt(self.span)]
        if self.hint:
            parts.append(f"      = hint: {visible(self.hint)}")
        for span, note in self.related:
            parts += [f"{span}: note: {note}", excerpt(span)]
        return "\n".join(parts)


class SourceError(TtvmError):
    """What the user wrote cannot be assembled; ``problems`` lists all of it, in reading order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems):,} error{'s' if len(problems) != 1 else ''}")
        self.problems = problems


class UnreadableError(TtvmError):
    """A program file that cannot be read as text: missing, a directory, not UTF-8, not allowed."""


class FaultKind(enum.StrEnum):
    """The kinds of guest faults, as ERROR_KIND gives them."""

    STACK_UNDERFLOW = "StackUnderflow"
    TYPE_MISMATCH = "TypeMismatch"
    UNDEFINED_VARIABLE = "UndefinedVariable"
    INDEX_OUT_OF_BOUNDS = "IndexOutOfBounds"
    DIVISION_BY_ZERO = "DivisionByZero"
    DOMAIN_ERROR = "DomainError"
    CONVERSION_ERROR = "ConversionError"
    FORMAT_ERROR = "FormatError"
    CRYPTO_ERROR = "CryptoError"
    NO_SUCH_HANDLE = "NoSuchHandle"
    PERMISSION_DENIED = "PermissionDenied"
    FILE_ERROR = "FileError"
    NETWORK_ERROR = "NetworkError"
    DATABASE_ERROR = "DatabaseError"
    ASSERTION_FAILED = "AssertionFailed"
    NAME_TAKEN = "NameTaken"
    CIRCULAR_IMPORT = "CircularImport"
    IMPORT_ERROR = "ImportError"
    LIMIT_EXCEEDED = "LimitExceeded"
    THROWN = "Thrown"


class Fault(TtvmError):
    """What a running program did wrong; TRY catches it.

    ``text`` is the bare reason as the instruction's function knows it. When ``wants_operands`` is set the
    engine adds the operands it found. ``ttvm.engine.faults.describe`` makes the whole message, with the
    mnemonic and the place. ``payload`` is the thrown value of a THROW.
    """

    def __init__(
        self, kind: FaultKind, text: str, *, wants_operands: bool = False, payload: object = None, final: bool = False
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.wants_operands = wants_operands
        self.payload = payload
        self.final = final
        """True when ``text`` is already the whole message (THROW of a value, re-raised exceptions)."""


def mismatch(needed: str) -> Fault:
    """The fault of an operand of the wrong type: ``needed`` ends the sentence "ADD needs ..."."""
    return Fault(FaultKind.TYPE_MISMATCH, f"needs {needed}", wants_operands=True)


class Limit(enum.StrEnum):
    """The limits of a whole run; passing one ends it with exit status 4."""

    STEPS = "--max-steps"
    TIME = "--timeout"
    PROCESSES = "--max-processes"
    MEMORY = "--max-memory-mb"


class OutOfMemory(TtvmError):
    """There is no memory left for the running program, or none that it may have. A guest never catches it."""


class ReplayError(TtvmError):
    """A run did not do what was written down: where, what was expected, what happened."""


class InternalError(TtvmError):
    """Our own bug. A guest never catches it."""
