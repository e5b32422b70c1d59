"""What was refused while nobody was looking: steps of processes, timers, news of providers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from oms_api.context import Info
from oms_api.declare import query
from oms_core.runtime.refused import REFUSED
from oms_core.runtime.refused import RefusedStep as Refused

MOST = 500


@strawberry.type(
    description="What a process, a timer or a payment provider was refused. There should be none:"
    " somebody has to look at it."
)
class RefusedStep:
    """One refusal; resolved from the runtime's `RefusedStep`."""

    process: str = strawberry.field(
        description="Who asked: `process:` and its name, or `payments:` and the provider's."
    )
    command: str = strawberry.field(description="What it asked for.")
    code: str = strawberry.field(description="What kind of refusal it was, as an `ErrorCode`.")
    message: str = strawberry.field(description="Why, for people.")
    refused_at: datetime = strawberry.field(description="When it was refused last.")
    about: str | None = strawberry.field(
        description="The event that led to it, or what a provider told, of which reference."
    )


@strawberry.type
class RefusedStepQueries:
    """Queries on refusals."""

    @query(
        list[RefusedStep],
        f"What was refused to processes, timers and payment providers, the latest first; {MOST} at"
        " most. News of a provider is gone once it is told again and taken.",
    )
    async def refused_steps(
        self,
        info: Info,
        *,
        first: Annotated[int, strawberry.argument(description="How many.")] = 50,
    ) -> list[Refused]:
        """List them."""
        async with info.context.pool.connection() as connection:
            cursor = await connection.execute(REFUSED, (min(max(first, 0), MOST),))
            return [Refused(*row) for row in await cursor.fetchall()]
