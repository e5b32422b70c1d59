"""Random but valid work on shipments, executed by the real bus."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID, uuid4

from tests.runtime.shop import NOW, execute, order, stock_up

from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Refusal
from oms_core.orders.commands import WantedQuantity
from oms_core.orders.order import order_id
from oms_core.orders.view import OrderView
from oms_core.runtime.command_bus import CommandBus
from oms_core.shipments.commands import DeliverShipment, DispatchShipment, ReleaseToWarehouse
from oms_core.shipments.packing import PackShipment, WantedParcel
from oms_core.shipments.picking import PickedLine, RecordPick, StartPicking
from oms_core.shipments.policy import Rerouting, Withdrawal
from oms_core.shipments.regrouping import SplitShipment
from oms_core.shipments.status import TrackingStatus
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender, RecordTracking
from oms_core.shipments.withdrawing import CancelShipment, RelocateShipment

FREE = {"unit_price": {"amount": "0", "currency": "EUR"}}


class WarehouseHistory:
    """Plays random commands on the shipments of free orders. What is refused is refused."""

    def __init__(self, bus: CommandBus, seed: int) -> None:
        self._bus = bus
        self._rng = random.Random(seed)
        self._orders: dict[UUID, OrderView] = {}
        stock_up(bus, {(sku, place): 30 for sku in ("A", "B") for place in ("L", "M")})

    def play(self, steps: int) -> None:
        """Execute so many random commands, one after the other."""
        for _ in range(steps):
            if len(self._orders) < 4 or self._rng.random() < 0.05:
                self._place()
            else:
                self._work(self._rng.choice(list(self._orders)))

    def _place(self) -> None:
        placed = order(uuid4().hex, ("A", 3), ("B", 1))
        lines = tuple(type(line).model_validate(vars(line) | FREE) for line in placed.lines)
        pickup = self._rng.choice((None, None, "L"))
        terms = {"lines": lines, "pickup_location": pickup}
        self._do(placed.model_copy(update=terms))
        self._release(order_id(placed.number))

    def _work(self, id: UUID) -> None:
        view = self._orders[id]
        shipment, line = self._rng.choice(view.shipment_ids), self._rng.choice(view.lines)
        self._do(self._any_command(shipment, line.line_id))
        self._release(id)

    def _release(self, id: UUID) -> None:
        view = self._do(ReleaseToWarehouse(order_id=id))
        if isinstance(view, OrderView):
            self._orders[id] = view

    def _do(self, command: Command) -> object:
        try:
            return execute(self._bus, command).view
        except Refusal:
            return None

    def _any_command(self, shipment: UUID, line: UUID) -> Command:
        rng, it = self._rng, {"shipment_id": shipment}
        part = (WantedQuantity(line_id=line, quantity=1),)
        rerouting, withdrawal = rng.choice(list(Rerouting)), rng.choice(list(Withdrawal))
        picks = (PickedLine(line_id=line, quantity=rng.randint(0, 3)),)
        parcels = (WantedParcel(weight_grams=500, lines=part, tracking_number=uuid4().hex),)
        told: dict[str, Any] = {"carrier_event_id": str(rng.randint(0, 9)), "tracked_at": NOW}
        makers: list[Command] = [
            StartPicking(**it, started_at=NOW),
            RecordPick(**it, lines=picks, if_short=rng.choice((None, rerouting))),
            PackShipment(**it, parcels=parcels, packed_at=NOW),
            SplitShipment(**it, lines=part),
            CancelShipment(**it, reason="flooded", then=withdrawal),
            RelocateShipment(**it, location=rng.choice("LM"), reason="flooded"),
            DispatchShipment(**it, carrier="DHL", tracking_number=uuid4().hex, dispatched_at=NOW),
            DispatchShipment(**it, carrier="DHL", dispatched_at=NOW, lines=part),
            RecordTracking(**it, status=rng.choice(list(TrackingStatus)), **told),
            DeliverShipment(**it, delivered_at=NOW),
            ReceiveReturnToSender(**it, then=rerouting, received_at=NOW),
            DeclareLost(**it, reason="not found", then=rerouting),
        ]
        return rng.choice([*makers, makers[6], makers[6], makers[9]])
