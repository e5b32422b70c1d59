"""When a payment lets goods go: words that orders and payments share."""

from __future__ import annotations

from enum import StrEnum


class PaymentTerms(StrEnum):
    """What must be true of a payment before the goods that it pays for leave."""

    PREPAID = "PREPAID"
    """Collected: cards that are charged at once, bank transfers, gift cards."""

    CAPTURE_ON_DISPATCH = "CAPTURE_ON_DISPATCH"
    """Authorized. Each shipment's part is collected as it is dispatched."""

    PAY_LATER = "PAY_LATER"
    """Authorized. The money comes later by itself: invoice, cash on delivery."""

    @property
    def trusts_authorization(self) -> bool:
        """Whether goods may leave before the money is there."""
        return self is not PaymentTerms.PREPAID


def terms_of(
    provider: str, given: PaymentTerms | None, in_channel: PaymentTerms | None = None
) -> PaymentTerms:
    """Give the terms of a payment: those said, else what is usual with the provider, or there."""
    return given or _USUAL.get(provider) or in_channel or PaymentTerms.PREPAID


_USUAL = {"invoice": PaymentTerms.PAY_LATER}
