"""Long random histories of real commands. After each one, every invariant must hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.domain.histories import REACHED
from tests.domain.waiting import PatientShop

from oms_core.kernel.handling import HANDLERS


def test_every_invariant_holds_after_every_command() -> None:
    REACHED.clear()
    usual = settings()
    longer = settings(usual, max_examples=3 * usual.max_examples)
    run_state_machine_as_test(PatientShop, settings=longer)
    done = {name for name, outcome in REACHED if outcome == "done"}
    assert done == {command.__name__ for command in HANDLERS}
    refused = {outcome for _, outcome in REACHED}
    assert {
        "InsufficientStock",
        "NothingToTakeAway",
        "OrderCancelled",
        "PaymentExceedsTotal",
        "ShipmentAlreadyDelivered",
        "ShipmentAlreadyDispatched",
        "TooFewUnitsToCancel",
        "TooFewUnitsToReturn",
    } <= refused
