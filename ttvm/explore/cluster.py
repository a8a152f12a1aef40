"""Workers of a Dask cluster. Needs the extra ``tinytotvm[cluster]``, there and here, and the program in one place."""

from __future__ import annotations

from typing import Any

from ttvm.errors import TtvmError
from ttvm.explore.parallel import Result, Task, run_task

_MOMENT = 0.5
"""Seconds after which ``wait`` returns without a result."""
_PATIENCE = 10
"""Seconds in which a cluster has to answer at first."""


class ClusterPool:
    """The workers behind a Dask scheduler. Dask itself gives the task of a worker that dies to another one."""

    def __init__(self, address: str) -> None:
        """Raises TtvmError when there is no such cluster, or no Dask."""
        try:
            import distributed
        except ImportError:
            raise TtvmError("--cluster needs dask.distributed: pip install 'tinytotvm[cluster]'") from None
        self._distributed: Any = distributed
        self._address = address
        try:
            self._client = distributed.Client(address, timeout=_PATIENCE)
            self.size = sum(self._client.nthreads().values())
        except (OSError, ValueError, TimeoutError) as error:
            raise TtvmError(f"{address}: there is no cluster that answers: {error}") from None
        if not self.size:
            self._client.close()
            raise TtvmError(f"{address}: this cluster has no workers")
        self._tasks: dict[Any, Task] = {}

    def submit(self, task: Task) -> None:
        """Let a worker do a task. Raises TtvmError when the cluster has gone away."""
        try:
            self._tasks[self._client.submit(run_task, task, pure=False)] = task
        except Exception as error:
            raise self._gone(error) from None

    def wait(self) -> list[tuple[Task, Result | None]]:
        """Wait a moment for results. Raises TtvmError when the cluster has gone away."""
        try:
            self._distributed.wait(list(self._tasks), timeout=_MOMENT, return_when="FIRST_COMPLETED")
        except (TimeoutError, self._distributed.TimeoutError):
            pass
        except Exception as error:
            raise self._gone(error) from None
        if self._client.status != "running" or not self._client.nthreads():
            raise self._gone(None)
        results: list[tuple[Task, Result | None]] = []
        for future in [each for each in self._tasks if each.done()]:
            task = self._tasks.pop(future)
            if future.cancelled():
                raise self._gone(None)
            failure = future.exception()
            if isinstance(failure, TtvmError):
                raise failure
            results.append((task, None if failure is not None else future.result()))
        return results

    def _gone(self, error: Exception | None) -> TtvmError:
        return TtvmError(f"{self._address}: the cluster has gone away{f': {error}' if error is not None else ''}")

    def close(self) -> None:
        """Forget the tasks; the cluster goes on."""
        for future in self._tasks:
            future.cancel()
        self._client.close(timeout=_PATIENCE)
