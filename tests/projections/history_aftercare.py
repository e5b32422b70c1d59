"""Random commands on what was just delivered: returns, refunds, exchanges, claims, tags, notes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from oms_core.claims.commands import ClaimedLine, OpenClaim, ResolveClaim
from oms_core.claims.events import ClaimProblem, ClaimResolution
from oms_core.conversations.commands import AddNote
from oms_core.kernel.message import Command
from oms_core.orders.commands import WantedQuantity
from oms_core.orders.labeling import TagOrder
from oms_core.orders.placing import WantedLine
from oms_core.returns.commands import ApproveReturn, CloseReturn, RequestReturn
from oms_core.returns.events import Condition
from oms_core.returns.exchanging import ExchangeReturn, Replacement
from oms_core.returns.receiving import (
    InspectedLine,
    InspectReturn,
    ReceivedLine,
    ReceiveReturnItems,
)
from oms_core.returns.refunding import OutstandingUnits, RefundReturn
from oms_core.shipments.view import ShipmentView


def after_delivery(rng: random.Random, shipment: ShipmentView, at: datetime) -> Iterator[Command]:
    """Tell what a customer and the shop do about a shipment that arrived."""
    order_id = shipment.order_id
    yield TagOrder(order_id=order_id, add=(rng.choice(("vip", "late")),))
    yield AddNote(order_id=order_id, note_id=uuid4(), text="arrived")
    yield from _return(rng, shipment, at)
    yield from _claim(rng, shipment, at)
    if rng.random() < 0.3:
        yield TagOrder(order_id=order_id, remove=("late",))


def _claim(rng: random.Random, shipment: ShipmentView, at: datetime) -> Iterator[Command]:
    claim_id, line = uuid4(), shipment.lines[-1]
    claimed = ClaimedLine(line_id=line.line_id, quantity=1, problem=ClaimProblem.DAMAGED)
    yield OpenClaim(claim_id=claim_id, order_id=shipment.order_id, lines=(claimed,))
    if rng.random() < 0.8:
        yield ResolveClaim(
            claim_id=claim_id,
            credit_id=uuid4(),
            resolution=rng.choice(list(ClaimResolution)),
            number=uuid4().hex,
            placed_at=at,
            return_id=uuid4(),
        )


def _return(rng: random.Random, shipment: ShipmentView, at: datetime) -> Iterator[Command]:
    return_id, line = uuid4(), shipment.lines[0]
    units = max(line.quantity - 1, 1)  # perhaps another one is left to complain about
    wanted = (WantedQuantity(line_id=line.line_id, quantity=units),)
    yield RequestReturn(
        return_id=return_id, order_id=shipment.order_id, lines=wanted, reason="small"
    )
    yield ApproveReturn(return_id=return_id)
    apart = Condition.QUARANTINED
    came = ReceivedLine(line_id=line.line_id, quantity=1, condition=apart)
    yield ReceiveReturnItems(return_id=return_id, lines=(came,))
    looked = InspectedLine(line_id=line.line_id, quantity=1, condition=Condition.RESTOCKED)
    yield InspectReturn(return_id=return_id, lines=(looked,))
    if rng.random() < 0.5:
        one = WantedLine(line_id=uuid4(), sku=line.sku, quantity=1)
        yield ExchangeReturn(
            return_id=return_id,
            credit_id=uuid4(),
            number=uuid4().hex,
            placed_at=at,
            replacement=Replacement(lines=(one,)),
        )
    kept = rng.choice(list(OutstandingUnits))
    yield RefundReturn(return_id=return_id, credit_id=uuid4(), outstanding=kept)
    if rng.random() < 0.5:
        yield CloseReturn(return_id=return_id)
