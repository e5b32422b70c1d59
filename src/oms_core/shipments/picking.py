"""Picking: taking the goods from the shelves, and what happens when they are not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Moment, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.orders.order import Order
from oms_core.orders.quantities import MOST_LINES
from oms_core.shipments.events import PickingStarted
from oms_core.shipments.refusals import FewerPickedThanBefore, MorePickedThanWanted
from oms_core.shipments.rerouting import Rerouting, at, of_item, reroute, stock_of
from oms_core.shipments.shipment import Shipment

SHORT = "short pick"
"""Why units are missing when nobody said more."""


class PickedLine(Message):
    """So many units of a line are in hand now, in all; none when none was found."""

    line_id: UUID
    quantity: Annotated[int, Field(ge=0, le=1_000_000)]


class StartPicking(Command):
    """Note that somebody goes for the goods."""

    shipment_id: UUID
    picker: Text | None = None
    started_at: Moment

    def target(self) -> UUID:
        return self.shipment_id


class RecordPick(Command):
    """Note what was taken from the shelves: the units in hand of each line, in all.

    It states an aim, so that telling it twice changes nothing. With `if_short` no more units of
    the lines named will be found; it says what becomes of those that are missing.
    """

    shipment_id: UUID
    lines: Annotated[tuple[PickedLine, ...], Field(min_length=1, max_length=MOST_LINES)]
    if_short: Rerouting | None = None
    reason: Text | None = None
    picked_at: Moment | None = None

    def target(self) -> UUID:
        return self.shipment_id


@handles(StartPicking)
async def start_picking(command: StartPicking, streams: Streams) -> Shipment:
    """Begin, unless the order is on hold."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    shipment.refuse_unless_being_prepared()
    order.refuse_if_on_hold()
    shipment.start_picking(PickingStarted(**command.model_dump(exclude={"shipment_id"})))
    return shipment


@handles(RecordPick)
async def record_pick(command: RecordPick, streams: Streams) -> Shipment:
    """Note the picks; decide about short ones and correct their stock in the same transaction."""
    shipment = await streams.get(Shipment, command.shipment_id)
    found = {line.line_id: line.quantity for line in command.lines}
    missing = _missing(shipment, found, is_all=command.if_short is not None)
    if command.if_short is None or not missing:
        shipment.pick(found)
        return shipment
    order = await streams.get(Order, shipment.order_id)
    skus = {shipment.lines[id].sku for id in missing}
    stock = await stock_of(skus, order, streams, command.picked_at, but=shipment.location)
    reason = command.reason or SHORT
    shipment.pick(found)
    shipment.miss(missing, reason)
    order.unreserve(shipment.id, missing, reason)
    for item in at(shipment.location, stock.items):
        item.miss(order.id, of_item(order, missing, item), f"{reason}, order {order.terms.number}")
    reroute(order, missing, command.if_short, reason, stock, but=shipment.location)
    return shipment


def _missing(shipment: Shipment, found: Mapping[UUID, int], *, is_all: bool) -> Counter[UUID]:
    """Tell how many units are short, if no more will be found."""
    shipment.refuse_unless_being_prepared()
    for line_id, picked in found.items():
        line, before = shipment.line(line_id), shipment.picked[line_id]
        if picked > line.quantity:
            raise MorePickedThanWanted(
                picked=picked, sku=line.sku, wanted=line.quantity, field=("lines",)
            )
        if picked < before and not is_all:
            raise FewerPickedThanBefore(
                before=before, sku=line.sku, picked=picked, field=("lines",)
            )
    wanted = {id: shipment.lines[id].quantity for id in found} if is_all else {}
    return Counter(wanted) - Counter(found)
