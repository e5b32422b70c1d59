"""Customers who want to hear when something is in stock again."""

from __future__ import annotations

from typing import Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.inputs import VersionedInput
from oms_core.subscriptions.commands import CancelSubscription, SubscribeToStock
from oms_core.subscriptions.subscribers import Subscribers as SubscribersStream
from oms_core.subscriptions.subscribers import SubscribersView, subscribers_id


@strawberry.type(description="A customer who wants to hear of a product.")
class Subscriber:
    """A customer; resolved from `Subscriber` of the domain."""

    channel: str = strawberry.field(description="On this channel.")
    customer: str = strawberry.field(description="Your own reference of the customer.")
    email: str | None = strawberry.field(description="Where to write to.")


@strawberry.type(description="Who waits to hear that a product is in stock again.")
class Subscribers:
    """Who waits; resolved from `SubscribersView`."""

    sku: str = strawberry.field(description="The product.")
    waiting: list[Subscriber] = strawberry.field(description="Who waits, the longest first.")


@strawberry.input
class SubscriptionInput(VersionedInput):
    """What every input on a subscription names."""

    sku: str = strawberry.field(description="The product.")
    channel: str = strawberry.field(description="Where the customer would buy it.")
    customer: str = strawberry.field(description="Your own reference of the customer.")


@strawberry.input(description="Let a customer hear when a product can be had again.")
class SubscribeToStockInput(SubscriptionInput):
    """Let a customer hear when a product can be had again."""

    email: str | None = strawberry.field(default=None, description="Where to write to.")


@strawberry.input(description="Let a customer hear no more.")
class CancelSubscriptionInput(SubscriptionInput):
    """Let a customer hear no more."""


@strawberry.type(description="What became of a command on subscriptions.")
class SubscribersPayload(Payload):
    """What became of a command on subscriptions."""

    subscribers: Subscribers | None = resolved(
        the_view, Subscribers | None, "Who waits after the command; null when it was refused."
    )


@strawberry.type
class SubscriptionMutations:
    """Commands on subscriptions."""

    @mutation(
        SubscribersPayload,
        "Let a customer hear, once, when a product can be had on a channel again. Whoever writes to"
        " customers reads `SubscribersNotified` events.",
    )
    async def subscribe_to_stock(self, info: Info, input: SubscribeToStockInput) -> Answer:
        """Subscribe."""
        return await info.context.gateway.carry_out(info.context.cause, input, SubscribeToStock)

    @mutation(SubscribersPayload, "Let a customer hear no more of a product.")
    async def cancel_subscription(self, info: Info, input: CancelSubscriptionInput) -> Answer:
        """Cancel a subscription."""
        return await info.context.gateway.carry_out(info.context.cause, input, CancelSubscription)


@strawberry.type
class SubscriptionQueries:
    """Queries on subscriptions."""

    @query(
        Subscribers | None,
        "Who waits to hear that a product is in stock again, as it is at this moment.",
    )
    async def subscribers(
        self,
        info: Info,
        *,
        sku: Annotated[str, strawberry.argument(description="The product.")],
    ) -> SubscribersView | None:
        """Show who waits."""
        found = await info.context.now().aggregate(subscribers_id(sku))
        return found.view() if isinstance(found, SubscribersStream) else None
