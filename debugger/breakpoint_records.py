"""Breakpoints as plain data, as files keep them."""

from __future__ import annotations

from dataclasses import replace

from debugger.breakpoint_text import parse_breakpoint, write_breakpoint
from debugger.descriptions import Breakpoint, Place
from debugger.scope import ExpressionError


def write_breakpoint_record(number: int, kept: Breakpoint) -> dict[str, object]:
    """A numbered breakpoint as what ``json`` writes."""
    entry: dict[str, object] = {"number": number, "text": write_breakpoint(kept)}
    if isinstance(kept.what, Place) and kept.what.identity:
        entry["file"] = kept.what.identity
    return entry


def read_breakpoint(entry: object) -> tuple[int, Breakpoint] | None:
    """What an entry says; None when it says nothing that can be understood."""
    if not isinstance(entry, dict):
        return None
    number, text, file = entry.get("number"), entry.get("text"), entry.get("file", "")
    if not isinstance(number, int) or not isinstance(text, str) or not isinstance(file, str):
        return None
    try:
        wanted = parse_breakpoint(text)
    except ExpressionError:
        return None
    if isinstance(wanted.what, Place):
        wanted = replace(wanted, what=replace(wanted.what, identity=file))
    return number, wanted
