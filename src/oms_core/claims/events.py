"""What happens to a claim: a customer says that goods arrived damaged, wrong or not at all."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.personal import Personal
from oms_core.orders.events import CreditedLine
from oms_core.orders.quantities import SkuQuantity

ZERO = Decimal(0)


class ClaimProblem(StrEnum):
    """What is wrong with claimed units."""

    DAMAGED = "DAMAGED"
    MISSING = "MISSING"
    WRONG_ITEM = "WRONG_ITEM"
    DEFECTIVE = "DEFECTIVE"


class ClaimResolution(StrEnum):
    """How a claim is decided."""

    REPLACE = "REPLACE"
    REFUND = "REFUND"
    TAKE_BACK = "TAKE_BACK"
    REJECT = "REJECT"


class ClaimedQuantity(SkuQuantity):
    """Units of an order line, and what is wrong with them."""

    problem: ClaimProblem
    comment: Personal[str | None] = None


class ClaimOpened(Event):
    """A customer complains about units that were delivered, or should have been."""

    TOPIC: ClassVar[str] = "claims.ClaimOpened.v1"
    order_id: UUID
    lines: tuple[ClaimedQuantity, ...]
    description: Personal[str | None] = None


class ClaimResolved(Event):
    """The claim was decided. Goods are to come back only with `return_id`, and what the customer
    gets for them is decided there.

    Else what the units were sold for is credited, and with a replacement `carried_over` to it.
    """

    TOPIC: ClassVar[str] = "claims.ClaimResolved.v1"
    resolution: ClaimResolution
    currency: str
    reason: Personal[str | None] = None
    lines: tuple[CreditedLine, ...] = ()
    amount: Decimal = ZERO
    replacement_id: UUID | None = None
    carried_over: Decimal = ZERO
    return_id: UUID | None = None


ClaimEvent = ClaimOpened | ClaimResolved
