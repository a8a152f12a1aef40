"""Files."""

from __future__ import annotations

from ttvm.errors import mismatch
from ttvm.ops import checks
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import Bytes, Value


def read_file(process: Process, system: Actors, path: Value) -> Value:
    """Read a whole file as text (UTF-8).

    Line ends stay as they are. A file that is missing, is a directory or a device, or is not UTF-8, is FileError;
    one of more than 16,777,216 bytes is LimitExceeded. Needs --allow-read.
    """
    name = checks.text(path, "a path")
    return system.ask(process, f"the file {name}", "files", "read_text", name)


def write_file(process: Process, system: Actors, text: Value, path: Value) -> None:
    """Make a text (as UTF-8) the whole content of a file, which need not exist.

    The file has the old content or all of the new one, whatever goes wrong meanwhile; that is FileError. A link is
    followed. Needs --allow-write.
    """
    content, name = checks.text(text, "a text"), checks.text(path, "a path")
    system.ask(process, f"the file {name}", "files", "write_text", content, name)


def append_file(process: Process, system: Actors, text: Value, path: Value) -> None:
    """Put a text (as UTF-8) at the end of a file, which need not exist.

    What goes wrong is FileError, and the file is as it was. A link is followed. Needs --allow-write.
    """
    content, name = checks.text(text, "a text"), checks.text(path, "a path")
    system.ask(process, f"the file {name}", "files", "append_text", content, name)


def read_bytes(process: Process, system: Actors, path: Value) -> Value:
    """Read a whole file as bytes; otherwise as READ_FILE."""
    name = checks.text(path, "a path")
    return system.ask(process, f"the file {name}", "files", "read_bytes", name)


def write_bytes(process: Process, system: Actors, data: Value, path: Value) -> None:
    """Make bytes the whole content of a file; otherwise as WRITE_FILE."""
    if not isinstance(data, Bytes):
        raise mismatch("data that is Bytes")
    name = checks.text(path, "a path")
    system.ask(process, f"the file {name}", "files", "write_bytes", data, name)


def file_exists(process: Process, system: Actors, path: Value) -> Value:
    """Tell whether there is something at a path: a file, a directory, or anything else.

    A link that leads nowhere is nothing. Needs --allow-read.
    """
    name = checks.text(path, "a path")
    return system.ask(process, f"the file {name}", "files", "exists", name)


def file_size(process: Process, system: Actors, path: Value) -> Value:
    """Tell how many bytes a file has.

    FileError when there is no file, or a directory. Needs --allow-read.
    """
    name = checks.text(path, "a path")
    return system.ask(process, f"the file {name}", "files", "size", name)


def delete_file(process: Process, system: Actors, path: Value) -> None:
    """Delete a file. Of a link it deletes the link, and not what it leads to.

    FileError when there is no file, or a directory. Needs --allow-write.
    """
    name = checks.text(path, "a path")
    system.ask(process, f"the file {name}", "files", "delete", name)


def list_dir(process: Process, system: Actors, path: Value) -> Value:
    """List the names in a directory, sorted by code points.

    FileError when there is no directory. Needs --allow-read.
    """
    name = checks.text(path, "a path")
    return system.ask(process, f"the directory {name}", "files", "names", name)
