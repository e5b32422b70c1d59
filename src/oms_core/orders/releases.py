"""What shipments carry of an order: released, shipped, delivered, or sent another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import assert_never
from uuid import UUID

from oms_core.orders import events
from oms_core.orders.line import OrderLine, Release
from oms_core.orders.quantities import LineQuantity


def carry(
    event: events.Carried, lines: Mapping[UUID, OrderLine], releases: dict[UUID, Release]
) -> None:
    """Apply what happened to units that a shipment is to carry, or carries."""
    match event:
        case events.LinesReleased():
            carried = Counter({part.line_id: part.quantity for part in event.lines})
            releases[event.shipment_id] = Release(event.location, carried)
        case events.LinesShipped():
            releases[event.shipment_id].shipped = True
            for part in event.lines:
                lines[part.line_id].unreserve(event.location, part.quantity)
                lines[part.line_id].in_transit += part.quantity
        case events.LinesDelivered():
            for part in event.lines:
                lines[part.line_id].in_transit -= part.quantity
                lines[part.line_id].delivered += part.quantity
        case _:
            _reroute(event, lines, releases)


def _reroute(
    event: events.Rerouted, lines: Mapping[UUID, OrderLine], releases: dict[UUID, Release]
) -> None:
    match event:
        case events.LinesUnreserved():
            _take(releases[event.shipment_id], event.lines)
            for part in event.lines:
                lines[part.line_id].unreserve(event.location, part.quantity)
                lines[part.line_id].pending += part.quantity
        case events.LinesRecalled():
            _take(releases[event.shipment_id], event.lines)
        case events.LinesRegrouped():
            source = releases[event.from_shipment_id]
            _take(source, event.lines)
            target = releases.setdefault(event.shipment_id, Release(source.location, Counter()))
            for part in event.lines:
                target.lines[part.line_id] += part.quantity
        case events.LinesUndelivered():
            _take(releases[event.shipment_id], event.lines)
            for part in event.lines:
                lines[part.line_id].in_transit -= part.quantity
                lines[part.line_id].pending += part.quantity
        case _:
            assert_never(event)


def _take(release: Release, lines: Iterable[LineQuantity]) -> None:
    for part in lines:
        release.lines[part.line_id] -= part.quantity
