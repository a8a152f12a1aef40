"""Write files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import stat
import sys

from ttvm.errors import TtvmError


def write_file(path: str, data: bytes) -> None:
    """Put ``data`` into a file, whole or not at all; ``-`` is standard output.

    The data goes to a new file beside the old one, which then takes its place with its permissions. What is
    no ordinary file, such as /dev/null, is written as it is. Raises TtvmError with the reason in plain words.
    """
    try:
        if path == "-":
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            _replace(os.path.realpath(path), data)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TtvmError(f"{path}: it cannot be written: {reason}") from None


def _replace(path: str, data: bytes) -> None:
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as file:
            file.write(data)
        return
    temporary = os.path.join(os.path.dirname(path), f".ttvm-{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _mode(path: str) -> int | None:
    """Kind and permissions of a file; None when there is none."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def check_target(path: str | None, program: str, hint: str = "give another place with -o") -> None:
    """Say before a long run, and not behind it, that its result cannot be written, or would replace the program."""
    if path in (None, "-"):
        return
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        reason = "it is a directory"
    elif not os.path.isdir(folder):
        reason = f"there is no directory {folder}"
    elif not os.access(path if os.path.exists(path) else folder, os.W_OK):
        reason = "you have no permission to write there"
    elif os.path.exists(path) and os.path.exists(program) and os.path.samefile(path, program):
        reason = "this file is the program"
    else:
        return
    raise TtvmError(f"{path}: it cannot be written: {reason}; {hint}")
