"""What a program may do outside: nothing, unless it was allowed on the command line.

What is compared is never a text that the program chose. Paths and commands are resolved first, hosts are brought
into one form, and what a method gives back is what was compared: that is to be opened and nothing else. Grants are
resolved once, before the program has asked for anything, so that nothing it does can change what they mean.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
import threading
from collections.abc import Callable
from contextvars import ContextVar

from ttvm.errors import FaultKind
from ttvm.host.addresses import Place, canonical, read_place
from ttvm.host.handles import Refused
from ttvm.outside import Consent, ConsentAsker, Grants
from ttvm.source import visible
from ttvm.values import Pid

LONGEST_PATH = 4096
"""Bytes of a path; the systems we know take no longer ones."""

ASKER: ContextVar[tuple[str, Pid]] = ContextVar("asker", default=("a program", 0))
"""The instruction and the process that ask now. Work in the background keeps those that began it."""

_SECRETS_OF_PROCESSES = re.compile(r"/proc/(?:.+/)?(?:environ|mem)")
"""Files in which a process shows its environment and its memory. Who may read everything may still not see these."""

_CODE_FOR_COMMANDS = ("LD_", "DYLD_")
"""Beginnings of the names of variables that make any command run code from elsewhere."""


class Permissions:
    """Decides what is allowed. Every method raises Refused, with the flag that would allow it.

    With ``ask`` a person decides about what was not granted; it is called with a question, and what it answers
    is remembered.
    """

    def __init__(self, grants: Grants, ask: ConsentAsker | None = None) -> None:
        self.grants = grants
        self._ask = ask
        # Work in the background asks as well, of the hosts that it is sent on to.
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], bool] = {}
        self._all: set[str] = set()
        self._paths = {
            "read": tuple(map(_granted_path, grants.read or ())),
            "write": tuple(map(_granted_path, grants.write or ())),
        }
        self._places = tuple(map(read_place, grants.net or ()))
        search = os.environ.get("PATH", os.defpath)
        self._commands = {_granted_command(command, search) for command in grants.run or ()} - {None}

    def read(self, path: str) -> str:
        """The path to open for reading: resolved, so that it is what was compared."""
        return self._path("read", path)

    def write(self, path: str) -> str:
        """The path to open for writing: that of the target, where ``path`` is a link."""
        return self._path("write", path)

    def delete(self, path: str) -> str:
        """The path to delete: a link itself, and not its target. The folders on the way to it are resolved."""
        return self._path("write", path, _resolve_entry)

    def _path(self, kind: str, path: str, find: Callable[[str], str] | None = None) -> str:
        """The path that ``find`` (usually ``resolve``) makes of ``path``, when it is granted."""
        _check_path(path)
        try:
            resolved = (find or resolve)(path)
        except OSError:
            if not self._is_all(kind):
                raise self._refusal(kind, path, f"{kind} {path}") from None
            raise Refused(FaultKind.FILE_ERROR, f"cannot follow the links of {path} to their end") from None
        compared, granted = _compared(resolved), self._paths[kind]
        if _guarded(kind, compared):
            allowed = self.grants.everything or compared in granted
        else:
            allowed = self._is_all(kind) or any(_contains(folder, compared) for folder in granted)
        if not allowed:
            self._decide(kind, path, resolved, f"{kind} {path}", f"{kind} {resolved}")
        return resolved

    def net(self, host: str, port: int | None = None) -> None:
        """Whether a host may be used, at a port; without one: whether its name may be looked up."""
        wanted = Place(canonical(host), port)
        for place in self._places:
            if place.host == wanted.host and (place.port is None or port is None or place.port == port):
                return
        if not self._is_all("net"):
            words = f"use the network at {wanted}"
            self._decide("net", str(wanted), str(wanted), words, words)

    def run(self, command: str, search: str) -> str:
        """The file to run for a command that is looked for in the folders of ``search``, a PATH.

        A granted command is the same file under the same name: one file may be many commands, which look at the name
        under which they are run.
        """
        found = find_command(command, search)
        allowed = self._is_all("run") or found in self._commands
        if found is None:
            # Whoever may run nothing does not learn what there is to run.
            if not allowed and command not in (self.grants.run or ()):
                self._decide("run", command, command, f"run {command}", f"run {command}")
            raise Refused(FaultKind.FILE_ERROR, f"finds no command {command}")
        if not allowed:
            self._decide("run", command, "\0".join(found), f"run {command}", f"run {command}, which is {found[1]},")
        return found[1]

    def env(self, name: str, change: bool = False) -> None:
        """Whether an environment variable may be seen, or changed."""
        granted = tuple(map(_variable, self.grants.env or ()))
        verb = "set" if change else "see"
        if not self._is_all("env") and _variable(name) not in granted:
            words = f"{verb} the environment variable {name}"
            self._decide("env", name, _variable(name), words, words)
        if change and name.startswith(_CODE_FOR_COMMANDS) and not self._is_all("run"):
            raise Refused(
                FaultKind.PERMISSION_DENIED,
                f"may not set {name}, as commands load code because of it: --allow-run would allow it",
            )

    def _is_all(self, kind: str) -> bool:
        """Whether everything of a kind is allowed."""
        return getattr(self.grants, kind) == () or kind in self._all

    def _decide(self, kind: str, resource: str, resolved: str, refused: str, asked: str) -> None:
        """Ask a person, if there is one, about something that was not granted. Raises Refused."""
        if self._ask is not None:
            with self._lock:
                allowed = self._answers.get((kind, resolved))
                if allowed is None:
                    allowed = self._answers[kind, resolved] = self._consent(kind, asked)
            if allowed:
                return
        raise self._refusal(kind, resource, refused)

    def _refusal(self, kind: str, resource: str, refused: str) -> Refused:
        flag = shlex.quote(f"--allow-{kind}={resource.replace(',', ',,')}")
        return Refused(FaultKind.PERMISSION_DENIED, f"may not {refused}: {flag} would allow it")

    def _consent(self, kind: str, asked: str) -> bool:
        assert self._ask is not None
        instruction, pid = ASKER.get()
        # Nothing in a path may disturb the terminal on which the question is read.
        consent = self._ask(f"{instruction} wants to {visible(asked)} (process {pid})")
        if consent is Consent.ALL:
            self._all.add(kind)
        return consent is not Consent.NO


def _check_path(path: str) -> None:
    """Raises Refused for what can be no path."""
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        raise Refused(FaultKind.FILE_ERROR, "needs a path of characters that a path can have") from None
    if not path:
        raise Refused(FaultKind.FILE_ERROR, "needs a path that is not empty")
    if "\0" in path:
        raise Refused(FaultKind.FILE_ERROR, "needs a path without NUL characters")
    if size >= LONGEST_PATH:
        raise Refused(FaultKind.FILE_ERROR, f"needs a path of fewer than {LONGEST_PATH:,} bytes")


def resolve(path: str) -> str:
    """The path without links and dots, of what need not exist. Raises OSError where links cannot be followed.

    ``realpath`` leaves such a link as it is, or does not, depending on its version. It must not stay: the system may
    know where it leads, and go there.
    """
    resolved = os.path.realpath(path)
    part = resolved
    while part != os.path.dirname(part):
        if os.path.islink(part):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        part = os.path.dirname(part)
    return resolved


def _resolve_entry(path: str) -> str:
    """The path of an entry of a directory, which may be a link; the directory is resolved."""
    folder, name = os.path.split(path)
    if name in ("", os.curdir, os.pardir):
        return resolve(path)
    return os.path.join(resolve(folder or os.curdir), name)


def _granted_path(path: str) -> str:
    try:
        return _compared(resolve(path))
    except OSError:
        return path  # never the same as anything resolved, as it leads nowhere


def find_command(command: str, search: str) -> tuple[str, str] | None:
    """The name of a command and the file that it is, without links; None when there is none."""
    found = shutil.which(command, path=search)
    if found is None:
        return None
    return _compared(os.path.basename(found)), os.path.realpath(found)


def _granted_command(command: str, search: str) -> tuple[str, str] | None:
    """What a grant means: a path also before there is something."""
    if os.path.dirname(command):
        return _compared(os.path.basename(command)), os.path.realpath(command)
    return find_command(command, search)


def _compared(path: str) -> str:
    return os.path.normcase(path)


def _contains(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _guarded(kind: str, path: str) -> bool:
    """Whether a file is more than its content, so that it must be granted by its own name."""
    if kind == "read":
        return _SECRETS_OF_PROCESSES.fullmatch(path) is not None
    return _contains("/proc", path) or _contains("/sys", path)


def _variable(name: str) -> str:
    return name.upper() if os.name == "nt" else name
