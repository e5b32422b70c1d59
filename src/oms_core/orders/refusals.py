"""Why something can't be done with an order. Each sentence tells a person what to do instead."""

from __future__ import annotations

from oms_core.kernel.refusal import AlreadyExists, Invalid, NotAllowedInState, NotFound, Refusal


class NoSuchOrder(NotFound):
    """There is no such order. Check the id or the number."""


class NoSuchOrderLine(NotFound):
    """The order has no line {line_id}. Take the line ids from the order itself."""


class OrderNumberTaken(AlreadyExists):
    """Order {number} was placed already. Use another number, or none to be given one."""


class OrderCancelled(NotAllowedInState):
    """The order is cancelled, so nothing can be done with it except refund what was paid."""


class OrderCompleted(NotAllowedInState):
    """The order is completed: everything was delivered. Goods can come back with a return."""


class OrderOnHold(NotAllowedInState):
    """The order is on hold ({reasons}). Release it first."""

    QUOTES = frozenset({"reasons"})


class OrderNotOnHold(NotAllowedInState):
    """The order is not on hold, so there is nothing to release."""


class NothingBackordered(NotAllowedInState):
    """No units of {sku} wait for stock in this line, so there is no promise to revise."""


class HoldAlreadyPlaced(AlreadyExists):
    """Hold {hold_id} was placed on the order already."""


class HoldNotOpen(NotAllowedInState):
    """The order has no open hold {hold_id}: it was released already, or is another order's."""


class HoldNotYours(NotAllowedInState):
    """Only {names} may release the hold "{reason}". Ask one of them to do it."""

    QUOTES = frozenset({"reason"})


class ReturnAlreadyRequested(AlreadyExists):
    """Return {return_id} of the order was requested already."""


class ClaimAlreadyOpened(AlreadyExists):
    """Claim {claim_id} of the order was opened already."""


class OrderAlreadyShipped(NotAllowedInState):
    """{shipped} units have left the warehouse, so the order can't be cancelled as a whole. Name
    the lines and quantities that are not shipped yet, or request a return after delivery.
    """


class TooFewUnitsToCancel(NotAllowedInState):
    """{wanted} units of {sku} were to be cancelled, but only {cancellable} are not shipped yet."""


class OrderLineAlreadyAdded(AlreadyExists):
    """Line {line_id} is in the order already. Change its quantity instead."""


class TooManyLines(Invalid):
    """An order has {most} lines at most, those with no units left included. Place another one."""


class TooManyTags(Invalid):
    """An order has {most} tags at most. Take some off first."""


class LinkToItself(Invalid):
    """An order can't be linked to itself. Name another one."""


class ShippedUnitsStay(NotAllowedInState):
    """{shipped} units of {sku} were shipped and {cancelled} cancelled, so that {wanted} are too
    few. Request a return for what was shipped.
    """


class ShippedPriceStays(NotAllowedInState):
    """Units of {sku} were shipped at {price}, so that the price stays. Refund a part instead."""


class ShippingWasRefunded(NotAllowedInState):
    """The shipping was refunded with a return, so that its price stays as it was agreed."""


class NothingLeftToOrder(NotAllowedInState):
    """Nothing would be left of the order. Cancel it instead."""


class TooFewUnitsToReturn(NotAllowedInState):
    """{wanted} units of {sku} were to be returned or claimed, but only {returnable} arrived and are
    in no return or claim already.
    """


class TooFewUnitsToCredit(NotAllowedInState):
    """{wanted} units of {sku} were to be credited, but only {creditable} arrived and are not
    credited already.
    """


class ShippingAlreadyCredited(NotAllowedInState):
    """The shipping was credited already. Leave it out."""


class PaymentExceedsTotal(Refusal):
    """{posted} {currency} would be {verb} in all, but the order comes to {total}. Lower the
    amount.
    """

    CODE = "PAYMENT_EXCEEDED"
    OF_A_RACE = True  # a payment is read before its order


class CreditWasCarriedOver(Refusal):
    """{wanted} {currency} were to be refunded, but {carried_over} of what was captured pay for a
    replacement, so that only {refundable} are left.
    """

    CODE = "PAYMENT_EXCEEDED"
    OF_A_RACE = True  # a payment is read before its order


class CreditAlreadyGranted(AlreadyExists):
    """Credit {credit_id} was granted on the order already."""


class RefundExceedsLine(Refusal):
    """{wanted} {currency} would be refunded for {sku} in all, but the line came to {paid}. Lower
    its amount.
    """

    CODE = "PAYMENT_EXCEEDED"
    OF_A_RACE = True  # a payment is read before its order
