"""Two processes work on one shipment at the same instant: it leaves once, whole or in parts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.runtime.shop import NOW, execute, order, request, stock_up

from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.orders.commands import WantedQuantity
from oms_core.orders.order import order_id
from oms_core.orders.view import OrderView
from oms_core.payments.commands import AuthorizePayment, CapturePayment
from oms_core.runtime.command_bus import CommandBus
from oms_core.shipments.commands import DispatchShipment, ReleaseToWarehouse
from oms_core.shipments.refusals import (
    ShipmentAlreadyDispatched,
    ShipmentIsCancelled,
    TooFewUnitsInShipment,
)
from oms_core.shipments.tracking import DeclareLost
from oms_core.shipments.withdrawing import CancelShipment
from oms_core.stock.stock_item import stock_item_id


def released(bus: CommandBus) -> tuple[UUID, UUID]:
    """Give the shipment of a paid order of three, and the order's line."""
    number = uuid4().hex
    execute(bus, order(number, ("A", 3)))
    payment = {"order_id": order_id(number), "method": "card", "provider": "p", "reference": number}
    for pay in (AuthorizePayment, CapturePayment):
        execute(bus, pay(request_id=uuid4(), amount=Money(Decimal(30), "EUR"), **payment))
    view = execute(bus, ReleaseToWarehouse(order_id=order_id(number))).view
    assert isinstance(view, OrderView)
    return view.shipment_ids[0], view.lines[0].line_id


def whole(shipment: UUID, _line: UUID) -> Command:
    return DispatchShipment(shipment_id=shipment, carrier="DHL", dispatched_at=NOW)


def two(shipment: UUID, line: UUID) -> Command:
    part = (WantedQuantity(line_id=line, quantity=2),)
    return DispatchShipment(shipment_id=shipment, carrier="UPS", dispatched_at=NOW, lines=part)


def stop(shipment: UUID, _line: UUID) -> Command:
    return CancelShipment(shipment_id=shipment, reason="flooded")


LOST_RACES = (
    ShipmentAlreadyDispatched,
    ShipmentIsCancelled,
    TooFewUnitsInShipment,
)
"""What the loser is told: what happened to the shipment, not what that did to the stock."""


@pytest.mark.parametrize("others", [(whole, whole), (whole, two), (two, two), (whole, stop)])
def test_a_shipment_leaves_once(
    database_url: str, others: tuple[Callable[[UUID, UUID], Command], ...]
) -> None:
    """vendure and medusa accept both of two fulfillments of the same units at once."""
    with CommandBus(database_url) as one, CommandBus(database_url) as other:
        stock_up(one, {("A", "L"): 100})
        for _ in range(10):
            shipment, line = released(one)
            asked = [
                bus.submit(request(command(shipment, line)))
                for bus, command in zip((one, other), others, strict=True)
            ]
            errors = [each.exception(timeout=20) for each in asked]
            assert [error is None for error in errors].count(True) == 1
            assert all(error is None or isinstance(error, LOST_RACES) for error in errors)
    on_hand, reserved, shipped = _figures(database_url)
    assert (on_hand + shipped, on_hand - reserved) == (100, 70)


def _figures(database_url: str) -> tuple[int, int, int]:
    with psycopg.connect(database_url) as conn:
        item = stock_item_id("A", "L")
        query = "SELECT on_hand, reserved FROM oms.stock_balances WHERE stream_id = %s"
        [balance] = conn.execute(query, (item,)).fetchall()
        query = """
            SELECT -sum(moved.on_hand)
            FROM oms.events CROSS JOIN LATERAL oms.stock_moved(topic, body) AS moved
            WHERE topic = %s AND stream_id = %s
        """
        [(shipped,)] = conn.execute(query, ("stock.StockShipped.v1", item)).fetchall()
    found: tuple[Any, ...] = (*balance, int(shipped or 0))
    return found


def test_a_loss_is_declared_once(database_url: str) -> None:
    with CommandBus(database_url) as one, CommandBus(database_url) as other:
        stock_up(one, {("A", "L"): 100})
        shipment, line = released(one)
        execute(one, whole(shipment, line))
        lost = DeclareLost(shipment_id=shipment, reason="not found", then="RESOURCE")
        asked = [bus.submit(request(lost)) for bus in (one, other, one, other)]
        errors = [each.exception(timeout=20) for each in asked]
        assert [error is None for error in errors].count(True) == 1
    assert _figures(database_url) == (97, 3, 3)


def test_the_loser_is_told_what_happened_to_the_shipment(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it read the shipment before the winner was there, and the stock afterwards."""
    with CommandBus(database_url) as one, CommandBus(database_url) as other:
        stock_up(one, {("A", "L"): 100})
        shipment, line = released(one)
        queue_for, winner = other._store.queue_for, [whole(shipment, line)]

        def beaten(*asked: Any) -> Any:
            while winner:
                execute(one, winner.pop())
            return queue_for(*asked)

        monkeypatch.setattr(other._store, "queue_for", beaten)
        with pytest.raises(ShipmentAlreadyDispatched):
            execute(other, whole(shipment, line))
        assert not winner


def test_a_refusal_of_a_race_stands_when_there_was_none(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ShipmentAlreadyDispatched, "OF_A_RACE", True)
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 100})
        command = whole(*released(bus))
        execute(bus, command)
        with pytest.raises(ShipmentAlreadyDispatched):
            execute(bus, command)
