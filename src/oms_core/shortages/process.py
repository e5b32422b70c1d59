"""What lets those who wait have stock that is there already, though none of it moved.

    ProductBackordered, ProductCaughtUp              somebody waits, or nobody any more
    SubscriptionOpened, -Cancelled, SubscribersNotified
      -> FollowShortage     ShortageBegan or ShortageEnded
    SourcingRulesPublished, SourcingRulesWithdrawn   others may send it
    LocationReopened, LocationConfigured             or it may be sent again, or on more days
    ProductFactsDeclared                             or other rules are about it
      -> ReviewShortages    ShortagesReviewed
    ShortageBegan, ShortagesReviewed                 for each product
      -> FillBackorders     LinesReserved per order, BackordersFilled      (and StockReserved)
      -> NotifySubscribers  SubscribersNotified

A process of its own, so that it begins with the first event wherever it is new: that is how it
learns what is waited for already. A shortage that it hears of is asked for at once, in case that
something changed since anybody began to wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from oms_core.backorders.commands import FillBackorders
from oms_core.catalogue import events as catalogue
from oms_core.catalogue.product import product_id
from oms_core.kernel.message import Command, Event
from oms_core.locations import events as locations
from oms_core.shortages import events as shortages
from oms_core.shortages.commands import Changed, FollowShortage, ReviewShortages
from oms_core.sourcing import events as sourcing
from oms_core.subscriptions import events as subscriptions
from oms_core.subscriptions.commands import NotifySubscribers

NAME = "shortages"

LISTENS_TO: tuple[type[Event], ...] = (
    catalogue.ProductBackordered,
    catalogue.ProductCaughtUp,
    catalogue.ProductFactsDeclared,
    locations.LocationConfigured,
    locations.LocationReopened,
    sourcing.SourcingRulesPublished,
    sourcing.SourcingRulesWithdrawn,
    shortages.ShortageBegan,
    shortages.ShortagesReviewed,
    subscriptions.SubscriptionOpened,
    subscriptions.SubscriptionCancelled,
    subscriptions.SubscribersNotified,
)


def next_steps(stream_id: UUID, event: Event) -> Sequence[Command]:
    """Keep the list, and ask for all on it when something changed."""
    match event:
        case catalogue.ProductBackordered() | catalogue.ProductCaughtUp():
            return [FollowShortage(product_id=stream_id)]
        case (
            subscriptions.SubscriptionOpened()
            | subscriptions.SubscriptionCancelled()
            | subscriptions.SubscribersNotified()
        ):
            return [FollowShortage(product_id=product_id(event.sku))]
        case shortages.ShortageBegan():
            return _asked_for([event.sku])
        case shortages.ShortagesReviewed():
            return _asked_for(event.skus)
        case _:
            changed = _changed(event)
            return (
                [] if changed is None else [ReviewShortages(changed=changed, stream_id=stream_id)]
            )


def _changed(event: Event) -> Changed | None:
    match event:
        case catalogue.ProductFactsDeclared():
            return Changed.PRODUCT
        case locations.LocationConfigured() | locations.LocationReopened():
            return Changed.LOCATION
        case sourcing.SourcingRulesPublished() | sourcing.SourcingRulesWithdrawn():
            return Changed.RULES
        case _:
            return None


def _asked_for(skus: Sequence[str]) -> list[Command]:
    steps = (FillBackorders, NotifySubscribers)
    return [step(sku=sku) for sku in skus for step in steps]
