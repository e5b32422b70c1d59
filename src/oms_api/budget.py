"""What one client may ask for in a while: a leaky bucket of objects, as documents cost them.

It is full at first, and fills up again at a steady rate. A request takes its cost out before it is
executed, or is told when to come again. Clients are told apart by whom their token names.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from psycopg import AsyncConnection, OperationalError
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from oms_api.sources import Pool

REFUSED = 10
"""Cost of a document that can't be executed: to find that out takes time, too."""

MOST_CLIENTS = 10_000
"""A process remembers no more of them. Who is forgotten has all of it again."""

SWEEP_EVERY = 1_000
"""Requests after which those are forgotten who have all of it again."""

_TAKE = """
INSERT INTO oms.budgets AS kept (client, remaining, taken, at)
VALUES (%(client)s, %(size)s::float - %(cost)s::float, true, clock_timestamp())
ON CONFLICT (client) DO UPDATE SET (remaining, taken, at) = (
  SELECT CASE WHEN there >= %(cost)s::float THEN there - %(cost)s::float ELSE there END,
         there >= %(cost)s::float, clock_timestamp()
  FROM (SELECT least(%(size)s::float, kept.remaining + %(rate)s::float
                 * greatest(extract(epoch FROM clock_timestamp() - kept.at), 0)) AS there) AS now)
RETURNING remaining, taken
"""
_SWEEP = """
DELETE FROM oms.budgets
WHERE at < clock_timestamp() - make_interval(secs => %(size)s::float / %(rate)s::float)
"""


class Kept(StrEnum):
    """Where it is remembered what clients have left."""

    PROCESS = "process"
    POSTGRES = "postgres"


class BudgetSettings(BaseSettings):
    """What an operator may set. `budget` 0 is no limit.

    `budget_kept` tells whether each worker counts for itself, or all of them together.
    """

    model_config = SettingsConfigDict(env_prefix="OMS_", frozen=True)

    budget: int = Field(default=200_000, ge=0)
    budget_per_second: int = Field(default=20_000, ge=1)
    budget_kept: Kept = Kept.PROCESS


@dataclass(frozen=True, slots=True)
class ThrottleStatus:
    """How much a client may still ask for at this moment."""

    size: int
    left: float
    per_second: int

    def shown(self) -> dict[str, int]:
        """Write it as Shopify's clients know it."""
        return {
            "maximumAvailable": self.size,
            "currentlyAvailable": math.floor(self.left),
            "restoreRate": self.per_second,
        }


class OverBudget(Exception):
    """A client has asked for too much in too short a time."""

    def __init__(self, cost: int, status: ThrottleStatus) -> None:
        super().__init__(cost)
        self.cost = cost
        self.status = status

    @property
    def seconds(self) -> int:
        """After so many seconds there will be enough again."""
        return max(math.ceil((self.cost - self.status.left) / self.status.per_second), 1)


class Buckets(Protocol):
    """Remembers what clients have left."""

    async def take(self, client: str, cost: int) -> tuple[float, bool]:
        """Take a cost out if there is as much; tell what is left, and whether it was taken."""
        ...


class Budget:
    """Admits requests of clients as long as they have enough left."""

    def __init__(
        self,
        buckets: Buckets,
        size: int,
        per_second: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._buckets = buckets
        self._size = size
        self._per_second = per_second
        self._now = now
        self._empty_until: OrderedDict[str, float] = OrderedDict()

    def look(self, client: str) -> None:
        """Refuse who has next to nothing left before any work is done. Raises `OverBudget`."""
        until = self._empty_until.get(client)
        if until is None:
            return
        missing = (until - self._now()) * self._per_second
        if missing > 0:
            raise OverBudget(REFUSED, self._status(REFUSED - missing))
        del self._empty_until[client]

    async def take(self, client: str, cost: int) -> ThrottleStatus:
        """Take a cost out. Raises `OverBudget`."""
        left, taken = await self._buckets.take(client, cost)
        if left < REFUSED:
            self._empty_until[client] = self._now() + (REFUSED - left) / self._per_second
            if len(self._empty_until) > MOST_CLIENTS:
                self._empty_until.popitem(last=False)
        status = self._status(left)
        if not taken:
            raise OverBudget(cost, status)
        return status

    def _status(self, left: float) -> ThrottleStatus:
        return ThrottleStatus(self._size, max(left, 0), self._per_second)


class InProcess:
    """What clients have left as far as this process knows."""

    def __init__(
        self, size: int, per_second: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._size = size
        self._per_second = per_second
        self._now = now
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, client: str, cost: int) -> tuple[float, bool]:
        now = self._now()
        left, at = self._kept.get(client, (self._size, now))
        left = min(left + (now - at) * self._per_second, self._size)
        taken = left >= cost
        left -= cost if taken else 0
        self._kept[client] = left, now
        self._kept.move_to_end(client)
        if len(self._kept) > MOST_CLIENTS:
            self._kept.popitem(last=False)
        return left, taken


class InPostgres:
    """What clients have left as all processes know."""

    def __init__(self, pool: Pool, size: int, per_second: int) -> None:
        self._pool = pool
        self._given = {"size": size, "rate": per_second}
        self._until_sweep = SWEEP_EVERY

    async def take(self, client: str, cost: int) -> tuple[float, bool]:
        asked: dict[str, Any] = {"client": client, "cost": cost, **self._given}
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(_TAKE, asked)
                [(left, taken)] = await cursor.fetchall()
                await self._sweep(connection)
        except OperationalError:  # what is executed now will tell that the database is not there
            return self._given["size"], True
        return left, taken

    async def _sweep(self, connection: AsyncConnection[Any]) -> None:
        self._until_sweep -= 1
        if not self._until_sweep:
            self._until_sweep = SWEEP_EVERY
            await connection.execute(_SWEEP, self._given)


def budget(settings: BudgetSettings, most_cost: int, pool: Pool) -> Budget | None:
    """Make the budget of each client, which is enough for the largest request at least."""
    if not settings.budget:
        return None
    size, per_second = max(settings.budget, most_cost), settings.budget_per_second
    kept_here = settings.budget_kept is Kept.PROCESS
    buckets = InProcess(size, per_second) if kept_here else InPostgres(pool, size, per_second)
    return Budget(buckets, size, per_second)
