"""Commands on what is there: receipts, corrections, counts, conditions and scrap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.corrections.correction import Corrections, corrections_id, refuse_unless_of
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, EventId, Moment, Number, Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Invalid
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.serials.naming import NamedSerials, SerialNumbers, named
from oms_core.stock.events import (
    LotUnits,
    StockAdjusted,
    StockCondition,
    StockConditionChanged,
    StockCounted,
    StockReceived,
    StockScrapped,
)
from oms_core.stock.lot_keeping import AVAILABLE
from oms_core.stock.receipts import day_of, received_lots
from oms_core.stock.stock_item import StockItem, stock_item_id

UnitsFound = Annotated[int, Field(ge=0, le=1_000_000)]


class NothingAdjusted(Invalid):
    """An adjustment of 0 changes nothing. Give what is there less what the figure says."""


class OnStock(Command):
    """A command on one SKU at one location."""

    sku: Number
    location: Code

    def target(self) -> UUID:
        return stock_item_id(self.sku, self.location)

    def touches(self) -> Iterable[UUID]:
        return product_id(self.sku), location_id(self.location)


class ReceiveStock(OnStock):
    """Take goods in at a location; `reference` is the delivery note, for instance.

    `supply` names what was announced. More may come than that; `supply_complete` says that
    nothing more of it will come, though less did. Products that keep lots name one, with its
    best-before date if it has one; what has expired by `received_at` can't be for sale. Those with
    serial numbers name one for each unit.
    """

    quantity: Quantity
    reference: Text | None = None
    condition: StockCondition = StockCondition.AVAILABLE
    supply: Code | None = None
    supply_complete: bool = False
    lot: Code | None = None
    best_before: date | None = None
    serials: SerialNumbers = ()
    received_at: Moment | None = None


class AdjustStock(OnStock):
    """Correct the figure by a difference, with the reason why it was off.

    Units that are missing are of the `lot`, if it is named; else of those that expire first.
    `corrects` is the event of this stock that it counters, if one was wrong. `serials` are those
    of the units that were found, or are missing.
    """

    delta: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    reason: Text
    reference: Text | None = None
    lot: Code | None = None
    serials: SerialNumbers = ()
    corrects: EventId | None = None


class CountStock(OnStock):
    """Set the figure to what was counted, in whatever condition it is.

    `expected_on_hand` is the figure that the counter set out from: when somebody booked something
    since, the count is refused. `corrects` is the event of this stock that it counters, such as a
    count that went wrong. `serials` name the units that are missing or were found; they may be
    named later, too.
    """

    counted: UnitsFound
    reason: Text
    reference: Text | None = None
    expected_on_hand: UnitsFound | None = None
    serials: SerialNumbers = ()
    corrects: EventId | None = None


class ChangeStockCondition(OnStock):
    """Put units on hold, release them, or mark them damaged; of one lot, if it is named.

    What has expired by `changed_at` can't be for sale again.
    """

    quantity: Quantity
    before: StockCondition
    after: StockCondition
    reason: Text
    reference: Text | None = None
    lot: Code | None = None
    serials: SerialNumbers = ()
    changed_at: Moment | None = None


class ScrapStock(OnStock):
    """Throw units away, damaged ones unless another condition is named; of one lot, if it is."""

    quantity: Quantity
    condition: StockCondition = StockCondition.DAMAGED
    reason: Text
    reference: Text | None = None
    lot: Code | None = None
    serials: SerialNumbers = ()


@handles(ReceiveStock)
async def receive_stock(command: ReceiveStock, streams: Streams) -> StockItem:
    """Raise what is on hand; the first receipt of a product opens its record at the location."""
    serials = await named(command.sku, command.serials, streams)
    item, product = await keeping(command, streams)
    facts = command.model_dump(exclude={"lot", "best_before", "serials", "received_at"})
    lots = received_lots(product, command, day_of(command.received_at))
    numbered = product.facts.serial_numbered
    serials.refuse_unless(command.quantity, "serials", numbered=numbered)
    serials.refuse_unless_away("serials")
    item.receive(StockReceived(**facts, lots=lots, serial_numbered=numbered))
    serials.come_in(command.location, command.reference, command.condition)
    product.stocked_at(command.location)
    return item


@handles(AdjustStock)
async def adjust_stock(command: AdjustStock, streams: Streams) -> StockItem:
    """Correct what is on hand; refused when it would fall below zero."""
    wrong = () if command.corrects is None else (corrections_id(command.target()),)
    corrections = await streams.find(Corrections, wrong)
    serials = await named(command.sku, command.serials, streams)
    item, product = await keeping(command, streams)
    if command.delta == 0:
        raise NothingAdjusted(field=("delta",))
    if command.corrects is not None:
        refuse_unless_of(item, command.corrects)
    lots: tuple[LotUnits, ...] = ()
    if command.delta < 0:
        lots = item.taken(command, AVAILABLE, -command.delta, lot=command.lot)
    elif command.lot is not None:
        lots = item.found(command, command.delta, command.lot)
    numbered = product.facts.serial_numbered
    serials.refuse_unless(abs(command.delta), "serials", numbered=numbered)
    if command.delta < 0:
        serials.refuse_unless_at(command.location, "serials")
        serials.refuse_unless_in(AVAILABLE, "serials")
    else:
        serials.refuse_unless_away("serials")
    facts = command.model_dump(exclude={"lot", "serials", "corrects"})
    item.adjust(StockAdjusted(**facts, lots=lots, serial_numbered=numbered))
    if command.delta < 0:
        serials.write_off(command.reason)
    else:
        serials.come_in(command.location, command.reason)
    for one in corrections:
        one.put_right(str(command.corrects), item, command.reason)
    product.stocked_at(command.location)
    return item


@handles(CountStock)
async def count_stock(command: CountStock, streams: Streams) -> StockItem:
    """Record the count, also one that finds no difference."""
    wrong = () if command.corrects is None else (corrections_id(command.target()),)
    corrections = await streams.find(Corrections, wrong)
    serials = await named(command.sku, command.serials, streams)
    item, product = await keeping(command, streams)
    if command.corrects is not None:
        refuse_unless_of(item, command.corrects)
    facts = command.model_dump(exclude={"expected_on_hand", "corrects", "serials"})
    delta = command.counted - item.on_hand
    lots = item.taken(command, AVAILABLE, max(-delta, 0))
    counted = StockCounted(
        **facts,
        expected=item.on_hand,
        delta=delta,
        lots=lots,
        serial_numbered=product.facts.serial_numbered,
    )
    _refuse_unless_difference(command, delta, serials, numbered=counted.serial_numbered)
    item.count(counted, command.expected_on_hand)
    if delta < 0:
        serials.write_off(command.reason)
    else:
        serials.come_in(command.location, command.reason)
    for one in corrections:
        one.put_right(str(command.corrects), item, command.reason)
    product.stocked_at(command.location)
    return item


def _refuse_unless_difference(
    command: CountStock, delta: int, serials: NamedSerials, *, numbered: bool
) -> None:
    """Refuse names that are not those of the difference. Nobody has to name any."""
    if not command.serials:
        return
    serials.refuse_unless(abs(delta), "serials", numbered=numbered)
    if delta < 0:
        serials.refuse_unless_at(command.location, "serials")
        serials.refuse_unless_in(AVAILABLE, "serials")
    else:
        serials.refuse_unless_away("serials")


@handles(ChangeStockCondition)
async def change_stock_condition(command: ChangeStockCondition, streams: Streams) -> StockItem:
    """Move units between conditions; what is on hand stays."""
    serials = await named(command.sku, command.serials, streams)
    item, product = await keeping(command, streams)
    on = day_of(command.changed_at) if command.after is AVAILABLE else None
    lots = item.taken(command, command.before, command.quantity, lot=command.lot, on=on)
    _refuse_unless_here(command, command.before, serials, product)
    facts = command.model_dump(exclude={"lot", "serials", "changed_at"})
    item.change_condition(StockConditionChanged(**facts, lots=lots))
    serials.change_condition(command.location, command.after, command.reason)
    return item


@handles(ScrapStock)
async def scrap_stock(command: ScrapStock, streams: Streams) -> StockItem:
    """Lower what is on hand."""
    serials = await named(command.sku, command.serials, streams)
    item, product = await keeping(command, streams)
    lots = item.taken(command, command.condition, command.quantity, lot=command.lot)
    _refuse_unless_here(command, command.condition, serials, product)
    item.scrap(StockScrapped(**command.model_dump(exclude={"lot", "serials"}), lots=lots))
    serials.write_off(command.reason)
    return item


def _refuse_unless_here(
    command: ChangeStockCondition | ScrapStock,
    condition: StockCondition,
    serials: NamedSerials,
    product: Product,
) -> None:
    """Refuse names of units that are not there in this condition, and too few or many."""
    facts = product.facts
    serials.refuse_unless(command.quantity, "serials", numbered=facts.serial_numbered)
    serials.refuse_unless_at(command.location, "serials")
    serials.refuse_unless_in(condition, "serials", may_expire=facts.keeps_lots)


async def keeping(command: OnStock, streams: Streams) -> tuple[StockItem, Product]:
    """Load the stock and its product. Raises refusals that name what is not there."""
    [product] = await streams.find(Product, [product_id(command.sku)])
    if not product.exists:
        raise NoSuchProduct(sku=command.sku, field=("sku",))
    [location] = await streams.find(Location, [location_id(command.location)])
    if not location.exists:
        raise NoSuchLocation(code=command.location, field=("location",))
    [item] = await streams.find(StockItem, [command.target()])
    return item, product
