"""Asking a payment provider, and hearing from it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from oms_api.answers import Answer
from oms_api.context import Info
from oms_api.declare import mutation
from oms_api.enums import describe
from oms_api.gateway import new_id
from oms_api.inputs import CommandInput, VersionedInput
from oms_api.money import MoneyInput
from oms_api.payment_types import PaymentPayload
from oms_api.payments import LineAmountInput
from oms_core.kernel.message import Command
from oms_core.payments.asking import (
    RequestAuthorization,
    RequestCapture,
    RequestRefund,
    RequestVoid,
)
from oms_core.payments.events import PaymentReportKind
from oms_core.payments.outcomes import DecideContestedRefund, ReportPaymentEvent
from oms_core.payments.terms import PaymentTerms
from oms_core.runtime.payment_providers import installed

describe(
    PaymentReportKind,
    "What a provider tells of a payment. Values may be added.",
    AUTHORIZED="It set the amount aside.",
    AUTHORIZATION_DECLINED="It did not set the amount aside.",
    AUTHORIZATION_EXPIRED="What was set aside lapsed.",
    VOIDED="It let go of what was set aside.",
    VOID_FAILED="It did not let go of it.",
    CAPTURED="It collected the amount.",
    CAPTURE_FAILED="It did not collect, or had to give back at once what it seemed to have.",
    REFUNDED="It gave the amount back.",
    REFUND_FAILED="It did not give the amount back, or the amount came back to it.",
    CHARGEBACK_OPENED="The customer's bank took the amount back; `transaction` names the case.",
    CHARGEBACK_WON="The case was decided for the shop.",
    CHARGEBACK_LOST="The case was decided for the customer.",
)


@strawberry.input(description="Ask a provider to set an amount aside for an order.")
class RequestAuthorizationInput(VersionedInput):
    """Ask a provider to set an amount aside."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much; all that is not paid or set aside yet when missing."
    )
    method: str = strawberry.field(description="How the customer pays, such as card.")
    provider: str = strawberry.field(description="The name of an installed payment provider.")
    reference: str = strawberry.field(
        description="Your own reference of the payment, unique with this provider. Never a card"
        " number."
    )
    terms: PaymentTerms | None = strawberry.field(
        default=None,
        description="When it lets goods go; by default as usual for `invoice`, or in its channel.",
    )


@strawberry.input(description="Ask the provider to collect a part or all of what it set aside.")
class RequestCaptureInput(VersionedInput):
    """Ask the provider to collect."""

    payment_id: strawberry.ID = strawberry.field(description="The payment's id.")
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much; all that is set aside and owed when missing."
    )


@strawberry.input(description="Ask the provider to give a part or all of what it collected back.")
class RequestRefundInput(VersionedInput):
    """Ask the provider to give back."""

    payment_id: strawberry.ID = strawberry.field(description="The payment's id.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="How much; what the lines come to, or else all that is left, when missing.",
    )
    lines: list[LineAmountInput] | None = strawberry.field(
        default=None,
        description="Which part is for which line; for none in particular, what they leave. Not"
        " more in all for a line than it came to.",
    )


@strawberry.input(description="Ask the provider to let go of what it set aside.")
class RequestVoidInput(VersionedInput):
    """Ask the provider to let go."""

    payment_id: strawberry.ID = strawberry.field(description="The payment's id.")


@strawberry.input(description="Hand in what a provider told, such as by webhook.")
class ReportPaymentEventInput(VersionedInput):
    """Hand in what a provider told."""

    provider: str = strawberry.field(description="The payment provider's name.")
    reference: str = strawberry.field(description="The reference that the payment has here.")
    event_id: str = strawberry.field(
        description="The provider's own id of what it tells. Told again, it counts once."
    )
    kind: PaymentReportKind = strawberry.field(description="What it tells.")
    amount: MoneyInput = strawberry.field(description="How much it is about.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The order, for a payment that nobody requested here: it is opened then.",
    )
    method: str | None = strawberry.field(
        default=None, description="How the customer paid, for such a payment."
    )
    request_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which request it is about, if the provider hands that back."
    )
    transaction: str | None = strawberry.field(
        default=None,
        description="The provider's own name for the transaction, or for the dispute. Send it, or"
        " `requestId`: else kind and amount must tell which request is meant.",
    )
    reason: str | None = strawberry.field(default=None, description="Why it failed.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="When an authorization lapses."
    )


async def _ask(info: Info, given: CommandInput, command: type[Command]) -> Answer:
    context = info.context
    return await context.gateway.carry_out(
        context.cause, given, command, request_id=new_id(), installed=installed()
    )


@strawberry.input(description="Say whether a contested refund took place.")
class DecideContestedRefundInput(VersionedInput):
    """Say whether a contested refund took place."""

    payment_id: strawberry.ID = strawberry.field(description="The payment's id.")
    request_id: strawberry.ID = strawberry.field(description="The id of the contested refund.")
    accept: bool = strawberry.field(description="Whether the amount is gone.")


@strawberry.type
class PaymentRequestMutations:
    """Commands that ask a provider, and the one that takes in what it tells."""

    @mutation(
        PaymentPayload,
        "Ask a provider to set an amount aside; not more in all than the order comes to. What it"
        " answers shows in the payment's requests a moment later.",
    )
    async def request_authorization(self, info: Info, input: RequestAuthorizationInput) -> Answer:
        """Ask for an authorization."""
        return await _ask(info, input, RequestAuthorization)

    @mutation(
        PaymentPayload, "Ask the provider to collect; not more than is set aside, or than is owed."
    )
    async def request_capture(self, info: Info, input: RequestCaptureInput) -> Answer:
        """Ask for a capture."""
        return await _ask(info, input, RequestCapture)

    @mutation(PaymentPayload, "Ask the provider to give back; not more than it has collected.")
    async def request_refund(self, info: Info, input: RequestRefundInput) -> Answer:
        """Ask for a refund."""
        return await _ask(info, input, RequestRefund)

    @mutation(
        PaymentPayload, "Ask the provider to let go of all that is set aside and not collected."
    )
    async def request_void(self, info: Info, input: RequestVoidInput) -> Answer:
        """Ask for a void."""
        return await _ask(info, input, RequestVoid)

    @mutation(
        PaymentPayload,
        "Say whether a refund took place that the provider told of, though it was more than was"
        " here. Accepted, the amount counts as refunded, and the customer owes it.",
    )
    async def decide_contested_refund(
        self, info: Info, input: DecideContestedRefundInput
    ) -> Answer:
        """Decide a contested refund."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, DecideContestedRefund
        )

    @mutation(
        PaymentPayload,
        "Hand in what a provider told of its own accord, as often as it tells it. It is recorded"
        " even if it is more than was asked for, or comes after the order was cancelled: then the"
        " order's `refundDue` tells.",
    )
    async def report_payment_event(self, info: Info, input: ReportPaymentEventInput) -> Answer:
        """Take a report in."""
        return await info.context.gateway.carry_out(info.context.cause, input, ReportPaymentEvent)
