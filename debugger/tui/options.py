"""How the screen shall look and be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class ScreenOptions(NamedTuple):
    """The choices of the command line that concern the screen only.

    ``theme`` is one of ``themes.THEMES``, empty for the usual one; ``keymap`` comes from ``keymap.load_keymap``;
    with ``welcome`` the first words are shown to whoever has not seen them yet.
    """

    ascii: bool = False
    theme: str = ""
    keymap: Mapping[str, str] = {}
    welcome: bool = False
