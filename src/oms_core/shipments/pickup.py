"""Click and collect: the customer comes to the location for the goods."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Moment, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.order import Order
from oms_core.orders.quantities import MOST_LINES
from oms_core.serials.naming import SerialsOfLine
from oms_core.shipments.events import GoodsHandedOver, PickupPrepared
from oms_core.shipments.leaving import leaving
from oms_core.shipments.policy import Withdrawal
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.withdrawing import stock_for, withdraw


class MarkReadyForPickup(Command):
    """Tell that the customer can come, until `collect_by` if that is given."""

    shipment_id: UUID
    ready_at: Moment
    collect_by: Moment | None = None

    def target(self) -> UUID:
        return self.shipment_id


class HandOver(Command):
    """Give the goods to the customer, or to somebody who comes for them.

    `serials` name the units that have serial numbers, if that was not said when they were picked.
    """

    shipment_id: UUID
    recipient: Text | None = None
    handed_over_at: Moment
    serials: Annotated[tuple[SerialsOfLine, ...], Field(max_length=MOST_LINES)] = ()

    def target(self) -> UUID:
        return self.shipment_id


class ExpirePickup(Command):
    """Wait no longer for the customer. `then` says what becomes of the units."""

    shipment_id: UUID
    reason: Text
    then: Withdrawal = Withdrawal.CANCEL
    expired_at: Moment | None = None

    def target(self) -> UUID:
        return self.shipment_id


@handles(MarkReadyForPickup)
async def mark_ready_for_pickup(command: MarkReadyForPickup, streams: Streams) -> Shipment:
    """Keep the goods ready, once all are picked."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    order.refuse_if_on_hold()
    shipment.prepare_pickup(PickupPrepared(**command.model_dump(exclude={"shipment_id"})))
    return shipment


@handles(HandOver)
async def hand_over(command: HandOver, streams: Streams) -> Shipment:
    """Ship and deliver in one: the goods leave the stock now."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    stock = await leaving(shipment, command.serials, streams)
    shipment.refuse_unless_collectable()
    order.refuse_if_on_hold()
    units = shipment.quantities
    stock.refuse_unless_there(order, shipment, units, command.handed_over_at)
    serials = stock.leave(order, shipment, command.handed_over_at)
    facts = command.model_dump(exclude={"shipment_id", "serials"})
    shipment.hand_over(GoodsHandedOver(**facts, serials=serials))
    order.deliver(shipment.id, units)
    return shipment


@handles(ExpirePickup)
async def expire_pickup(command: ExpirePickup, streams: Streams) -> Shipment:
    """Put the goods back onto the shelf, and decide about the units in the same transaction."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    stock = await stock_for(command.then, shipment, order, streams, command.expired_at)
    shipment.refuse_unless_collectable()
    withdraw(order, shipment, command.then, command.reason, stock)
    shipment.expire_pickup(command.reason)
    return shipment
