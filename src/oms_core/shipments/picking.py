"""Picking: taking the goods from the shelves, and what happens when they are not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.calendar import utc_day
from oms_core.kernel.fields import Code, Moment, Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.orders.order import Order
from oms_core.orders.quantities import MOST_LINES
from oms_core.serials.naming import (
    NamedSerials,
    SerialNumbers,
    SerialsOfLine,
    by_line,
    named_by_line,
)
from oms_core.shipments.events import LineLot, LineSerials, PickingStarted
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.refusals import FewerPickedThanBefore, MorePickedThanWanted
from oms_core.shipments.rerouting import at, of_item, reroute, stock_of
from oms_core.shipments.shipment import Shipment
from oms_core.stock.lot_keeping import AVAILABLE
from oms_core.stock.stock_item import StockItem, stock_item_id

SHORT = "short pick"
"""Why units are missing when nobody said more."""


class PickedLot(Message):
    """So many units that are of one lot."""

    lot: Code
    quantity: Quantity


def _add_up(line: PickedLine) -> PickedLine:
    if line.lots and sum(part.quantity for part in line.lots) != line.quantity:
        raise ValueError("must name the lots of all units, or of none")
    return line


class PickedLine(Message):
    """So many units of a line are in hand now, in all; none when none was found.

    Which ones may be told by their serial numbers or their lots, of all of them.
    """

    line_id: UUID
    quantity: Annotated[int, Field(ge=0, le=1_000_000)]
    serials: SerialNumbers = ()
    lots: Annotated[tuple[PickedLot, ...], Field(max_length=100)] = ()


class StartPicking(Command):
    """Note that somebody goes for the goods."""

    shipment_id: UUID
    picker: Text | None = None
    started_at: Moment

    def target(self) -> UUID:
        return self.shipment_id


class RecordPick(Command):
    """Note what was taken from the shelves: the units in hand of each line, in all.

    It states an aim, so that telling it twice changes nothing. When it is `complete`, no more units
    of the lines named will be found: `if_short` says what becomes of those that are missing, or
    else the channel does. Whoever says that need not say it is complete.
    """

    shipment_id: UUID
    lines: Annotated[
        tuple[Annotated[PickedLine, AfterValidator(_add_up)], ...],
        Field(min_length=1, max_length=MOST_LINES),
    ]
    complete: bool = False
    if_short: Rerouting | None = None
    reason: Text | None = None
    picked_at: Moment | None = None

    def target(self) -> UUID:
        return self.shipment_id

    @property
    def is_all(self) -> bool:
        """Tell whether no more of the lines will be found."""
        return self.complete or self.if_short is not None


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
    missing = _missing(shipment, found, is_all=command.is_all)
    serials = await _serials(command, shipment, streams)
    lots = _lots(command, shipment)
    if not missing:
        items = await streams.find(StockItem, sorted(lots))
        _pick(command, shipment, found, items, serials)
        return shipment
    order = await streams.get(Order, shipment.order_id)
    skus = {shipment.lines[id].sku for id in missing}
    stock = await stock_of(
        skus, order, streams, command.picked_at, but=shipment.location, besides=lots
    )
    reason = command.reason or SHORT
    _pick(command, shipment, found, stock.besides, serials)
    shipment.miss(missing, reason)
    order.unreserve(shipment.id, missing, reason)
    for item in at(shipment.location, stock.items):
        if short := of_item(order, missing, item):
            item.miss(order.id, short, f"{reason}, order {order.terms.number}")
    how = command.if_short or stock.if_short
    reroute(order, missing, how, reason, stock, but=shipment.location)
    return shipment


async def _serials(
    command: RecordPick, shipment: Shipment, streams: Streams
) -> dict[UUID, NamedSerials]:
    """Load the units that are named, each of which must be there."""
    names = by_line(
        SerialsOfLine(line_id=line.line_id, serials=line.serials)
        for line in command.lines
        if line.serials
    )
    skus = {id: shipment.line(id).sku for id in names}
    serials = await named_by_line(names, skus, streams)
    for line in command.lines:
        if line.serials:
            serials[line.line_id].refuse_unless(line.quantity, "lines")
            serials[line.line_id].refuse_unless_at(shipment.location, "lines")
            serials[line.line_id].refuse_unless_in(AVAILABLE, "lines")
    return serials


def _lots(command: RecordPick, shipment: Shipment) -> dict[UUID, Counter[str]]:
    """Sum up the lots that are in hand of each stock item: those named now, and before."""
    lots: dict[UUID, Counter[str]] = {}
    named = {line.line_id: line.lots for line in command.lines if line.lots}
    skus = {shipment.line(id).sku for id in named}
    for id, line in shipment.lines.items():
        if line.sku in skus:
            told = {part.lot: 0 for part in named.get(id, ())}
            for part in named.get(id, ()):
                told[part.lot] += part.quantity
            all_of_it = lots.setdefault(stock_item_id(line.sku, shipment.location), Counter())
            all_of_it.update(told or shipment.lots.get(id, {}))
    return lots


def _pick(
    command: RecordPick,
    shipment: Shipment,
    found: Mapping[UUID, int],
    items: Iterable[StockItem],
    serials: Mapping[UUID, NamedSerials],
) -> None:
    """Note what is in hand, and which units where that was told."""
    lots = _lots(command, shipment)
    on = None if command.picked_at is None else utc_day(command.picked_at)
    order_id, id = shipment.order_id, shipment.id
    picked = [(item, item.lots_picked(order_id, id, lots[item.id], on)) for item in items]
    shipment.pick(
        found,
        [LineSerials(line_id=line, serials=tuple(each.units)) for line, each in serials.items()],
        [
            LineLot(line_id=line.line_id, lot=part.lot, quantity=part.quantity)
            for line in command.lines
            for part in line.lots
        ],
    )
    for item, event in picked:
        if event is not None:
            item.pick_lots(event)


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
