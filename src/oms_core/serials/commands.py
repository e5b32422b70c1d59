"""Commands on units by their serial numbers alone: the figures of the stock stay as they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Number, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.serials.naming import SerialNumbers, named
from oms_core.stock.events import StockCondition

Serials = Annotated[SerialNumbers, Field(min_length=1)]


class _OnSerials(Command):
    sku: Number
    location: Code
    serials: Serials
    reason: Text

    def touches(self) -> Iterable[UUID]:
        return product_id(self.sku), location_id(self.location)


class RecordSerials(_OnSerials):
    """Say that units with these serial numbers are at a location: a count found them."""

    condition: StockCondition = StockCondition.AVAILABLE


class WriteOffSerials(_OnSerials):
    """Say that units with these serial numbers are not at a location any more, nor elsewhere."""


class MoveSerials(_OnSerials):
    """Say that units went to another location at once, as a merger of locations moves them.

    What is not on hand here is left as it is, and so is what stays where it is.
    """

    destination: Code
    transfer_id: UUID


@handles(RecordSerials)
async def record_serials(command: RecordSerials, streams: Streams) -> Product:
    """Note where they are; refused for what is somewhere already."""
    product = await _known(command, streams)
    serials = await named(command.sku, command.serials, streams)
    serials.refuse_unless(len(command.serials), "serials", numbered=product.facts.serial_numbered)
    serials.refuse_unless_away("serials")
    serials.come_in(command.location, command.reason, command.condition)
    return product


@handles(WriteOffSerials)
async def write_off_serials(command: WriteOffSerials, streams: Streams) -> Product:
    """Note that they are gone; refused for what is not on hand there."""
    product = await _known(command, streams)
    serials = await named(command.sku, command.serials, streams)
    serials.refuse_unless_at(command.location, "serials")
    serials.write_off(command.reason)
    return product


@handles(MoveSerials)
async def move_serials(command: MoveSerials, streams: Streams) -> Product:
    """Note that they left and arrived."""
    product = await _known(command, streams)
    if command.destination == command.location:
        return product
    await _location(command.destination, "destination", streams)
    found = await named(command.sku, command.serials, streams)
    serials = found.on_hand_at(command.location)
    serials.set_out(command.location, command.destination, command.transfer_id)
    serials.arrive(command.destination, command.transfer_id)
    return product


async def _known(command: _OnSerials, streams: Streams) -> Product:
    [product] = await streams.find(Product, [product_id(command.sku)])
    if not product.exists:
        raise NoSuchProduct(sku=command.sku, field=("sku",))
    await _location(command.location, "location", streams)
    return product


async def _location(code: str, field: str, streams: Streams) -> None:
    [location] = await streams.find(Location, [location_id(code)])
    if not location.exists:
        raise NoSuchLocation(code=code, field=(field,))
