"""Long random histories of real commands. After each one, every invariant must hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.domain.crashes import FragileShop, FragileWarehouse
from tests.domain.machine import REACHED
from tests.domain.tour import Tour

from oms_core.kernel.handling import HANDLERS

REFUSALS = {
    "InsufficientStock",
    "NothingToTakeAway",
    "FewerPickedThanBefore",
    "OrderCancelled",
    "PaymentExceedsTotal",
    "PickingNotFinished",
    "ShipmentAlreadyDelivered",
    "ShipmentAlreadyDispatched",
    "ShipmentIsBack",
    "ShipmentIsForPickup",
    "TooFewUnitsInShipment",
    "TooFewUnitsToCancel",
    "TooFewUnitsToReturn",
}


def done() -> set[str]:
    """Every command that recorded something so far."""
    return {name for name, outcome in REACHED if outcome == "done"}


def test_every_invariant_holds_after_every_command() -> None:
    """Random histories reach nearly every command; the tour makes sure of the rare ones."""
    REACHED.clear()
    usual = settings()
    often = settings(usual, max_examples=2 * usual.max_examples)
    for machine in (FragileShop, FragileWarehouse):
        run_state_machine_as_test(machine, settings=often)
    assert len(done()) >= 0.8 * len(HANDLERS)
    Tour().take()
    assert done() == {command.__name__ for command in HANDLERS}
    assert {outcome for _, outcome in REACHED} >= REFUSALS
