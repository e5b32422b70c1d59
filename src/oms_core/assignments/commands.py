"""A location says that it can't send what it was asked for: somebody else is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from oms_core.assignments.assignment import Assignment, assignment_id
from oms_core.assignments.deciding import days_at, leave_days, note
from oms_core.assignments.events import Occasion
from oms_core.backorders.waiting import Waiting, waiting_of
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
from oms_core.sourcing.asking import Sourced, basket_of, source
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.stock.stock_item import stock_item_id
from oms_core.workdays.workday import WorkDay


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
    shipments, assignment, days = await to_be_sent(order, command.location, streams)
    found = await find_others(
        order, units, command.location, streams, at=command.rejected_at, shipments=shipments
    )
    facts = {"location": command.location, "reason": command.reason}
    unassigned = LinesUnassigned(**facts, units=tuple(units))
    found.move(unassigned, assignment, days, Occasion.REJECTED)
    return order


@dataclass(frozen=True, slots=True)
class Others:
    """Who sends units of an order instead of a location, and all that has to know of it."""

    order: Order
    sourced: Sourced
    before: Waiting
    waits_until: datetime | None
    shipments: Sequence[Shipment]

    def move(
        self,
        unassigned: LinesUnassigned,
        assignment: Assignment,
        left_days: Iterable[WorkDay],
        occasion: Occasion,
    ) -> None:
        """Free the units there and reserve them elsewhere; what none has waits for stock."""
        order, sourced = self.order, self.sourced
        units = unassigned.units
        given_back = {item.id: freed(order, units, item) for item in sourced.items}
        order.unassign(unassigned)
        self.before.enter_anew(order)
        order.reserve(sourced.plan.sourced)
        order.wait_again(sourced.plan.unsourced, self.waits_until)
        sourced.waiting.enter(order, sourced.plan.unsourced)
        for item in sourced.items:
            if freed_lines := given_back[item.id]:
                item.release(order.id, freed_lines)
            place = (item.sku, item.location)
            if new := [line for line in sourced.plan.sourced if (line.sku, line.location) == place]:
                item.reserve(order.id, [line.bare() for line in new], order.terms.channel)
        for shipment in self.shipments:
            if taken := withdrawn(units, shipment.id):
                shipment.cancel_lines(taken, unassigned.reason)
        leave_days(order, left_days)
        note(assignment, order.id, occasion, sourced, unassigned.location)
        sourced.schedule(order.id)


async def to_be_sent(
    order: Order, location: str, streams: Streams
) -> tuple[Sequence[Shipment], Assignment, Sequence[WorkDay]]:
    """Load the shipments that have not left, and what a location was to send of them, and when."""
    shipments = await streams.find(Shipment, order.unsent_ids)
    [assignment] = await streams.find(Assignment, [assignment_id(order.id)])
    return shipments, assignment, await days_at(assignment, location, streams)


async def find_others(
    order: Order,
    units: Sequence[CancelledUnits],
    location: str,
    streams: Streams,
    *,
    at: datetime,
    shipments: Sequence[Shipment],
) -> Others:
    """Load what is needed to source units anew, from anywhere but a location; the stock last."""
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    [channel] = await streams.find(Channel, [channel_id(order.terms.channel)])
    lines = _lines(order, units)
    products = await _products(lines, streams)
    terms = order.terms
    basket = basket_of(terms.channel, terms.shipping_address, at, lines, products)
    before = await waiting_of(order, streams)
    sourced = await source(
        basket,
        products,
        policy,
        streams,
        besides={stock_item_id(line.sku, location) for line in lines},
        excluded=order.declined_by | {location},
        only=terms.pickup_location,
        may_wait=True,
    )
    return Others(order, sourced, before, channel.backorders_wait_until(at), shipments)


def _lines(order: Order, units: Sequence[CancelledUnits]) -> list[SkuQuantity]:
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
