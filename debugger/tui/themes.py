"""The looks of the screen. What a role looks like in each stands in ``app.tcss``."""

from __future__ import annotations

from textual.theme import Theme

THEMES = {"dark": "textual-dark", "light": "textual-light", "high-contrast": "high-contrast"}
"""What a theme is called here, and what Textual calls it."""

HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#00ffff",
    secondary="#0060ff",
    accent="#ffff00",
    warning="#ffd000",
    error="#ff6060",
    success="#00ff60",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#202020",
    dark=True,
)
"""White on black and strong colours, for projectors in bright rooms and for eyes that need it."""
