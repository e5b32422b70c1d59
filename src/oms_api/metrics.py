"""Figures for Prometheus, added up over the worker processes of a server.

Each worker keeps its own in files of the directory that the supervisor names in
`PROMETHEUS_MULTIPROC_DIR`; whichever worker is asked adds them up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from oms_api.pools import WorkerPool
from oms_projections.engine import ProjectionStatus

__all__ = [
    "CONTENT_TYPE_LATEST",
    "DIRECTORY",
    "answered",
    "page",
    "pooled",
    "refused",
    "subscribed",
    "told",
]

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
MOST_NAMES = 200
"""Clients choose the names of operations; from so many on, new ones count as `other`."""

_REQUESTS = Counter("oms_requests", "GraphQL requests answered.", ["operation", "status"])
_SECONDS = Histogram(
    "oms_request_seconds",
    "Seconds from a request to its answer.",
    ["operation"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_ERRORS = Counter("oms_errors", "Entries in `errors` of answers.", ["code"])
_REFUSALS = Counter("oms_refusals", "Commands refused, by the code of the refusal.", ["code"])
_COST = Histogram(
    "oms_request_cost",
    "Objects that executed documents asked for.",
    buckets=(1, 10, 100, 1_000, 5_000, 20_000),
)
_POOL = Gauge(
    "oms_pool_connections",
    "Database connections of the workers, and queries that wait for one.",
    ["state"],
    multiprocess_mode="livesum",
)
_SUBSCRIPTIONS = Gauge(
    "oms_subscriptions", "Subscriptions that are open.", multiprocess_mode="livesum"
)
_MESSAGES = Counter("oms_subscription_messages", "Messages sent to subscribers.", ["operation"])
_names: set[str] = set()


def answered(
    operation: str | None, status: int, seconds: float, cost: int | None, codes: Iterable[str]
) -> None:
    """Count an answer."""
    name = _counted(operation)
    _REQUESTS.labels(name, status).inc()
    _SECONDS.labels(name).observe(seconds)
    if cost is not None:
        _COST.observe(cost)
    for code in codes:
        _ERRORS.labels(code).inc()


def refused(codes: Iterable[str]) -> None:
    """Count a refused command."""
    for code in codes:
        _REFUSALS.labels(code).inc()


def subscribed(open: int) -> None:
    """Note how many subscriptions this worker has."""
    _SUBSCRIPTIONS.set(open)


def told(operation: str | None) -> None:
    """Count a message to a subscriber."""
    _MESSAGES.labels(_counted(operation)).inc()


def pooled(pool: WorkerPool) -> None:
    """Note how the connections are used at this moment."""
    stats = pool.get_stats()
    free = stats.get("pool_available", 0)
    _POOL.labels("used").set(stats.get("pool_size", 0) - free)
    _POOL.labels("free").set(free)
    _POOL.labels("waited for").set(stats.get("requests_waiting", 0))


def page(projections: Iterable[ProjectionStatus]) -> bytes:
    """Write all figures, in Prometheus's text format."""
    registry = CollectorRegistry()
    directory = os.environ.get(DIRECTORY)
    if directory is not None:
        _forget_the_dead(Path(directory))
        multiprocess.MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
    registry.register(_Readers(projections))
    return generate_latest(registry)


class _Readers(Collector):
    """How far the readers of the log are behind."""

    def __init__(self, projections: Iterable[ProjectionStatus]) -> None:
        self._projections = list(projections)

    def collect(self) -> Iterator[Metric]:
        lag = GaugeMetricFamily(
            "oms_projection_lag_seconds", "Age of the oldest event not read.", labels=["name"]
        )
        stopped = GaugeMetricFamily(
            "oms_projection_stopped", "1 when it has stopped at an event.", labels=["name"]
        )
        for each in self._projections:
            lag.add_metric([each.name], each.lag_seconds)
            stopped.add_metric([each.name], float(each.failure is not None))
        yield lag
        yield stopped


def _counted(operation: str | None) -> str:
    if operation is None:
        return "anonymous"
    if operation not in _names:
        if len(_names) >= MOST_NAMES:
            return "other"
        _names.add(operation)
    return operation


def _forget_the_dead(directory: Path) -> None:
    """Leave out connections of workers that are gone; their counters stay in the sums."""
    for path in directory.glob("gauge_live*_*.db"):
        pid = int(path.stem.rsplit("_", 1)[1])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except PermissionError:
            continue
