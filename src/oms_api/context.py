"""What every resolver may use: who asks, and the ways to the database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import strawberry

from oms_api.folded_streams import FoldedMoments, FoldedStreams
from oms_api.gateway import Gateway
from oms_api.levels import Levels
from oms_api.rights.principal import Principal
from oms_api.scalars import Position
from oms_api.sources import Pool, ReadTables
from oms_api.tracking_secrets import Tracking
from oms_core.kernel.envelope import Cause
from oms_core.runtime.proof.keys import KeyFolder
from oms_projections.log_tail import LogTail
from oms_projections.waiting import RECORDED, PositionWatch

WAIT_SECONDS = 5.0
"""How long a query waits for the read tables to reach its `minPosition`."""


@dataclass(frozen=True)
class Context:
    """One request. `min_position` is what its header asks of every query in it.

    `last_seen` is the position of the last message that a subscriber has got, by its header.
    """

    who: Principal
    correlation_id: UUID
    levels: Levels
    watch: PositionWatch
    tail: LogTail
    gateway: Gateway
    tables: ReadTables
    keys: KeyFolder
    tracking: Tracking
    min_position: Position | None = None
    last_seen: Position | None = None

    @property
    def pool(self) -> Pool:
        """The way to the database."""
        return self.levels

    @property
    def database_url(self) -> str:
        """Where the database is, for work that takes a connection of its own."""
        return self.levels.database_url

    @cached_property
    def cause(self) -> Cause:
        """What the events of this request's commands say about where they come from."""
        return Cause(self.who.actor, self.correlation_id)

    def now(self) -> FoldedStreams:
        """Read past the projections: everything as it is at this moment."""
        return FoldedStreams(self.pool)

    @cached_property
    def together(self) -> FoldedStreams:
        """The same for what the objects of one level ask for: it is read at once, and not kept."""
        return FoldedStreams(self.pool, keep=False)

    @cached_property
    def moments(self) -> FoldedMoments:
        """Read things as they were known, each at a moment of its own."""
        return FoldedMoments(self.pool)

    def resumed(self, after: Position | None) -> int | None:
        """Tell where a subscriber goes on: after the later of what its two ways say."""
        said = [position for position in (after, self.last_seen) if position is not None]
        return max(said, default=None)

    async def reached(self, min_position: Position | None, *tables: str) -> None:
        """Wait until these projections have come as far as the query asks.

        Raises `oms_projections.waiting.ReadModelBehind`.
        """
        wanted = max(min_position or 0, self.min_position or 0)
        if wanted:
            await self.watch.reached(wanted, tables, WAIT_SECONDS)

    async def caught_up(self, *tables: str) -> Position:
        """Wait until these projections know all that was recorded by now; tells up to where.

        Raises `oms_projections.waiting.ReadModelBehind`.
        """
        async with self.pool.connection() as connection:
            row = await (await connection.execute(RECORDED)).fetchone()
        last = Position(0 if row is None else row[0])
        await self.reached(last, *tables)
        return last


Info = strawberry.Info[Context, None]
