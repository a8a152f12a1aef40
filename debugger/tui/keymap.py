"""Which keys do what when the user wants it otherwise: presets, and the user's own file ``keys.toml``.

The file stands in the folder that the system has for configuration::

    preset = "vscode"       # or gdb, thonny

    [keys]
    step = "s,f8"           # the id of an action, and its keys
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from textual.binding import Binding
from textual.keys import KEY_ALIASES, Keys, _character_to_key

from debugger.scope import did_you_mean
from debugger.tui.keys import BINDINGS
from ttvm.errors import TtvmError

Keymap = dict[str, str]
"""Keys, separated by commas, by the id of the action."""

PRESETS: Mapping[str, Keymap] = {
    "gdb": {
        "restart": "r,R",
        "previous-process": "u,left_square_bracket",
        "next-process": "d,right_square_bracket",
        "step-back": "S,left",
        "breakpoints": "v,i",
    },
    "vscode": {
        "continue": "f5,c",
        "play": "f6,space",
        "breakpoint": "f9,b",
        "next": "f10,n",
        "step": "f11,s,right",
        "finish": "shift+f11,f",
        "restart": "ctrl+shift+f5,R",
        "quit": "shift+f5,q",
        "palette": "ctrl+shift+p,ctrl+backslash",
        "find": "ctrl+f,slash",
    },
    "thonny": {
        "continue": "f8,f5,c",
        "next": "f6,n",
        "step": "f7,s,right",
        "step-back": "ctrl+b,S,left",
        "restart": "ctrl+f2,R",
    },
}
"""Keys of other debuggers, added to the letters."""

_MODIFIERS = frozenset({"ctrl", "shift", "alt"})
_LARGEST = 1 << 16
_NAMES = frozenset(key.value for key in Keys) | frozenset(KEY_ALIASES)
_SIGNS = frozenset(map(_character_to_key, "[]{}()<>,.:;/\\?!+-=*'\"#$%&@_`|~^"))


def config_file() -> Path:
    """The user's own key map, which need not exist."""
    from platformdirs import user_config_dir

    return Path(user_config_dir("ttvm-debug", appauthor=False)) / "keys.toml"


def load_keymap(preset: str = "", file: Path | None = None) -> Keymap:
    """The keys that differ from the usual ones: a preset and the user's file, which comes first.

    ``preset`` takes the place of the one that the file names. Raises TtvmError, with the place in the file, for
    one that cannot be understood.
    """
    file = config_file() if file is None else file
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST).decode("utf-8")
    except FileNotFoundError:
        return dict(_preset(preset))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise TtvmError(f"{file} cannot be read: {getattr(error, 'strerror', '') or error}") from None
    return read_keymap(text, str(file), preset)


def read_keymap(text: str, name: str, preset: str = "") -> Keymap:
    """The key map that a text describes; ``name`` is what messages call it."""
    try:
        described = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TtvmError(f"{name}: {error}") from None
    for word in described:
        if word not in ("preset", "keys"):
            raise _error(name, text, word, f"there is nothing called {word} in a key map: preset or [keys]")
    chosen, own = described.get("preset", ""), described.get("keys", {})
    if not isinstance(chosen, str) or (chosen and chosen not in PRESETS):
        raise _error(name, text, "preset", f"the presets are {', '.join(PRESETS)}")
    if not isinstance(own, dict):
        raise _error(name, text, "keys", "[keys] is a table of actions and their keys")
    keymap = dict(_preset(preset or chosen))
    ids = [each.id for each in BINDINGS if isinstance(each, Binding) and each.id]
    taken: dict[str, str] = {}
    for action, keys in own.items():
        if action not in ids:
            raise _error(name, text, action, f"there is no action {action}{did_you_mean(action, ids)}")
        if not isinstance(keys, str):
            raise _error(name, text, action, f'keys are a text: {action} = "s,f8"')
        names = [each.strip() for each in keys.split(",")]
        for key in names:
            if not _is_key(key):
                raise _error(name, text, action, f"{key or 'nothing'} is not a key: s, f5, shift+f11, ctrl+b, space")
            if taken.setdefault(key, action) != action:
                raise _error(name, text, action, f"{key} is already the key of {taken[key]}")
        keymap[action] = ",".join(names)
    return _without_stolen(keymap, taken)


def keys_of(binding: Binding, keymap: Mapping[str, str]) -> list[str]:
    """The keys that a binding has under a key map: none that another action has taken."""
    own = keymap.get(binding.id or "")
    if own is not None:
        return own.split(",")
    taken = {key for keys in keymap.values() for key in keys.split(",")}
    return [key for key in binding.key.split(",") if key not in taken]


def _preset(name: str) -> Keymap:
    if name and name not in PRESETS:
        raise TtvmError(f"there is no preset {name}{did_you_mean(name, PRESETS)}: {', '.join(PRESETS)}")
    return PRESETS[name] if name else {}


def _without_stolen(keymap: Keymap, taken: Mapping[str, str]) -> Keymap:
    """What the user gave to one action is no longer a key of another one of the preset."""
    left: Keymap = {}
    for action, keys in keymap.items():
        kept = [key for key in keys.split(",") if taken.get(key, action) == action]
        if kept:
            left[action] = ",".join(kept)
    return left


def _is_key(key: str) -> bool:
    if len(key) == 1:
        return key.isprintable() and not key.isspace()
    if key in _NAMES or key in _SIGNS:
        return True
    *modifiers, last = key.split("+")
    return bool(modifiers) and _MODIFIERS.issuperset(modifiers) and (last in _NAMES or last in _SIGNS or len(last) == 1)


def _error(name: str, text: str, word: str, what: str) -> TtvmError:
    """An error at the line on which ``word`` is defined."""
    lines = text.split("\n")
    begins = (number for number, line in enumerate(lines, 1) if line.strip().strip("[\"'").startswith(word))
    return TtvmError(f"{name}:{next(begins, 1)}: {what}")
