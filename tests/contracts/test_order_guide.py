"""docs/orders.md says what the handlers do.

That it leaves nothing out is held against every command that a domain test executes
(`tests/domain/kit.py`), and every one of the simulation.
"""

from __future__ import annotations

from tests.contracts.order_guide import GUIDE, written
from tests.contracts.transitions import transitions

from oms_core.kernel.handling import HANDLERS
from oms_core.orders.commands import CancelOrder, HoldOrder
from oms_core.orders.events import HoldPlaced, LinesCancelled
from oms_core.orders.refusals import (
    HoldAlreadyPlaced,
    NoSuchOrder,
    OrderAlreadyShipped,
    OrderCancelled,
    OrderCompleted,
)
from oms_core.shipments.events import ShipmentCancelled, ShipmentLinesCancelled
from oms_core.stock.events import ReservationReleased


def test_the_guide_is_up_to_date() -> None:
    """Run `make schema` when it is not."""
    guide = GUIDE.read_text()
    assert written(guide) == guide
    assert all(f"| **{command.__name__}** |" in guide for command in HANDLERS)


def test_what_is_read_from_a_handler_is_what_it_does() -> None:
    held = transitions(HoldOrder)
    assert held.events == {HoldPlaced}
    assert {NoSuchOrder, HoldAlreadyPlaced, OrderCancelled, OrderCompleted} <= held.refusals
    assert OrderAlreadyShipped not in held.refusals
    cancelled = transitions(CancelOrder)
    stock_and_shipments = {ReservationReleased, ShipmentCancelled, ShipmentLinesCancelled}
    assert cancelled.events >= {LinesCancelled} | stock_and_shipments
    assert {OrderAlreadyShipped, OrderCancelled} <= cancelled.refusals


def test_no_command_is_without_an_event() -> None:
    assert [command.__name__ for command in HANDLERS if not transitions(command).events] == []
