"""What a program may do outside: nothing, unless it was allowed on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable

from ttvm.errors import FaultKind
from ttvm.host.handles import Refused
from ttvm.outside import Grants


class Permissions:
    """Decides what is allowed. Every method raises Refused, with the flag that would allow it.

    With ``ask`` a person decides about what was not granted; it is called with the question and remembered.
    """

    def __init__(self, grants: Grants, ask: Callable[[str], bool] | None = None) -> None:
        self.grants = grants
        self._ask = ask

    def read(self, path: str) -> str:
        """The path to open for reading: resolved, so that it is what was compared."""
        return self._path(self.grants.read, path, "read", "--allow-read")

    def write(self, path: str) -> str:
        """The path to open for writing."""
        return self._path(self.grants.write, path, "write", "--allow-write")

    def net(self, host: str, port: int | None = None) -> None:
        """Whether a host may be used, at a port; without one: whether its name may be looked up."""
        grant = self.grants.net
        wanted = host if port is None else f"{host}:{port}"
        if grant != () and host not in (grant or ()) and wanted not in (grant or ()):
            raise Refused(FaultKind.PERMISSION_DENIED, f"may not use {wanted}: --allow-net={wanted} would allow it")

    def _path(self, grant: tuple[str, ...] | None, path: str, verb: str, flag: str) -> str:
        resolved = os.path.realpath(path)
        if grant == () or any(_contains(os.path.realpath(each), resolved) for each in grant or ()):
            return resolved
        raise Refused(FaultKind.PERMISSION_DENIED, f"may not {verb} {path}: {flag}={path} would allow it")


def _contains(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
