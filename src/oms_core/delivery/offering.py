"""What can be offered for a basket, and what is promised with an order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from oms_core.delivery.events import ShippingMethodConfigured
from oms_core.delivery.shipping_method import Offer, Parcelled, ShippingMethod, offer
from oms_core.kernel.aggregate import Streams
from oms_core.sourcing.asking import Sourced
from oms_core.sourcing.previewing import PreviewedBasket, preview
from oms_core.sourcing.survey import Basket


def parcelled(basket: Basket, sourced: Sourced) -> Parcelled:
    """Describe a basket as a carrier sees it, with the days on which its parts can leave."""
    chosen = sourced.reasons.chosen if sourced.reasons is not None else ()
    return Parcelled(
        country=basket.country,
        postal_code=basket.postal_code,
        grams=sum(line.quantity * (basket.goods[line.sku].grams or 0) for line in basket.lines),
        asked_at=basket.at,
        leaves_on=tuple(sorted({location.ship_on for location in chosen})),
    )


async def offers(
    wanted: PreviewedBasket,
    methods: Iterable[ShippingMethodConfigured],
    at: datetime,
    streams: Streams,
) -> tuple[list[Offer], int]:
    """Ask every method what it takes for a basket; tell how many units find no stock, too."""
    sourced, basket = await preview(wanted, at, streams)
    whole = parcelled(basket, sourced)
    found = [each for method in methods if (each := offer(method, whole)) is not None]
    missing = sum(part.quantity for part in sourced.plan.unsourced)
    return sorted(found, key=lambda each: (each.price.amount, each.method)), missing


def promised(method: ShippingMethod, basket: Basket, sourced: Sourced) -> Offer | None:
    """Offer an order's delivery; None where the method was never configured. May refuse."""
    return method.offer_or_refuse(parcelled(basket, sourced)) if method.exists else None
