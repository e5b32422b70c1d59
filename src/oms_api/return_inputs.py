"""What the mutations on returns are given."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from oms_api.enums import describe
from oms_api.gateway import new_id
from oms_api.inputs import Facts, LineQuantityInput, VersionedInput
from oms_api.money import MoneyInput
from oms_api.order_inputs import AddressInput, OrderLineInput
from oms_api.serials import LineSerialsInput
from oms_core.returns.events import Condition
from oms_core.returns.policy import ReturnReason
from oms_core.returns.refunding import OutstandingUnits

describe(
    OutstandingUnits,
    "What becomes of units that did not come back yet.",
    WAIT="Nothing is given for them before they come.",
    ADVANCE="They are compensated already, and still expected.",
    KEEP="They are compensated, and the customer keeps them.",
)


@strawberry.input(description="Why the units of one line come back.")
class LineReasonInput:
    """Why the units of one line come back."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    reason: ReturnReason = strawberry.field(description="Why.")
    comment: str | None = strawberry.field(
        default=None, description="What the customer says about it."
    )


@strawberry.input(description="Announce that delivered units are to come back.")
class RequestReturnInput(VersionedInput):
    """Announce that delivered units are to come back."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    lines: list[LineQuantityInput] = strawberry.field(
        description="Which units; they were delivered and are in no return or claim yet."
    )
    reason: str = strawberry.field(description="Why they come back.")
    reasons: list[LineReasonInput] | None = strawberry.field(
        default=None, description="Why each line comes back; a restocking fee may depend on it."
    )


@strawberry.input
class ReturnInput(VersionedInput):
    """What all inputs on a return have."""

    return_id: strawberry.ID = strawberry.field(description="The return's id.")


@strawberry.input(description="Agree to take the goods of a return back.")
class ApproveReturnInput(ReturnInput):
    """Agree to take the goods of a return back."""

    note: str | None = strawberry.field(default=None, description="What is said about it.")


@strawberry.input(description="Don't take the goods of a return back.")
class RejectReturnInput(ReturnInput):
    """Don't take the goods of a return back."""

    reason: str = strawberry.field(description="Why not.")


@strawberry.input(description="Note which label the customer was given.")
class RecordReturnLabelInput(ReturnInput):
    """Note which label the customer was given."""

    carrier: str = strawberry.field(description="Who will carry the goods.")
    label_reference: str | None = strawberry.field(
        default=None, description="Where the label is found, such as the carrier's id of it."
    )
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of the parcel."
    )


@strawberry.input(description="Note that the goods of a return are on their way.")
class RecordReturnSentInput(ReturnInput):
    """Note that the goods of a return are on their way."""

    carrier: str | None = strawberry.field(
        default=None, description="Who carries them, when it is not whom the label names."
    )
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of the parcel."
    )


@strawberry.input(description="Take the outstanding goods of a return in.")
class ReceiveReturnInput(ReturnInput):
    """Take the outstanding goods of a return in."""

    restock: bool = strawberry.field(
        description="True: sellable again, where they came from. False: set apart."
    )
    serials: list[LineSerialsInput] | None = strawberry.field(
        default=None,
        description="Which units came back, where they have serial numbers.",
    )


@strawberry.input(description="Units that came back in one condition.")
class ReceivedLineInput:
    """Units that came back in one condition."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")
    condition: Condition = strawberry.field(description="What becomes of them.")
    location: str | None = strawberry.field(
        default=None,
        description="Code of the location that they came to; where they came from when missing.",
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="One for each unit, of a product with serial numbers."
    )


@strawberry.input(description="Take a part of a return in.")
class ReceiveReturnItemsInput(ReturnInput):
    """Take a part of a return in."""

    lines: list[ReceivedLineInput] = strawberry.field(description="Which units.")


@strawberry.input(description="Units that are in another condition than they were said to be.")
class InspectedLineInput:
    """Units that are in another condition than they were said to be."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")
    condition: Condition = strawberry.field(description="The condition they are in.")
    were: Condition = strawberry.field(
        default=Condition.QUARANTINED,
        description="The condition they were in. Restocked units may be sold already, so that they"
        " can't be inspected: adjust the stock instead.",
    )
    location: str | None = strawberry.field(
        default=None, description="Code of the location that has them; any when missing."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="One for each unit, of a product with serial numbers."
    )


@strawberry.input(description="Correct what became of units that came back.")
class InspectReturnInput(ReturnInput):
    """Correct what became of units that came back."""

    lines: list[InspectedLineInput] = strawberry.field(description="Which units.")


@strawberry.input
class CompensationInput(ReturnInput):
    """What refunds and exchanges have in common."""

    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None,
        description="For which units; for all that may be compensated when it is missing.",
    )
    outstanding: OutstandingUnits = strawberry.field(
        default=OutstandingUnits.WAIT, description="What becomes of units that did not come back."
    )
    fee: MoneyInput | None = strawberry.field(
        default=None,
        description="Restocking fee to keep; the channel's when neither this nor a percentage is"
        " given.",
    )
    fee_percent: Decimal | None = strawberry.field(
        default=None, description='Restocking fee: "10" is 10 % of what the units were sold for.'
    )
    refund_shipping: bool = strawberry.field(
        default=False, description="Whether what is left of the shipping is given up as well."
    )


@strawberry.input(description="Let a refund be due for units of a return.")
class RefundReturnInput(CompensationInput):
    """Let a refund be due for units of a return."""


@strawberry.input(description="What the customer gets instead.")
class ReplacementInput:
    """What the customer gets instead."""

    lines: list[OrderLineInput] = strawberry.field(description="What it has, 1 to 1000 lines.")
    shipping_address: AddressInput | None = strawberry.field(
        default=None, description="Where to send it; to where the first order was, when missing."
    )
    shipping_price: MoneyInput | None = strawberry.field(
        default=None, description="Price of the shipping; free when it is missing."
    )
    shipping_method: str | None = strawberry.field(
        default=None, description="How to send it, such as express."
    )
    allow_backorder: bool = strawberry.field(
        default=False, description="True: units without stock wait for it. False: all or nothing."
    )


@strawberry.input(description="Place an order in exchange for units of a return.")
class ExchangeReturnInput(CompensationInput):
    """Place an order in exchange for units of a return."""

    number: str | None = strawberry.field(
        default=None, description="Number of the new order; one is given when it is missing."
    )
    replacement: ReplacementInput = strawberry.field(description="What the customer gets instead.")

    def facts(self) -> Facts:
        facts = super().facts()
        lines = [line | {"line_id": new_id()} for line in facts["replacement"]["lines"]]
        return facts | {"replacement": facts["replacement"] | {"lines": lines}}


@strawberry.input(description="Give a return up before anything came back.")
class CancelReturnInput(ReturnInput):
    """Give a return up before anything came back."""

    reason: str = strawberry.field(description="Why the goods are kept.")


@strawberry.input(description="End a return.")
class CloseReturnInput(ReturnInput):
    """End a return."""
