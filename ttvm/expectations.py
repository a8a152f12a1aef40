"""What a program promises about itself, in comments: ``; expect: text`` and its relatives.

======================  ====================================================================
``; expect: TEXT``      one line of standard output, in order
``; expect-exit: N``    exit status, 0 if not said
``; expect-fault: K``   process 1 crashes with that kind of fault (and so exit status 1)
``; expect-stderr: S``  a text that stands somewhere on standard error
``; input: LINE``       a line of standard input
``; args: WORDS``       words after the file name
``; options: WORDS``    options of ``ttvm`` that the program needs
``; schedules: any``    the same output under every policy, seed and quantum; ``default``: only
                        with a quantum of 1000, with and without SMP
======================  ====================================================================
"""

from __future__ import annotations

from ttvm.record import Record
from ttvm.source import Source


class Expectation(Record):
    """The promises of one program. ``output`` is None when it makes none."""

    output: str | None
    exit_status: int
    fault: str
    errors: tuple[str, ...]
    input: str
    arguments: tuple[str, ...]
    options: tuple[str, ...]
    any_schedule: bool


_KEYS = ("expect", "expect-exit", "expect-fault", "expect-stderr", "input", "args", "options", "schedules")


def read_expectation(source: Source) -> Expectation:
    """Collect the promises of a program. Raises ValueError for a line that promises nonsense."""
    found: dict[str, list[str]] = {key: [] for key in _KEYS}
    for line in source.lines:
        comment = line.lstrip()
        if comment.startswith(";"):
            key, colon, text = comment[1:].lstrip().partition(":")
            if colon and key in found:
                found[key].append(text.removeprefix(" "))
    schedules = [text.strip() for text in found["schedules"]]
    if any(word not in ("any", "default") for word in schedules):
        raise ValueError(f"{source.path}: schedules: {schedules[0]} is neither any nor default")
    fault = found["expect-fault"][-1].strip() if found["expect-fault"] else ""
    status = int(found["expect-exit"][-1]) if found["expect-exit"] else (1 if fault else 0)
    return Expectation(
        "".join(f"{line}\n" for line in found["expect"]) if any(found.values()) else None,
        status,
        fault,
        tuple(text.strip() for text in found["expect-stderr"]),
        "".join(f"{line}\n" for line in found["input"]),
        tuple(" ".join(found["args"]).split()),
        tuple(" ".join(found["options"]).split()),
        "any" in schedules,
    )
