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
