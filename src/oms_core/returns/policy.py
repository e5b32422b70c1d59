"""What a channel decides about returns."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from oms_core.kernel.message import Message
from oms_core.kernel.money import Money

ZERO = Decimal(0)


class ReturnReason(StrEnum):
    """Why a customer sends something back."""

    SIZE_TOO_SMALL = "SIZE_TOO_SMALL"
    SIZE_TOO_LARGE = "SIZE_TOO_LARGE"
    COLOR = "COLOR"
    STYLE = "STYLE"
    UNWANTED = "UNWANTED"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    WRONG_ITEM = "WRONG_ITEM"
    DEFECTIVE = "DEFECTIVE"
    DAMAGED = "DAMAGED"
    LATE = "LATE"
    OTHER = "OTHER"


THE_SHOP_IS_AT_FAULT = frozenset(
    {
        ReturnReason.NOT_AS_DESCRIBED,
        ReturnReason.WRONG_ITEM,
        ReturnReason.DEFECTIVE,
        ReturnReason.DAMAGED,
        ReturnReason.LATE,
    }
)
"""Reasons for which no restocking fee is taken."""


class ReturnPolicy(Message):
    """How returns of a channel are handled.

    The restocking fee is a percentage of the goods' refund (10 is 10 %) and an amount, once a
    return; each only in as far as the refund covers it.
    """

    needs_approval: bool = False
    fee_percent: Decimal = ZERO
    fee_amount: Money | None = None
