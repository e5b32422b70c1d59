"""Placing an order: price it, source it, and reserve its stock in one go, or refuse it whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.channels.channel import Channel, channel_id
from oms_core.coupons.coupon import Coupon, NoSuchCoupon, coupon_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import (
    Code,
    Country,
    Currency,
    Email,
    Latitude,
    Longitude,
    Moment,
    Number,
    Percent,
    PositivePrice,
    Price,
    Quantity,
    Rate,
    Text,
)
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.orders.events import CustomerDetails, OrderPlaced, PostalAddress
from oms_core.orders.order import Order, order_id
from oms_core.orders.quantities import MOST_LINES, SkuQuantity, SourcedQuantity
from oms_core.orders.terms import terms_of
from oms_core.sourcing.plan import SourcingPlan, plan
from oms_core.stock.stock_item import InsufficientStock, StockItem, stock_item_id

MOST_DISCOUNTS = 20


class Customer(CustomerDetails):
    """Who buys, checked."""

    reference: Code
    email: Email | None = None
    name: Text | None = None
    vat_id: Code | None = None


class Address(PostalAddress):
    """Where to ship or bill, checked."""

    name: Text
    street: Text
    city: Text
    postal_code: Code
    country: Country
    region: Text | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class WantedDiscount(Message):
    """An amount off, or a percentage: 10 is 10 %."""

    amount: PositivePrice | None = None
    percent: Percent | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("must have either an amount or a percent")
        return self


class WantedLine(Message):
    """So many units of a SKU, at the product's price and tax rate when none are given."""

    line_id: UUID
    sku: Number
    quantity: Quantity
    unit_price: Price | None = None
    tax_rate: Rate | None = None
    discount: WantedDiscount | None = None


def told_apart(lines: tuple[WantedLine, ...]) -> tuple[WantedLine, ...]:
    """Check that no two lines have one id. Raises `ValueError`."""
    if len({line.line_id for line in lines}) < len(lines):
        raise ValueError("must each have a line id of its own")
    return lines


class PlaceOrder(Command):
    """Promise goods to a customer. Without `allow_backorder` it is all or nothing.

    Discounts are taken off in turn: those of lines, `discount`, `discounts`, the coupon's.
    Shipping is taxed at the channel's rate when none is given. With a `pickup_location` the
    customer collects the goods there, and only its stock counts.
    """

    number: Number
    channel: Code
    currency: Currency
    placed_at: Moment
    customer: Customer
    shipping_address: Address
    billing_address: Address | None = None
    lines: Annotated[
        tuple[WantedLine, ...],
        Field(min_length=1, max_length=MOST_LINES),
        AfterValidator(told_apart),
    ]
    shipping_price: Price | None = None
    discount: Price | None = None
    allow_backorder: bool = False
    discounts: Annotated[tuple[WantedDiscount, ...], Field(max_length=MOST_DISCOUNTS)] = ()
    coupon_code: Code | None = None
    shipping_method: Code | None = None
    shipping_tax_rate: Rate | None = None
    duties: Price | None = None
    pickup_location: Code | None = None

    def touches(self) -> Iterable[UUID]:
        yield order_id(self.number)
        yield channel_id(self.channel)
        yield from {product_id(line.sku) for line in self.lines}
        if self.coupon_code is not None:
            yield coupon_id(self.coupon_code)
        if self.pickup_location is not None:
            yield location_id(self.pickup_location)


@handles(PlaceOrder)
async def place_order(command: PlaceOrder, streams: Streams) -> Order:
    """Append to the order and to every stock item it takes from, in one transaction.

    A coupon is redeemed in the same one, so that no race lets it be used too often.
    """
    placement = await prepared(command, streams)
    placement.carry_out()
    return placement.order


async def prepared(command: PlaceOrder, streams: Streams) -> Placement:
    """Load what an order needs and decide everything about it; nothing is recorded yet."""
    [order] = await streams.find(Order, [order_id(command.number)])
    [channel] = await streams.find(Channel, [channel_id(command.channel)])
    coupon = await _coupon(command, streams)
    await _refuse_unknown_pickup_location(command, streams)
    products = await _products(command, streams)
    items = await stock_of(products, streams)
    channel.refuse_other_currency(command.currency)
    terms = terms_of(command, products, channel, coupon)
    return placed_at(terms, order, items, coupon, allow_backorder=command.allow_backorder)


