"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
from litestar import Request, Response, get
from psycopg_pool import PoolTimeout

from oms_api.pools import WorkerPool
from oms_projections import engine

PATIENCE = 3.0
"""Seconds that the database may take to answer."""


@get("/health/live", sync_to_thread=False)
def live() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "live"}


@get("/health/ready")
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Tell whether the database answers and no projection has stopped, and how far each is.

    `warnings` are for people: a timer that fails is no reason to send requests elsewhere.
    """
    pool: WorkerPool = request.app.state.pool
    try:
        async with asyncio.timeout(PATIENCE), pool.connection(timeout=PATIENCE) as connection:
            found = await engine.status(connection)
            warnings = await engine.warnings(connection)
    except (psycopg.Error, PoolTimeout, TimeoutError):
        reasons = ["The database does not answer."]
        return Response(
            {"status": "unready", "reasons": reasons, "warnings": [], "projections": []},
            status_code=503,
        )
    reasons = [
        f"The projection {p.name} has stopped at position {p.position}: {p.failure}"
        for p in found
        if p.failure is not None
    ]
    return Response(
        {
            "status": "unready" if reasons else "ready",
            "reasons": reasons,
            "warnings": warnings,
            "projections": [
                {"name": p.name, "position": str(p.position), "lagSeconds": p.lag_seconds}
                for p in found
            ],
        },
        status_code=503 if reasons else 200,
    )
