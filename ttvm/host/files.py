"""Files of this computer, each operation at once.

Only regular files are opened, and folders are listed: a pipe or a device could let the whole machine wait for ever.
Nothing is opened but the path that the permissions gave back, and if that has become a link meanwhile, not that either.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator

from ttvm.errors import FaultKind
from ttvm.host.handles import Refused
from ttvm.host.permissions import Permissions
from ttvm.values import SIZE_LIMIT, Bytes, List, Pid, Value, boolean

_OPEN_SAFELY = (
    getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_PIECE = 1 << 20
"""Bytes of one call of the system."""

_REASONS = {
    errno.ENOENT: "finds no file {path}",
    errno.ENOTDIR: "finds no file {path}: a part of the path is no directory",
    errno.EISDIR: "needs a file: {path} is a directory",
    errno.EACCES: "cannot {verb} {path}: the system does not permit it",
    errno.EPERM: "cannot {verb} {path}: the system does not permit it",
    errno.EROFS: "cannot {verb} {path}: nothing can be changed there",
    errno.ENOSPC: "cannot {verb} {path}: the disk is full",
    errno.EDQUOT: "cannot {verb} {path}: no more space is allowed",
    errno.EFBIG: "cannot {verb} {path}: the file would be too large for the system",
    errno.ENAMETOOLONG: "cannot {verb} {path}: a name in it is too long",
    errno.ELOOP: "cannot {verb} {path}: its links go round in a circle",
    errno.EMFILE: "cannot {verb} {path}: too many files are open",
    errno.ENFILE: "cannot {verb} {path}: too many files are open",
}


@contextlib.contextmanager
def file_errors(verb: str, path: str) -> Iterator[None]:
    """Turns what the system says into Refused with plain words; ``verb`` is what was to be done with ``path``."""
    try:
        yield
    except OSError as error:
        words = _REASONS.get(error.errno or 0)
        if error.errno == errno.ENOENT and verb == "write":
            words = "cannot write {path}: there is no such directory"
        elif words is None:
            words = f"cannot {{verb}} {{path}}: {(error.strerror or str(error)).lower()}"
        raise Refused(FaultKind.FILE_ERROR, words.format(verb=verb, path=path)) from None


class Files:
    """The room of the file instructions."""

    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions

    def read_text(self, pid: Pid, path: str) -> Value:
        """The text of a file."""
        try:
            return self._read(path).decode("utf-8")
        except UnicodeDecodeError as error:
            text = f"needs UTF-8 text: {path} has other bytes from byte {error.start:,} on; READ_BYTES reads any file"
            raise Refused(FaultKind.FILE_ERROR, text) from None

    def read_bytes(self, pid: Pid, path: str) -> Value:
        """The bytes of a file."""
        return Bytes(self._read(path))

    def _read(self, path: str) -> bytes:
        resolved = self._permissions.read(path)
        with file_errors("read", path):
            size = _size_of_file(resolved, path)
            if size > SIZE_LIMIT:
                raise _too_large(path, f"{size:,} bytes")
            descriptor = os.open(resolved, os.O_RDONLY | _OPEN_SAFELY)
            try:
                _check_regular(os.fstat(descriptor), path)
                return _read_all(descriptor, path)
            finally:
                os.close(descriptor)

    def write_text(self, pid: Pid, text: str, path: str) -> Value:
        """Make the text the content of a file."""
        self._write(_encode(text), path)
        return None

    def write_bytes(self, pid: Pid, data: Bytes, path: str) -> Value:
        """Make the bytes the content of a file."""
        self._write(data, path)
        return None

    def _write(self, data: bytes, path: str) -> None:
        """Write a new file beside the old one, and put it in its place when it is complete.

        So a disk that is full, or the end of the machine, never leaves half a file, and a reader sees the old
        content or the new one. It is a new file: other hard links of the old one keep the old content.
        """
        resolved = self._permissions.write(path)
        with file_errors("write", path):
            old = _file_to_replace(resolved, path)
            beside = os.path.join(os.path.dirname(resolved), f".ttvm-{os.urandom(8).hex()}.unfinished")
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN_SAFELY, 0o666)
            try:
                try:
                    _write_all(descriptor, data)
                    if old is not None:
                        _take_after(descriptor, old)
                finally:
                    os.close(descriptor)
                os.replace(beside, resolved)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(beside)
                raise

    def append_text(self, pid: Pid, text: str, path: str) -> Value:
        """Put the text at the end of a file.

        It is written where the file is: a copy of a long log for each line would cost too much. When that fails
        half way, the file is cut back to what it was.
        """
        data = _encode(text)
        resolved = self._permissions.write(path)
        with file_errors("write", path):
            with contextlib.suppress(FileNotFoundError):
                _check_regular(os.stat(resolved, follow_symlinks=False), path)
            descriptor = os.open(resolved, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _OPEN_SAFELY, 0o666)
            try:
                before = os.fstat(descriptor)
                _check_regular(before, path)
                try:
                    _write_all(descriptor, data)
                except BaseException:
                    os.ftruncate(descriptor, before.st_size)
                    raise
            finally:
                os.close(descriptor)
        return None

    def exists(self, pid: Pid, path: str) -> Value:
        """Whether there is something. A resolved path that is a link goes round in a circle, so it is nothing."""
        resolved = self._permissions.read(path)
        with file_errors("look at", path):
            try:
                return boolean(not stat.S_ISLNK(os.stat(resolved, follow_symlinks=False).st_mode))
            except (FileNotFoundError, NotADirectoryError):
                return boolean(False)

    def size(self, pid: Pid, path: str) -> Value:
        """The size of a file in bytes."""
        resolved = self._permissions.read(path)
        with file_errors("look at", path):
            return _size_of_file(resolved, path)

    def delete(self, pid: Pid, path: str) -> Value:
        """Delete a file, or a link and not its target."""
        resolved = self._permissions.delete(path)
        with file_errors("delete", path):
            found = os.stat(resolved, follow_symlinks=False)
            if not stat.S_ISLNK(found.st_mode):
                _check_regular(found, path)
            os.unlink(resolved)
        return None

    def names(self, pid: Pid, path: str) -> Value:
        """The names in a directory, sorted."""
        resolved = self._permissions.read(path)
        with file_errors("list", path):
            if not stat.S_ISDIR(os.stat(resolved).st_mode):
                raise Refused(FaultKind.FILE_ERROR, f"needs a directory: {path} is a file")
            names = os.listdir(resolved)
        if len(names) > SIZE_LIMIT:
            raise _too_large(path, f"{len(names):,} names")
        return List(list[Value](sorted(names)))


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        words = f"needs a text that UTF-8 can express: character {error.start:,} is half of a pair"
        raise Refused(FaultKind.FILE_ERROR, words) from None


def _size_of_file(resolved: str, path: str) -> int:
    found = os.stat(resolved, follow_symlinks=False)
    _check_regular(found, path)
    return found.st_size


def _check_regular(found: os.stat_result, path: str) -> None:
    """Raises Refused for anything but a regular file, which may keep whoever opens it waiting."""
    if stat.S_ISDIR(found.st_mode):
        raise Refused(FaultKind.FILE_ERROR, f"needs a file: {path} is a directory")
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, "")
    if not stat.S_ISREG(found.st_mode):
        raise Refused(FaultKind.FILE_ERROR, f"needs a file: {path} is a pipe, a socket or a device")
    if path.endswith(os.sep):
        raise OSError(errno.ENOTDIR, "")


def _file_to_replace(resolved: str, path: str) -> os.stat_result | None:
    """What the system knows of the file that is to be replaced; None when there is none. It must be writable."""
    try:
        found = os.stat(resolved, follow_symlinks=False)
    except FileNotFoundError:
        if path.endswith(os.sep):
            raise IsADirectoryError(errno.EISDIR, "") from None
        return None
    _check_regular(found, path)
    if not os.access(resolved, os.W_OK):
        raise PermissionError(errno.EACCES, "")
    return found


def _take_after(descriptor: int, old: os.stat_result) -> None:
    """Give a new file the owner, where that is permitted, and the mode of the old one."""
    if hasattr(os, "fchmod"):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
        # Not the bits that lend the rights of the owner: nobody gave them to this content.
        os.fchmod(descriptor, old.st_mode & 0o777)


def _read_all(descriptor: int, path: str) -> bytes:
    """All bytes; a file that grows while it is read is not read for ever."""
    pieces: list[bytes] = []
    size = 0
    while piece := os.read(descriptor, _PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > SIZE_LIMIT:
            raise _too_large(path, "more bytes than it said")
    return b"".join(pieces)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest[:_PIECE]) :]


def _too_large(path: str, what: str) -> Refused:
    return Refused(FaultKind.LIMIT_EXCEEDED, f"would read {what} of {path}; a value holds {SIZE_LIMIT:,}")
