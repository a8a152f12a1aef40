"""Choices as plain data, as recordings keep them."""

from __future__ import annotations

from typing import Any

from debugger.choices import CHOICES, Choice
from ttvm.errors import TtvmError
from ttvm.recording.answers import read_value, write_value
from ttvm.setup import POLICIES
from ttvm.values import Value

_KINDS = {made: kind for kind, made in CHOICES.items()}
_COUNTS = ("pid", "number", "schedulers", "seed")


def check_value(value: Value) -> None:
    """Raises TtvmError for a value that cannot be written down: a function, a ref, an exception."""
    try:
        write_value(value)
    except TypeError:
        raise TtvmError("only numbers, texts, true, false, null, bytes, lists and objects can be given") from None


def write_choice(choice: Choice) -> dict[str, Any]:
    """The choice as what ``json`` writes."""
    fields: dict[str, Any] = choice._asdict()  # type: ignore[attr-defined]
    if "value" in fields:
        fields["value"] = write_value(fields["value"])
    return {"choose": _KINDS[type(choice)], **fields}


def read_choice(data: dict[str, Any]) -> Choice:
    """The choice again. Raises ValueError when ``data`` is none."""
    fields = dict(data)
    made = CHOICES.get(str(fields.pop("choose", "")))
    if made is None or set(fields) != set(made._fields):  # type: ignore[attr-defined]
        raise ValueError("no choice")
    for name, field in fields.items():
        if name == "value":
            fields[name] = read_value(field)
        elif name in _COUNTS:
            if type(field) is not int or field < 0:
                raise ValueError("no number")
        elif not isinstance(field, str):
            raise ValueError("no text")
    if fields.get("policy", POLICIES[0]) not in POLICIES or fields.get("schedulers") == 0:
        raise ValueError("no policy")
    return made(**fields)


def is_same(choice: Choice, other: Choice | None) -> bool:
    """Whether two choices are the same; values of different types are different, even where Python calls them equal."""
    return other is not None and repr(write_choice(choice)) == repr(write_choice(other))
