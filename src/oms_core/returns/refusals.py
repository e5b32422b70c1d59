"""Why something can't be done with a return. Each sentence tells a person what to do instead."""

from __future__ import annotations

from oms_core.kernel.refusal import Invalid, NotAllowedInState, NotFound, Refusal


class NoSuchReturn(NotFound):
    """There is no such return. Take its id from the order."""


class NoSuchReturnLine(NotFound):
    """The return has no line {line_id}. Take the line ids from the return itself."""


class ReturnAlreadyReceived(NotAllowedInState):
    """The goods of this return were received already."""


class ReturnNotApproved(NotAllowedInState):
    """The return was not approved yet. Approve it first, or reject it."""


class ReturnAlreadyApproved(NotAllowedInState):
    """The return was approved already. Cancel it if the goods are not to come back."""


class ReturnAlreadySent(NotAllowedInState):
    """The goods are on their way already. Receive them when they come."""


class ReturnIsOver(NotAllowedInState):
    """The return is {status}, so nothing can be done with it any more. Request another one."""


class ReturnAlreadyRefunded(NotAllowedInState):
    """Units of this return were refunded already, so it can't be taken back. Close it instead."""


class ReasonOfOtherLine(Invalid):
    """Line {line_id} is not among those that are to come back, so it needs no reason."""


class TooFewUnitsOutstanding(NotAllowedInState):
    """{wanted} units of {sku} came back, but only {outstanding} are expected. Request another
    return for the others.
    """


class TooFewUnitsInCondition(NotAllowedInState):
    """{wanted} units of {sku} were to become {condition}, but only {found} are {were}{place}."""


class RestockedUnitsAreForSale(NotAllowedInState):
    """Units of {sku} were restocked and may be sold already. Adjust the stock instead."""


class TooFewUnitsToRefund(NotAllowedInState):
    """{wanted} units of {sku} were to be refunded, but only {refundable} came back and are not
    refunded yet. Say that the others are paid in advance, or kept by the customer.
    """


class NothingToRefund(NotAllowedInState):
    """No units came back that are not refunded yet. Receive them first, or say that they are paid
    in advance, or kept by the customer.
    """


class FeeExceedsRefund(Refusal):
    """A fee of {fee} {currency} is more than the refund of the goods, {refund}."""

    CODE = "PAYMENT_EXCEEDED"
