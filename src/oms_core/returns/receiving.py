"""Taking goods back in: in parts, anywhere, each unit in the condition it is found in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from oms_core.catalogue.product import Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Quantity
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Message
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.orders.order import Order
from oms_core.orders.quantities import MOST_LINES
from oms_core.returns.commands import OnReturn, with_order
from oms_core.returns.events import Condition, InspectedQuantity, ReturnedQuantity
from oms_core.returns.goods_return import Return
from oms_core.returns.numbering import NamedUnits, serials_back
from oms_core.returns.refusals import (
    NoSuchReturnLine,
    RestockedUnitsAreForSale,
    TooFewUnitsInCondition,
    TooFewUnitsOutstanding,
)
from oms_core.serials.naming import SerialNumbers, SerialsOfLine, by_line
from oms_core.stock.events import StockReceived
from oms_core.stock.stock_item import StockItem, stock_item_id


class ReceivedLine(Message):
    """Units that came back, at the location they came from unless another one is named."""

    line_id: UUID
    quantity: Quantity
    condition: Condition
    location: Code | None = None
    serials: SerialNumbers = ()


class InspectedLine(Message):
    """Units that came back and turn out to be in another condition; anywhere if no `location`."""

    line_id: UUID
    quantity: Quantity
    condition: Condition
    were: Condition = Condition.QUARANTINED
    location: Code | None = None
    serials: SerialNumbers = ()

    @model_validator(mode="after")
    def _another_one(self) -> Self:
        if self.condition is self.were:
            raise ValueError("must name another condition than the units were in")
        return self


class ReceiveReturn(OnReturn):
    """Take all outstanding goods of a return in where they came from.

    `restock` makes them sellable again; else they are set apart. `serials` name the units that have
    serial numbers.
    """

    restock: bool
    serials: Annotated[tuple[SerialsOfLine, ...], Field(max_length=MOST_LINES)] = ()


class ReceiveReturnItems(OnReturn):
    """Take a part of a return in. Only restocked units are sellable again."""

    lines: Annotated[tuple[ReceivedLine, ...], Field(min_length=1, max_length=MOST_LINES)]


class InspectReturn(OnReturn):
    """Correct what became of units that came back, until the return is closed."""

    lines: Annotated[tuple[InspectedLine, ...], Field(min_length=1, max_length=MOST_LINES)]


_Arrival = tuple[UUID, int, Condition, str | None]
"""So many units of a line, their condition, and where they come in if that is known."""


@handles(ReceiveReturn)
async def receive_return(command: ReceiveReturn, streams: Streams) -> Return:
    """Take in what is outstanding, note it on the order and restock, in one transaction."""
    goods, order = await with_order(command, streams)
    goods.refuse_unless_expected()
    condition = Condition.RESTOCKED if command.restock else Condition.QUARANTINED
    wanted = [(id, units, condition, None) for id, units in (+goods.outstanding).items()]
    lines = list(_placed(goods, wanted))
    products = await _products(lines, streams)
    names = by_line(command.serials)
    told = [NamedUnits(id, n, names.get(id, ()), ("serials",)) for id, n, _, _ in wanted]
    serials = await serials_back(goods, told, lines, products, streams)
    shelves = await _shelves(lines, products, streams)
    _take_in(goods, order, lines)
    shelves.restock(goods, order)
    serials.note(goods)
    return goods


@handles(ReceiveReturnItems)
async def receive_return_items(command: ReceiveReturnItems, streams: Streams) -> Return:
    """Take named units in, note them on the order and restock, in one transaction."""
    goods, order = await with_order(command, streams)
    await _refuse_unknown_locations(command.lines, streams)
    goods.refuse_unless_expected()
    wanted = [(ln.line_id, ln.quantity, ln.condition, ln.location) for ln in command.lines]
    lines = list(_placed(goods, wanted))
    products = await _products(lines, streams)
    serials = await serials_back(goods, _told(command.lines), lines, products, streams)
    shelves = await _shelves(lines, products, streams)
    goods.refuse_unless_outstanding(lines)
    _take_in(goods, order, lines)
    shelves.restock(goods, order)
    serials.note(goods)
    return goods


@handles(InspectReturn)
async def inspect_return(command: InspectReturn, streams: Streams) -> Return:
    """Move units from one condition to another; what is restocked becomes sellable."""
    goods, order = await with_order(command, streams)
    goods.refuse_if_over()
    lines = list(_inspected(goods, command.lines))
    products = await _products(lines, streams)
    told = _told(command.lines)
    serials = await serials_back(goods, told, lines, products, streams, inspected=True)
    shelves = await _shelves(lines, products, streams)
    goods.inspect(lines)
    shelves.restock(goods, order)
    serials.note(goods)
    return goods


def _told(lines: Iterable[ReceivedLine | InspectedLine]) -> list[NamedUnits]:
    return [
        NamedUnits(line.line_id, line.quantity, line.serials, ("lines", str(i), "serials"))
        for i, line in enumerate(lines)
    ]


async def _products(lines: Iterable[ReturnedQuantity], streams: Streams) -> Mapping[str, Product]:
    skus = sorted({line.sku for line in lines})
    products = await streams.find(Product, [product_id(sku) for sku in skus])
    return dict(zip(skus, products, strict=True))


def _take_in(goods: Return, order: Order, lines: Sequence[ReturnedQuantity]) -> None:
    units: dict[UUID, int] = {}
    for line in lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    goods.receive(lines)
    order.receive_return(goods.id, units)


@dataclass(frozen=True, slots=True)
class _Shelves:
    """Where restocked units go."""

    lines: Sequence[ReturnedQuantity]
    items: Mapping[UUID, StockItem]
    products: Mapping[str, Product]

    def restock(self, goods: Return, order: Order) -> None:
        """Raise what is on hand, and note which locations keep the products."""
        for (sku, location), quantity in self._units().items():
            self.items[stock_item_id(sku, location)].receive(
                StockReceived(
                    sku=sku,
                    location=location,
                    quantity=quantity,
                    reference=order.terms.number,
                    return_id=goods.id,
                    serial_numbered=self.products[sku].facts.serial_numbered,
                )
            )
            self.products[sku].stocked_at(location)

    def _units(self) -> dict[tuple[str, str], int]:
        units: dict[tuple[str, str], int] = {}
        for line in self.lines:
            place = line.sku, line.location
            units[place] = units.get(place, 0) + line.quantity
        return units


async def _shelves(
    lines: Iterable[ReturnedQuantity], products: Mapping[str, Product], streams: Streams
) -> _Shelves:
    lines = [line for line in lines if line.condition is Condition.RESTOCKED]
    ids = sorted({stock_item_id(line.sku, line.location) for line in lines})
    items = await streams.find(StockItem, ids)
    return _Shelves(lines, dict(zip(ids, items, strict=True)), products)


async def _refuse_unknown_locations(lines: Sequence[ReceivedLine], streams: Streams) -> None:
    named = {line.location: i for i, line in enumerate(lines) if line.location is not None}
    found = await streams.find(Location, [location_id(code) for code in named])
    for (code, i), location in zip(named.items(), found, strict=True):
        if not location.exists:
            raise NoSuchLocation(code=code, field=("lines", str(i), "location"))


def _placed(goods: Return, wanted: Iterable[_Arrival]) -> Iterator[ReturnedQuantity]:
    """Tell where units come in: at the location that is named, or else where they came from."""
    earlier = goods.requested - goods.outstanding
    for line_id, quantity, condition, location in wanted:
        if line_id not in goods.requested:
            raise NoSuchReturnLine(line_id=line_id, field=("lines",))
        places = [(location, quantity)] if location else _origins(goods, line_id, earlier[line_id])
        left = quantity
        for code, expected in places:
            if units := min(left, expected):
                yield ReturnedQuantity(
                    line_id=line_id,
                    sku=goods.sku(line_id),
                    quantity=units,
                    location=code,
                    condition=condition,
                )
            left -= units
        if left:
            raise TooFewUnitsOutstanding(
                wanted=quantity,
                sku=goods.sku(line_id),
                outstanding=quantity - left,
                field=("lines",),
            )
        earlier[line_id] += quantity


def _origins(goods: Return, line_id: UUID, earlier: int) -> Iterator[tuple[str, int]]:
    """Tell where the units of a line came from that are still expected."""
    for part in goods.facts.lines:
        if part.line_id == line_id:
            if earlier < part.quantity:
                yield part.location, part.quantity - earlier
            earlier = max(earlier - part.quantity, 0)


def _inspected(goods: Return, lines: Iterable[InspectedLine]) -> Iterator[InspectedQuantity]:
    places = dict(goods.places)
    for i, line in enumerate(lines):
        if line.line_id not in goods.requested:
            raise NoSuchReturnLine(line_id=line.line_id, field=("lines", str(i), "line_id"))
        if line.were is Condition.RESTOCKED:
            raise RestockedUnitsAreForSale(
                sku=goods.sku(line.line_id), field=("lines", str(i), "were")
            )
        yield from _taken(goods, places, i, line)


def _taken(
    goods: Return, places: dict[tuple[UUID, str, Condition], int], i: int, line: InspectedLine
) -> Iterator[InspectedQuantity]:
    left = line.quantity
    for place, units in places.items():
        of_line, location, condition = place
        if (of_line, condition) == (line.line_id, line.were) and line.location in (None, location):
            taken = min(left, units)
            places[place] -= taken
            left -= taken
            if taken:
                yield InspectedQuantity(
                    line_id=of_line,
                    sku=goods.sku(of_line),
                    quantity=taken,
                    location=location,
                    condition=line.condition,
                    were=condition,
                )
    if left:
        raise TooFewUnitsInCondition(
            wanted=line.quantity,
            sku=goods.sku(line.line_id),
            condition=line.condition,
            found=line.quantity - left,
            were=line.were,
            place="" if line.location is None else f" at {line.location}",
            field=("lines", str(i)),
        )
