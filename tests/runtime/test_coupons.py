"""Two processes redeem one coupon at the same instants: never more often than it allows."""

from __future__ import annotations

from decimal import Decimal

from tests.runtime.shop import execute, order, request, stock_up

from oms_core.coupons.commands import IssueCoupon
from oms_core.coupons.coupon import CouponUsedUp
from oms_core.runtime.command_bus import CommandBus


def test_a_limit_holds_in_a_race_of_two_processes(database_url: str) -> None:
    with CommandBus(database_url) as one, CommandBus(database_url) as two:
        stock_up(one, {("A", "L"): 100})
        execute(one, IssueCoupon(code="SPRING", percent=Decimal(10), usage_limit=7))
        wanted = [
            order(f"O-{i}", ("A", 1)).model_copy(update={"coupon_code": "SPRING"})
            for i in range(20)
        ]
        asked = [(one, two)[i % 2].submit(request(each)) for i, each in enumerate(wanted)]
        refused = [isinstance(each.exception(timeout=20), CouponUsedUp) for each in asked]
        assert refused.count(False) == 7
        placed = [each.result().stream_id for each in asked if each.exception() is None]
        assert len(set(placed)) == 7