@dataclass(frozen=True, slots=True)
class Placement:
    """An order with its terms and its sources, ready to be recorded."""

    order: Order
    terms: OrderPlaced
    items: Sequence[StockItem]
    sourcing: SourcingPlan
    coupon: Coupon | None = None

    def carry_out(self) -> None:
        """Place the order, redeem its coupon and reserve its stock."""
        self.order.place(self.terms)
        if self.coupon is not None:
            self.coupon.redeem(self.order.id, self.terms.customer.reference)
        for item in self.items:
            if lines := [line for line in self.sourcing.sourced if _is_at(line, item)]:
                item.reserve(self.order.id, [line.bare() for line in lines], self.terms.channel)
        self.order.reserve(self.sourcing.sourced)
        self.order.backorder(self.sourcing.unsourced)


def placed_at(
    terms: OrderPlaced,
    order: Order,
    items: Sequence[StockItem],
    coupon: Coupon | None = None,
    *,
    allow_backorder: bool,
) -> Placement:
    """Source an order at its terms. Raises `OrderNumberTaken` and `InsufficientStock`."""
    order.refuse_if_placed(terms.number)
    sourcing = _source(terms, items, allow_backorder=allow_backorder)
    return Placement(order, terms, items, sourcing, coupon)


async def _coupon(command: PlaceOrder, streams: Streams) -> Coupon | None:
    if command.coupon_code is None:
        return None
    [coupon] = await streams.find(Coupon, [coupon_id(command.coupon_code)])
    if not coupon.exists:
        raise NoSuchCoupon(field=("coupon_code",))
    return coupon


async def _refuse_unknown_pickup_location(command: PlaceOrder, streams: Streams) -> None:
    if command.pickup_location is None:
        return
    [location] = await streams.find(Location, [location_id(command.pickup_location)])
    if not location.exists:
        raise NoSuchLocation(code=command.pickup_location, field=("pickup_location",))


async def _products(command: PlaceOrder, streams: Streams) -> dict[str, Product]:
    skus = list(dict.fromkeys(line.sku for line in command.lines))
    found = await streams.find(Product, [product_id(sku) for sku in skus])
    products = dict(zip(skus, found, strict=True))
    for i, line in enumerate(command.lines):
        if not products[line.sku].exists:
            raise NoSuchProduct(sku=line.sku, field=("lines", str(i), "sku"))
    return products


async def stock_of(products: Mapping[str, Product], streams: Streams) -> list[StockItem]:
    """Load the stock in the order of its ids: the same order for every buyer of the same goods."""
    ids = {stock_item_id(sku, code) for sku, p in products.items() for code in p.locations}
    return await streams.find(StockItem, sorted(ids))


def _source(
    terms: OrderPlaced, items: Sequence[StockItem], *, allow_backorder: bool
) -> SourcingPlan:
    wanted = [
        SkuQuantity(line_id=line.line_id, sku=line.sku, quantity=line.quantity)
        for line in terms.lines
    ]
    usable = (i for i in items if i.exists and terms.may_come_from(i.location))
    available = {(i.sku, i.location): i.available_to(terms.channel) for i in usable}
    sourcing = plan(wanted, available)
    if sourcing.unsourced and not allow_backorder:
        raise _short(terms, available, sourcing.unsourced[0].line_id)
    return sourcing


def _short(
    terms: OrderPlaced, available: Mapping[tuple[str, str], int], line_id: UUID
) -> InsufficientStock:
    index, line = next((i, ln) for i, ln in enumerate(terms.lines) if ln.line_id == line_id)
    return InsufficientStock(
        sku=line.sku,
        wanted=sum(other.quantity for other in terms.lines if other.sku == line.sku),
        available=sum(max(n, 0) for (sku, _), n in available.items() if sku == line.sku),
        field=("lines", str(index), "quantity"),
    )


def _is_at(line: SourcedQuantity, item: StockItem) -> bool:
    return line.sku == item.sku and line.location == item.location
