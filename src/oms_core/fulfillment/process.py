"""From basket to doorstep. Read this first.

    PlaceOrder          OrderPlaced, LinesReserved or LinesBackordered      (and StockReserved)
    AuthorizePayment    PaymentAuthorized, PaymentPosted
    CapturePayment      PaymentCaptured, PaymentPosted
      -> ReleaseToWarehouse   LinesReleased per location                    (and ShipmentPlanned)
    StartPicking, RecordPick, PackShipment                                  (if recorded)
    DispatchShipment    ShipmentDispatched, LinesShipped                    (and StockShipped)
    DeliverShipment     ShipmentDelivered, LinesDelivered

What must be true at once is appended at once, to several streams in one transaction. What may
come a moment later is asked for here: the arrow. Each step may be asked twice and takes effect
once, because the command that it asks for looks at the order before it does anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from oms_core.coupons.commands import GiveCouponBack
from oms_core.kernel.message import Command, Event
from oms_core.orders import events as orders
from oms_core.shipments.commands import ReleaseToWarehouse

NAME = "fulfillment"

LISTENS_TO: tuple[type[Event], ...] = (
    orders.OrderPlaced,
    orders.PaymentPosted,
    orders.LinesReserved,
    orders.LinesUnreserved,
    orders.LinesRecalled,
    orders.LinesUndelivered,
    orders.LinesCancelled,
    orders.HoldReleased,
    orders.OrderEdited,
)


def next_steps(stream_id: UUID, event: Event) -> Sequence[Command]:
    """Ask for the release of an order whenever it may just have become possible."""
    match event:
        case orders.PaymentPosted() if event.captured > 0:
            return [ReleaseToWarehouse(order_id=stream_id)]
        case orders.OrderPlaced() if event.total == 0:
            return [ReleaseToWarehouse(order_id=stream_id)]
        case orders.LinesReserved() if event.from_backorder:
            return [ReleaseToWarehouse(order_id=stream_id)]
        case orders.LinesCancelled():
            return [ReleaseToWarehouse(order_id=stream_id), GiveCouponBack(order_id=stream_id)]
        case (
            orders.HoldReleased()
            | orders.OrderEdited()
            | orders.LinesUnreserved()
            | orders.LinesRecalled()
            | orders.LinesUndelivered()
        ):
            return [ReleaseToWarehouse(order_id=stream_id)]
        case _:
            return []
