"""Goods that are sent again are sold once, whether anybody has paid for them yet or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from tests.domain.shop import (
    LINE_1,
    NOW,
    ORDER,
    authorize,
    capture,
    deliver,
    dispatch,
    place,
    stocked,
    uid,
)
from tests.runtime.shop import execute

from oms_core.claims.commands import ClaimedLine, OpenClaim, ResolveClaim
from oms_core.claims.events import ClaimProblem, ClaimResolution
from oms_core.kernel.money import Money
from oms_core.orders.commands import CancelOrder
from oms_core.orders.order import order_id
from oms_core.orders.view import OrderView
from oms_core.runtime.command_bus import CommandBus
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_projections import kpis

INVOICE = {"method": "invoice", "provider": "invoice", "reference": "i-1"}
CLAIM = uid(88)
AGAIN = ResolveClaim(
    claim_id=CLAIM,
    credit_id=uid(95),
    resolution=ClaimResolution.REPLACE,
    number="1001-R",
    placed_at=NOW,
    return_id=uid(81),
)


@pytest.mark.parametrize("is_paid", [False, True], ids=["on account", "paid"])
async def test_the_replacement_of_a_broken_cap_is_no_second_sale(
    bus: CommandBus,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
    is_paid: bool,
) -> None:
    async def revenue() -> list[Money]:
        catch_up()
        asked = {"start": NOW, "end": NOW + timedelta(days=1), "bucket": "DAY"}
        return (await kpis.report(reading, **asked)).total.revenue  # type: ignore[arg-type]

    broken = ClaimedLine(line_id=LINE_1, quantity=1, problem=ClaimProblem.DAMAGED)
    for command in (
        *stocked({("CAP", "HAM"): 5}),
        place(("CAP", 2)),
        authorize("23.80", **INVOICE),
        *([capture("23.80", **INVOICE)] if is_paid else []),
        ReleaseToWarehouse(order_id=ORDER),
        dispatch(1),
        deliver(1),
        OpenClaim(claim_id=CLAIM, order_id=ORDER, lines=(broken,)),
    ):
        execute(bus, command)
    sold = [Money(Decimal("23.80"), "EUR")]
    assert await revenue() == sold
    execute(bus, AGAIN)
    assert await revenue() == sold
    second = order_id("1001-R")
    gone = execute(bus, CancelOrder(order_id=second, reason="keeps the broken one"))
    assert isinstance(gone.view, OrderView)
    assert gone.view.total == 0
    assert await revenue() == sold
