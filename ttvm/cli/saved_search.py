"""Keep a search in a file, to go on with it another time."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ttvm.cli.output_files import write_file
from ttvm.cli.terminal import say
from ttvm.errors import TtvmError
from ttvm.explore.exploring import Exploration

_FORMAT, _VERSION = "ttvm-search", 2


def save_search(exploration: Exploration, path: str) -> None:
    """Write down where a search stands."""
    text_hash = exploration.beginning.module.source.text_hash
    data = {"format": _FORMAT, "version": _VERSION, "sha256": text_hash, **exploration.save()}
    data["check"] = _check(data)
    write_file(path, (json.dumps(data, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))


def _check(data: dict[str, Any]) -> str:
    """A hash of all that is saved: half a file, or a byte that has changed, could else be found out much later."""
    text = json.dumps({key: each for key, each in data.items() if key != "check"}, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def load_search(exploration: Exploration, path: str) -> None:
    """Go on where a search stood. Raises TtvmError when the file is of another program, or damaged."""
    try:
        with open(path, encoding="utf-8") as file:
            data: Any = json.load(file)
    except (ValueError, RecursionError):
        raise TtvmError(f"{path}: this is no saved search: it is not JSON") from None
    except OSError as error:
        raise TtvmError(f"{path}: it cannot be read: {error.strerror}") from None
    if not isinstance(data, dict) or data.get("format") != _FORMAT or data.get("version") != _VERSION:
        raise TtvmError(f"{path}: this is no saved search of this version of ttvm")
    if data.get("check") != _check(data):
        raise TtvmError(f"{path}: this saved search is damaged; a new one needs another file, or none there")
    if data.get("sha256") != exploration.beginning.module.source.text_hash:
        raise TtvmError(f"{path}: the program has changed since this search was saved")
    try:
        exploration.load(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise TtvmError(f"{path}: this saved search is damaged") from None
    say(f"note: going on after {exploration.executions:,} executions")
