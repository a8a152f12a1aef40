"""The settings of the REPL: a file in the user's folder for configuration, each option explained by one row."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from debugger.repl.commands import MODES, Chosen
from ttvm.errors import TtvmError
from ttvm.record import Record

FILE = "config.toml"


class Option(NamedTuple):
    """One line of the file: its name, what it is without the file, and what it means."""

    name: str
    default: Any
    meaning: str
    allowed: tuple[str, ...] = ()


OPTIONS = (
    Option("mode", MODES[0], "The keys that edit a line: emacs or vi. `:mode vi` changes it for now.", MODES),
    Option("auto", False, "Let the other processes run after each line, until all wait."),
    Option("time", False, "Tell how long each line took."),
    Option("trace", False, "Show each instruction before it is executed, with the stack."),
    Option("history", True, "Keep what was typed for the next time, in the user's folder for state."),
    Option("suggestions", True, "Suggest the end of a line in grey, from what was typed before; Right takes it."),
    Option(
        "completion",
        "typing",
        "When words are offered: while typing, at the Tab key, or never.",
        ("typing", "tab", "never"),
    ),
    Option("toolbar", True, "Show the state of the machine in the last line of the screen."),
    Option("colours", True, "Colour what is typed. NO_COLOR in the environment turns it off too."),
    Option("bell", False, "Ring when something is wrong."),
)
"""All settings."""


class Settings(Record):
    """What the user wants of the REPL. ``OPTIONS`` explains the fields."""

    mode: str = MODES[0]
    auto: bool = False
    time: bool = False
    trace: bool = False
    history: bool = True
    suggestions: bool = True
    completion: str = "typing"
    toolbar: bool = True
    colours: bool = True
    bell: bool = False

    def chosen(self) -> Chosen:
        """What can be switched while the REPL runs."""
        return Chosen(self.auto, self.trace, self.time, self.mode)


def settings_file() -> Path:
    """Where the settings are."""
    from platformdirs import user_config_dir

    return Path(user_config_dir("ttvm-repl", appauthor=False)) / FILE


def history_file() -> Path:
    """Where what was typed is kept."""
    from platformdirs import user_state_dir

    return Path(user_state_dir("ttvm-repl", appauthor=False)) / "history"


def read_settings(path: Path | None = None) -> Settings:
    """The settings of a file, or of the usual one, which need not exist. Raises TtvmError with the place."""
    file = path or settings_file()
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        if path is None:
            return Settings()
        raise TtvmError(f"{file}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise TtvmError(f"{file}: it cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8'}") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TtvmError(f"{file}: {str(error)[:1].lower()}{str(error)[1:]}") from None
    known = {option.name: option for option in OPTIONS}
    for name, value in values.items():
        if name not in known:
            raise TtvmError(f"{file}: there is no setting {name}; there are {', '.join(known)}")
        option = known[name]
        if type(value) is not type(option.default) or (option.allowed and value not in option.allowed):
            wanted = ", ".join(option.allowed) or "true or false"
            raise TtvmError(f"{file}: {name} is {wanted}, and not {value!r}")
    return Settings(**values)


def settings_page() -> str:
    """A file of settings in which every option has its default and is explained."""
    lines = [
        f"# Settings of ttvm-repl. They are read from {FILE} in the folder for configuration of your system,",
        f"# here {settings_file()}",
    ]
    for option in OPTIONS:
        value = str(option.default).lower() if isinstance(option.default, bool) else f'"{option.default}"'
        lines += ["", f"# {option.meaning}", f"{option.name} = {value}"]
    return "\n".join(lines) + "\n"
