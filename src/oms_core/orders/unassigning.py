"""Which reserved units a location gives up, and where it had them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from oms_core.kernel.refusal import NotAllowedInState
from oms_core.orders.events import CancelledUnits
from oms_core.orders.state import OrderState


class TooFewUnitsAssigned(NotAllowedInState):
    """{location} is to send {assigned} units of {sku}, so that it can't give up {wanted}."""


def decide(
    order: OrderState,
    location: str,
    wanted: Mapping[UUID, int] | None,
    *,
    but: Collection[UUID] = (),
) -> list[CancelledUnits]:
    """Take the named units from a location, or all: first those that it was not asked for yet.

    What the shipments in `but` carry stays. Raises `TooFewUnitsAssigned`.
    """
    if wanted is None:
        wanted = {id: line.reserved_at(location) for id, line in order.lines.items()}
    for line_id, quantity in wanted.items():
        line = order.line(line_id)
        if quantity > line.reserved_at(location):
            raise TooFewUnitsAssigned(
                location=location,
                assigned=line.reserved_at(location),
                sku=line.terms.sku,
                wanted=quantity,
                field=("lines",),
            )
    return [
        part
        for id, quantity in wanted.items()
        for part in _take(order, location, id, quantity, but)
    ]


def _take(
    order: OrderState, location: str, line_id: UUID, quantity: int, but: Collection[UUID]
) -> Iterator[CancelledUnits]:
    unasked = order.unreleased().get(location, Counter())
    held: list[tuple[UUID | None, int]] = [(None, unasked[line_id])]
    for id, release in order.releases.items():
        if release.location == location and not release.shipped and id not in but:
            held.append((id, release.lines[line_id]))
    for shipment_id, there in held:
        if taken := min(quantity, there):
            quantity -= taken
            yield CancelledUnits(
                line_id=line_id,
                quantity=taken,
                bucket="reserved",
                location=location,
                shipment_id=shipment_id,
            )
