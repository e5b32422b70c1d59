"""How hard the properties are tried: more with `--hypothesis-profile=long`, in this folder."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick", max_examples=60, stateful_step_count=50, deadline=None, derandomize=True, database=None
)
settings.register_profile(
    "long",
    max_examples=600,
    stateful_step_count=100,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("hypothesis_profile", None):
        settings.load_profile("quick")
