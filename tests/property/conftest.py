"""The profile of the property tests: the same examples on every run and on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from debugger import driver
from ttvm import forms, values
from ttvm.host.outside import RealOutside
from ttvm.ops import checks

settings.register_profile(
    "ttvm",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("ttvm")

# Hypothesis also tries the constants that it finds in the modules loaded so far. Which those are depends on the tests
# that ran before in the same worker, so examples would differ from run to run.
assert callable(providers._get_local_constants), "Hypothesis calls it something else now"
providers._get_local_constants = Constants


@pytest.fixture(autouse=True, scope="module")
def small_values() -> Iterator[None]:
    """Generated programs double texts and lists in loops, so values may not become large here."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (values, forms, checks):
            patch.setattr(module, "SIZE_LIMIT", 5_000)
        patch.setattr(driver, "LONGEST_TURN", 2_000)  # many of them loop for ever
        worlds = remember_worlds(patch)
        yield
    for world in worlds:
        world.close()


def remember_worlds(patch: pytest.MonkeyPatch) -> list[RealOutside]:
    """All worlds that are made from now on: generated programs open databases, and nobody ends their machines."""
    worlds: list[RealOutside] = []
    make = RealOutside.__init__

    def remembering(self: RealOutside, *arguments: Any) -> None:
        make(self, *arguments)
        worlds.append(self)

    patch.setattr(RealOutside, "__init__", remembering)
    return worlds
