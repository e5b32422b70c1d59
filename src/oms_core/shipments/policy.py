"""What may become of units that are not sent or do not arrive."""

from __future__ import annotations

from enum import StrEnum


class Rerouting(StrEnum):
    """What becomes of units that are not there, or did not arrive."""

    RESOURCE = "RESOURCE"
    BACKORDER = "BACKORDER"
    CANCEL = "CANCEL"


class Withdrawal(StrEnum):
    """What becomes of the units of a shipment that is not to be sent."""

    RELEASE_AGAIN = "RELEASE_AGAIN"
    RESOURCE = "RESOURCE"
    CANCEL = "CANCEL"
