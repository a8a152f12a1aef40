"""The workers of a Dask cluster find what one process finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.helpers import finish
from tests.explore.programs import REFERENCE, take_any
from ttvm.errors import TtvmError
from ttvm.explore.cluster import ClusterPool
from ttvm.explore.options import Options
from ttvm.explore.parallel import ParallelExploration

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
"""Dask warns of what it does itself, about ports in use and files left open."""


def test_a_cluster_in_this_computer(tmp_path: Path) -> None:
    import distributed

    text, executions, _ = REFERENCE["any5"]
    path = tmp_path / "prog.ttvm"
    path.write_text(text)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
    ) as cluster:
        address = cluster.scheduler_address
        exploration = ParallelExploration(str(path), Options(), lambda: ClusterPool(address))
        finish(exploration)
        assert (exploration.executions, exploration.bound) == (executions, None)

        path.write_text(take_any(8, 8))
        exploration = ParallelExploration(str(path), Options(), lambda: ClusterPool(address))
        work = iter(exploration)
        while next(work).executions < 300:
            pass
        cluster.close()
        with pytest.raises(TtvmError, match="the cluster has gone away"):
            list(work)
        assert exploration.collection.outcomes


def test_no_cluster() -> None:
    with pytest.raises(TtvmError, match="there is no cluster that answers"):
        ClusterPool("tcp://127.0.0.1:1")
