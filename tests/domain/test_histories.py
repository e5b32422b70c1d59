"""Long random histories of real commands. After each one, every invariant must hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.domain.crashes import FragileShop, FragileWarehouse
from tests.domain.machine import REACHED

from oms_core.kernel.handling import HANDLERS

THOROUGH = 600
"""Examples that must reach every command; fewer only look for a broken invariant."""


def test_every_invariant_holds_after_every_command() -> None:
    REACHED.clear()
    usual = settings()
    often = settings(usual, max_examples=2 * usual.max_examples)
    for machine in (FragileShop, FragileWarehouse):
        run_state_machine_as_test(machine, settings=often)
    if usual.max_examples < THOROUGH:
        return
    done = {name for name, outcome in REACHED if outcome == "done"}
    assert done == {command.__name__ for command in HANDLERS}
    refused = {outcome for _, outcome in REACHED}
    assert {
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
    } <= refused
