"""What happens to an order: what was promised, what became of each unit, and what was paid.

Amounts are decimals in the order's one currency. Every quantity event moves units from one bucket
to another; no event sets a status.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from oms_core.delivery.promise import DeliveryPromise
from oms_core.kernel.message import Event
from oms_core.kernel.personal import Booked, Personal
from oms_core.orders.aftercare_events import (
    ClaimEnded,
    LinesClaimed,
    LinesReturned,
    LinesReturnRequested,
    LinesReturnWithdrawn,
)
from oms_core.orders.agreed import (
    AppliedDiscount,
    AssessedDuty,
    CancelledAmounts,
    CancelledUnits,
    Contact,
    CreditedLine,
    CustomerDetails,
    EditedLine,
    LineRefund,
    PostalAddress,
    PricedLine,
    Promise,
)
from oms_core.orders.hold_events import HoldEscalated, HoldPlaced, HoldReleased
from oms_core.orders.links import LinkKind
from oms_core.orders.quantities import LineQuantity, SourcedQuantity
from oms_core.payments.policy import PaymentPolicy
from oms_core.payments.terms import PaymentTerms
from oms_core.pricing.policy import RoundingLevel, RoundingMode

__all__ = [
    "AppliedDiscount",
    "AssessedDuty",
    "CancelledAmounts",
    "CancelledUnits",
    "ClaimEnded",
    "Contact",
    "CreditedLine",
    "CustomerDetails",
    "EditedLine",
    "HoldEscalated",
    "HoldPlaced",
    "HoldReleased",
    "LineRefund",
    "LinesClaimed",
    "LinesReturnRequested",
    "LinesReturnWithdrawn",
    "LinesReturned",
    "PostalAddress",
    "PricedLine",
    "Promise",
]
"""Events, and parts of them, that are imported from here, too."""

ZERO = Decimal(0)


class OrderPlaced(Event):
    """A customer ordered, at these prices. All units are pending until a source is found.

    `total = subtotal - discount + shipping_price + duties + shipping_tax + tax`, without the
    taxes when prices include them; `tax` is on the goods. `discount` is the sum of `discounts`,
    which older facts do not list. Unpaid until `payment_due_at`, it may be cancelled. The customer
    collects the goods at the `pickup_location`, if any. Of orders of one moment, the one of a
    higher `priority` gets scarce stock first. `assessed_duties` tell how `duties` came about, if
    they were computed. `payments` is its channel's policy at that time. Of an order that replaces
    goods of another, `sold_before` is what of its total was sold with that one already.
    """

    TOPIC: ClassVar[str] = "orders.OrderPlaced.v1"
    number: str
    channel: str
    currency: str
    placed_at: datetime
    customer: CustomerDetails
    shipping_address: PostalAddress
    billing_address: Booked[PostalAddress]
    lines: tuple[PricedLine, ...]
    subtotal: Decimal
    discount: Decimal = ZERO
    shipping_price: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal
    prices_include_tax: bool = False
    allow_backorder: bool = False
    discounts: tuple[AppliedDiscount, ...] = ()
    duties: Decimal = ZERO
    shipping_tax_rate: Decimal = ZERO
    shipping_method: str | None = None
    rounding_mode: RoundingMode = RoundingMode.HALF_UP
    rounding_level: RoundingLevel = RoundingLevel.LINE
    payment_due_at: datetime | None = None
    pickup_location: str | None = None
    promise: DeliveryPromise | None = None
    priority: int = 0
    assessed_duties: tuple[AssessedDuty, ...] = ()
    sold_before: Decimal = ZERO
    payments: PaymentPolicy | None = None

    def may_come_from(self, location: str) -> bool:
        """Tell whether a location may serve the order: where it is collected, only that one."""
        return self.pickup_location in (None, location)


class LinesReserved(Event):
    """Units got a source. They were pending, or waited on backorder when `from_backorder`."""

    TOPIC: ClassVar[str] = "orders.LinesReserved.v1"
    lines: tuple[SourcedQuantity, ...]
    from_backorder: bool = False


class LinesBackordered(Event):
    """Pending units have no source yet and wait for stock."""

    TOPIC: ClassVar[str] = "orders.LinesBackordered.v1"
    lines: tuple[LineQuantity, ...]


class PromiseMade(Event):
    """The customer was told how long the wait may be."""

    TOPIC: ClassVar[str] = "orders.PromiseMade.v1"
    promises: tuple[Promise, ...]


class PromiseRevised(Event):
    """The customer was told another day."""

    TOPIC: ClassVar[str] = "orders.PromiseRevised.v1"
    promises: tuple[Promise, ...]
    reason: Personal[str]


class LinesReleased(Event):
    """Reserved units were handed to a location's warehouse as a shipment to prepare."""

    TOPIC: ClassVar[str] = "orders.LinesReleased.v1"
    shipment_id: UUID
    location: str
    lines: tuple[LineQuantity, ...]


