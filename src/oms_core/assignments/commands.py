"""A location says that it can't send what it was asked for: somebody else is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from oms_core.assignments.assignment import Assignment, assignment_id
from oms_core.assignments.deciding import days_at, leave_days, note
from oms_core.assignments.events import Occasion
from oms_core.backorders.waiting import waiting_of
from oms_core.catalogue.product import Product, product_id
from oms_core.channels.channel import Channel, channel_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import NotAllowedInState
from oms_core.orders import unassigning
from oms_core.orders.commands import WantedQuantities, summed
from oms_core.orders.events import CancelledUnits, LinesUnassigned
from oms_core.orders.order import Order
from oms_core.orders.quantities import SkuQuantity
from oms_core.orders.reservations import freed, withdrawn
from oms_core.shipments.shipment import Shipment
from oms_core.sourcing.asking import basket_of, source
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.stock.stock_item import stock_item_id


class NothingAssigned(NotAllowedInState):
    """Location {location} is to send nothing of this order that has not left it."""


class RejectAssignment(Command):
    """Say that a location can't send units of an order: it is short, closed, or overrun.

    All that it still has to send, or what `lines` names. The location is not asked again for this
    order. What no other location has waits for stock.
    """

    order_id: UUID
    location: Code
    reason: Text
    lines: WantedQuantities | None = None
    rejected_at: Moment

    def target(self) -> UUID:
        return self.order_id


@handles(RejectAssignment)
async def reject_assignment(command: RejectAssignment, streams: Streams) -> Order:
    """Free what the location was to send and reserve it elsewhere, in one transaction."""
    order = await streams.get(Order, command.order_id)
    wanted = None if command.lines is None else summed(command.lines)
    units = unassigning.decide(order, command.location, wanted)
    if not units:
        raise NothingAssigned(location=command.location, field=("location",))
    unsent = [id for id, release in order.releases.items() if not release.shipped]
    shipments = await streams.find(Shipment, unsent)
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    [channel] = await streams.find(Channel, [channel_id(order.terms.channel)])
    [assignment] = await streams.find(Assignment, [assignment_id(order.id)])
    left_days = await days_at(assignment, command.location, streams)
    lines = _lines(order, units)
    products = await _products(lines, streams)
    terms = order.terms
    basket = basket_of(terms.channel, terms.shipping_address, command.rejected_at, lines, products)
    before = await waiting_of(order, streams)
    sourced = await source(
        basket,
        products,
        policy,
        streams,
        besides={stock_item_id(line.sku, command.location) for line in lines},
        excluded=order.declined_by | {command.location},
        only=terms.pickup_location,
        may_wait=True,
    )
    given_back = {item.id: freed(order, units, item) for item in sourced.items}
    order.unassign(
        LinesUnassigned(location=command.location, reason=command.reason, units=tuple(units))
    )
    before.enter_anew(order)
    order.reserve(sourced.plan.sourced)
    order.wait_again(sourced.plan.unsourced, channel.backorders_wait_until(command.rejected_at))
    sourced.waiting.enter(order, sourced.plan.unsourced)
    for item in sourced.items:
        if freed_lines := given_back[item.id]:
            item.release(order.id, freed_lines)
        place = (item.sku, item.location)
        if new := [line for line in sourced.plan.sourced if (line.sku, line.location) == place]:
            item.reserve(order.id, [line.bare() for line in new], terms.channel)
    for shipment in shipments:
        if taken := withdrawn(units, shipment.id):
            shipment.cancel_lines(taken, command.reason)
    leave_days(order, left_days)
    note(assignment, order.id, Occasion.REJECTED, sourced, command.location)
    sourced.schedule(order.id)
    return order


def _lines(order: Order, units: list[CancelledUnits]) -> list[SkuQuantity]:
    totals: Counter[UUID] = Counter()
    for part in units:
        totals[part.line_id] += part.quantity
    return [
        SkuQuantity(line_id=id, sku=order.lines[id].terms.sku, quantity=quantity)
        for id, quantity in totals.items()
    ]


async def _products(lines: list[SkuQuantity], streams: Streams) -> Mapping[str, Product]:
    skus = list(dict.fromkeys(line.sku for line in lines))
    found = await streams.find(Product, [product_id(sku) for sku in skus])
    return dict(zip(skus, found, strict=True))
