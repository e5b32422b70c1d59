"""What happens to a return: goods that a customer sends back, and what he gets for them."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.personal import Personal
from oms_core.orders.events import CreditedLine
from oms_core.orders.quantities import LineQuantity, SourcedQuantity
from oms_core.returns.policy import ReturnPolicy, ReturnReason

ZERO = Decimal(0)


class Condition(StrEnum):
    """What became of goods that came back: sellable again, set apart, or thrown away."""

    RESTOCKED = "restocked"
    QUARANTINED = "quarantined"
    SCRAPPED = "scrapped"


class RequestedQuantity(SourcedQuantity):
    """Units to send back, and why; `location` is where they came from."""

    reason: ReturnReason | None = None
    comment: Personal[str | None] = None


class ReturnRequested(Event):
    """A customer wants to send these units back. The channel's `policy` of that day holds."""

    TOPIC: ClassVar[str] = "returns.ReturnRequested.v1"
    order_id: UUID
    lines: tuple[RequestedQuantity, ...]
    reason: Personal[str]
    policy: ReturnPolicy = ReturnPolicy()
    claim_id: UUID | None = None


class ReturnApproved(Event):
    """The shop takes the goods back."""

    TOPIC: ClassVar[str] = "returns.ReturnApproved.v1"
    note: Personal[str | None] = None


class ReturnRejected(Event):
    """The shop does not take the goods back."""

    TOPIC: ClassVar[str] = "returns.ReturnRejected.v1"
    reason: Personal[str]


class ReturnLabelRecorded(Event):
    """The customer was given a label to send the goods with; it replaces an earlier one."""

    TOPIC: ClassVar[str] = "returns.ReturnLabelRecorded.v1"
    carrier: str
    label_reference: Personal[str | None] = None
    tracking_number: Personal[str | None] = None


class ReturnSent(Event):
    """The goods are on their way back."""

    TOPIC: ClassVar[str] = "returns.ReturnSent.v1"
    carrier: str | None = None
    tracking_number: Personal[str | None] = None


class ReturnedQuantity(SourcedQuantity):
    """Units that came back to a location, and what became of them."""

    condition: Condition


class ReturnItemsReceived(Event):
    """Units came back."""

    TOPIC: ClassVar[str] = "returns.ReturnItemsReceived.v1"
    lines: tuple[ReturnedQuantity, ...]


class InspectedQuantity(ReturnedQuantity):
    """Units that turned out to be in another condition than they `were`."""

    were: Condition


class ReturnItemsInspected(Event):
    """A closer look at units that came back: they are in this condition from now on."""

    TOPIC: ClassVar[str] = "returns.ReturnItemsInspected.v1"
    lines: tuple[InspectedQuantity, ...]


class ReturnResolved(Event):
    """The customer is compensated for units: `amount` is what he owes less on the order.

    It is that of the lines and of shipping, less the restocking `fee`. The units that are `kept`
    are not expected any more. With an exchange, `carried_over` of it pays for the replacement.
    """

    TOPIC: ClassVar[str] = "returns.ReturnResolved.v1"
    credit_id: UUID
    currency: str
    lines: tuple[CreditedLine, ...]
    kept: tuple[LineQuantity, ...] = ()
    shipping_price: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    fee: Decimal = ZERO
    amount: Decimal
    replacement_id: UUID | None = None
    carried_over: Decimal = ZERO


class ReturnCancelled(Event):
    """The customer keeps the goods."""

    TOPIC: ClassVar[str] = "returns.ReturnCancelled.v1"
    reason: Personal[str]


class ReturnClosed(Event):
    """The return is done: what did not come back is not expected any more."""

    TOPIC: ClassVar[str] = "returns.ReturnClosed.v1"


ReturnEvent = (
    ReturnRequested
    | ReturnApproved
    | ReturnRejected
    | ReturnLabelRecorded
    | ReturnSent
    | ReturnItemsReceived
    | ReturnItemsInspected
    | ReturnResolved
    | ReturnCancelled
    | ReturnClosed
)
