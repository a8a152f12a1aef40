"""Values as JSON, for what the world was asked and what it answered.

Numbers, texts, lists and null are themselves; everything else is an object with one key that says what it is.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

from ttvm.errors import FaultKind
from ttvm.outside import Refusal
from ttvm.values import Bool, Bytes, Handle, List, Object, Value, boolean

LONGEST_ARGUMENT = 200
"""Characters of an argument that is written down whole; of a longer one only its hash, for comparison."""


def write_value(value: Value) -> Any:
    """The value as what ``json`` writes. Functions, refs and exceptions are no questions and no answers."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, Bool):
        return {"bool": value.name}
    if isinstance(value, Bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Handle):
        return {"handle": [value.kind, value.number, value.title]}
    if isinstance(value, List):
        return [write_value(each) for each in value]
    if isinstance(value, Object):
        return {"object": {key: write_value(each) for key, each in value.items()}}
    raise TypeError(f"{type(value).__name__} is nothing that the world understands")


def read_value(data: Any) -> Value:
    """The value again. Raises ValueError when ``data`` is none."""
    if data is None or type(data) in (int, float, str):
        value: Value = data
        return value
    if isinstance(data, list):
        return List([read_value(each) for each in data])
    if not isinstance(data, dict) or len(data) != 1:
        raise ValueError("no value")
    [(kind, content)] = data.items()
    try:
        if kind == "float":
            return float(content)
        if kind == "bool":
            return boolean(content == "true")
        if kind == "bytes":
            return Bytes(base64.b64decode(content, validate=True))
        if kind == "handle":
            name, number, title = content
            return Handle(str(name), int(number), str(title))
        if kind == "object":
            return Object({key: read_value(each) for key, each in content.items()})
    except (TypeError, AttributeError):
        raise ValueError("no value") from None
    raise ValueError("no value")


def write_arguments(arguments: Sequence[Value]) -> list[Any]:
    """What was asked for, with a hash in place of anything long."""
    return [_shorten(write_value(each)) for each in arguments]


def _shorten(data: Any) -> Any:
    import hashlib
    import json

    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    if len(text) <= LONGEST_ARGUMENT:
        return data
    return {"length": len(text), "sha256": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()}


def write_answer(answer: Value | Refusal) -> dict[str, Any]:
    """An answer as an entry of the log."""
    if isinstance(answer, Refusal):
        return {"refusal": [str(answer.kind), answer.text]}
    return {"answer": write_value(answer)}


def read_answer(entry: dict[str, Any]) -> Value | Refusal:
    """The answer in an entry of the log. Raises ValueError when there is none."""
    if "refusal" in entry:
        refusal = entry["refusal"]
        if not (isinstance(refusal, list) and len(refusal) == 2 and all(isinstance(each, str) for each in refusal)):
            raise ValueError("no refusal")
        return Refusal(FaultKind(refusal[0]), refusal[1])
    if "answer" not in entry:
        raise ValueError("no answer")
    return read_value(entry["answer"])
