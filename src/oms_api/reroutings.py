"""What may become of units that are not sent or do not arrive, in the API's words."""

from __future__ import annotations

from oms_api.enums import describe
from oms_core.shipments.policy import Rerouting, Withdrawal

__all__ = ["Rerouting", "Withdrawal"]

describe(
    Rerouting,
    "What becomes of units that are not there, or did not arrive.",
    RESOURCE="Another location sends them; without any that has them they wait for stock.",
    BACKORDER="They wait for stock.",
    CANCEL="They are cancelled, and no longer owed.",
)
describe(
    Withdrawal,
    "What becomes of the units of a shipment that is not to be sent.",
    RELEASE_AGAIN="They stay reserved where they are and go with a new shipment, once the order may"
    " be released.",
    RESOURCE="Another location sends them; without any that has them they wait for stock.",
    CANCEL="They are cancelled, and no longer owed.",
)
