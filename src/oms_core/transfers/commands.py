"""Commands on transfers of stock between locations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Number, Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.serials.naming import NamedSerials, SerialsOfSku, named_by_sku, refuse_others
from oms_core.stock.events import (
    LotUnits,
    StockReceived,
    StockTransferredOut,
    SupplyCancelled,
    SupplyExpected,
)
from oms_core.stock.lot_keeping import AVAILABLE
from oms_core.stock.lots import first_expired_first
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.transfers.events import SkuLot, SkuSerials, SkuUnits, TransferPlanned
from oms_core.transfers.transfer import NothingToTransfer, Transfer

MOST_SKUS = 1000


class WantedUnits(SkuUnits):
    """So many units of a SKU, checked."""

    sku: Number
    quantity: Quantity


S = TypeVar("S", WantedUnits, SerialsOfSku)


def _told_apart(lines: tuple[S, ...]) -> tuple[S, ...]:
    if len({line.sku for line in lines}) < len(lines):
        raise ValueError("must each name another SKU")
    return lines


Lines = Annotated[tuple[WantedUnits, ...], Field(max_length=MOST_SKUS), AfterValidator(_told_apart)]


Serials = Annotated[
    tuple[SerialsOfSku, ...], Field(max_length=MOST_SKUS), AfterValidator(_told_apart)
]


class PlanTransfer(Command):
    """Plan that units go from one location to another; `number` is the caller's own, unique."""

    transfer_id: UUID
    source: Code
    destination: Code
    lines: Lines
    expected_on: date
    reason: Text
    number: Code | None = None


class _OnTransfer(Command):
    transfer_id: UUID

    def target(self) -> UUID:
        return self.transfer_id


class DispatchTransfer(_OnTransfer):
    """Let the units leave: they are in transit from then on.

    Of a product with serial numbers, `serials` name each unit.
    """

    serials: Serials = ()


class ReceiveTransfer(_OnTransfer):
    """Take in what arrived: all that is in transit when `lines` is None.

    When only a part of the units with serial numbers came, `serials` name them.
    """

    lines: Lines | None = None
    serials: Serials = ()
    reference: Text | None = None


class MissTransfer(_OnTransfer):
    """Note that what is still in transit will not arrive any more."""

    reason: Text


class CancelTransfer(_OnTransfer):
    """Leave the units where they are."""

    reason: Text


@handles(PlanTransfer)
async def plan_transfer(command: PlanTransfer, streams: Streams) -> Transfer:
    """Record the plan. Nothing is kept back for it until it is dispatched."""
    [transfer] = await streams.find(Transfer, [command.transfer_id])
    codes = (command.source, command.destination)
    locations = await streams.find(Location, [location_id(code) for code in codes])
    products = await streams.find(Product, [product_id(line.sku) for line in command.lines])
    for code, location, field in zip(codes, locations, ("source", "destination"), strict=True):
        if not location.exists:
            raise NoSuchLocation(code=code, field=(field,))
    for i, (line, product) in enumerate(zip(command.lines, products, strict=True)):
        if not product.exists:
            raise NoSuchProduct(sku=line.sku, field=("lines", str(i), "sku"))
    if not command.lines:
        raise NothingToTransfer(location=command.source, field=("lines",))
    transfer.plan(TransferPlanned(**command.model_dump(exclude={"transfer_id"})))
    return transfer


@handles(DispatchTransfer)
async def dispatch_transfer(command: DispatchTransfer, streams: Streams) -> Transfer:
    """Take the units out of stock and announce them at the destination, in one transaction."""
    transfer = await streams.get(Transfer, command.transfer_id)
    facts = transfer.facts
    [source] = await streams.find(Location, [location_id(facts.source)])
    products = await streams.find(Product, [product_id(line.sku) for line in facts.lines])
    serials = await named_by_sku(command.serials, streams)
    here, there = await _both_ends(transfer, streams)
    transfer.refuse_unless_planned()
    refuse_others(command.serials, {line.sku for line in facts.lines}, "serials")
    leaving = [
        StockTransferredOut(
            sku=line.sku,
            location=facts.source,
            transfer_id=transfer.id,
            quantity=line.quantity,
            lots=tuple(first_expired_first(item.lots, AVAILABLE, line.quantity, None)),
        )
        for item, line in zip(here, facts.lines, strict=True)
    ]
    for item, event in zip(here, leaving, strict=True):
        item.refuse_unless_free(event, clearing=not source.is_open)
        units = serials.setdefault(event.sku, NamedSerials(event.sku, {}))
        units.refuse_unless(event.quantity, "serials", numbered=item.serial_numbered)
        units.refuse_unless_at(facts.source, "serials")
        units.refuse_unless_in(AVAILABLE, "serials")
    transfer.dispatch(
        (SkuLot(sku=event.sku, **lot.model_dump()) for event in leaving for lot in event.lots),
        (
            SkuSerials(sku=each.sku, serials=tuple(each.units))
            for each in serials.values()
            if each.units
        ),
    )
    for each in serials.values():
        each.set_out(facts.source, facts.destination, transfer.id)
    for item, event in zip(here, leaving, strict=True):
        item.transfer_out(event)
    for item, product, line in zip(there, products, facts.lines, strict=True):
        item.expect(
            SupplyExpected(
                sku=line.sku,
                location=facts.destination,
                supply=transfer.supply,
                quantity=line.quantity,
                expected_on=facts.expected_on,
            )
        )
        product.stocked_at(facts.destination)
    return transfer


