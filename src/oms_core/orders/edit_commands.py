"""Editing an order that was placed: what is to be changed, and its one atomic application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.assignments.assignment import Assignment, assignment_id
from oms_core.assignments.deciding import note
from oms_core.assignments.events import Occasion
from oms_core.backorders.waiting import waiting_of
from oms_core.catalogue.prices import Market
from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.channels.channel import Channel, channel_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Email, Moment, Price, Rate, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.orders import editing
from oms_core.orders.events import Contact, OrderEdited, PostalAddress, Promise
from oms_core.orders.order import Order
from oms_core.orders.placing import Address, WantedLine
from oms_core.orders.quantities import MOST_LINES, SkuQuantity
from oms_core.orders.reservations import freed, reserved_stock, withdrawn
from oms_core.orders.terms import amount_of, item_of
from oms_core.shipments.shipment import Shipment
from oms_core.sourcing.asking import basket_of, source
from oms_core.sourcing.plan import SourcingPlan
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.sourcing.survey import Basket
from oms_core.stock.stock_item import StockItem


class LineChange(Message):
    """Another quantity, price or tax rate of a line; a quantity of 0 takes the line out."""

    line_id: UUID
    quantity: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    unit_price: Price | None = None
    tax_rate: Rate | None = None


class ContactChange(Contact):
    """What is known of who buys from now on; what is not given stays as it is."""

    email: Email | None = None
    name: Text | None = None
    vat_id: Code | None = None


L = TypeVar("L", LineChange, WantedLine)


def _told_apart(lines: tuple[L, ...]) -> tuple[L, ...]:
    if len({line.line_id for line in lines}) < len(lines):
        raise ValueError("must each have a line id of its own")
    return lines


class EditOrder(Command):
    """Change an open order as a whole; what is not given stays as it is.

    Added units are reserved at once, or wait for stock if this or the order allows a backorder.
    """

    order_id: UUID
    reason: Text | None = None
    lines: Annotated[
        tuple[LineChange, ...], Field(max_length=MOST_LINES), AfterValidator(_told_apart)
    ] = ()
    add_lines: Annotated[
        tuple[WantedLine, ...], Field(max_length=MOST_LINES), AfterValidator(_told_apart)
    ] = ()
    shipping_address: Address | None = None
    billing_address: Address | None = None
    contact: ContactChange | None = None
    shipping_method: Code | None = None
    shipping_price: Price | None = None
    shipping_tax_rate: Rate | None = None
    allow_backorder: bool = False
    edited_at: Moment | None = None

    def target(self) -> UUID:
        return self.order_id


@handles(EditOrder)
async def edit_order(command: EditOrder, streams: Streams) -> Order:
    """Change terms, reserve, free and tell the warehouses, in one transaction."""
    order = await streams.get(Order, command.order_id)
    shipments = await streams.find(Shipment, order.unsent_ids)
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    [assignment] = await streams.find(Assignment, [assignment_id(order.id)])
    products = await _products(command, order, streams)
    [channel] = await streams.find(Channel, [channel_id(order.terms.channel)])
    order.refuse_unless_open()
    edited = editing.decide(order, _edit(command, order, products))
    if edited is None:
        return order
    basket = _basket(command, order, edited, products)
    moved = edited.shipping_address != order.terms.shipping_address
    left_waiting = await waiting_of(order, streams) if moved else None
    sourced = await source(
        basket,
        products,
        policy,
        streams,
        besides=reserved_stock(order),
        excluded=order.declined_by,
        only=order.terms.pickup_location,
        may_wait=command.allow_backorder or order.terms.allow_backorder,
        given_back=lambda item: item.on_shelf(freed(order, edited.removed, item)),
    )
    sourcing, items, waiting = sourced.plan, sourced.items, sourced.waiting
    if sourcing.unsourced and not (command.allow_backorder or order.terms.allow_backorder):
        line_id = sourcing.unsourced[0].line_id
        raise sourced.shortage(basket, line_id, *_field(command, line_id))
    given_back = {item.id: freed(order, edited.removed, item) for item in items}
    order.edit(edited)
    order.reserve(sourcing.sourced)
    order.backorder(sourcing.unsourced)
    order.promise(_promises(order, command, sourcing, channel))
    waiting.leave(order, edited.removed)
    if left_waiting is not None:
        left_waiting.enter_anew(order, moved=True)
    waiting.enter(order, sourcing.unsourced)
    for item in items:
        again = item.on_shelf(given_back[item.id])
        if lines := given_back[item.id]:
            item.release(order.id, lines)
        if new := [s for s in sourcing.sourced if (s.sku, s.location) == _place(item)]:
            bare = [line.bare() for line in new]
            item.reserve(order.id, bare, order.terms.channel, again=again)
    for shipment in shipments:
        if lines := withdrawn(edited.removed, shipment.id):
            shipment.cancel_lines(lines, command.reason or "edited")
    if edited.added:
        note(assignment, order.id, Occasion.EDITED, sourced)
        sourced.schedule(order.id)
    return order


async def _products(command: EditOrder, order: Order, streams: Streams) -> dict[str, Product]:
    skus = {order.line(change.line_id).terms.sku for change in command.lines}
    wanted = list(dict.fromkeys([*sorted(skus), *(line.sku for line in command.add_lines)]))
    found = await streams.find(Product, [product_id(sku) for sku in wanted])
    products = dict(zip(wanted, found, strict=True))
    for i, line in enumerate(command.add_lines):
        if not products[line.sku].exists:
            raise NoSuchProduct(sku=line.sku, field=("add_lines", str(i), "sku"))
    return products


def _edit(command: EditOrder, order: Order, products: Mapping[str, Product]) -> editing.Edit:
    currency = order.terms.currency
    price = command.shipping_price
    market = Market(order.terms.channel, currency, command.edited_at or order.terms.placed_at)
    return editing.Edit(
        reason=command.reason,
        lines=[_change(i, change, currency) for i, change in enumerate(command.lines)],
        added=[
            item_of(line, products, market, "add_lines", str(i))
            for i, line in enumerate(command.add_lines)
        ],
        shipping_address=_bare(command.shipping_address),
        billing_address=_bare(command.billing_address),
        shipping_method=command.shipping_method,
        shipping_price=None if price is None else amount_of(price, currency, "shipping_price"),
        shipping_tax_rate=command.shipping_tax_rate,
        contact=command.contact,
    )


def _change(i: int, change: LineChange, currency: str) -> editing.LineChange:
    price = change.unit_price
    return editing.LineChange(
        change.line_id,
        change.quantity,
        None if price is None else amount_of(price, currency, "lines", str(i), "unit_price"),
        change.tax_rate,
    )


def _bare(address: Address | None) -> PostalAddress | None:
    return None if address is None else PostalAddress(**address.model_dump())


def _promises(
    order: Order, command: EditOrder, sourcing: SourcingPlan, channel: Channel
) -> Iterator[Promise]:
    new = {line.line_id: line.promised_by for line in command.add_lines}
    until = channel.backorders_wait_until(command.edited_at)
    for part in sourcing.unsourced:
        told = new.get(part.line_id) or order.lines[part.line_id].promised_by
        yield Promise(line_id=part.line_id, promised_by=told, waits_until=until)


def _basket(
    command: EditOrder, order: Order, edited: OrderEdited, products: Mapping[str, Product]
) -> Basket:
    """Want what is added."""
    skus = {line.terms.line_id: line.terms.sku for line in edited.lines}
    wanted = [
        SkuQuantity(line_id=part.line_id, sku=skus[part.line_id], quantity=part.quantity)
        for part in edited.added
    ]
    at = command.edited_at or order.terms.placed_at
    return basket_of(order.terms.channel, edited.shipping_address, at, wanted, products)


def _field(command: EditOrder, line_id: UUID) -> tuple[str, ...]:
    known = {line.line_id: ("lines", str(i)) for i, line in enumerate(command.lines)}
    known |= {line.line_id: ("add_lines", str(i)) for i, line in enumerate(command.add_lines)}
    return (*known[line_id], "quantity")


def _place(item: StockItem) -> tuple[str, str]:
    return item.sku, item.location
