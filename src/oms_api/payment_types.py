"""A payment as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from oms_api.answers import Payload, the_order, the_view
from oms_api.belonging import the_order_of
from oms_api.context import Info
from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.money import Money
from oms_api.nodes import Node, id_of
from oms_core.payments.requests import PaymentRequestKind, PaymentRequestState
from oms_core.payments.terms import PaymentTerms
from oms_core.payments.view import ChargebackState, ContestState, PaymentState, PaymentView

if TYPE_CHECKING:
    from oms_api.order_types import Order

LazyOrder = Annotated["Order", strawberry.lazy("oms_api.order_types")]

describe(
    PaymentTerms,
    "What must be true of a payment before the goods that it pays for leave. Values may be added.",
    PREPAID="The money is collected: cards charged at once, bank transfers, gift cards.",
    CAPTURE_ON_DISPATCH="It is authorized; each shipment's part is collected as it is dispatched.",
    PAY_LATER="It is authorized; the money comes later by itself: invoice, cash on delivery.",
)
describe(
    PaymentState,
    "Where one payment stands; derived, never set. Values may be added.",
    PENDING="The provider was asked, and has not decided yet.",
    DECLINED="The provider did not set the amount aside.",
    AUTHORIZED="An amount is set aside, nothing is collected.",
    VOIDED="The provider let go of what was set aside.",
    EXPIRED="What was set aside lapsed.",
    PARTIALLY_CAPTURED="A part of what was set aside is collected.",
    CAPTURED="All that was set aside is collected.",
    PARTIALLY_REFUNDED="A part of what was collected went back.",
    REFUNDED="All that was collected went back.",
    CHARGED_BACK="The customer's bank took an amount back.",
)
describe(
    PaymentRequestKind,
    "What a provider can be asked for. Values may be added.",
    AUTHORIZATION="Set an amount aside.",
    CAPTURE="Collect what was set aside, or a part of it.",
    REFUND="Give back what was collected, or a part of it.",
    VOID="Let go of what was set aside and not collected.",
)
describe(
    PaymentRequestState,
    "How far a request has come. Values may be added.",
    REQUESTED="The provider is to be asked, or is being asked.",
    PENDING="The provider took it and will tell the outcome later.",
    SUCCEEDED="It is done.",
    DECLINED="It was not done, or came to nothing afterwards.",
)
describe(
    ChargebackState,
    "How far a dispute has come.",
    OPEN="It is not decided; the amount is gone meanwhile.",
    WON="It was decided for the shop; the amount is here again.",
    LOST="It was decided for the customer; the amount is gone.",
)


@strawberry.type(description="Something that a provider was asked for, or did unasked.")
class PaymentRequest:
    """A request; resolved from the domain's own."""

    id: strawberry.ID = resolved(
        id_of("PaymentRequest"), strawberry.ID, "Its id, for reports that name it."
    )
    kind: PaymentRequestKind = strawberry.field(description="What was asked for.")
    state: PaymentRequestState = strawberry.field(description="How far it has come.")
    amount: Money = strawberry.field(description="How much.")
    reason: str | None = strawberry.field(description="Why it was not done.")
    transaction: str | None = strawberry.field(description="The provider's own name for it.")


@strawberry.type(description="An amount that the customer's bank took back.")
class Chargeback:
    """A chargeback; resolved from the domain's own."""

    case: str = strawberry.field(description="The provider's name for the dispute.")
    amount: Money = strawberry.field(description="How much is disputed.")
    state: ChargebackState = strawberry.field(description="How far it has come.")
    reason: str | None = strawberry.field(description="What the customer says.")


describe(
    ContestState,
    "What was decided about a refund that can't be so.",
    OPEN="Nobody has decided; nothing has moved, and no more is refunded meanwhile.",
    ACCEPTED="It took place all the same: the amount is gone.",
    DISMISSED="It did not take place.",
)


@strawberry.type(description="A refund that the provider told of, of more than was here.")
class ContestedRefund:
    """A contested refund; resolved from the domain's own."""

    id: strawberry.ID = resolved(
        id_of("PaymentRequest", "request_id"), strawberry.ID, "The id to decide it by."
    )
    amount: Money = strawberry.field(description="How much the provider says it gave back.")
    state: ContestState = strawberry.field(description="What was decided about it.")
    transaction: str | None = strawberry.field(description="The provider's own name for it.")


@strawberry.type(description="One payment of an order: one provider, one reference.")
class Payment(Node):
    """A payment; resolved from `PaymentView`."""

    id: strawberry.ID = resolved(id_of("Payment"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    order: LazyOrder | None = resolved(
        the_order_of, LazyOrder | None, "The order that it belongs to, as it is now."
    )
    method: str = strawberry.field(description="How the customer pays, such as card.")
    provider: str = strawberry.field(description="The payment provider's name.")
    reference: str = strawberry.field(description="The reference it was opened under.")
    terms: PaymentTerms = strawberry.field(description="When it lets goods go.")
    status: PaymentState = strawberry.field(description="Where it stands.")
    authorized: Money = strawberry.field(
        description="Set aside by the provider; less what was voided or lapsed."
    )
    captured: Money = strawberry.field(description="Collected so far.")
    refunded: Money = strawberry.field(description="Given back so far.")
    charged_back: Money = strawberry.field(
        description="Taken back by the customer's bank, unless the dispute was won."
    )
    expires_at: datetime | None = strawberry.field(
        description="When what is set aside and not collected lapses."
    )
    requests: list[PaymentRequest] = strawberry.field(
        description="What the provider was asked for and did, in that order."
    )
    chargebacks: list[Chargeback] = strawberry.field(description="Disputes about it.")
    contested: list[ContestedRefund] = strawberry.field(
        description="Refunds of more than was here, for a person to decide."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a payment."""
        return isinstance(value, PaymentView)


@strawberry.type(description="What became of a command on a payment.")
class PaymentPayload(Payload):
    """What became of a command on a payment."""

    payment: Payment | None = resolved(
        the_view,
        Payment | None,
        "The payment right after the command; null when it was refused. What a provider was asked"
        " for shows in its `requests`; the outcome comes later.",
    )
    order: LazyOrder | None = resolved(the_order, LazyOrder | None, "Its order, as it is now.")
