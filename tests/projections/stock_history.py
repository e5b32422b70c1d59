"""Random commands on stock, for histories of the projections."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from oms_core.kernel.message import Command
from oms_core.serials.commands import MoveSerials, RecordSerials, WriteOffSerials
from oms_core.stock.commands import (
    AdjustStock,
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.events import StockCondition
from oms_core.stock.inbound_commands import ExpectSupplies, ReceiveSupplies
from oms_core.stock.policy_commands import (
    SetChannelSafetyStock,
    SetChannelShare,
    SetStockPolicy,
)
from oms_core.stock.supply_commands import CancelSupply, ExpectSupply, ReviseSupply

MAY = date(2026, 5, 1)
AVAILABLE, HOLD, DAMAGED = StockCondition
TEA, BEST_BEFORE = "T", {"L-1": MAY, "L-2": None}
PHONE = "P"


def any_on_stock(rng: random.Random, sku: str, location: str) -> Command:
    """Make a command on a stock item, a receipt more often than others."""
    place = {"sku": sku, "location": location}
    makers: list[Callable[[], Command]] = [
        *[lambda: ReceiveStock(**place, quantity=rng.randint(1, 9))] * 5,
        lambda: AdjustStock(**place, delta=-1, reason="broken"),
        lambda: ReceiveStock(**place, quantity=3, condition=HOLD),
        lambda: CountStock(**place, counted=rng.randint(4, 12), reason="count"),
        lambda: _changed(place, AVAILABLE, DAMAGED),
        lambda: _changed(place, HOLD, AVAILABLE),
        lambda: ScrapStock(**place, quantity=1, reason="wet"),
        lambda: SetStockPolicy(**place, safety_stock=rng.randint(0, 2)),
        lambda: SetStockPolicy(**place, unlimited=rng.random() < 0.3),
        lambda: SetChannelShare(**place, channel="web", quantity=rng.randint(0, 3)),
        lambda: SetChannelSafetyStock(**place, channel="web", quantity=rng.randint(0, 3)),
        lambda: _expected(rng, place),
        lambda: ReviseSupply(**_supply(rng, place), quantity=rng.randint(1, 9)),
        lambda: CancelSupply(**_supply(rng, place), reason="sold out"),
        *[lambda: ReceiveStock(**_supply(rng, place), quantity=rng.randint(1, 9))] * 2,
        lambda: ReceiveStock(**_supply(rng, place), quantity=1, supply_complete=True),
        *[lambda: _in_lots(rng, place["location"])] * 2,
        lambda: _inbound(rng, place, ExpectSupplies, expected_on=MAY),
        lambda: _inbound(rng, place, ReceiveSupplies, complete=rng.random() < 0.5),
    ]
    return rng.choice(makers)()


def with_serials() -> list[Command]:
    """Phones with serial numbers come, move and go; one is found to be elsewhere."""
    at = {"sku": PHONE, "location": "L"}
    move = {"destination": "M", "transfer_id": UUID(int=7), "reason": "merged"}
    return [
        ReceiveStock(**at, quantity=4, serials=("A", "B", "C", "D")),
        AdjustStock(**at, delta=-1, reason="gone", serials=("A",)),
        _changed(at, AVAILABLE, HOLD).model_copy(update={"serials": ("D",)}),
        MoveSerials(**at, **move, serials=("B", "C")),
        WriteOffSerials(sku=PHONE, location="M", serials=("C",), reason="count"),
        RecordSerials(**at, serials=("A", "C"), reason="count"),
    ]


def _changed(place: dict[str, Any], before: StockCondition, after: StockCondition) -> Command:
    return ChangeStockCondition(**place, quantity=1, before=before, after=after, reason="wet")


def _expected(rng: random.Random, place: dict[str, Any]) -> Command:
    day = MAY + timedelta(days=rng.randint(0, 9))
    return ExpectSupply(**_supply(rng, place), quantity=rng.randint(1, 9), expected_on=day)


def _in_lots(rng: random.Random, location: str) -> Command:
    """Tea comes in lots and goes again, in one condition or another."""
    lot = rng.choice(("L-1", "L-2"))
    place = {"sku": TEA, "location": location, "lot": lot, "quantity": rng.randint(1, 5)}
    condition = rng.choice(list(StockCondition))
    makers: list[Callable[[], Command]] = [
        *[lambda: ReceiveStock(**place, best_before=BEST_BEFORE[lot], condition=condition)] * 2,
        lambda: ScrapStock(**place, condition=condition, reason="wet"),
        lambda: ChangeStockCondition(**place, before=condition, after=DAMAGED, reason="wet"),
    ]
    return rng.choice(makers)()


def _inbound(
    rng: random.Random, place: dict[str, Any], kind: type[Command], **given: object
) -> Command:
    lines = ({"sku": place["sku"], "quantity": rng.randint(1, 9)},)
    supply = {"location": place["location"], "supply": rng.choice(("PO-1", "PO-2"))}
    return kind.model_validate({**supply, **given, "lines": lines})


def _supply(rng: random.Random, place: dict[str, Any]) -> dict[str, Any]:
    return {**place, "supply": rng.choice(("PO-1", "PO-2"))}
