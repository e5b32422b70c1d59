"""Key figures over time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry

from oms_api.arguments import AsOf, MinPosition, ValidAt
from oms_api.context import Info
from oms_api.declare import query
from oms_api.enums import describe
from oms_api.failures import InvalidArgument
from oms_api.money import Money
from oms_projections import kpis as figures
from oms_projections.kpi_past import TooMuchSince


class KpiBucket(StrEnum):
    """The length of a bucket; buckets begin in UTC."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


describe(
    KpiBucket,
    "The length of a bucket; buckets begin in UTC.",
    HOUR="Full hours.",
    DAY="Days from midnight to midnight.",
    WEEK="Weeks from Monday to Sunday.",
    MONTH="Calendar months.",
)


@strawberry.type(
    description="Key figures of one bucket: each thing is counted at the moment it occurred (UTC)."
)
class KpiRow:
    """Key figures of one bucket; resolved from `oms_projections.kpis`."""

    start: datetime = strawberry.field(description="When the bucket begins.")
    orders_placed: int = strawberry.field(description="Orders placed.")
    orders_cancelled: int = strawberry.field(description="Orders of which all was cancelled.")
    orders_delivered: int = strawberry.field(description="Orders of which all arrived.")
    units_ordered: int = strawberry.field(description="Units on the orders placed.")
    revenue: list[Money] = strawberry.field(
        description="What was ordered less what was cancelled. Goods that replace others count"
        " once, with the order that sold them first; one sum per currency."
    )
    average_order_value: list[Money] = strawberry.field(
        description="What was ordered by the orders placed, one figure per currency."
    )
    hours_to_dispatch_p50: float | None = strawberry.field(
        name="hoursToDispatchP50",
        description="Median hours from placing to the first dispatch; at most 3 % off.",
    )
    hours_to_dispatch_p95: float | None = strawberry.field(
        name="hoursToDispatchP95",
        description="95 of 100 orders took at most so many hours to the first dispatch; at most 3 %"
        " off.",
    )
    hours_to_deliver_p50: float | None = strawberry.field(
        name="hoursToDeliverP50",
        description="Median hours from placing to the last delivery; at most 3 % off.",
    )
    hours_to_deliver_p95: float | None = strawberry.field(
        name="hoursToDeliverP95",
        description="95 of 100 orders took at most so many hours to the last delivery; at most 3 %"
        " off.",
    )
    split_rate: float | None = strawberry.field(
        description="Share of the orders placed that come from more than one location, 0 to 1."
    )
    backorder_rate: float | None = strawberry.field(
        description="Share of the orders placed that had to wait for stock, 0 to 1."
    )
    cancel_rate: float | None = strawberry.field(
        description="Share of the orders placed of which all was cancelled, 0 to 1."
    )
    return_rate: float | None = strawberry.field(
        description="Share of the orders placed of which something came back, 0 to 1."
    )
    promises_kept: int = strawberry.field(
        description="Orders of which all arrived by the `latest` day of their `promise`."
    )
    promises_broken: int = strawberry.field(
        description="Orders of which all had not arrived when that day was over (UTC), nor was"
        " cancelled."
    )
    promise_kept_rate: float | None = strawberry.field(
        description="Share of the promises kept or broken that were kept, 0 to 1."
    )


@strawberry.type(description="Key figures over time.")
class KpiReport:
    """Key figures over time."""

    rows: list[KpiRow] = strawberry.field(
        description="One row per bucket, in order, also where nothing occurred."
    )
    total: KpiRow = strawberry.field(description="The same over the whole time.")


@strawberry.type
class KpiQueries:
    """Queries on key figures."""

    @query(
        KpiReport, "Key figures from a moment up to, not including, another; 1,000 buckets at most."
    )
    async def kpis(
        self,
        info: Info,
        *,
        from_: Annotated[
            datetime, strawberry.argument(name="from", description="The first moment counted.")
        ],
        to: Annotated[
            datetime, strawberry.argument(description="The first moment not counted any more.")
        ],
        bucket: Annotated[KpiBucket, strawberry.argument(description="The length of a bucket.")],
        channel: Annotated[
            str | None, strawberry.argument(description="Only orders placed there.")
        ] = None,
        location: Annotated[
            str | None,
            strawberry.argument(description="Only orders with units from this location."),
        ] = None,
        as_of: AsOf = None,
        valid_at: ValidAt = None,
        min_position: MinPosition = None,
    ) -> figures.KpiReport:
        """Compute key figures."""
        if from_ >= to:
            raise InvalidArgument("`from` must be before `to`.")
        context = info.context
        await context.reached(min_position, "kpis")
        async with context.pool.connection() as connection:
            try:
                return await figures.report(
                    connection,
                    start=from_,
                    end=to,
                    bucket=bucket,
                    channel=channel,
                    location=location,
                    as_of=as_of,
                    valid_at=valid_at,
                )
            except (figures.TooManyBuckets, TooMuchSince) as error:
                raise InvalidArgument(str(error)) from None
