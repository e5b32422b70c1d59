"""Payments: what has happened at a provider, noted by whoever dealt with it.

See `payment_requests` for asking a provider from here.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from oms_api.answers import Answer
from oms_api.context import Info
from oms_api.declare import mutation
from oms_api.gateway import new_id
from oms_api.inputs import VersionedInput
from oms_api.money import MoneyInput
from oms_api.orders import OrderPayload
from oms_api.payment_types import PaymentPayload
from oms_core.payments.commands import (
    AuthorizePayment,
    CapturePayment,
    RefundPayment,
    VoidPayment,
)
from oms_core.payments.terms import PaymentTerms


@strawberry.input
class PaymentInput(VersionedInput):
    """What the inputs that note a movement of money have."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    amount: MoneyInput = strawberry.field(description="How much, in the order's currency.")
    method: str = strawberry.field(description="How the customer pays, such as card.")
    provider: str = strawberry.field(description="The payment provider's name.")
    reference: str = strawberry.field(
        description="The provider's own reference. A capture or refund under a reference of its own"
        " goes to the order's payment by the same method."
    )


@strawberry.input(description="Note that a provider set an amount aside for an order.")
class AuthorizePaymentInput(PaymentInput):
    """Note that a provider set an amount aside."""

    terms: PaymentTerms | None = strawberry.field(
        default=None,
        description="When it lets goods go; by default as usual for `invoice`, or in its channel.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the authorization lapses."
    )


@strawberry.input(description="Note that a provider collected a part or all of what was set aside.")
class CapturePaymentInput(PaymentInput):
    """Note that a provider collected an amount."""


@strawberry.input(description="So much of a refund is for an order line.")
class LineAmountInput:
    """So much of a refund is for an order line."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    amount: MoneyInput = strawberry.field(description="How much.")


@strawberry.input(description="Note that a provider gave a part or all of what it collected back.")
class RefundPaymentInput(PaymentInput):
    """Note that a provider gave an amount back."""

    lines: list[LineAmountInput] | None = strawberry.field(
        default=None,
        description="Which part is for which line; for none in particular, what they leave. Not"
        " more in all for a line than it came to.",
    )


@strawberry.input(description="Note that a provider let go of what it had set aside.")
class VoidPaymentInput(VersionedInput):
    """Note that a provider let go of what it had set aside."""

    payment_id: strawberry.ID = strawberry.field(description="The payment's id.")


@strawberry.type
class PaymentMutations:
    """Commands that note what has happened."""

    @mutation(
        OrderPayload,
        "Note that a provider set an amount aside; not more in all than the order comes to.",
    )
    async def authorize_payment(self, info: Info, input: AuthorizePaymentInput) -> Answer:
        """Note an authorization."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, AuthorizePayment, request_id=new_id()
        )

    @mutation(
        OrderPayload,
        "Note that a provider collected an amount; not more than it has set aside. An order goes to"
        " the warehouse when all that is owed is captured.",
    )
    async def capture_payment(self, info: Info, input: CapturePaymentInput) -> Answer:
        """Note a capture."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, CapturePayment, request_id=new_id()
        )

    @mutation(
        OrderPayload, "Note that a provider gave an amount back; not more than it has collected."
    )
    async def refund_payment(self, info: Info, input: RefundPaymentInput) -> Answer:
        """Note a refund."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, RefundPayment, request_id=new_id()
        )

    @mutation(
        PaymentPayload,
        "Note that a provider let go of all that it had set aside and not collected.",
    )
    async def void_payment(self, info: Info, input: VoidPaymentInput) -> Answer:
        """Note a void."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, VoidPayment, request_id=new_id()
        )
