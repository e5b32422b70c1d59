"""Which part of a refund is for which line."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.fields import PositivePrice
from oms_core.kernel.message import Message
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.order import Order
from oms_core.payments.events import LineAmount
from oms_core.payments.refusals import RefundLinesExceedAmount

ZERO = Decimal(0)


class WantedLineAmount(Message):
    """So much of a refund is for an order line."""

    line_id: UUID
    amount: PositivePrice


WantedLineAmounts = Annotated[tuple[WantedLineAmount, ...], Field(max_length=1000)]


def line_amounts(
    order: Order, wanted: Iterable[WantedLineAmount], whole: Money
) -> tuple[LineAmount, ...]:
    """Check the parts of a refund; what they leave of the whole is for no line in particular."""
    amounts: dict[UUID, Decimal] = {}
    for part in wanted:
        if part.amount.currency != whole.currency:
            raise CurrencyMismatch(
                given=part.amount.currency, expected=whole.currency, field=("lines",)
            )
        amounts[part.line_id] = amounts.get(part.line_id, ZERO) + part.amount.amount
    total = sum(amounts.values(), ZERO)
    if total > whole.amount:
        raise RefundLinesExceedAmount(
            lines=Money(total, whole.currency), amount=whole, field=("lines",)
        )
    order.refuse_refund_of_lines(amounts)
    return tuple(LineAmount(line_id=id, amount=amount) for id, amount in amounts.items())
