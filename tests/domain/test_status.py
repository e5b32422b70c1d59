"""Statuses are functions of quantities and money: every case of each."""

from __future__ import annotations

from decimal import Decimal

import pytest

from oms_core.orders.status import (
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    Units,
    fulfillment_status,
    order_status,
    payment_status,
)

OPEN, HELD, DONE, GONE = OrderStatus
UNFULFILLED, BACKORDERED, PART_SHIPPED, SHIPPED, PART_DELIVERED, DELIVERED = FulfillmentStatus


@pytest.mark.parametrize(
    ("units", "free", "held", "fulfillment"),
    [
        (Units(pending=1), OPEN, HELD, UNFULFILLED),
        (Units(reserved=1), OPEN, HELD, UNFULFILLED),
        (Units(reserved=1, cancelled=1), OPEN, HELD, UNFULFILLED),
        (Units(backordered=1), OPEN, HELD, BACKORDERED),
        (Units(reserved=1, backordered=1), OPEN, HELD, BACKORDERED),
        (Units(reserved=1, in_transit=1), OPEN, HELD, PART_SHIPPED),
        (Units(backordered=1, in_transit=1), OPEN, HELD, PART_SHIPPED),
        (Units(in_transit=1), OPEN, HELD, SHIPPED),
        (Units(in_transit=1, cancelled=1), OPEN, HELD, SHIPPED),
        (Units(in_transit=1, delivered=1), OPEN, HELD, PART_DELIVERED),
        (Units(reserved=1, delivered=1), OPEN, HELD, PART_DELIVERED),
        (Units(delivered=1), DONE, DONE, DELIVERED),
        (Units(delivered=1, cancelled=1), DONE, DONE, DELIVERED),
        (Units(cancelled=1), GONE, GONE, UNFULFILLED),
    ],
)
def test_where_the_goods_are(
    units: Units, free: OrderStatus, held: OrderStatus, fulfillment: FulfillmentStatus
) -> None:
    assert order_status(units, on_hold=False) is free
    assert order_status(units, on_hold=True) is held
    assert fulfillment_status(units) is fulfillment


@pytest.mark.parametrize(
    ("amounts", "status", "when_cancelled"),
    [
        ((10, 0, 0, 0), PaymentStatus.UNPAID, PaymentStatus.UNPAID),
        ((10, 5, 0, 0), PaymentStatus.AUTHORIZED, PaymentStatus.AUTHORIZED),
        ((10, 10, 5, 0), PaymentStatus.PARTIALLY_PAID, PaymentStatus.PARTIALLY_PAID),
        ((10, 10, 10, 0), PaymentStatus.PAID, PaymentStatus.PAID),
        ((6, 10, 10, 0), PaymentStatus.PAID, PaymentStatus.PAID),
        ((6, 10, 10, 4), PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.PARTIALLY_REFUNDED),
        ((10, 10, 5, 5), PaymentStatus.REFUNDED, PaymentStatus.REFUNDED),
        ((0, 0, 0, 0), PaymentStatus.PAID, PaymentStatus.UNPAID),
        ((0, 10, 0, 0), PaymentStatus.PAID, PaymentStatus.AUTHORIZED),
    ],
)
def test_where_the_money_is(
    amounts: tuple[int, int, int, int], status: PaymentStatus, when_cancelled: PaymentStatus
) -> None:
    total, authorized, captured, refunded = map(Decimal, amounts)
    for cancelled, expected in ((False, status), (True, when_cancelled)):
        shown = payment_status(
            total=total,
            authorized=authorized,
            captured=captured,
            refunded=refunded,
            cancelled=cancelled,
        )
        assert shown is expected
