"""A location is closed, or has more to send than it can on a day: others send it instead."""

from __future__ import annotations

from uuid import UUID

from oms_core.assignments.commands import find_others, to_be_sent
from oms_core.assignments.events import Occasion
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import NotAllowedInState
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.orders import unassigning
from oms_core.orders.events import LinesUnassigned
from oms_core.orders.order import Order
from oms_core.shipments.status import ShipmentStatus
from oms_core.workdays.workday import WorkDay


class CustomerComesThere(NotAllowedInState):
    """The customer collects the order at {location}, so that no other location can send it. Hand
    it over there, or cancel it.
    """


class RelieveLocation(Command):
    """Take from a location that is closed, or full beyond its day, what it is to send of an order.

    Others are asked at once; what none has waits for stock. What it has begun to pick stays, and a
    location that is open and has room keeps all: it may be asked for as often as one likes.
    """

    order_id: UUID
    location: Code
    reason: Text
    relieved_at: Moment

    def target(self) -> UUID:
        return self.order_id


@handles(RelieveLocation)
async def relieve_location(command: RelieveLocation, streams: Streams) -> Order:
    """Free what it has not begun to pick and reserve it elsewhere, in one transaction."""
    order = await streams.get(Order, command.order_id)
    [location] = await streams.find(Location, [location_id(command.location)])
    if not location.exists:
        raise NoSuchLocation(code=command.location, field=("location",))
    shipments, assignment, days = await to_be_sent(order, command.location, streams)
    if location.is_open and not any(_is_beyond(location, day, order.id) for day in days):
        return order
    begun = {s.id for s in shipments if s.status is not ShipmentStatus.PENDING}
    units = unassigning.decide(order, command.location, None, but=begun)
    if not units:
        return order
    if order.terms.pickup_location is not None:
        raise CustomerComesThere(location=command.location, field=("order_id",))
    found = await find_others(
        order, units, command.location, streams, at=command.relieved_at, shipments=shipments
    )
    found.move(
        LinesUnassigned(
            location=command.location, reason=command.reason, units=tuple(units), declined=False
        ),
        assignment,
        days,
        Occasion.RELIEVED,
    )
    return order


def _is_beyond(location: Location, day: WorkDay, order_id: UUID) -> bool:
    """Tell whether an order is among those that came when the day was full."""
    capacity = location.works.capacity_per_day
    if capacity is None:
        return False
    return order_id in list(day.orders)[capacity:]
