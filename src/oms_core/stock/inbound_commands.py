"""Commands on a whole purchase order or shipping notice: many SKUs that come to one location."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Number, Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.serials.naming import SerialNumbers, SerialsOfSku, named_by_sku
from oms_core.stock.events import StockCondition, StockReceived, SupplyExpected
from oms_core.stock.receipts import day_of, received_lots
from oms_core.stock.stock_item import StockItem, stock_item_id

MOST_SKUS = 500


class SuppliedUnits(Message):
    """So many units of a SKU."""

    sku: Number
    quantity: Quantity


class ArrivedUnits(SuppliedUnits):
    """So many units of a SKU that came, their condition, and their lot where there are lots.

    Of a product with serial numbers, one for each unit.
    """

    condition: StockCondition = StockCondition.AVAILABLE
    lot: Code | None = None
    best_before: date | None = None
    serials: SerialNumbers = ()


L = TypeVar("L", bound=SuppliedUnits)


def _told_apart(lines: tuple[L, ...]) -> tuple[L, ...]:
    if len({line.sku for line in lines}) < len(lines):
        raise ValueError("must each name another SKU")
    return lines


class _Inbound(Command):
    location: Code
    supply: Code
    lines: tuple[SuppliedUnits, ...]

    def touches(self) -> Iterable[UUID]:
        yield location_id(self.location)
        yield from (product_id(line.sku) for line in self.lines)


class ExpectSupplies(_Inbound):
    """Announce units of many SKUs; `supply` names the purchase order or shipping notice."""

    expected_on: date
    lines: Annotated[
        tuple[SuppliedUnits, ...],
        Field(min_length=1, max_length=MOST_SKUS),
        AfterValidator(_told_apart),
    ]


class ReceiveSupplies(_Inbound):
    """Take in what came of a supply: more or less than was announced.

    With `complete`, nothing more of these SKUs will come with it.
    """

    lines: Annotated[
        tuple[ArrivedUnits, ...],
        Field(min_length=1, max_length=MOST_SKUS),
        AfterValidator(_told_apart),
    ]
    complete: bool = False
    reference: Text | None = None
    received_at: Moment | None = None


@handles(ExpectSupplies)
async def expect_supplies(command: ExpectSupplies, streams: Streams) -> Location:
    """Record what will come of each SKU, or nothing of it."""
    location, products, items = await _there(command, streams)
    events = [
        SupplyExpected(
            sku=line.sku,
            location=command.location,
            supply=command.supply,
            quantity=line.quantity,
            expected_on=command.expected_on,
        )
        for line in command.lines
    ]
    for i, (item, event) in enumerate(zip(items, events, strict=True)):
        item.refuse_if_announced(event, "lines", str(i), "sku")
    for item, product, event in zip(items, products, events, strict=True):
        item.expect(event)
        product.stocked_at(command.location)
    return location


@handles(ReceiveSupplies)
async def receive_supplies(command: ReceiveSupplies, streams: Streams) -> Location:
    """Raise what is on hand of each SKU, or of none."""
    named = (SerialsOfSku(sku=line.sku, serials=line.serials) for line in command.lines)
    serials = await named_by_sku(named, streams)
    location, products, items = await _there(command, streams)
    on = day_of(command.received_at)
    events = [
        StockReceived(
            sku=line.sku,
            location=command.location,
            quantity=line.quantity,
            reference=command.reference,
            condition=line.condition,
            supply=command.supply,
            supply_complete=command.complete,
            lots=received_lots(product, line, on, "lines", str(i)),
            serial_numbered=product.facts.serial_numbered,
        )
        for i, (line, product) in enumerate(zip(command.lines, products, strict=True))
    ]
    for i, (item, event) in enumerate(zip(items, events, strict=True)):
        item.supply(event, command.supply, "lines", str(i), "sku")
        item.refuse_other_dates(event, "lines", str(i), "best_before")
        units, where = serials[event.sku], ("lines", str(i), "serials")
        units.refuse_unless(event.quantity, *where, numbered=event.serial_numbered)
        units.refuse_unless_away(*where)
    for item, event in zip(items, events, strict=True):
        item.receive(event)
        reference = command.reference or command.supply
        serials[event.sku].come_in(command.location, reference, event.condition)
    return location


async def _there(
    command: _Inbound, streams: Streams
) -> tuple[Location, Sequence[Product], Sequence[StockItem]]:
    """Load location, products and stock, in the order of the lines."""
    skus = [line.sku for line in command.lines]
    [location] = await streams.find(Location, [location_id(command.location)])
    if not location.exists:
        raise NoSuchLocation(code=command.location, field=("location",))
    products = await streams.find(Product, [product_id(sku) for sku in skus])
    for i, (sku, product) in enumerate(zip(skus, products, strict=True)):
        if not product.exists:
            raise NoSuchProduct(sku=sku, field=("lines", str(i), "sku"))
    ids = [stock_item_id(sku, command.location) for sku in skus]
    found = {item.id: item for item in await streams.find(StockItem, sorted(ids))}
    return location, products, [found[id] for id in ids]
