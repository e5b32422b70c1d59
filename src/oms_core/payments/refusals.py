"""Why a payment is refused something. Each sentence tells a person what to do instead."""

from __future__ import annotations

from oms_core.kernel.refusal import AlreadyExists, Invalid, NotAllowedInState, NotFound, Refusal


class NoSuchPayment(NotFound):
    """There is no such payment. Take its id from the order."""


class NothingKnownOfReference(NotFound):
    """Nothing is known of the reference {reference} of {provider}. Name the order that was paid
    with it, or report this again once the payment was requested or reported.
    """


class NoSuchPaymentRequest(NotFound):
    """The payment has no request {request_id}. Take its id from the payment."""


class UnknownProvider(Invalid):
    """{provider} can't be asked: no payment provider of this name is installed. Installed are
    {installed}.
    """


class GiftCardsPayThemselves(Invalid):
    """Gift cards are kept here: pay with payWithGiftCard. Refund the payment to give back to the
    card.
    """


class PaymentOfOtherOrder(Invalid):
    """The reference {reference} of {provider} belongs to another order. Check the reference."""


class PaymentAlreadyAuthorized(AlreadyExists):
    """{provider} has authorized a payment under the reference {reference} already. Send the same
    idempotency key to repeat a request, or the reference of the new payment.
    """


class CaptureExceedsAuthorization(Refusal):
    """{wanted} were to be captured, but only {open} are authorized by {provider} and not captured
    yet. Authorize more, or capture less.
    """

    CODE = "PAYMENT_EXCEEDED"


class RefundExceedsCapture(Refusal):
    """{wanted} were to be refunded, but only {open} were captured by {provider} and not refunded
    yet.
    """

    CODE = "PAYMENT_EXCEEDED"


class RefundLinesExceedAmount(Invalid):
    """The lines come to {lines}, but only {amount} are to be refunded. Let the lines come to that,
    or to less.
    """


class NothingAuthorized(Refusal):
    """{wanted} were to be captured, but {provider} has authorized nothing for this order by
    {method}. Authorize the payment first.
    """

    CODE = "PAYMENT_EXCEEDED"


class NothingCaptured(Refusal):
    """{wanted} were to be refunded, but {provider} has captured nothing for this order by
    {method}.
    """

    CODE = "PAYMENT_EXCEEDED"


class NoContestedRefund(NotFound):
    """The payment has no contested refund {request_id}. Take its id from the payment."""


class ContestedRefundDecided(NotAllowedInState):
    """The refund {request_id} was decided already: it was {state}."""


class NothingToVoid(NotAllowedInState):
    """Nothing of this payment is set aside and not collected, so that there is nothing to void.
    Refund what was captured instead.
    """


class NothingToAuthorize(NotAllowedInState):
    """All that is owed for the order is paid or set aside already."""


class NothingToCapture(NotAllowedInState):
    """Nothing is left to capture: all that is owed was captured, or nothing is authorized."""


class NothingLeftToRefund(NotAllowedInState):
    """Nothing is left to refund of this payment."""