@handles(ReceiveTransfer)
async def receive_transfer(command: ReceiveTransfer, streams: Streams) -> Transfer:
    """Take what arrived into stock, in one transaction with the transfer's note of it."""
    transfer = await streams.get(Transfer, command.transfer_id)
    on_the_way = await _on_the_way(transfer, streams)
    _, there = await _both_ends(transfer, streams)
    if command.lines is None:
        units = dict(transfer.in_transit)
    else:
        units = {line.sku: line.quantity for line in command.lines}
    transfer.refuse_unless_in_transit(units)
    if not units:
        raise NothingToTransfer(location=transfer.facts.source, field=("lines",))
    arriving = [
        (item, _arrival(transfer, item, line.sku, quantity, command.reference))
        for item, line in zip(there, transfer.facts.lines, strict=True)
        if (quantity := units.get(line.sku))
    ]
    for item, event in arriving:
        item.refuse_other_dates(event, "lines")
    names = {line.sku: line.serials for line in command.serials}
    refuse_others(command.serials, on_the_way.keys() & units.keys(), "serials")
    serials = [
        on_the_way[sku].chosen(quantity, names.get(sku, ()), "serials")
        for sku, quantity in units.items()
        if sku in on_the_way
    ]
    transfer.receive(units)
    for item, event in arriving:
        item.receive(event)
    for each in serials:
        each.arrive(transfer.facts.destination, transfer.id)
    return transfer


async def _on_the_way(transfer: Transfer, streams: Streams) -> dict[str, NamedSerials]:
    """Load the units with serial numbers that left and did not arrive yet, by SKU."""
    left = [SerialsOfSku(sku=sku, serials=each) for sku, each in transfer.serials.items()]
    known = await named_by_sku(left, streams)
    return {sku: each.on_the_way(transfer.id) for sku, each in known.items()}


def _arrival(
    transfer: Transfer, item: StockItem, sku: str, quantity: int, reference: str | None
) -> StockReceived:
    parts = transfer.arriving(sku, quantity)
    return StockReceived(
        sku=sku,
        location=transfer.facts.destination,
        quantity=quantity,
        reference=reference or str(transfer.id),
        supply=transfer.supply if transfer.supply in item.supplies else None,
        transfer_id=transfer.id,
        lots=tuple(LotUnits(**part.model_dump(exclude={"sku"})) for part in parts),
        serial_numbered=sku in transfer.serials,
    )


@handles(MissTransfer)
async def miss_transfer(command: MissTransfer, streams: Streams) -> Transfer:
    """Close the transfer; what is missing was booked out at the source already."""
    transfer = await streams.get(Transfer, command.transfer_id)
    on_the_way = await _on_the_way(transfer, streams)
    _, there = await _both_ends(transfer, streams)
    transfer.refuse_unless_in_transit({})
    missing = transfer.miss(command.reason)
    for each in on_the_way.values():
        each.write_off(command.reason)
    for item, line in zip(there, transfer.facts.lines, strict=True):
        if missing.get(line.sku) and transfer.supply in item.supplies:
            item.cancel_supply(
                SupplyCancelled(
                    sku=line.sku,
                    location=transfer.facts.destination,
                    supply=transfer.supply,
                    reason=command.reason,
                )
            )
    return transfer


@handles(CancelTransfer)
async def cancel_transfer(command: CancelTransfer, streams: Streams) -> Transfer:
    """Cancel what has not left."""
    transfer = await streams.get(Transfer, command.transfer_id)
    transfer.cancel(command.reason)
    return transfer


async def _both_ends(
    transfer: Transfer, streams: Streams
) -> tuple[Sequence[StockItem], Sequence[StockItem]]:
    """Load the stock at both locations, in the order of the lines."""
    facts = transfer.facts
    here = [stock_item_id(line.sku, facts.source) for line in facts.lines]
    there = [stock_item_id(line.sku, facts.destination) for line in facts.lines]
    found = await streams.find(StockItem, sorted({*here, *there}))
    items = {item.id: item for item in found}
    return [items[id] for id in here], [items[id] for id in there]
