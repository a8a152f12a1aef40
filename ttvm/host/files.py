"""Files of this computer."""

from __future__ import annotations

from ttvm.errors import FaultKind
from ttvm.host.handles import Refused
from ttvm.host.permissions import Permissions
from ttvm.values import Pid, Value


class Files:
    """The room of the file instructions."""

    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions

    def read_text(self, pid: Pid, path: str) -> Value:
        """The text of a file."""
        try:
            with open(self._permissions.read(path), encoding="utf-8", newline="") as file:
                return file.read()
        except OSError as error:
            raise Refused(FaultKind.FILE_ERROR, f"cannot read {path}: {error.strerror}") from None

    def write_text(self, pid: Pid, text: str, path: str) -> Value:
        """Write a file, in place of what is in it."""
        try:
            with open(self._permissions.write(path), "w", encoding="utf-8", newline="") as file:
                file.write(text)
        except OSError as error:
            raise Refused(FaultKind.FILE_ERROR, f"cannot write {path}: {error.strerror}") from None
        return None
