"""A profile written down: tables for people, versioned JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from ttvm.observers.profiler import FunctionCost, ProcessCost, Profile
from ttvm.record import Record
from ttvm.source import visible

VERSION = 1
"""Raised by a change that breaks readers of the JSON; new fields do not."""
WIDEST_NAME = 40


def as_json(profile: Profile, top: int | None = None) -> str:
    """One JSON object: ``format``, ``version``, the fields of ``Profile``. ``top`` cuts each list."""
    about = {"format": "ttvm-profile", "version": VERSION}
    return json.dumps(about | {name: _plain(value, top) for name, value in profile.__dict__.items()}, indent=2) + "\n"


def _plain(value: object, top: int | None) -> object:
    if isinstance(value, tuple):
        return [each.__dict__ for each in value[:top]]
    return value


def as_text(profile: Profile, top: int) -> str:
    """The tables, each with its ``top`` most expensive rows."""
    return "\n".join(_lines(profile, top)) + "\n"


def _lines(profile: Profile, top: int) -> Iterator[str]:
    sent = sum(each.count for each in profile.messages)
    counts = (
        _count(profile.reductions, "step"),
        _count(profile.turns, "turn"),
        _count(len(profile.processes), "process"),
        _count(sent, "message"),
        f"{profile.messages_dropped:,} dropped",
        f"{profile.seconds:.3f} s",
    )
    yield visible(f"{profile.program}: {', '.join(counts)}")
    titles = {each.pid: _process(each) for each in profile.processes}
    heads = ("function", "calls", "self", "self %", "inclusive", "self ms", "inclusive ms")
    yield from _table(heads, [_function_row(each, profile) for each in profile.functions[:top]], profile.functions)
    heads = ("process", "steps", "%", "turns", "blocked", "longest mailbox", "ms")
    yield from _table(heads, [_process_row(each, profile) for each in profile.processes[:top]], profile.processes)
    pairs = [
        (f"{titles.get(each.sender, str(each.sender))} -> {titles[each.receiver]}", f"{each.count:,}")
        for each in profile.messages[:top]
    ]
    yield from _table(("from -> to", "messages"), pairs, profile.messages)
    times = [
        (each.mnemonic, f"{each.count:,}", _share(each.count, profile.reductions))
        for each in profile.instructions[:top]
    ]
    yield from _table(("instruction", "times", "%"), times, profile.instructions)


def _count(number: int, what: str) -> str:
    plural = "es" if what.endswith("s") else "s"
    return f"{number:,} {what}{'' if number == 1 else plural}"


def _function_row(cost: FunctionCost, profile: Profile) -> tuple[str, ...]:
    return (
        f"{cost.label} ({cost.module}:{cost.line})",
        f"{cost.calls:,}",
        f"{cost.self_reductions:,}",
        _share(cost.self_reductions, profile.reductions),
        f"{cost.inclusive_reductions:,}",
        _milliseconds(cost.self_seconds),
        _milliseconds(cost.inclusive_seconds),
    )


def _process_row(cost: ProcessCost, profile: Profile) -> tuple[str, ...]:
    return (
        _process(cost),
        f"{cost.reductions:,}",
        _share(cost.reductions, profile.reductions),
        f"{cost.turns:,}",
        f"{cost.blocked:,}",
        f"{cost.longest_mailbox:,}",
        _milliseconds(cost.seconds),
    )


def _process(cost: ProcessCost) -> str:
    return f"{cost.pid} {cost.target}" + (f" ({cost.name})" if cost.name not in ("", cost.target) else "")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.2f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], whole: Sequence[Record]) -> Iterator[str]:
    """A blank line, the heads, the rows; the first column to the left, numbers to the right."""
    cells = [tuple(heads), *((_shortened(first), *others) for first, *others in rows)]
    if len(cells) == 1:
        return
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    yield ""
    for first, *others in cells:
        numbers = (f"{text:>{width}}" for text, width in zip(others, widths[1:], strict=True))
        yield "  ".join([f"{first:<{widths[0]}}", *numbers])
    if len(whole) >= len(cells):
        yield f"... and {len(whole) - len(cells) + 1:,} more (--top)"


def _shortened(name: str) -> str:
    text = visible(name)
    return text if len(text) <= WIDEST_NAME else f"{text[: WIDEST_NAME - 3]}..."
