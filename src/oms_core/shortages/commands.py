"""Commands on the list of products that anybody waits for. Only processes ask for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from oms_core.catalogue.product import Product
from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.location import Location
from oms_core.shortages.shortages import SHORTAGES, Shortages
from oms_core.sourcing.policy import SourcingPolicy
from oms_core.subscriptions.subscribers import Subscribers, subscribers_id


class Changed(StrEnum):
    """What may let stock that is there already go to those who wait."""

    RULES = "RULES"
    LOCATION = "LOCATION"
    PRODUCT = "PRODUCT"


KINDS: dict[Changed, type[Aggregate[Any]]] = {
    Changed.RULES: SourcingPolicy,
    Changed.LOCATION: Location,
    Changed.PRODUCT: Product,
}


class FollowShortage(Command):
    """Note whether orders wait for a product, or customers to hear of it."""

    product_id: UUID

    def target(self) -> UUID:
        return SHORTAGES


class ReviewShortages(Command):
    """Have those who wait looked after anew, because rules, a location or a product changed.

    A change that was dealt with before changes nothing, and so does one while nobody waits.
    """

    changed: Changed
    stream_id: UUID

    def target(self) -> UUID:
        return SHORTAGES


@handles(FollowShortage)
async def follow_shortage(command: FollowShortage, streams: Streams) -> Shortages:
    """Take over what the product and its subscribers know."""
    [product] = await streams.find(Product, [command.product_id])
    [shortages] = await streams.find(Shortages, [SHORTAGES])
    if not product.exists:
        return shortages
    sku = product.facts.sku
    [subscribers] = await streams.find(Subscribers, [subscribers_id(sku)])
    shortages.follow(sku, waited_for=product.backordered or bool(subscribers.waiting))
    return shortages


@handles(ReviewShortages)
async def review_shortages(command: ReviewShortages, streams: Streams) -> Shortages:
    """Name the products; the process asks for those who wait for each."""
    [changed] = await streams.find(KINDS[command.changed], [command.stream_id])
    [shortages] = await streams.find(Shortages, [SHORTAGES])
    skus = list(shortages.skus)
    if isinstance(changed, Product):
        skus = [changed.facts.sku] if changed.backordered else []
    shortages.review(changed.id, changed.version, skus)
    return shortages
