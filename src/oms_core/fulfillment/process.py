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
from oms_core.orders.exchange_credit import GiveExchangeCreditBack
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
    orders.CreditGranted,
    orders.ExchangeCreditPosted,
)


def next_steps(stream_id: UUID, event: Event) -> Sequence[Command]:
    """Ask for what may just have become possible, or necessary."""
    steps: list[Command] = []
    if _may_be_released(event):
        steps.append(ReleaseToWarehouse(order_id=stream_id))
    if isinstance(event, orders.LinesCancelled):
        steps.append(GiveCouponBack(order_id=stream_id))
    if isinstance(event, orders.LinesCancelled | orders.OrderEdited | orders.CreditGranted):
        steps.append(GiveExchangeCreditBack(order_id=stream_id))
    return steps


def _may_be_released(event: Event) -> bool:
    match event:
        case orders.PaymentPosted():
            return event.captured > 0
        case orders.ExchangeCreditPosted():
            return event.amount > 0
        case orders.OrderPlaced():
            return event.total == 0
        case orders.LinesReserved():
            return event.from_backorder
        case (
            orders.LinesCancelled()
            | orders.HoldReleased()
            | orders.OrderEdited()
            | orders.LinesUnreserved()
            | orders.LinesRecalled()
            | orders.LinesUndelivered()
        ):
            return True
        case _:
            return False
