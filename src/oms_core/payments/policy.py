"""What a channel decides about payments."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from oms_core.kernel.message import Message
from oms_core.payments.terms import PaymentTerms


class LapseCapture(StrEnum):
    """What is collected of an authorization that is about to lapse."""

    NONE = "NONE"
    """Nothing: it lapses, and another one is needed."""

    SHIPPED = "SHIPPED"
    """What is missing for the goods that left a warehouse."""

    ALL = "ALL"
    """All that is owed; as SHIPPED while the order is on hold."""


class PaymentPolicy(Message):
    """How orders of a channel are paid; an order keeps the one that it was placed under.

    `terms` are those of payments that name none, unless their provider has usual ones. What is
    collected by itself is asked of providers that had been asked to set the money aside.
    """

    terms: PaymentTerms | None = None
    capture_when_authorized: bool = False
    capture_before_lapse: LapseCapture = LapseCapture.NONE
    capture_ahead: timedelta = timedelta(days=1)
