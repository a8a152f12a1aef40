"""What processes keep open in the world outside, and who has to close it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from ttvm.errors import FaultKind
from ttvm.outside import Refusal
from ttvm.values import Handle, Pid, Value

MOST_HANDLES = 10_000
"""Things one run may have open at once."""


class Refused(Exception):
    """The world does not do what was asked; the answer is ``refusal``."""

    def __init__(self, kind: FaultKind, text: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(kind, text)


class Resource(Protocol):
    """Something open."""

    def close(self) -> None:
        """Close it, at once and without fail; what waits for it is refused."""
        ...


class Opened:
    """What a coroutine gives that has opened something: its asker gets a handle for it, on the machine's thread."""

    def __init__(self, kind: str, title: str, resource: Resource) -> None:
        self.kind = kind
        self.title = title
        self.resource = resource


_ResourceT = TypeVar("_ResourceT", bound=Resource)


def closed(handle: Handle) -> Refused:
    """The refusal to use a handle that leads nowhere any more."""
    what = f"{handle.kind.lower()} {handle.title}"
    return Refused(FaultKind.NO_SUCH_HANDLE, f"needs an open {what}: this one is closed")


class Handles:
    """The open resources of a run by the numbers of their handles, each with the process it belongs to.

    A resource belongs to the process that opened it and is closed when that one ends. A connection given to another
    process belongs to that one from its first use there: a server may accept in one process and serve in many.
    """

    def __init__(self) -> None:
        self._open: dict[int, tuple[Resource, Pid]] = {}
        self._next = 1

    def open(self, owner: Pid, kind: str, title: str, resource: Resource) -> Handle:
        """A handle for a resource. Raises Refused, and closes the resource, when too many are open."""
        if len(self._open) >= MOST_HANDLES:
            resource.close()
            raise Refused(FaultKind.LIMIT_EXCEEDED, f"would have more than {MOST_HANDLES:,} things open")
        handle = Handle(kind, self._next, title)
        self._next += 1
        self._open[handle.number] = resource, owner
        return handle

    def find(self, handle: Handle, kind: type[_ResourceT], user: Pid = 0) -> _ResourceT:
        """What a handle leads to; with ``user`` it belongs to that process from now on. Raises Refused."""
        resource, _ = self._open.get(handle.number, (None, 0))
        if not isinstance(resource, kind):
            raise closed(handle)
        if user:
            self._open[handle.number] = resource, user
        return resource

    def close(self, handle: Handle) -> bool:
        """Close a resource; False when it was closed before."""
        resource, _ = self._open.pop(handle.number, (None, 0))
        if resource is not None:
            resource.close()
        return resource is not None

    def close_those_of(self, owner: Pid) -> None:
        """Close what belongs to a process."""
        for number in [number for number, (_, pid) in self._open.items() if pid == owner]:
            self._open.pop(number)[0].close()

    def close_all(self) -> None:
        """Close everything."""
        while self._open:
            self._open.popitem()[1][0].close()

    def __len__(self) -> int:
        return len(self._open)


class HandleRoom:
    """The room of CLOSE, which closes every kind of handle."""

    def __init__(self, handles: Handles) -> None:
        self._handles = handles

    def close(self, pid: Pid, handle: Handle) -> Value:
        """Close what a handle leads to. Raises Refused when that was done before."""
        if not self._handles.close(handle):
            raise closed(handle)
        return None
