"""From basket to doorstep. Read this first.

    PlaceOrder          OrderPlaced, LinesReserved or LinesBackordered      (and StockReserved)
    AuthorizePayment    PaymentAuthorized, PaymentPosted
    CapturePayment      PaymentCaptured, PaymentPosted
      -> ReleaseToWarehouse   LinesReleased per location                    (and ShipmentPlanned)
    StartPicking, RecordPick, PackShipment                                  (if recorded)
    DispatchShipment    ShipmentDispatched, LinesShipped                    (and StockShipped)
      -> CaptureForShipment   CaptureRequested, PaymentPosted               (if agreed so)
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
from oms_core.payments.settling import CaptureForShipment, VoidUnneededAuthorizations
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
    orders.LinesShipped,
    orders.HoldReleased,
    orders.OrderEdited,
    orders.CreditGranted,
    orders.ExchangeCreditPosted,
    orders.LinesUnassigned,
)


def next_steps(stream_id: UUID, event: Event) -> Sequence[Command]:
    """Ask for what may just have become possible, or necessary."""
    steps: list[Command] = []
    if _may_be_released(event):
        steps.append(ReleaseToWarehouse(order_id=stream_id))
    if isinstance(event, orders.LinesCancelled):
        steps.append(GiveCouponBack(order_id=stream_id))
    if _may_leave_credit_over(event):
        steps.append(GiveExchangeCreditBack(order_id=stream_id))
    if isinstance(event, orders.LinesShipped):
        steps.append(CaptureForShipment(order_id=stream_id, shipment_id=event.shipment_id))
    if _may_leave_some_set_aside(event):
        steps.append(VoidUnneededAuthorizations(order_id=stream_id))
    return steps


def _may_be_released(event: Event) -> bool:
    match event:
        case orders.PaymentPosted():
            return _brings_money(event)
        case orders.ExchangeCreditPosted():
            return event.amount > 0
        case orders.OrderPlaced():
            return event.total == 0
        case orders.LinesReserved():
            return event.from_backorder
        case (
            orders.LinesCancelled()
            | orders.CreditGranted()
            | orders.HoldReleased()
            | orders.OrderEdited()
            | orders.LinesUnassigned()
            | orders.LinesUnreserved()
            | orders.LinesRecalled()
            | orders.LinesUndelivered()
        ):
            return True
        case _:
            return False


def _brings_money(posted: orders.PaymentPosted) -> bool:
    """More was collected, or set aside where that is enough, or what had gone came back."""
    trusted = posted.authorized if posted.terms.trusts_authorization else 0
    return max(posted.captured, trusted, -posted.refunded, -posted.charged_back) > 0


def _may_leave_credit_over(event: Event) -> bool:
    """Tell whether an order may need less of the credit that others gave it.

    What comes back from a replacement of a replacement goes on to where it came from. Money that
    comes late, when less is owed by then, takes the place of credit.
    """
    if isinstance(event, orders.ExchangeCreditPosted):
        return event.amount > 0
    if isinstance(event, orders.PaymentPosted):
        return max(event.captured, -event.refunded, -event.charged_back) > 0
    return isinstance(event, orders.LinesCancelled | orders.OrderEdited | orders.CreditGranted)


def _may_leave_some_set_aside(event: Event) -> bool:
    """Tell whether more may be set aside from now on than will be needed.

    Less is owed, the last goods left, or money came or went, at times later than it was needed.
    """
    match event:
        case (
            orders.LinesCancelled()
            | orders.OrderEdited()
            | orders.LinesShipped()
            | orders.CreditGranted()
        ):
            return True
        case orders.ExchangeCreditPosted():
            return event.amount > 0
        case orders.PaymentPosted():
            moved = (event.authorized, event.captured, event.refunded, event.charged_back)
            return any(moved) or event.capturing < 0
        case _:
            return False