class LinesShipped(Event):
    """The units of a shipment are on their way."""

    TOPIC: ClassVar[str] = "orders.LinesShipped.v1"
    shipment_id: UUID
    location: str
    lines: tuple[LineQuantity, ...]


class LinesDelivered(Event):
    """The units of a shipment arrived."""

    TOPIC: ClassVar[str] = "orders.LinesDelivered.v1"
    shipment_id: UUID
    lines: tuple[LineQuantity, ...]


class LinesUnreserved(Event):
    """Reserved units need another source: the location has not got them, or is not to send them.

    They are pending again, and no shipment carries them any more.
    """

    TOPIC: ClassVar[str] = "orders.LinesUnreserved.v1"
    location: str
    shipment_id: UUID
    lines: tuple[LineQuantity, ...]
    reason: Personal[str]


class LinesRecalled(Event):
    """Units that a shipment was to carry stay reserved where they are, and wait for another."""

    TOPIC: ClassVar[str] = "orders.LinesRecalled.v1"
    shipment_id: UUID
    lines: tuple[LineQuantity, ...]


class LinesRegrouped(Event):
    """Units go with another shipment from the same location, a new one or one that was there."""

    TOPIC: ClassVar[str] = "orders.LinesRegrouped.v1"
    from_shipment_id: UUID
    shipment_id: UUID
    lines: tuple[LineQuantity, ...]


class LinesUndelivered(Event):
    """Shipped units will not arrive: they came back to the sender, or are lost.

    They are pending again.
    """

    TOPIC: ClassVar[str] = "orders.LinesUndelivered.v1"
    shipment_id: UUID
    lines: tuple[LineQuantity, ...]
    reason: Personal[str]


class LinesUnassigned(Event):
    """A location does not send these reserved units after all: they wait for a source again.

    One that `declined` is not asked for this order any more. It did not where somebody thought of
    a better source, or merged it into another location.
    """

    TOPIC: ClassVar[str] = "orders.LinesUnassigned.v1"
    location: str
    reason: Personal[str]
    units: tuple[CancelledUnits, ...]
    declined: bool = True


class LinesCancelled(Event):
    """Units will not be shipped and are no longer owed.

    `shipping_price`, `shipping_tax` and `duties` are waived with the last unit when nothing was
    shipped.
    """

    TOPIC: ClassVar[str] = "orders.LinesCancelled.v1"
    reason: Personal[str]
    units: tuple[CancelledUnits, ...]
    amounts: tuple[CancelledAmounts, ...]
    shipping_price: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    duties: Decimal = ZERO


