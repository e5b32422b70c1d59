"""Payments: what a provider set aside, collected and gave back for an order."""

from __future__ import annotations

import strawberry

from oms_api.answers import Answer
from oms_api.context import Info
from oms_api.declare import mutation
from oms_api.gateway import new_id
from oms_api.inputs import VersionedInput
from oms_api.money import MoneyInput
from oms_api.orders import OrderPayload
from oms_core.payments.commands import AuthorizePayment, CapturePayment, RefundPayment


@strawberry.input
class PaymentInput(VersionedInput):
    """What all three inputs on payments have."""

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


@strawberry.input(description="Note that a provider collected a part or all of what was set aside.")
class CapturePaymentInput(PaymentInput):
    """Note that a provider collected an amount."""


@strawberry.input(description="Note that a provider gave a part or all of what it collected back.")
class RefundPaymentInput(PaymentInput):
    """Note that a provider gave an amount back."""


@strawberry.type
class PaymentMutations:
    """Commands on payments."""

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
