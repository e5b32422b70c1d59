"""Holds, as the API shows them and takes them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.inputs import VersionedInput
from oms_api.nodes import id_of
from oms_core.orders.holds import HoldKind

describe(
    HoldKind,
    "What kind of doubt keeps an order from going on.",
    FRAUD="Whether the customer is who they say.",
    ADDRESS="Whether it would arrive.",
    PAYMENT="Whether it will be paid.",
    STOCK="Whether the goods are there, and well.",
    OTHER="Something else; the reason tells.",
)


@strawberry.type(description="Why an order does not go to a warehouse.")
class OrderHold:
    """One open hold; resolved from `Hold`."""

    id: strawberry.ID = resolved(
        id_of("Hold", "hold_id"), strawberry.ID, "Its id, for `releaseHold`."
    )
    kind: HoldKind = strawberry.field(description="What kind of doubt there is.")
    reason: str = strawberry.field(description="Why it was placed.")
    placed_at: datetime | None = strawberry.field(
        description="When it was placed; unknown of old ones."
    )
    escalates_at: datetime | None = strawberry.field(
        description="When it will have waited too long. Null: never."
    )
    escalated: bool = strawberry.field(description="Whether it waits longer than it should.")
    only_by: list[str] = strawberry.field(description="Who may release it; empty: anyone.")


@strawberry.input(description="Keep an order from going to a warehouse.")
class HoldOrderInput(VersionedInput):
    """Keep an order from going to a warehouse."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    reason: str = strawberry.field(description="Why it must wait.")
    kind: HoldKind = strawberry.field(
        default=HoldKind.OTHER, description="What kind of doubt there is."
    )
    only_by: list[str] | None = strawberry.field(
        default=None,
        description="Who may release it, as tokens name them, up to 20; anyone when missing.",
    )


@strawberry.input(description="Release every hold of an order.")
class ReleaseOrderInput(VersionedInput):
    """Release every hold of an order."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    reason: str = strawberry.field(description="Why it may go on.")


@strawberry.input(description="Release one hold of an order.")
class ReleaseHoldInput(VersionedInput):
    """Release one hold of an order."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    hold_id: strawberry.ID = strawberry.field(description="The id of the order's hold.")
    reason: str = strawberry.field(description="Why the doubt is gone.")
