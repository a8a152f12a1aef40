"""Program files: where they are looked for, and how they become text."""

from __future__ import annotations

import os
import sys

from ttvm.errors import UnreadableError
from ttvm.source import BYTECODE_MAGIC, BytecodeFile, Source

LARGEST_SOURCE = 256 * 1024 * 1024
"""Largest program file that is read, in bytes."""


class SourceFiles:
    """Reads program files of the real file system."""

    def find(self, name: str, folders: tuple[str, ...]) -> str | None:
        """The first existing file ``folder/name``; None when there is none."""
        for folder in folders:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                return path
        return None

    def search_path(self) -> tuple[str, ...]:
        """The folders of the environment variable TTVM_PATH."""
        return tuple(filter(None, os.environ.get("TTVM_PATH", "").split(os.pathsep)))

    def read(self, path: str) -> Source:
        """Read a file. Raises UnreadableError with the reason in plain words."""
        try:
            size = os.stat(path).st_size
            if size > LARGEST_SOURCE:
                raise UnreadableError(
                    f"{path}: this file has {size:,} bytes; {LARGEST_SOURCE:,} are the most that is read"
                )
            with open(path, "rb") as file:
                data = file.read(size + 1)
                if len(data) > size:  # a pipe or a device; room for the most that it may give is only made now
                    data += file.read(LARGEST_SOURCE + 1 - len(data))
        except FileNotFoundError:
            raise UnreadableError(f"{path or 'the empty name'}: there is no such file") from None
        except IsADirectoryError:
            raise UnreadableError(f"{path}: this is a directory and not a file") from None
        except PermissionError:
            raise UnreadableError(f"{path}: reading this file is not permitted") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise UnreadableError(f"{path}: {reason}") from None
        return make_source(data, path, os.path.realpath(path))


def make_source(data: bytes, path: str, identity: str) -> Source:
    """A program file as what it is: text, or bytecode. Raises UnreadableError."""
    if data.startswith(BYTECODE_MAGIC):
        return BytecodeFile(path, data, identity)
    return Source(path, decode(data, path), identity)


def decode(data: bytes, path: str) -> str:
    """The text of a program file, which is UTF-8. Raises UnreadableError with the place of a wrong byte."""
    if len(data) > LARGEST_SOURCE:
        raise UnreadableError(f"{path}: a program may have {LARGEST_SOURCE:,} bytes, this is more")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"{path}:{line}: this is not UTF-8 text: byte 0x{data[error.start]:02X} at offset {error.start:,}"
        ) from None


def read_standard_input() -> Source:
    """The program on standard input, for the file name ``-``."""
    if sys.stdin is None:  # closed by whoever started us
        raise UnreadableError("standard input is closed, so there is no program to read from it")
    data = sys.stdin.buffer.read(LARGEST_SOURCE + 1)
    return make_source(data, "<stdin>", "<stdin>")
