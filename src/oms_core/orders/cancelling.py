"""Which units a cancellation takes, and what is no longer owed for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from uuid import UUID

from oms_core.orders.events import CancelledUnits, LinesCancelled
from oms_core.orders.line import OrderLine
from oms_core.orders.refusals import OrderAlreadyShipped, TooFewUnitsToCancel
from oms_core.orders.state import OrderState

ZERO = Decimal(0)


def decide(order: OrderState, reason: str, wanted: Mapping[UUID, int] | None) -> LinesCancelled:
    """Decide a cancellation of named units, or of the whole order when `wanted` is None.

    Raises `OrderAlreadyShipped` for a whole order of which something left a warehouse, and
    `TooFewUnitsToCancel` when more is wanted than can still be kept back.
    """
    if wanted is None:
        wanted = _everything(order)
    for line_id, quantity in wanted.items():
        line = order.line(line_id)
        if quantity > line.cancellable:
            raise TooFewUnitsToCancel(
                wanted=quantity,
                sku=line.terms.sku,
                cancellable=line.cancellable,
                field=("lines",),
            )
    last = sum(wanted.values()) == order.units.unshipped and order.units.shipped == 0
    return LinesCancelled(
        reason=reason,
        units=tuple(taken(order, wanted)),
        amounts=tuple(order.line(id).amounts_cancelled(count) for id, count in wanted.items()),
        shipping_price=order.shipping_price if last else ZERO,
        shipping_tax=order.shipping_tax if last else ZERO,
        duties=order.duties if last else ZERO,
    )


def taken(order: OrderState, wanted: Mapping[UUID, int]) -> Iterator[CancelledUnits]:
    """Choose which units of each line go, least disturbing first."""
    unreleased = order.unreleased()
    for line_id, quantity in wanted.items():
        yield from _take(quantity, _sources(order, order.line(line_id), unreleased))


def _everything(order: OrderState) -> dict[UUID, int]:
    if shipped := order.units.shipped:
        raise OrderAlreadyShipped(shipped=shipped)
    return {id: line.cancellable for id, line in order.lines.items() if line.cancellable}


def _take(quantity: int, sources: Iterable[CancelledUnits]) -> Iterator[CancelledUnits]:
    for source in sources:
        taken = min(quantity, source.quantity)
        if taken:
            yield source.model_copy(update={"quantity": taken})
        quantity -= taken


def _sources(
    order: OrderState, line: OrderLine, unreleased: Mapping[str, Counter[UUID]]
) -> Iterator[CancelledUnits]:
    """Name where units can be taken, least disturbing first: in a warehouse's hands last."""
    id = line.terms.line_id
    yield CancelledUnits(line_id=id, quantity=line.pending, bucket="pending")
    yield CancelledUnits(line_id=id, quantity=line.backordered, bucket="backordered")
    for location, lines in unreleased.items():
        yield CancelledUnits(line_id=id, quantity=lines[id], bucket="reserved", location=location)
    for shipment_id, release in order.releases.items():
        if not release.shipped:
            yield CancelledUnits(
                line_id=id,
                quantity=release.lines[id],
                bucket="reserved",
                location=release.location,
                shipment_id=shipment_id,
            )
