"""Statuses, derived from quantities and payments, never set."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class OrderStatus(StrEnum):
    """Where the order as a whole stands."""

    OPEN = "OPEN"
    ON_HOLD = "ON_HOLD"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class PaymentStatus(StrEnum):
    """What was paid of what is owed."""

    UNPAID = "UNPAID"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    CHARGED_BACK = "CHARGED_BACK"


class FulfillmentStatus(StrEnum):
    """How much of what will be shipped was shipped, and arrived."""

    UNFULFILLED = "UNFULFILLED"
    BACKORDERED = "BACKORDERED"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED"
    DELIVERED = "DELIVERED"


class Units(NamedTuple):
    """Units of an order, or of one line, by bucket; each unit is in exactly one."""

    pending: int = 0
    reserved: int = 0
    backordered: int = 0
    in_transit: int = 0
    delivered: int = 0
    cancelled: int = 0

    @property
    def unshipped(self) -> int:
        """Units still to be shipped."""
        return self.pending + self.reserved + self.backordered

    @property
    def shipped(self) -> int:
        """Units that left a warehouse, whether they arrived or not."""
        return self.in_transit + self.delivered


def order_status(units: Units, *, on_hold: bool) -> OrderStatus:
    """Completed: nothing left to ship, and all that was shipped arrived."""
    if units.unshipped == 0 and units.in_transit == 0:
        return OrderStatus.COMPLETED if units.delivered else OrderStatus.CANCELLED
    return OrderStatus.ON_HOLD if on_hold else OrderStatus.OPEN


def fulfillment_status(units: Units) -> FulfillmentStatus:
    """Cancelled units do not count: what is left to ship decides."""
    all_shipped = units.unshipped == 0
    if units.delivered:
        arrived = all_shipped and units.in_transit == 0
        return FulfillmentStatus.DELIVERED if arrived else FulfillmentStatus.PARTIALLY_DELIVERED
    if units.in_transit:
        return FulfillmentStatus.SHIPPED if all_shipped else FulfillmentStatus.PARTIALLY_SHIPPED
    return FulfillmentStatus.BACKORDERED if units.backordered else FulfillmentStatus.UNFULFILLED


def is_paid(total: Decimal, captured: Decimal, *, cancelled: bool = False) -> bool:
    """All that is owed was captured; a free order is paid, a cancelled unpaid one is not."""
    return captured >= total and (captured > 0 or not cancelled)


def payment_status(
    *,
    total: Decimal,
    authorized: Decimal,
    captured: Decimal,
    refunded: Decimal,
    cancelled: bool,
    charged_back: Decimal = Decimal(0),
) -> PaymentStatus:
    """What left again shows first, then what was captured, then what was authorized."""
    if charged_back:
        return PaymentStatus.CHARGED_BACK
    if refunded:
        full = refunded >= captured
        return PaymentStatus.REFUNDED if full else PaymentStatus.PARTIALLY_REFUNDED
    if is_paid(total, captured, cancelled=cancelled):
        return PaymentStatus.PAID
    if captured:
        return PaymentStatus.PARTIALLY_PAID
    return PaymentStatus.AUTHORIZED if authorized else PaymentStatus.UNPAID
