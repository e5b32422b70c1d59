"""Placing an order: price it, source it, and reserve its stock in one go, or refuse it whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from oms_core.assignments.deciding import first_assignment
from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.channels.channel import Channel, channel_id
from oms_core.coupons.coupon import Coupon, NoSuchCoupon, coupon_id
from oms_core.delivery.offering import parcelled
from oms_core.delivery.shipping_method import ShippingMethod, shipping_method_id
from oms_core.duties.schedule import DUTIES
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
from oms_core.kernel.personal import Subject
from oms_core.kernel.refusal import Refusal
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.orders.duties import border_of
from oms_core.orders.events import CustomerDetails, OrderPlaced, PostalAddress, Promise
from oms_core.orders.order import Order, order_id
from oms_core.orders.quantities import MOST_LINES, LineQuantity
from oms_core.orders.terms import terms_of, unpromised
from oms_core.sourcing.asking import Sourced, basket_of, source
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.sourcing.survey import Basket

MOST_DISCOUNTS = 20


class Customer(CustomerDetails):
    """Who buys, checked."""

    reference: Subject[Code]
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
    """So many units of a SKU, at the product's price and tax rate when none are given.

    `promised_by` is what the customer is told if units have to wait for stock.
    """

    line_id: UUID
    sku: Number
    quantity: Quantity
    unit_price: Price | None = None
    tax_rate: Rate | None = None
    discount: WantedDiscount | None = None
    promised_by: Moment | None = None


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
    priority: Annotated[int, Field(ge=0, le=100)] = 0

    def touches(self) -> Iterable[UUID]:
        yield order_id(self.number)
        yield channel_id(self.channel)
        yield POLICY
        yield DUTIES
        yield from [product_id(sku) for sku in dict.fromkeys([line.sku for line in self.lines])]
        if self.coupon_code is not None:
            yield coupon_id(self.coupon_code)
        if self.pickup_location is not None:
            yield location_id(self.pickup_location)
        if self.shipping_method is not None:
            yield shipping_method_id(self.shipping_method)


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
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    code, name, only = command.coupon_code, command.shipping_method, command.pickup_location
    coupon = None if code is None else await _coupon(code, streams)
    method = None if name is None else await _method(name, streams)
    if only is not None:
        await _refuse_unknown_pickup_location(only, streams)
    products = await _products(command, streams)
    border = await border_of(command, products, streams)
    basket = basket_of(
        command.channel, command.shipping_address, command.placed_at, command.lines, products
    )
    sourced = await source(
        basket, products, policy, streams, only=only, may_wait=command.allow_backorder
    )
    channel.refuse_other_currency(command.currency)
    offer = None if method is None else method.offer_or_refuse(parcelled(basket, sourced))
    terms = terms_of(command, products, channel, coupon, offer, border=border, plan=sourced.plan)
    order.refuse_if_placed(command.number)
    if sourced.plan.unsourced and not command.allow_backorder:
        raise _short(basket, sourced)
    if sourced.plan.unsourced:
        terms = unpromised(terms)
    promises = _promises(command, channel, sourced)
    return Placement(order, terms, sourced, streams, coupon, promises)


def _promises(command: PlaceOrder, channel: Channel, sourced: Sourced) -> list[Promise]:
    if not sourced.plan.unsourced:  # as it mostly is
        return []
    told = {line.line_id: line.promised_by for line in command.lines}
    until = channel.backorders_wait_until(command.placed_at)
    return [
        Promise(line_id=part.line_id, promised_by=told[part.line_id], waits_until=until)
        for part in sourced.plan.unsourced
    ]


@dataclass(slots=True)
class Placement:
    """An order with its terms and its sources, ready to be recorded."""

    order: Order
    terms: OrderPlaced
    sourced: Sourced
    streams: Streams
    coupon: Coupon | None = None
    promises: Sequence[Promise] = ()

    def carry_out(self) -> None:
        """Place the order, redeem its coupon, reserve its stock and keep why it is taken there."""
        order, plan = self.order, self.sourced.plan
        order.place(self.terms)
        if self.coupon is not None:
            self.coupon.redeem(order.id, self.terms.customer.reference)
        lines: dict[tuple[str, str], list[LineQuantity]] = {}
        for line in plan.sourced:
            lines.setdefault((line.sku, line.location), []).append(line.bare())
        for item in self.sourced.items:
            if taken := lines.get((item.sku, item.location)):
                item.reserve(order.id, taken, self.terms.channel)
        order.reserve(plan.sourced)
        order.backorder(plan.unsourced)
        order.promise(self.promises)
        self.sourced.waiting.enter(order, plan.unsourced)
        if self.sourced.reasons is not None:
            self.streams.add(first_assignment(order.id, self.sourced))
        self.sourced.schedule(order.id)


async def at_terms(
    terms: OrderPlaced,
    order: Order,
    products: Mapping[str, Product],
    streams: Streams,
    *,
    allow_backorder: bool,
) -> Placement:
    """Source an order at terms that are set. Raises `OrderNumberTaken`, and for lack of stock."""
    order.refuse_if_placed(terms.number)
    [channel] = await streams.find(Channel, [channel_id(terms.channel)])
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    basket = basket_of(
        terms.channel, terms.shipping_address, terms.placed_at, terms.lines, products
    )
    sourced = await source(
        basket,
        products,
        policy,
        streams,
        only=terms.pickup_location,
        may_wait=allow_backorder,
    )
    if sourced.plan.unsourced and not allow_backorder:
        raise _short(basket, sourced)
    until = channel.backorders_wait_until(terms.placed_at)
    promises = [Promise(line_id=part.line_id, waits_until=until) for part in sourced.plan.unsourced]
    return Placement(order, terms, sourced, streams, promises=promises)


async def _coupon(code: str, streams: Streams) -> Coupon:
    [coupon] = await streams.find(Coupon, [coupon_id(code)])
    if not coupon.exists:
        raise NoSuchCoupon(field=("coupon_code",))
    return coupon


async def _method(name: str, streams: Streams) -> ShippingMethod | None:
    """Find the shipping method; one that was never configured is no more than a word."""
    [method] = await streams.find(ShippingMethod, [shipping_method_id(name)])
    return method if method.exists else None


async def _refuse_unknown_pickup_location(code: str, streams: Streams) -> None:
    [location] = await streams.find(Location, [location_id(code)])
    if not location.exists:
        raise NoSuchLocation(code=code, field=("pickup_location",))


async def _products(command: PlaceOrder, streams: Streams) -> dict[str, Product]:
    skus = list(dict.fromkeys([line.sku for line in command.lines]))
    found = await streams.find(Product, [product_id(sku) for sku in skus])
    products = dict(zip(skus, found, strict=True))
    for i, line in enumerate(command.lines):
        if not products[line.sku].exists:
            raise NoSuchProduct(sku=line.sku, field=("lines", str(i), "sku"))
    return products


def _short(basket: Basket, sourced: Sourced) -> Refusal:
    line_id = sourced.plan.unsourced[0].line_id
    index = next(i for i, line in enumerate(basket.lines) if line.line_id == line_id)
    return sourced.shortage(basket, line_id, "lines", str(index), "quantity")
