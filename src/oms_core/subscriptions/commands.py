"""Commands on those who want to hear when something is in stock again."""

from __future__ import annotations

from uuid import UUID

from oms_core.backorders.waiting import waiting_for
from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Email, Number
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.location import closed_among
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.subscriptions.events import Subscriber, SubscriptionCancelled, SubscriptionOpened
from oms_core.subscriptions.subscribers import Subscribers, subscribers_id


class _OnSubscribers(Command):
    sku: Number

    def target(self) -> UUID:
        return subscribers_id(self.sku)


class SubscribeToStock(_OnSubscribers):
    """Let a customer hear, once, when a product can be had on a channel again.

    Where it can be had already, they hear at once.
    """

    channel: Code
    customer: Code
    email: Email | None = None


class CancelSubscription(_OnSubscribers):
    """Let a customer hear no more."""

    channel: Code
    customer: Code


class NotifySubscribers(_OnSubscribers):
    """Tell those who wait to hear of a product, on the channels on which it can be had now.

    Where nobody waits, or nothing can be had, nothing happens: the process may ask at any time.
    """


@handles(SubscribeToStock)
async def subscribe_to_stock(command: SubscribeToStock, streams: Streams) -> Subscribers:
    """Record who waits."""
    _, subscribers = await _known(command, streams)
    subscriber = Subscriber(**command.model_dump(exclude={"sku"}))
    subscribers.subscribe(SubscriptionOpened(sku=command.sku, subscriber=subscriber))
    return subscribers


@handles(CancelSubscription)
async def cancel_subscription(command: CancelSubscription, streams: Streams) -> Subscribers:
    """Record that somebody waits no longer."""
    _, subscribers = await _known(command, streams)
    subscribers.cancel(SubscriptionCancelled(**command.model_dump()))
    return subscribers


@handles(NotifySubscribers)
async def notify_subscribers(command: NotifySubscribers, streams: Streams) -> Subscribers | Product:
    """Record who is told. Orders that wait for the product have their units first."""
    product, subscribers = await _known(command, streams)
    if not subscribers.waiting:
        return product
    waiting = await waiting_for({command.sku: product}, streams, may_wait=False)
    closed = await closed_among(product.locations, streams)
    open_ = (code for code in product.locations if code not in closed)
    items = await streams.find(StockItem, sorted(stock_item_id(command.sku, c) for c in open_))
    there = [item for item in items if item.exists]
    subscribers.notify(
        [
            channel
            for channel in sorted(subscribers.channels)
            if any(units > 0 for units in waiting.behind(there, channel).values())
        ]
    )
    return subscribers


async def _known(command: _OnSubscribers, streams: Streams) -> tuple[Product, Subscribers]:
    [product] = await streams.find(Product, [product_id(command.sku)])
    if not product.exists:
        raise NoSuchProduct(sku=command.sku, field=("sku",))
    [subscribers] = await streams.find(Subscribers, [subscribers_id(command.sku)])
    return product, subscribers