class OrderEdited(Event):
    """Customer and shop agreed on other terms. The lines that are not named stay as they were.

    Units that are `added` are pending until a source is found; `removed` ones are neither ordered
    nor owed any more. `discounts` are those of added lines. What the customer owes grew by
    `difference`, or shrank when it is negative. A `contact` is all that is known of it now.
    """

    TOPIC: ClassVar[str] = "orders.OrderEdited.v1"
    reason: Personal[str | None] = None
    lines: tuple[EditedLine, ...] = ()
    removed: tuple[CancelledUnits, ...] = ()
    added: tuple[LineQuantity, ...] = ()
    discounts: tuple[AppliedDiscount, ...] = ()
    shipping_address: PostalAddress
    billing_address: Booked[PostalAddress]
    shipping_method: str | None = None
    shipping_price: Decimal
    shipping_tax: Decimal
    shipping_tax_rate: Decimal
    difference: Decimal
    contact: Contact | None = None


class PaymentPosted(Event):
    """A payment of this order moved: what it added, in the order's currency.

    Less than zero is what went: an authorization that was voided or lapsed, a refund that came
    back, a chargeback that was won. `authorizing`, `capturing` and `refunding` were asked for and
    are not answered yet.
    """

    TOPIC: ClassVar[str] = "orders.PaymentPosted.v1"
    payment_id: UUID
    authorized: Decimal = ZERO
    captured: Decimal = ZERO
    refunded: Decimal = ZERO
    charged_back: Decimal = ZERO
    authorizing: Decimal = ZERO
    capturing: Decimal = ZERO
    refunding: Decimal = ZERO
    terms: PaymentTerms = PaymentTerms.PREPAID
    lines: tuple[LineRefund, ...] = ()


class CreditGranted(Event):
    """The customer owes less, because of a return or a claim.

    `amount` is that of the lines and of the shipping that is given up (`shipping_price`, and
    `shipping_tax` unless prices include it), less the restocking `fee` that the shop keeps.
    """

    TOPIC: ClassVar[str] = "orders.CreditGranted.v1"
    credit_id: UUID
    return_id: UUID | None = None
    claim_id: UUID | None = None
    reason: Personal[str | None] = None
    lines: tuple[CreditedLine, ...] = ()
    shipping_price: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    fee: Decimal = ZERO
    amount: Decimal


class ExchangeCreditPosted(Event):
    """Credit was carried over between an order and the one that replaces it.

    It was taken from the order at `origin_id`, or went to the one at `replacement_id`; negative
    amounts undo that. `amount` is what this order has more of.
    """

    TOPIC: ClassVar[str] = "orders.ExchangeCreditPosted.v1"
    credit_id: UUID
    amount: Decimal
    origin_id: UUID | None = None
    replacement_id: UUID | None = None


class OrderLinked(Event):
    """This order belongs to another one: it is what `kind` says to it."""

    TOPIC: ClassVar[str] = "orders.OrderLinked.v1"
    kind: LinkKind
    order_id: UUID
    number: str


class OrderUnlinked(Event):
    """This order is not what `kind` says to the other one; it had been noted by mistake."""

    TOPIC: ClassVar[str] = "orders.OrderUnlinked.v1"
    kind: LinkKind
    order_id: UUID
    number: str


class OrderTagged(Event):
    """Tags were put on the order, or taken off it."""

    TOPIC: ClassVar[str] = "orders.OrderTagged.v1"
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


Rerouted = LinesUnreserved | LinesRecalled | LinesRegrouped | LinesUndelivered
"""Units take another way than the one that was planned for them."""

Carried = LinesReleased | LinesShipped | LinesDelivered | Rerouted
"""Units that a shipment carries, or was to carry."""

OrderEvent = (
    OrderPlaced
    | LinesReserved
    | LinesBackordered
    | LinesUnassigned
    | PromiseMade
    | PromiseRevised
    | Carried
    | LinesCancelled
    | OrderEdited
    | LinesReturnRequested
    | LinesReturned
    | LinesReturnWithdrawn
    | LinesClaimed
    | ClaimEnded
    | PaymentPosted
    | CreditGranted
    | ExchangeCreditPosted
    | OrderLinked
    | OrderTagged
    | OrderUnlinked
    | HoldPlaced
    | HoldEscalated
    | HoldReleased
)
